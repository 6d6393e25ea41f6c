/* SPDX-License-Identifier: ISC */
#include <confuse.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/addr.h"
#include "common/rule.h"
#include "common/target.h"
#include "daemon/master/conf.h"

static char default_allow[] = "{\"127.0.0.1:5900-5999\", \"[::1]:5900-5999\"}";
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

static int
validate_number(cfg_t *cfg, cfg_opt_t *opt)
{
	long value = cfg_opt_getnint(opt, 0);

#define X(text, field, def, min, max, unit)                                    \
	if (strcmp(opt->name, text) == 0 &&                                    \
	    (value < (min) || value > (max))) {                                \
		cfg_error(                                                     \
		    cfg, "%s must be from %d to %d %s", text, min, max, unit); \
		return -1;                                                     \
	}
	SETTINGS_NUMBERS(X)
#undef X
	return 0;
}

/* The value that was just added to a list. */
static const char *
last_value(cfg_opt_t *opt)
{
	return cfg_opt_getnstr(opt, cfg_opt_size(opt) - 1);
}

static int
validate_rule(cfg_t *cfg, cfg_opt_t *opt)
{
	struct rule rule;
	const char *text = last_value(opt);

	if (rule_parse(text, &rule) == 0)
		return 0;
	cfg_error(cfg, "%s: \"%s\" is not HOST[:PORTS]", opt->name, text);
	return -1;
}

static int
validate_nameserver(cfg_t *cfg, cfg_opt_t *opt)
{
	struct addr addr;
	const char *text = last_value(opt);

	if (addr_parse_ip(text, &addr) == 0 ||
	    addr_parse_endpoint(text, 0, &addr) == 0)
		return 0;
	cfg_error(cfg, "%s: \"%s\" is not an address", opt->name, text);
	return -1;
}

/* Lower case, no default port: as a browser writes it (RFC 6454, 6.2). */
static int
normalize_origin(const char *text, char out[PROTO_ORIGIN_MAX])
{
	struct target host;
	const char *rest, *usual;
	size_t i, len = strlen(text);

	if (len == 0 || len >= PROTO_ORIGIN_MAX)
		return VB_ERANGE;
	memset(out, 0, PROTO_ORIGIN_MAX);
	for (i = 0; i < len; i++)
		out[i] = (char)tolower((unsigned char)text[i]);
	if (strncmp(out, "https://", 8) == 0) {
		rest = out + 8;
		usual = ":443";
	} else if (strncmp(out, "http://", 7) == 0) {
		rest = out + 7;
		usual = ":80";
	} else
		return VB_ESYNTAX;
	if (target_parse(rest, 1, &host) < 0)
		return VB_ESYNTAX;
	if (len > strlen(usual) &&
	    strcmp(out + len - strlen(usual), usual) == 0)
		memset(out + len - strlen(usual), 0, strlen(usual));
	return 0;
}

static int
validate_origin(cfg_t *cfg, cfg_opt_t *opt)
{
	char origin[PROTO_ORIGIN_MAX];
	const char *text = last_value(opt);

	if (normalize_origin(text, origin) == 0)
		return 0;
	cfg_error(
	    cfg, "%s: \"%s\" is not http[s]://HOST[:PORT]", opt->name, text);
	return -1;
}

static int
validate_base_path(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *p, *text = cfg_opt_getnstr(opt, 0);
	size_t len = strlen(text);

	if (len == 0)
		return 0;
	for (p = text; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && strchr("/-._~", *p) == NULL)
			break;
	if (*p == '\0' && text[0] == '/' && text[len - 1] != '/' &&
	    strstr(text, "//") == NULL && len < BASE_PATH_MAX)
		return 0;
	cfg_error(cfg, "base-path: \"%s\" is not /NAME[/NAME...]", text);
	return -1;
}

static int
validate_path(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *text = cfg_opt_getnstr(opt, 0);

	if (text[0] == '/' && strlen(text) < PATH_MAX)
		return 0;
	cfg_error(cfg, "%s: \"%s\" is not an absolute path", opt->name, text);
	return -1;
}

static int
validate_user(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *text = cfg_opt_getnstr(opt, 0);

	if (text[0] != '\0' && strlen(text) < CONF_USER_MAX)
		return 0;
	cfg_error(cfg, "user: \"%s\" is not a user's name", text);
	return -1;
}

static int
validate_listen(cfg_t *cfg, cfg_opt_t *opt)
{
	cfg_t *section = cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1);
	struct addr addr;

	if (addr_parse_endpoint(cfg_title(section), 0, &addr) == 0)
		return 0;
	cfg_error(
	    cfg, "listen: \"%s\" is not ADDRESS:PORT", cfg_title(section));
	return -1;
}

