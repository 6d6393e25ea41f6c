/* SPDX-License-Identifier: ISC */
/*
 * The grammar of vncbridge.conf for libconfuse: names, types, defaults, and
 * a check of each value, so that an error has its line.
 */
#include <confuse.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/addr.h"
#include "common/network.h"
#include "common/origin.h"
#include "common/rule.h"
#include "common/target.h"
#include "daemon/bundle/conf.h"
#include "daemon/bundle/conf_access.h"
#include "daemon/bundle/conf_auth.h"
#include "daemon/bundle/conf_explain.h"
#include "daemon/bundle/conf_grammar.h"
#include "daemon/bundle/conf_lease.h"
#include "daemon/bundle/conf_hook.h"
#include "daemon/bundle/conf_lines.h"
#include "daemon/bundle/conf_seen.h"
#include "daemon/bundle/conf_site.h"
#include "daemon/bundle/conf_target.h"
#include "daemon/bundle/conf_tls.h"
#include "daemon/bundle/conf_values.h"

/* Mozilla's "intermediate", version 5.7, without DHE: the keeper signs ECDHE */
static char default_ciphers[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
static char default_ciphersuites[] =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
    "TLS_CHACHA20_POLY1305_SHA256";
static char default_curves[] = "X25519:P-256:P-384";

static char default_allow[] = "{\"127.0.0.1:5900-5999\", \"[::1]:5900-5999\"}";

static int
validate_number(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *name = strcmp(opt->name, SETTINGS_OLD_MAX_SESSION) == 0
	    ? "max-session"
	    : opt->name;
	long value = cfg_opt_getnint(opt, 0);

#define X(text, field, def, min, max, unit)                                    \
	if (strcmp(name, text) == 0 && (value < (min) || value > (max))) {     \
		cfg_error(                                                     \
		    cfg, "%s must be from %d to %d %s", text, min, max, unit); \
		return -1;                                                     \
	}
	SETTINGS_NUMBERS(X)
#undef X
	return 0;
}

/* Errors of the section that has just ended name its first line. */
static void
begin_of_section(cfg_t *cfg, cfg_opt_t *opt)
{
	int line = conf_seen_section_line(opt->name, cfg_opt_size(opt) - 1);

	if (line > 0)
		cfg->line = line;
}

static int
validate_listen(cfg_t *cfg, cfg_opt_t *opt)
{
	cfg_t *section = cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1);
	struct addr addr;
	char why[CONF_WHY_MAX];
	const char *wrong;
	int line = cfg->line, result = -1;

	begin_of_section(cfg, opt);
	if (addr_parse_endpoint(cfg_title(section), 0, &addr) < 0)
		cfg_error(cfg, "listen: %s",
		    conf_explain_listen(cfg_title(section), why));
	else if ((wrong = conf_tls_fault(section)) != NULL)
		cfg_error(cfg, "listen \"%s\" %s", cfg_title(section), wrong);
	else
		result = 0;
	cfg->line = line;
	return result;
}

static int
check_target(cfg_t *cfg, cfg_t *section)
{
	const char *name = cfg_title(section);
	const char *address = cfg_getstr(section, "address");
	const char *wrong;
	struct target parsed;
	char why[CONF_WHY_MAX];

	if (target_parse(name, 1, &parsed) < 0 || parsed.has_port ||
	    parsed.name[0] == '\0') {
		cfg_error(cfg,
		    "target: \"%s\" is not a name: it has letters, digits, "
		    "\"-\", \"_\" and dots, and is no address; address = "
		    "says where the desktop is",
		    name);
		return -1;
	}
	if (conf_is_own_path(parsed.name)) {
		cfg_error(
		    cfg, "target: \"%s\" is a path of the bridge itself", name);
		return -1;
	}
	if (address == NULL || target_parse(address, 1, &parsed) < 0) {
		cfg_error(cfg, "target \"%s\": address %s", name,
		    address == NULL ? "is missing"
				    : conf_explain_target(address, why));
		return -1;
	}
	if (strlen(cfg_getstr(section, "description")) >=
	    PROTO_DESCRIPTION_MAX) {
		cfg_error(cfg,
		    "target \"%s\": description is longer than %d bytes", name,
		    PROTO_DESCRIPTION_MAX - 1);
		return -1;
	}
	if ((wrong = conf_target_fault(section)) != NULL ||
	    (wrong = conf_lease_fault(section, why)) != NULL ||
	    (wrong = conf_hook_fault(section)) != NULL) {
		cfg_error(cfg, "target \"%s\" %s", name, wrong);
		return -1;
	}
	return 0;
}

static int
validate_target(cfg_t *cfg, cfg_opt_t *opt)
{
	int line = cfg->line, result;

	begin_of_section(cfg, opt);
	result = check_target(cfg, cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1));
	cfg->line = line;
	return result;
}

