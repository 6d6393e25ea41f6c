/* SPDX-License-Identifier: ISC */
#include <confuse.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/addr.h"
#include "common/log.h"
#include "common/rule.h"
#include "common/target.h"
#include "daemon/bundle/conf.h"
#include "daemon/bundle/conf_access.h"
#include "daemon/bundle/conf_auth.h"
#include "daemon/bundle/conf_explain.h"
#include "daemon/bundle/conf_grammar.h"
#include "daemon/bundle/conf_lines.h"
#include "daemon/bundle/conf_load.h"
#include "daemon/bundle/conf_scan.h"
#include "daemon/bundle/conf_seen.h"
#include "daemon/bundle/conf_site.h"
#include "daemon/bundle/conf_lease.h"
#include "daemon/bundle/conf_target.h"
#include "daemon/bundle/conf_text.h"
#include "daemon/bundle/conf_tls.h"
#include "daemon/bundle/source.h"

static char default_listen[] = "127.0.0.1:6080";

/* libconfuse reports through a function without an argument of ours */
static char *report_error;

static void
on_parse_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	size_t n;

	if (report_error == NULL || report_error[0] != '\0')
		return; /* the first error is the one to mend first */
	if (cfg != NULL && cfg->filename != NULL && cfg->line > 0)
		snprintf(report_error, CONF_ERROR_MAX, "%s:%d: ", cfg->filename,
		    cfg->line);
	n = strlen(report_error);
	vsnprintf(report_error + n, CONF_ERROR_MAX - n, fmt, ap);
}

/* Whether the file, and not the default, gave a value. */
static int
is_in_file(cfg_t *cfg, const char *name)
{
	return (cfg_getopt(cfg, name)->flags & CFGF_MODIFIED) != 0;
}

static void
take_lines(struct conf_lines *lines)
{
	lines->user = conf_seen_setting_line("user");
	lines->pid_file = conf_seen_setting_line("pid-file");
	lines->control_socket = conf_seen_setting_line("control-socket");
	lines->control_group = conf_seen_setting_line("control-group");
	lines->pages = conf_seen_setting_line("pages");
	lines->max_connections = conf_seen_setting_line("max-connections");
}

static void
take_settings(cfg_t *cfg, const struct conf_options *options, struct conf *conf)
{
	struct settings *s = &conf->settings;

#define X(name, field, def, min, max, unit) \
	s->field = (uint32_t)cfg_getint(cfg, name);
	SETTINGS_NUMBERS(X)
#undef X
#define X(name, field, def) s->field = cfg_getbool(cfg, name) ? 1 : 0;
	SETTINGS_SWITCHES(X)
#undef X
	s->verbose = options->verbosity;
	strlcpy(
	    s->base_path, cfg_getstr(cfg, "base-path"), sizeof(s->base_path));
	strlcpy(conf->user, cfg_getstr(cfg, "user"), sizeof(conf->user));
	strlcpy(conf->pid_file, cfg_getstr(cfg, "pid-file"),
	    sizeof(conf->pid_file));
	strlcpy(conf->control_socket, cfg_getstr(cfg, "control-socket"),
	    sizeof(conf->control_socket));
	strlcpy(conf->control_group, cfg_getstr(cfg, "control-group"),
	    sizeof(conf->control_group));
	strlcpy(conf->pages, cfg_getstr(cfg, "pages"), sizeof(conf->pages));
	take_lines(&conf->lines);
	conf->knows_open_proxy =
	    cfg_getbool(cfg, "i-know-this-is-an-open-proxy") ? 1 : 0;
	conf->has_pid_file = is_in_file(cfg, "pid-file");
	conf->has_control_socket = is_in_file(cfg, "control-socket");
	conf->has_max_connections = is_in_file(cfg, "max-connections");
}

/* What a child has no room for would end it. */
static int
check_count(const struct conf *conf, const char *setting, const char *what,
    size_t n, size_t most)
{
	char place[CONF_PLACE_MAX];

	if (n <= most)
		return 0;
	snprintf(report_error, CONF_ERROR_MAX,
	    "%s%zu %s are configured, at most %zu are allowed",
	    conf_place(conf, conf_seen_setting_line(setting), place), n, what,
	    most);
	return VB_EFULL;
}