static int
validate_target(cfg_t *cfg, cfg_opt_t *opt)
{
	cfg_t *section = cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1);
	const char *name = cfg_title(section);
	const char *address = cfg_getstr(section, "address");
	struct target parsed;

	if (target_parse(name, 1, &parsed) < 0 || parsed.has_port ||
	    parsed.name[0] == '\0') {
		cfg_error(cfg, "target: \"%s\" is not a name", name);
		return -1;
	}
	if (address == NULL || target_parse(address, 1, &parsed) < 0) {
		cfg_error(cfg, "target \"%s\": address %s%s%s", name,
		    address == NULL ? "is missing" : "\"",
		    address == NULL ? "" : address,
		    address == NULL ? "" : "\" is not HOST[:PORT]");
		return -1;
	}
	if (strlen(cfg_getstr(section, "description")) >=
	    PROTO_DESCRIPTION_MAX) {
		cfg_error(cfg, "target \"%s\": description is too long", name);
		return -1;
	}
	return 0;
}

static void
set_validators(cfg_t *cfg)
{
#define X(name, field, def, min, max, unit) \
	cfg_set_validate_func(cfg, name, validate_number);
	SETTINGS_NUMBERS(X)
#undef X
	cfg_set_validate_func(cfg, "allow", validate_rule);
	cfg_set_validate_func(cfg, "deny", validate_rule);
	cfg_set_validate_func(cfg, "nameservers", validate_nameserver);
	cfg_set_validate_func(cfg, "origins", validate_origin);
	cfg_set_validate_func(cfg, "base-path", validate_base_path);
	cfg_set_validate_func(cfg, "pid-file", validate_path);
	cfg_set_validate_func(cfg, "control-socket", validate_path);
	cfg_set_validate_func(cfg, "pages", validate_path);
	cfg_set_validate_func(cfg, "user", validate_user);
	cfg_set_validate_func(cfg, "listen", validate_listen);
	cfg_set_validate_func(cfg, "target", validate_target);
}