/* fault: what is wrong with it, perhaps in why, or NULL. */
static int
check_section(cfg_t *cfg, cfg_opt_t *opt,
    const char *(*fault)(cfg_t *section, char why[CONF_ERROR_MAX]))
{
	cfg_t *section = cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1);
	int line = cfg->line;
	char why[CONF_ERROR_MAX];
	const char *wrong;

	begin_of_section(cfg, opt);
	if ((wrong = fault(section, why)) != NULL)
		cfg_error(
		    cfg, "%s \"%s\" %s", opt->name, cfg_title(section), wrong);
	cfg->line = line;
	return wrong == NULL ? 0 : -1;
}

static int
validate_access(cfg_t *cfg, cfg_opt_t *opt)
{
	return check_section(cfg, opt, conf_access_fault);
}

static int
validate_auth(cfg_t *cfg, cfg_opt_t *opt)
{
	return check_section(cfg, opt, conf_auth_fault);
}

static int
validate_pin(cfg_t *cfg, cfg_opt_t *opt)
{
	uint8_t pin[PROTO_PIN_BYTES];
	const char *text = conf_last_value(opt);

	if (conf_target_parse_pin(text, pin) == 0)
		return 0;
	cfg_error(
	    cfg, "tls-pin: \"%s\" is not sha256: and 64 hex digits", text);
	return -1;
}

static int
validate_repeater_id(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *text = cfg_opt_getnstr(opt, 0);

	if (conf_target_is_repeater_id(text))
		return 0;
	cfg_error(cfg,
	    "repeater-id: \"%s\" is not 1 to %d letters, digits, "
	    "'-', '.' or '_', without the \"ID:\"",
	    text, PROTO_REPEATER_ID_MAX - 1);
	return -1;
}

static int
validate_tls_name(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *text = cfg_opt_getnstr(opt, 0);
	struct target host;

	if (target_parse(text, 1, &host) == 0 && !host.has_port)
		return 0;
	cfg_error(cfg, "tls-name: \"%s\" is not a host name or address", text);
	return -1;
}

static int
validate_file(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *text = conf_last_value(opt);

	if (text[0] != '/' || strlen(text) >= PATH_MAX) {
		cfg_error(
		    cfg, "%s: \"%s\" is not an absolute path", opt->name, text);
		return -1;
	}
	if (strcmp(opt->name, "key") != 0)
		conf_remember_line(text, cfg->line);
	return 0;
}

static int
validate_verify(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *text = cfg_opt_getnstr(opt, 0);

	if (conf_verify_client(text) >= 0)
		return 0;
	cfg_error(
	    cfg, "%s: \"%s\" is not no, optional or require", opt->name, text);
	return -1;
}

/* Words as OpenSSL has them: "A:B", "!C", "A+B", "@STRENGTH". */
static int
validate_words(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *p, *text = cfg_opt_getnstr(opt, 0);
	struct msg_conf_tls_text room;
	size_t max = strcmp(opt->name, "ciphers") == 0 ? sizeof(room.ciphers)
						       : sizeof(room.curves);

	for (p = text; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) &&
		    strchr(":+-_!@=.", *p) == NULL)
			break;
	if (*p != '\0' || text[0] == '\0' || strlen(text) >= max) {
		cfg_error(
		    cfg, "%s: \"%s\" is not NAME[:NAME...]", opt->name, text);
		return -1;
	}
	if (conf_tls_knows(opt->name, text))
		return 0;
	cfg_error(cfg, "%s: OpenSSL does not know \"%s\"", opt->name, text);
	return -1;
}

static int
validate_tls_minimum(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *text = cfg_opt_getnstr(opt, 0);

	if (strcmp(text, "1.2") == 0 || strcmp(text, "1.3") == 0)
		return 0;
	cfg_error(cfg, "tls-minimum: \"%s\" is not 1.2 or 1.3", text);
	return -1;
}

