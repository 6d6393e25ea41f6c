/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/addr.h"
#include "common/origin.h"
#include "common/target.h"
#include "daemon/bundle/conf_site.h"

/* Of a scheme that no page has, an entry would be a mistake. */
static int
is_page_scheme(const char *scheme, size_t len)
{
	static const char *const others[] = {
	    "ftp", "ws", "wss", "data", "blob", "about", "javascript"};
	size_t i;

	if (len == 0 || !islower((unsigned char)scheme[0]))
		return 0;
	for (i = 0; i < len; i++) /* RFC 3986, 3.1 */
		if (!isalnum((unsigned char)scheme[i]) &&
		    strchr("+-.", scheme[i]) == NULL)
			return 0;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strlen(others[i]) == len &&
		    memcmp(scheme, others[i], len) == 0)
			return 0;
	return 1;
}

/* What an app calls itself: no name of the network. */
static int
is_app_host(const char *host, int is_file)
{
	size_t n = strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789-._");
	uint16_t port;

	if (is_file)
		return host[0] == '\0';
	if (n == 0)
		return 0;
	return host[n] == '\0' ||
	    (host[n] == ':' && addr_parse_port(host + n + 1, &port) == 0);
}

/* HOST[:PORT] or *.NAME[:PORT]; takes off the port that the scheme has. */
static int
read_web_host(char *host, const char *usual)
{
	size_t n = strncmp(host, "*.", 2) == 0 ? 2 : 0, len = strlen(host);
	struct target target;

	if (target_parse(host + n, 1, &target) < 0 ||
	    (n > 0 && target.name[0] == '\0'))
		return VB_ESYNTAX;
	if (len > strlen(usual) &&
	    strcmp(host + len - strlen(usual), usual) == 0)
		memset(host + len - strlen(usual), 0, strlen(usual));
	return 0;
}

int
conf_normalize_origin(const char *text, char out[PROTO_ORIGIN_MAX])
{
	size_t i, len = strlen(text);
	char *host;

	if (len == 0 || len >= PROTO_ORIGIN_MAX)
		return VB_ERANGE;
	memset(out, 0, PROTO_ORIGIN_MAX);
	for (i = 0; i < len; i++)
		out[i] = (char)tolower((unsigned char)text[i]);
	if ((host = strstr(out, "://")) == NULL ||
	    !is_page_scheme(out, (size_t)(host - out)))
		return VB_ESYNTAX;
	host += strlen("://");
	if (strncmp(out, "https:", 6) == 0)
		return read_web_host(host, ":443");
	if (strncmp(out, "http:", 5) == 0)
		return read_web_host(host, ":80");
	return is_app_host(host, strncmp(out, "file:", 5) == 0) ? 0
								: VB_ESYNTAX;
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
	    "favicon.ico", "index.html", "events"}; /* worker/parse/request.c */
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
		    "%zu %s are configured, at most %zu are allowed", n, name,
		    most);
	return n <= most;
}

/* Takes a list of origins, each with these flags. **Gives** *out. */
static int
take_list(cfg_t *cfg, const char *name, uint32_t flags,
    struct msg_conf_origin **out, size_t *count, char *error)
{
	size_t i, n = cfg_size(cfg, name);

	if (!is_room_for(name, n, PROTO_ORIGINS_MAX, error))
		return VB_EFULL;
	if ((*out = calloc(n + 1, sizeof(**out))) == NULL)
		return VB_ENOMEM;
	for (i = 0; i < n; i++) {
		(*out)[i].flags = flags;
		if (conf_normalize_origin(cfg_getnstr(cfg, name, (unsigned)i),
			(*out)[i].origin) < 0)
			return VB_ESYNTAX;
	}
	*count = n;
	return 0;
}

static size_t
frame_bytes(const struct msg_conf_origin *origins, size_t count)
{
	const char *source;
	size_t i, n = 0;

	for (i = 0; i < count; i++)
		if ((origins[i].flags & CONF_ORIGIN_FRAMES) &&
		    (source = origin_frame_source(origins[i].origin)) != NULL)
			n += 1 + strlen(source);
	return n;
}

/* The pages that may open sessions, and those that may frame ours. */
static int
take_origins(cfg_t *cfg, struct conf *conf, char *error)
{
	int has_framers =
	    (cfg_getopt(cfg, "frame-ancestors")->flags & CFGF_MODIFIED) != 0;
	size_t bytes;
	int result = take_list(cfg, "origins",
	    CONF_ORIGIN_OPENS | (has_framers ? 0 : CONF_ORIGIN_FRAMES),
	    &conf->origins, &conf->origin_count, error);

	if (result == 0)
		result = take_list(cfg, "frame-ancestors", CONF_ORIGIN_FRAMES,
		    &conf->framers, &conf->framer_count, error);
	if (result < 0)
		return result;
	bytes = frame_bytes(conf->origins, conf->origin_count) +
	    frame_bytes(conf->framers, conf->framer_count);
	if (bytes <= PROTO_FRAMERS_BYTES)
		return 0;
	snprintf(error, CONF_ERROR_MAX,
	    "%s: %zu bytes are too many for a header field, at most %d are "
	    "allowed%s",
	    has_framers ? "frame-ancestors" : "origins", bytes,
	    PROTO_FRAMERS_BYTES,
	    has_framers ? "; *.NAME stands for many"
			: ": list who may show the bridge in a frame in "
			  "frame-ancestors");
	return VB_EFULL;
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

static int
take_proxies(cfg_t *cfg, struct conf *conf, char *error)
{
	size_t i, n = cfg_size(cfg, "trusted-proxies");

	if (!is_room_for("trusted-proxies", n, PROTO_PROXIES_MAX, error))
		return VB_EFULL;
	if ((conf->proxies = calloc(n + 1, sizeof(*conf->proxies))) == NULL)
		return VB_ENOMEM;
	for (i = 0; i < n; i++)
		if (network_parse(
			cfg_getnstr(cfg, "trusted-proxies", (unsigned)i),
			&conf->proxies[i]) < 0)
			return VB_ESYNTAX;
	conf->proxy_count = n;
	return 0;
}

int
conf_take_sites(cfg_t *cfg, struct conf *conf, char error[CONF_ERROR_MAX])
{
	int result = take_origins(cfg, conf, error);

	if (result == 0)
		result = take_hosts(cfg, conf, error);
	return result < 0 ? result : take_proxies(cfg, conf, error);
}