/* However it is written: the kernel would refuse the second one. */
static int
check_listener_once(const struct conf *conf, size_t n)
{
	const struct addr *addr = &conf->listeners[n];
	char place[CONF_PLACE_MAX], text[ADDR_TEXT_MAX], where[64] = "";
	size_t i;

	for (i = 0; i < n; i++)
		if (conf->listeners[i].port == addr->port &&
		    addr_is_same_ip(&conf->listeners[i], addr))
			break;
	if (i == n)
		return 0;
	if (conf->listener_lines[i] > 0)
		snprintf(where, sizeof(where), ": the first begins at line %d",
		    conf->listener_lines[i]);
	snprintf(report_error, CONF_ERROR_MAX, "%slisten %s is given twice%s",
	    conf_place(conf, conf->listener_lines[n], place),
	    addr_format(addr, text), where);
	return VB_ESYNTAX;
}

static int
take_listener(
    const struct conf_options *options, cfg_t *cfg, size_t i, struct conf *conf)
{
	int is_option = options->listen_count > 0;
	const char *text = is_option
	    ? options->listen[i]
	    : cfg_title(cfg_getnsec(cfg, "listen", (unsigned)i));
	char why[CONF_WHY_MAX];

	if (addr_parse_endpoint(text, 0, &conf->listeners[i]) < 0) {
		snprintf(report_error, CONF_ERROR_MAX, "-l %s",
		    conf_explain_listen(text, why));
		return VB_ESYNTAX;
	}
	if (!is_option)
		conf->listener_lines[i] = conf_seen_section_line("listen", i);
	return check_listener_once(conf, i);
}

static int
take_listeners(
    cfg_t *cfg, const struct conf_options *options, struct conf *conf)
{
	size_t i, n = cfg_size(cfg, "listen");
	int result;

	if (options->listen_count > 0)
		n = options->listen_count;
	if (check_count(conf, "listen", "listeners", n, PROTO_LISTENERS_MAX) <
	    0)
		return VB_EFULL;
	conf->listeners = calloc(n + 1, sizeof(*conf->listeners));
	conf->listener_lines = calloc(n + 1, sizeof(*conf->listener_lines));
	if (conf->listeners == NULL || conf->listener_lines == NULL)
		return VB_ENOMEM;
	for (i = 0; i < n; i++)
		if ((result = take_listener(options, cfg, i, conf)) < 0)
			return result;
	if (n == 0 &&
	    addr_parse_endpoint(default_listen, 0, &conf->listeners[n++]) < 0)
		return VB_ESYNTAX;
	conf->listener_count = n;
	return 0;
}

static int
take_rules(cfg_t *cfg, const struct conf_options *options, struct conf *conf)
{
	size_t i, allow = cfg_size(cfg, "allow"), deny = cfg_size(cfg, "deny");
	char why[CONF_WHY_MAX];
	struct rule *rule;
	const char *text;

	if (options->allow_count > 0)
		allow = options->allow_count;
	if (check_count(conf, deny > PROTO_RULES_MAX / 2 ? "deny" : "allow",
		"entries of allow and deny", allow + deny, PROTO_RULES_MAX) < 0)
		return VB_EFULL;
	conf->rules = calloc(allow + deny + 1, sizeof(*conf->rules));
	if (conf->rules == NULL)
		return VB_ENOMEM;
	conf->rule_count = allow + deny;
	for (i = 0; i < allow + deny; i++) {
		rule = &conf->rules[i];
		if (i >= allow)
			text = cfg_getnstr(cfg, "deny", (unsigned)(i - allow));
		else if (options->allow_count > 0)
			text = options->allow[i];
		else
			text = cfg_getnstr(cfg, "allow", (unsigned)i);
		if (conf_parse_rule(text, rule) < 0) {
			snprintf(report_error, CONF_ERROR_MAX, "-a %s",
			    conf_explain_rule(text, why));
			return VB_ESYNTAX;
		}
		rule->is_deny = i >= allow;
		if (rule->is_deny || options->allow_count == 0)
			rule->line = (uint32_t)conf_line_of_entry(
			    rule->is_deny ? "deny" : "allow", text);
	}
	return 0;
}

