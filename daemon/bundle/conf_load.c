/* SPDX-License-Identifier: ISC */
#include <confuse.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/rule.h"
#include "daemon/bundle/conf.h"
#include "daemon/bundle/conf_access.h"
#include "daemon/bundle/conf_auth.h"
#include "daemon/bundle/conf_explain.h"
#include "daemon/bundle/conf_grammar.h"
#include "daemon/bundle/conf_hook.h"
#include "daemon/bundle/conf_lines.h"
#include "daemon/bundle/conf_listen.h"
#include "daemon/bundle/conf_load.h"
#include "daemon/bundle/conf_scan.h"
#include "daemon/bundle/conf_seen.h"
#include "daemon/bundle/conf_site.h"
#include "daemon/bundle/conf_lease.h"
#include "daemon/bundle/conf_target.h"
#include "daemon/bundle/conf_text.h"
#include "daemon/bundle/conf_tls.h"
#include "daemon/bundle/source.h"

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
	lines->audit_file = conf_seen_setting_line("audit-file");
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
	if (is_in_file(cfg, SETTINGS_OLD_MAX_SESSION) &&
	    !is_in_file(cfg, "max-session"))
		s->max_session_sec =
		    (uint32_t)cfg_getint(cfg, SETTINGS_OLD_MAX_SESSION);
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
	strlcpy(conf->audit_file, cfg_getstr(cfg, "audit-file"),
	    sizeof(conf->audit_file));
	s->has_audit = conf->audit_file[0] != '\0' || s->audit_syslog ||
	    cfg_size(cfg, "on-event") > 0;
	take_lines(&conf->lines);
	conf->knows_open_proxy =
	    cfg_getbool(cfg, "i-know-this-is-an-open-proxy") ? 1 : 0;
	conf->has_pid_file = is_in_file(cfg, "pid-file");
	conf->has_control_socket = is_in_file(cfg, "control-socket");
	conf->has_max_connections = is_in_file(cfg, "max-connections");
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
	if (conf_check_count(conf,
		conf_seen_setting_line(
		    deny > PROTO_RULES_MAX / 2 ? "deny" : "allow"),
		"entries of allow and deny", allow + deny, PROTO_RULES_MAX,
		report_error) < 0)
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

static int
take_nameservers(cfg_t *cfg, struct conf *conf)
{
	size_t i, n = cfg_size(cfg, "nameservers");
	const char *text;

	if (conf_check_count(conf, conf_seen_setting_line("nameservers"),
		"nameservers", n, PROTO_NAMESERVERS_MAX, report_error) < 0)
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

/* A promise that nothing could keep. */
static int
check_audit(const struct conf *conf)
{
	char place[CONF_PLACE_MAX];

	if (!conf->settings.audit_required || conf->audit_file[0] != '\0')
		return 0;
	snprintf(report_error, CONF_ERROR_MAX,
	    "%saudit-required needs an audit-file",
	    conf_place(conf, conf_seen_setting_line("audit-required"), place));
	return VB_ESYNTAX;
}

/* Nobody could open a session. */
static int
check_metrics(const struct conf *conf)
{
	char place[CONF_PLACE_MAX], text[ADDR_TEXT_MAX];
	size_t i;

	for (i = 0; i < conf->listener_count; i++)
		if (!conf->tls[i].metrics)
			return 0;
	snprintf(report_error, CONF_ERROR_MAX,
	    "%slisten %s has metrics, and no listener is without: add one "
	    "that browsers connect to",
	    conf_place(conf, conf->listener_lines[0], place),
	    addr_format(&conf->listeners[0], text));
	return VB_ESYNTAX;
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
	if ((result = conf_take_listeners(cfg, options, conf, error)) < 0 ||
	    (result = conf_take_tls(
		 cfg, options->listen_count == 0, conf, error)) < 0 ||
	    (result = take_rules(cfg, options, conf)) < 0 ||
	    (result = conf_take_targets(cfg, conf, error)) < 0 ||
	    (result = conf_take_hooks(cfg, conf)) < 0 ||
	    (result = conf_take_auth(cfg, conf, error)) < 0 ||
	    (result = conf_lease_take_all(cfg, conf, error)) < 0 ||
	    (result = conf_take_access(cfg, conf, error)) < 0 ||
	    (result = conf_take_sites(cfg, conf, error)) < 0 ||
	    (result = conf_check_listeners(conf, error)) < 0 ||
	    (result = check_audit(conf)) < 0 ||
	    (result = check_metrics(conf)) < 0 ||
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
