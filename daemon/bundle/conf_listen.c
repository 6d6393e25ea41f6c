/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>

#include "common/addr.h"
#include "daemon/bundle/conf_explain.h"
#include "daemon/bundle/conf_listen.h"
#include "daemon/bundle/conf_seen.h"

static char default_listen[] = "127.0.0.1:6080";

/* However it is written: the kernel would refuse the second one. */
static int
check_listener_once(
    const struct conf *conf, size_t n, char error[CONF_ERROR_MAX])
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
	snprintf(error, CONF_ERROR_MAX, "%slisten %s is given twice%s",
	    conf_place(conf, conf->listener_lines[n], place),
	    addr_format(addr, text), where);
	return VB_ESYNTAX;
}

static int
take_listener(const struct conf_options *options, cfg_t *cfg, size_t i,
    struct conf *conf, char error[CONF_ERROR_MAX])
{
	int is_option = options->listen_count > 0;
	const char *text = is_option
	    ? options->listen[i]
	    : cfg_title(cfg_getnsec(cfg, "listen", (unsigned)i));
	char why[CONF_WHY_MAX];

	if (addr_parse_endpoint(text, 0, &conf->listeners[i]) < 0) {
		snprintf(error, CONF_ERROR_MAX, "-l %s",
		    conf_explain_listen(text, why));
		return VB_ESYNTAX;
	}
	if (!is_option)
		conf->listener_lines[i] = conf_seen_section_line("listen", i);
	return check_listener_once(conf, i, error);
}

int
conf_take_listeners(cfg_t *cfg, const struct conf_options *options,
    struct conf *conf, char error[CONF_ERROR_MAX])
{
	size_t i, n = cfg_size(cfg, "listen");
	int result;

	if (options->listen_count > 0)
		n = options->listen_count;
	if (conf_check_count(conf, conf_seen_setting_line("listen"),
		"listeners", n, PROTO_LISTENERS_MAX, error) < 0)
		return VB_EFULL;
	conf->listeners = calloc(n + 1, sizeof(*conf->listeners));
	conf->listener_lines = calloc(n + 1, sizeof(*conf->listener_lines));
	if (conf->listeners == NULL || conf->listener_lines == NULL)
		return VB_ENOMEM;
	for (i = 0; i < n; i++)
		if ((result = take_listener(options, cfg, i, conf, error)) < 0)
			return result;
	if (n == 0 &&
	    addr_parse_endpoint(default_listen, 0, &conf->listeners[n++]) < 0)
		return VB_ESYNTAX;
	conf->listener_count = n;
	return 0;
}

int
conf_check_listeners(const struct conf *conf, char error[CONF_ERROR_MAX])
{
	char place[CONF_PLACE_MAX], text[ADDR_TEXT_MAX];
	size_t i;

	for (i = 0; i < conf->listener_count && conf->proxy_count == 0; i++) {
		if (!conf->tls[i].proxy_protocol)
			continue;
		snprintf(error, CONF_ERROR_MAX,
		    "%slisten %s has proxy-protocol, and trusted-proxies is "
		    "empty: list the addresses that its proxies connect from",
		    conf_place(conf, conf->listener_lines[i], place),
		    addr_format(&conf->listeners[i], text));
		return VB_ESYNTAX;
	}
	return 0;
}