/* Validated before: nothing of it can fail. */
static int
take_target(
    cfg_t *section, const struct conf *conf, struct msg_conf_target *target)
{
	struct target name;

	if (target_parse(cfg_title(section), 1, &name) < 0 ||
	    target_parse(cfg_getstr(section, "address"),
		(uint16_t)conf->settings.default_port, &target->address) < 0)
		return VB_ESYNTAX;
	strlcpy(target->name, name.name, sizeof(target->name));
	strlcpy(target->description, cfg_getstr(section, "description"),
	    sizeof(target->description));
	conf_lease_take(section, target);
	target->has_send_proxy = cfg_getbool(section, "send-proxy") ? 1 : 0;
	target->greeting_timeout_sec =
	    (uint32_t)cfg_getint(section, "greeting-timeout");
	target->max_sessions = (uint32_t)cfg_getint(section, "max-sessions");
	strlcpy(target->repeater_id, cfg_getstr(section, "repeater-id"),
	    sizeof(target->repeater_id));
	return 0;
}

static int
take_targets(cfg_t *cfg, struct conf *conf)
{
	size_t i, j, n = cfg_size(cfg, "target");
	struct msg_conf_target *target;
	char place[CONF_PLACE_MAX];
	cfg_t *section;
	int result;

	if (check_count(conf, "target", "targets", n, PROTO_TARGETS_MAX) < 0)
		return VB_EFULL;
	conf->targets = calloc(n + 1, sizeof(*conf->targets));
	conf->target_tls = calloc(n + 1, sizeof(*conf->target_tls));
	if (conf->targets == NULL || conf->target_tls == NULL)
		return VB_ENOMEM;
	for (i = 0; i < n; i++) {
		section = cfg_getnsec(cfg, "target", (unsigned)i);
		target = &conf->targets[i];
		if ((result = take_target(section, conf, target)) < 0 ||
		    (result = conf_target_take(
			 section, conf, i, report_error)) < 0)
			return result;
		for (j = 0; j < i; j++) {
			if (strcmp(conf->targets[j].name, target->name) != 0)
				continue;
			snprintf(report_error, CONF_ERROR_MAX,
			    "%starget \"%s\" is given twice: the first "
			    "begins at line %d",
			    conf_place(conf,
				conf_seen_section_line("target", i), place),
			    target->name, conf_seen_section_line("target", j));
			return VB_ESYNTAX;
		}
	}
	conf->target_count = n;
	return 0;
}

static int
take_nameservers(cfg_t *cfg, struct conf *conf)
{
	size_t i, n = cfg_size(cfg, "nameservers");
	const char *text;

	if (check_count(conf, "nameservers", "nameservers", n,
		PROTO_NAMESERVERS_MAX) < 0)
		return VB_EFULL;
	conf->nameservers = calloc(n + 1, sizeof(*conf->nameservers));
	if (conf->nameservers == NULL)
		return VB_ENOMEM;
	for (i = 0; i < n; i++) {
		text = cfg_getnstr(cfg, "nameservers", (unsigned)i);
		if (conf_parse_nameserver(text, &conf->nameservers[i]) < 0)
			return VB_ESYNTAX;
	}
	conf->nameserver_count = n;
	return 0;
}