static void
set_validators(cfg_t *cfg)
{
#define X(name, field, def, min, max, unit) \
	cfg_set_validate_func(cfg, name, validate_number);
	SETTINGS_NUMBERS(X)
#undef X
	cfg_set_validate_func(cfg, SETTINGS_OLD_MAX_SESSION, validate_number);
	cfg_set_validate_func(cfg, "allow", conf_check_rule);
	cfg_set_validate_func(cfg, "deny", conf_check_rule);
	cfg_set_validate_func(cfg, "nameservers", conf_check_nameserver);
	cfg_set_validate_func(cfg, "trusted-proxies", conf_check_proxy);
	cfg_set_validate_func(cfg, "origins", conf_check_origin);
	cfg_set_validate_func(cfg, "frame-ancestors", conf_check_origin);
	cfg_set_validate_func(cfg, "hosts", conf_check_host);
	cfg_set_validate_func(cfg, "base-path", conf_check_base_path);
	cfg_set_validate_func(cfg, "pid-file", conf_check_path);
	cfg_set_validate_func(cfg, "control-socket", conf_check_path);
	cfg_set_validate_func(cfg, "pages", conf_check_path);
	cfg_set_validate_func(cfg, "audit-file", conf_check_path);
	cfg_set_validate_func(cfg, "user", conf_check_user);
	cfg_set_validate_func(cfg, "control-group", conf_check_group);
	cfg_set_validate_func(cfg, "listen", validate_listen);
	cfg_set_validate_func(cfg, "listen|certificate", validate_file);
	cfg_set_validate_func(cfg, "listen|key", validate_file);
	cfg_set_validate_func(cfg, "listen|client-ca", validate_file);
	cfg_set_validate_func(cfg, "listen|client-crl", validate_file);
	cfg_set_validate_func(cfg, "listen|verify-client", validate_verify);
	cfg_set_validate_func(cfg, "tls-minimum", validate_tls_minimum);
	cfg_set_validate_func(cfg, "ciphers", validate_words);
	cfg_set_validate_func(cfg, "ciphersuites", validate_words);
	cfg_set_validate_func(cfg, "curves", validate_words);
	cfg_set_validate_func(cfg, "target", validate_target);
	cfg_set_validate_func(cfg, "access", validate_access);
	cfg_set_validate_func(cfg, "access|max-sessions", validate_number);
	cfg_set_validate_func(cfg, "auth", validate_auth);
	cfg_set_validate_func(cfg, "target|tls-ca", validate_file);
	cfg_set_validate_func(cfg, "target|tls-pin", validate_pin);
	cfg_set_validate_func(cfg, "target|tls-name", validate_tls_name);
	cfg_set_validate_func(cfg, "target|greeting-timeout", validate_number);
	cfg_set_validate_func(cfg, "target|idle-timeout", validate_number);
	cfg_set_validate_func(cfg, "target|max-session", validate_number);
	cfg_set_validate_func(cfg, "target|max-sessions", validate_number);
	cfg_set_validate_func(cfg, "target|repeater-id", validate_repeater_id);
	cfg_set_validate_func(cfg, "target|start-timeout", validate_number);
	cfg_set_validate_func(cfg, "target|stop-after", validate_number);
	conf_hook_set_validators(cfg);
}

static cfg_opt_t auth_opts[] = {CFG_STR("file", NULL, CFGF_NODEFAULT),
    CFG_BOOL("basic", cfg_false, CFGF_NODEFAULT),
    CFG_STR("issuer", NULL, CFGF_NODEFAULT),
    CFG_STR("client-id", NULL, CFGF_NODEFAULT),
    CFG_STR("client-secret-file", NULL, CFGF_NODEFAULT),
    CFG_STR_LIST("scopes", "{}", CFGF_NONE),
    CFG_STR("user-claim", NULL, CFGF_NODEFAULT),
    CFG_STR("groups-claim", NULL, CFGF_NODEFAULT),
    CFG_STR("button", NULL, CFGF_NODEFAULT),
    CFG_STR_LIST("hosts", "{}", CFGF_NONE),
    CFG_STR("ca-file", NULL, CFGF_NODEFAULT),
    CFG_STR("header", NULL, CFGF_NODEFAULT),
    CFG_STR("groups-header", NULL, CFGF_NODEFAULT),
    CFG_STR("logout", NULL, CFGF_NODEFAULT),
    CFG_STR("user", NULL, CFGF_NODEFAULT),
    CFG_STR("groups", NULL, CFGF_NODEFAULT),
    CFG_STR("service", NULL, CFGF_NODEFAULT), CFG_END()};

static cfg_opt_t listen_opts[] = {CFG_STR_LIST("certificate", "{}", CFGF_NONE),
    CFG_STR_LIST("key", "{}", CFGF_NONE),
    CFG_STR("client-ca", NULL, CFGF_NODEFAULT),
    CFG_STR("client-crl", NULL, CFGF_NODEFAULT),
    CFG_STR("verify-client", "no", CFGF_NONE),
    CFG_BOOL("proxy-protocol", cfg_false, CFGF_NONE),
    CFG_BOOL("metrics", cfg_false, CFGF_NONE),
    CFG_BOOL("redirect", cfg_true, CFGF_NODEFAULT), CFG_END()};