static cfg_t *
make_parser(void)
{
	static cfg_opt_t listen_opts[] = {CFG_END()};
	static cfg_opt_t target_opts[] = {
	    CFG_STR("address", NULL, CFGF_NODEFAULT),
	    CFG_STR("description", "", CFGF_NONE),
	    CFG_BOOL("exclusive", cfg_false, CFGF_NONE), CFG_END()};
	static cfg_opt_t opts[] = {
#define X(name, field, def, min, max, unit) CFG_INT(name, def, CFGF_NONE),
	    SETTINGS_NUMBERS(X)
#undef X
#define X(name, field, def) \
	CFG_BOOL(name, def ? cfg_true : cfg_false, CFGF_NONE),
		SETTINGS_SWITCHES(X)
#undef X
		    CFG_STR("user", VB_USER, CFGF_NONE),
	    CFG_STR("base-path", "", CFGF_NONE),
	    CFG_STR("pid-file", VB_RUNSTATEDIR "/vncbridged.pid", CFGF_NONE),
	    CFG_STR(
		"control-socket", VB_RUNSTATEDIR "/vncbridged.sock", CFGF_NONE),
	    CFG_STR("pages", VB_PAGESDIR, CFGF_NONE),
	    CFG_STR_LIST("allow", default_allow, CFGF_NONE),
	    CFG_STR_LIST("deny", "{}", CFGF_NONE),
	    CFG_STR_LIST("origins", "{}", CFGF_NONE),
	    CFG_STR_LIST("nameservers", "{}", CFGF_NONE),
	    CFG_SEC("listen", listen_opts,
		CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
	    CFG_SEC("target", target_opts,
		CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
	    CFG_END()};

	return cfg_init(opts, CFGF_NONE);
}

/* Whether the file, and not the default, gave a value. */
static int
is_in_file(cfg_t *cfg, const char *name)
{
	return (cfg_getopt(cfg, name)->flags & CFGF_MODIFIED) != 0;
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
	s->verbose = options->is_verbose ? 1 : 0;
	strlcpy(
	    s->base_path, cfg_getstr(cfg, "base-path"), sizeof(s->base_path));
	strlcpy(conf->user, cfg_getstr(cfg, "user"), sizeof(conf->user));
	strlcpy(conf->pid_file, cfg_getstr(cfg, "pid-file"),
	    sizeof(conf->pid_file));
	strlcpy(conf->control_socket, cfg_getstr(cfg, "control-socket"),
	    sizeof(conf->control_socket));
	strlcpy(conf->pages, cfg_getstr(cfg, "pages"), sizeof(conf->pages));
	conf->has_pid_file = is_in_file(cfg, "pid-file");
	conf->has_control_socket = is_in_file(cfg, "control-socket");
	conf->has_max_connections = is_in_file(cfg, "max-connections");
}

static int
take_listeners(
    cfg_t *cfg, const struct conf_options *options, struct conf *conf)
{
	size_t i, n = cfg_size(cfg, "listen");
	const char *text;

	if (options->listen_count > 0)
		n = options->listen_count;
	conf->listeners = calloc(n + 1, sizeof(*conf->listeners));
	if (conf->listeners == NULL)
		return VB_ENOMEM;
	for (i = 0; i < n; i++) {
		if (options->listen_count > 0)
			text = options->listen[i];
		else
			text =
			    cfg_title(cfg_getnsec(cfg, "listen", (unsigned)i));
		if (addr_parse_endpoint(text, 0, &conf->listeners[i]) < 0) {
			snprintf(report_error, CONF_ERROR_MAX,
			    "-l \"%s\" is not ADDRESS:PORT", text);
			return VB_ESYNTAX;
		}
	}
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
	struct rule *rule;
	const char *text;

	if (options->allow_count > 0)
		allow = options->allow_count;
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
		if (rule_parse(text, rule) < 0) {
			snprintf(report_error, CONF_ERROR_MAX,
			    "-a \"%s\" is not HOST[:PORTS]", text);
			return VB_ESYNTAX;
		}
		rule->is_deny = i >= allow;
	}
	return 0;
}

static int
take_targets(cfg_t *cfg, struct conf *conf)
{
	size_t i, j, n = cfg_size(cfg, "target");
	struct msg_conf_target *target;
	struct target name;
	cfg_t *section;

	if (n > PROTO_TARGETS_MAX) {
		snprintf(report_error, CONF_ERROR_MAX,
		    "%zu targets are configured, %d are the most", n,
		    PROTO_TARGETS_MAX);
		return VB_EFULL;
	}
	if ((conf->targets = calloc(n + 1, sizeof(*conf->targets))) == NULL)
		return VB_ENOMEM;
	for (i = 0; i < n; i++) {
		section = cfg_getnsec(cfg, "target", (unsigned)i);
		target = &conf->targets[i];
		/* validated before: neither can fail */
		if (target_parse(cfg_title(section), 1, &name) < 0 ||
		    target_parse(cfg_getstr(section, "address"),
			(uint16_t)conf->settings.default_port,
			&target->address) < 0)
			return VB_ESYNTAX;
		strlcpy(target->name, name.name, sizeof(target->name));
		strlcpy(target->description, cfg_getstr(section, "description"),
		    sizeof(target->description));
		target->is_exclusive =
		    cfg_getbool(section, "exclusive") ? 1 : 0;
		for (j = 0; j < i; j++) {
			if (strcmp(conf->targets[j].name, target->name) != 0)
				continue;
			snprintf(report_error, CONF_ERROR_MAX,
			    "target \"%s\" is there twice", target->name);
			return VB_ESYNTAX;
		}
	}
	conf->target_count = n;
	return 0;
}

static int
take_lists(cfg_t *cfg, struct conf *conf)
{
	size_t i, n = cfg_size(cfg, "origins");
	const char *text;

	if ((conf->origins = calloc(n + 1, sizeof(*conf->origins))) == NULL)
		return VB_ENOMEM;
	for (i = 0; i < n; i++)
		if (normalize_origin(cfg_getnstr(cfg, "origins", (unsigned)i),
			conf->origins[i].origin) < 0)
			return VB_ESYNTAX;
	conf->origin_count = n;
	n = cfg_size(cfg, "nameservers");
	conf->nameservers = calloc(n + 1, sizeof(*conf->nameservers));
	if (conf->nameservers == NULL)
		return VB_ENOMEM;
	for (i = 0; i < n; i++) {
		text = cfg_getnstr(cfg, "nameservers", (unsigned)i);
		if (addr_parse_ip(text, &conf->nameservers[i]) < 0 &&
		    addr_parse_endpoint(text, 0, &conf->nameservers[i]) < 0)
			return VB_ESYNTAX;
	}
	conf->nameserver_count = n;
	return 0;
}

/* Parses the file, if there has to be or happens to be one. */
static int
parse_file(cfg_t *cfg, const struct conf_options *options)
{
	const char *file = options->file;
	FILE *fp;
	int result;

	if (file == NULL)
		file = VB_CONF_FILE;
	if ((fp = fopen(file, "re")) == NULL) {
		/* all that the file must say may stand on the command line */
		if (options->file == NULL && errno == ENOENT &&
		    options->listen_count > 0)
			return 0;
		snprintf(report_error, CONF_ERROR_MAX, "%s: %s", file,
		    strerror(errno));
		return VB_ESYS;
	}
	cfg->filename = strdup(file);
	result = cfg_parse_fp(cfg, fp);
	fclose(fp);
	return result == CFG_SUCCESS ? 0 : VB_ESYNTAX;
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
	    (cfg = make_parser()) == NULL)
		goto fail;
	cfg_set_error_function(cfg, on_parse_error);
	set_validators(cfg);
	if ((result = parse_file(cfg, options)) < 0)
		goto fail;
	take_settings(cfg, options, conf);
	if ((result = take_listeners(cfg, options, conf)) < 0 ||
	    (result = take_rules(cfg, options, conf)) < 0 ||
	    (result = take_targets(cfg, conf)) < 0 ||
	    (result = take_lists(cfg, conf)) < 0)
		goto fail;
	cfg_free(cfg);
	*out = conf;
	return 0;
fail:
	if (error[0] == '\0')
		snprintf(error, CONF_ERROR_MAX, "configuration: %s",
		    vb_strerror(result));
	if (cfg != NULL)
		cfg_free(cfg);
	conf_free(conf);
	return result;
}

void
conf_free(struct conf *conf)
{
	if (conf == NULL)
		return;
	free(conf->listeners);
	free(conf->rules);
	free(conf->targets);
	free(conf->origins);
	free(conf->nameservers);
	free(conf);
}
