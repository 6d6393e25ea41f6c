/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/addr.h"
#include "common/target.h"
#include "daemon/master/conf_site.h"

int
conf_normalize_origin(const char *text, char out[PROTO_ORIGIN_MAX])
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

int
conf_normalize_host(const char *text, char out[PROTO_HOST_MAX])
{
	size_t n = strncmp(text, "*.", 2) == 0 ? 2 : 0;
	struct addr addr;

	memset(out, 0, PROTO_HOST_MAX);
	memcpy(out, "*.", n);
	if (target_parse_name(text + n, strlen(text + n), out + n) == 0)
		return 0;
	if (addr_parse_ip(text, &addr) < 0)
		return VB_ESYNTAX;
	strlcpy(out, text, PROTO_HOST_MAX); /* needless, and no fault */
	return 0;
}

int
conf_is_own_path(const char *name)
{
	static const char *const own[] = {"proxy", "healthz", "robots.txt",
	    "favicon.ico", "index.html"}; /* worker/request.c */
	size_t i;

	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strcmp(name, own[i]) == 0)
			return 1;
	return 0;
}

/* Whether there are few enough, which error says if not. */
static int
is_room_for(const char *name, size_t n, size_t most, char *error)
{
	if (n > most)
		snprintf(error, CONF_ERROR_MAX,
		    "%zu %s are configured, %zu are the most", n, name, most);
	return n <= most;
}

static int
take_origins(cfg_t *cfg, struct conf *conf, char *error)
{
	size_t i, n = cfg_size(cfg, "origins");

	if (!is_room_for("origins", n, PROTO_ORIGINS_MAX, error))
		return VB_EFULL;
	if ((conf->origins = calloc(n + 1, sizeof(*conf->origins))) == NULL)
		return VB_ENOMEM;
	for (i = 0; i < n; i++)
		if (conf_normalize_origin(
			cfg_getnstr(cfg, "origins", (unsigned)i),
			conf->origins[i].origin) < 0)
			return VB_ESYNTAX;
	conf->origin_count = n;
	return 0;
}

static int
take_hosts(cfg_t *cfg, struct conf *conf, char *error)
{
	size_t i, n = cfg_size(cfg, "hosts");

	if (!is_room_for("hosts", n, PROTO_HOSTS_MAX, error))
		return VB_EFULL;
	if ((conf->hosts = calloc(n + 1, sizeof(*conf->hosts))) == NULL)
		return VB_ENOMEM;
	for (i = 0; i < n; i++)
		if (conf_normalize_host(cfg_getnstr(cfg, "hosts", (unsigned)i),
			conf->hosts[i].name) < 0)
			return VB_ESYNTAX;
	conf->host_count = n;
	return 0;
}

int
conf_take_sites(cfg_t *cfg, struct conf *conf, char error[CONF_ERROR_MAX])
{
	int result = take_origins(cfg, conf, error);

	return result < 0 ? result : take_hosts(cfg, conf, error);
}
