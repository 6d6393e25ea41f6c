/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <limits.h>
#include <string.h>

#include "common/addr.h"
#include "common/network.h"
#include "common/origin.h"
#include "common/proto.h"
#include "common/rule.h"
#include "daemon/bundle/conf.h"
#include "daemon/bundle/conf_explain.h"
#include "daemon/bundle/conf_lines.h"
#include "daemon/bundle/conf_site.h"
#include "daemon/bundle/conf_values.h"

const char *
conf_last_value(cfg_opt_t *opt)
{
	return cfg_opt_getnstr(opt, cfg_opt_size(opt) - 1);
}

int
conf_check_rule(cfg_t *cfg, cfg_opt_t *opt)
{
	struct rule rule;
	const char *text = conf_last_value(opt);
	char why[CONF_WHY_MAX];

	if (conf_parse_rule(text, &rule) == 0) {
		conf_remember_entry(opt->name, text, cfg->line);
		return 0;
	}
	cfg_error(cfg, "%s: %s", opt->name, conf_explain_rule(text, why));
	return -1;
}

int
conf_check_nameserver(cfg_t *cfg, cfg_opt_t *opt)
{
	struct addr addr;
	const char *text = conf_last_value(opt);
	char why[CONF_WHY_MAX];

	if (conf_parse_nameserver(text, &addr) == 0)
		return 0;
	cfg_error(cfg, "%s: %s", opt->name, conf_explain_nameserver(text, why));
	return -1;
}

int
conf_check_proxy(cfg_t *cfg, cfg_opt_t *opt)
{
	struct network network;
	const char *text = conf_last_value(opt);
	char why[CONF_WHY_MAX];

	if (network_parse(text, &network) == 0)
		return 0;
	cfg_error(cfg, "%s: %s", opt->name, conf_explain_network(text, why));
	return -1;
}

int
conf_check_origin(cfg_t *cfg, cfg_opt_t *opt)
{
	char origin[PROTO_ORIGIN_MAX];
	const char *text = conf_last_value(opt);

	if (conf_normalize_origin(text, origin) < 0) {
		cfg_error(cfg,
		    "%s: \"%s\" is not SCHEME://HOST[:PORT] or "
		    "http[s]://*.NAME[:PORT]",
		    opt->name, text);
		return -1;
	}
	if (strcmp(opt->name, "frame-ancestors") != 0 ||
	    origin_frame_source(origin) != NULL)
		return 0;
	cfg_error(cfg,
	    "%s: \"%s\": browsers do not support IPv6 addresses in this list",
	    opt->name, text);
	return -1;
}

int
conf_check_host(cfg_t *cfg, cfg_opt_t *opt)
{
	char host[PROTO_HOST_MAX];
	const char *text = conf_last_value(opt);

	if (conf_normalize_host(text, host) == 0)
		return 0;
	cfg_error(cfg,
	    "%s: \"%s\" is not a host name or *.NAME, without a port",
	    opt->name, text);
	return -1;
}

int
conf_check_base_path(cfg_t *cfg, cfg_opt_t *opt)
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

/* The pid file and the control socket may be switched off: "". */
int
conf_check_path(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *text = cfg_opt_getnstr(opt, 0);

	if (text[0] == '\0' && strcmp(opt->name, "pages") != 0)
		return 0;
	if (text[0] == '/' && strlen(text) < PATH_MAX)
		return 0;
	cfg_error(cfg, "%s: \"%s\" is not an absolute path", opt->name, text);
	return -1;
}

int
conf_check_user(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *text = cfg_opt_getnstr(opt, 0);

	if (text[0] != '\0' && strlen(text) < CONF_USER_MAX)
		return 0;
	cfg_error(cfg, "user: \"%s\" is not a user's name", text);
	return -1;
}

int
conf_check_group(cfg_t *cfg, cfg_opt_t *opt)
{
	if (strlen(cfg_opt_getnstr(opt, 0)) < CONF_USER_MAX)
		return 0;
	cfg_error(cfg, "control-group: that is not a group's name");
	return -1;
}