/* Parses the file, if there must be one, or happens to be. */
static int
parse_file(cfg_t *cfg, const struct conf_options *options)
{
	const char *file = conf_path(options);
	char *text;
	FILE *fp;
	int result;

	result = conf_text_load(file,
	    options->source == NULL ? -1 : options->source->text_fd, &text,
	    report_error);
	/* the command line may have all that the file must say */
	if (result == VB_ENOTFOUND && options->file == NULL &&
	    options->listen_count > 0) {
		report_error[0] = '\0';
		return 0;
	}
	if (result < 0)
		return result;
	cfg->filename = strdup(file);
	result = conf_scan(text, file, cfg, report_error);
	if (result == 0 && (fp = fmemopen(text, strlen(text), "r")) != NULL) {
		result = cfg_parse_fp(cfg, fp) == CFG_SUCCESS ? 0 : VB_ESYNTAX;
		fclose(fp);
	}
	free(text);
	return result;
}

/* At such a listener no one could be let in. */
static int
check_proxy_protocol(const struct conf *conf)
{
	char place[CONF_PLACE_MAX], text[ADDR_TEXT_MAX];
	size_t i;

	for (i = 0; i < conf->listener_count && conf->proxy_count == 0; i++) {
		if (!conf->tls[i].proxy_protocol)
			continue;
		snprintf(report_error, CONF_ERROR_MAX,
		    "%slisten %s has proxy-protocol, and trusted-proxies is "
		    "empty: list the addresses that its proxies connect from",
		    conf_place(conf, conf->listener_lines[i], place),
		    addr_format(&conf->listeners[i], text));
		return VB_ESYNTAX;
	}
	return 0;
}

/* Of a list that has everybody in it, each client is a proxy. */
static void
warn_of_trust(const struct conf *conf)
{
	size_t i;

	for (i = 0; i < conf->proxy_count; i++) {
		if (conf->proxies[i].bits != 0)
			continue;
		log_warn("trusted-proxies has every address in it: whoever can "
			 "connect can claim any address");
		return;
	}
}

/* What is not a fault, but will not do what its writer expects. */
static void
warn_of_idle_settings(const struct conf *conf)
{
	size_t i;

	for (i = 0; i < conf->listener_count; i++)
		if (conf->tls[i].cert_count > 0)
			return;
	if (conf->settings.hsts_sec != 0 && conf->proxy_count == 0)
		log_warn("hsts applies to TLS only, and no listener has a "
			 "certificate");
}

int
conf_load(const struct conf_options *options, struct conf **out,
    char error[CONF_ERROR_MAX])
{
	struct conf *conf = NULL;
	cfg_t *cfg = NULL;
	int result = VB_ENOMEM;

	error[0] = '\0';
	report_error = error;
	*out = NULL;
	if ((conf = calloc(1, sizeof(*conf))) == NULL ||
	    (cfg = conf_new_parser()) == NULL)
		goto fail;
	cfg_set_error_function(cfg, on_parse_error);
	if ((result = parse_file(cfg, options)) < 0)
		goto fail;
	if (cfg->filename != NULL &&
	    (conf->file = strdup(cfg->filename)) == NULL) {
		result = VB_ENOMEM;
		goto fail;
	}
	take_settings(cfg, options, conf);
	if ((result = take_listeners(cfg, options, conf)) < 0 ||
	    (result = conf_take_tls(
		 cfg, options->listen_count == 0, conf, error)) < 0 ||
	    (result = take_rules(cfg, options, conf)) < 0 ||
	    (result = take_targets(cfg, conf)) < 0 ||
	    (result = conf_take_auth(cfg, conf, error)) < 0 ||
	    (result = conf_lease_take_all(cfg, conf, error)) < 0 ||
	    (result = conf_take_access(cfg, conf, error)) < 0 ||
	    (result = conf_take_sites(cfg, conf, error)) < 0 ||
	    (result = check_proxy_protocol(conf)) < 0 ||
	    (result = take_nameservers(cfg, conf)) < 0)
		goto fail;
	warn_of_idle_settings(conf);
	warn_of_trust(conf);
	conf_seen_forget();
	cfg_free(cfg);
	*out = conf;
	return 0;
fail:
	if (error[0] == '\0')
		snprintf(error, CONF_ERROR_MAX, "configuration: %s",
		    vb_strerror(result));
	conf_seen_forget();
	if (cfg != NULL)
		cfg_free(cfg);
	conf_free(conf);
	return result;
}