static cfg_opt_t target_opts[] = {CFG_STR("address", NULL, CFGF_NODEFAULT),
    CFG_STR("description", "", CFGF_NONE),
    CFG_BOOL("exclusive", cfg_false, CFGF_NONE),
    CFG_STR("mode", NULL, CFGF_NODEFAULT), CFG_INT("slots", 0, CFGF_NONE),
    CFG_STR_LIST("takeover", "{}", CFGF_NONE),
    CFG_STR_LIST("watch", "{}", CFGF_NONE),
    CFG_INT("ask-timeout", 30, CFGF_NONE),
    CFG_STR("ask-answer", "keep", CFGF_NONE), CFG_INT("grace", 0, CFGF_NONE),
    CFG_STR("group", "", CFGF_NONE), CFG_BOOL("tls", cfg_false, CFGF_NONE),
    CFG_STR("tls-ca", NULL, CFGF_NODEFAULT),
    CFG_STR_LIST("tls-pin", "{}", CFGF_NONE),
    CFG_STR("tls-name", NULL, CFGF_NODEFAULT),
    CFG_INT("greeting-timeout", 0, CFGF_NONE),
    CFG_INT("idle-timeout", 0, CFGF_NODEFAULT),
    CFG_INT("max-session", 0, CFGF_NODEFAULT),
    CFG_INT("max-sessions", 0, CFGF_NONE),
    CFG_BOOL("send-proxy", cfg_false, CFGF_NONE),
    CFG_STR("repeater-id", "", CFGF_NONE),
    CFG_STR_LIST("start", "{}", CFGF_NONE),
    CFG_STR_LIST("stop", "{}", CFGF_NONE),
    CFG_STR_LIST("check", "{}", CFGF_NONE),
    CFG_INT("start-timeout", 0, CFGF_NONE), CFG_INT("stop-after", 0, CFGF_NONE),
    CFG_STR("wake", NULL, CFGF_NODEFAULT),
    CFG_STR("wake-address", NULL, CFGF_NODEFAULT), CFG_END()};

static cfg_opt_t access_opts[] = {CFG_STR_LIST("from", "{}", CFGF_NONE),
    CFG_STR_LIST("users", "{}", CFGF_NONE),
    CFG_INT("max-sessions", 0, CFGF_NONE),
    CFG_STR_LIST("targets", "{}", CFGF_NONE), CFG_STR("times", "", CFGF_NONE),
    CFG_END()};

cfg_t *
conf_new_parser(void)
{
	static cfg_opt_t opts[] = {
#define X(name, field, def, min, max, unit) CFG_INT(name, def, CFGF_NONE),
	    SETTINGS_NUMBERS(X)
#undef X
#define X(name, field, def) \
	CFG_BOOL(name, def ? cfg_true : cfg_false, CFGF_NONE),
		SETTINGS_SWITCHES(X)
#undef X
		    CFG_INT(SETTINGS_OLD_MAX_SESSION, 0, CFGF_NONE),
	    CFG_STR("user", VB_USER, CFGF_NONE),
	    CFG_STR("base-path", "", CFGF_NONE),
	    CFG_STR("tls-minimum", "1.2", CFGF_NONE),
	    CFG_STR("ciphers", default_ciphers, CFGF_NONE),
	    CFG_STR("ciphersuites", default_ciphersuites, CFGF_NONE),
	    CFG_STR("curves", default_curves, CFGF_NONE),
	    CFG_STR("pid-file", VB_RUNSTATEDIR "/vncbridged.pid", CFGF_NONE),
	    CFG_STR(
		"control-socket", VB_RUNSTATEDIR "/vncbridged.sock", CFGF_NONE),
	    CFG_STR("control-group", "", CFGF_NONE),
	    CFG_STR("pages", VB_PAGESDIR, CFGF_NONE),
	    CFG_STR("audit-file", "", CFGF_NONE),
	    CFG_BOOL("i-know-this-is-an-open-proxy", cfg_false, CFGF_NONE),
	    CFG_STR_LIST("allow", default_allow, CFGF_NONE),
	    CFG_STR_LIST("deny", "{}", CFGF_NONE),
	    CFG_STR_LIST("origins", "{}", CFGF_NONE),
	    CFG_STR_LIST("frame-ancestors", "{}", CFGF_NONE),
	    CFG_STR_LIST("hosts", "{}", CFGF_NONE),
	    CFG_STR_LIST("nameservers", "{}", CFGF_NONE),
	    CFG_STR_LIST("trusted-proxies", "{}", CFGF_NONE),
	    CFG_STR_LIST("on-event", "{}", CFGF_NONE),
	    CFG_STR_LIST("hook-environment", "{}", CFGF_NONE),
	    CFG_SEC("listen", listen_opts,
		CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
	    CFG_SEC("target", target_opts,
		CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
	    CFG_SEC("access", access_opts,
		CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
	    CFG_SEC("auth", auth_opts,
		CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
	    CFG_END()};

	cfg_t *cfg = cfg_init(opts, CFGF_NONE);

	conf_forget_lines();
	if (cfg != NULL)
		set_validators(cfg);
	return cfg;
}
