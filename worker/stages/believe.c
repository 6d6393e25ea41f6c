/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "worker/stages/believe.h"

#define DISPUTE_MS 60000 /* between two lines */

/* Who is at the far end of the connection, by a PROXY header or without. */
static const struct addr *
far_end(const struct client *c)
{
	const struct worker_conf *conf = c->worker->conf;

	if (c->via == NULL)
		return &c->peer;
	return c->via->announced.family != ADDR_NONE &&
		networks_have(conf->proxies, conf->proxy_count, &c->via->hop)
	    ? &c->via->announced
	    : &c->via->hop;
}

int
believe_is_proxy(const struct client *c)
{
	const struct worker_conf *conf = c->worker->conf;

	return networks_have(conf->proxies, conf->proxy_count, far_end(c));
}

void
believe_nobody(struct client *c)
{
	c->peer = *far_end(c);
	c->http.scheme = SCHEME_UNSAID;
}

const char *
believe_field(const struct client *c, const struct http_head *head,
    const char *name, char *out, size_t size)
{
	const struct http_span *value = http_find_field(head, name);

	if (value == NULL || http_count_fields(head, name) != 1 ||
	    value->len >= size || memchr(value->p, '\0', value->len) != NULL ||
	    !believe_is_proxy(c))
		return NULL;
	memcpy(out, value->p, value->len);
	out[value->len] = '\0';
	return out;
}

/* Of a proxy that passes on what it should replace, each request would tell. */
static void
warn_of_dispute(struct client *c)
{
	struct worker *w = c->worker;
	uint64_t now_ms = clock_now_ms();
	char hop[ADDR_TEXT_MAX];

	if (w->dispute_ms != 0 && now_ms - w->dispute_ms < DISPUTE_MS)
		return;
	w->dispute_ms = now_ms;
	log_warn("proxy=%s passes on Forwarded and X-Forwarded fields that "
		 "differ, and neither is believed: let it remove those that "
		 "it does not set",
	    addr_format_ip(far_end(c), hop));
}

int
believe_proxies(
    struct client *c, struct http_head *head, struct forwarding *said)
{
	const struct worker_conf *conf = c->worker->conf;

	forwarding_read(
	    head, far_end(c), conf->proxies, conf->proxy_count, said);
	if (said->is_disputed)
		warn_of_dispute(c);
	if (said->client.family != ADDR_NONE) {
		if (client_keep_hop(c) < 0)
			return VB_ENOMEM;
		c->peer = said->client;
	}
	c->http.scheme = (uint8_t)said->scheme;
	if (said->host[0] != '\0') {
		head->host.p = said->host;
		head->host.len = strlen(said->host);
	}
	head->prefix.p = said->prefix;
	head->prefix.len = strlen(said->prefix);
	return 0;
}
