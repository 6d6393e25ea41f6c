/* SPDX-License-Identifier: ISC */
#include "worker/stages/standing.h"
#include "worker/tls/tls.h"
#include "worker/tls/tls_conf.h"

static const struct msg_conf_listener *
find_listener(const struct worker_conf *conf, const struct addr *local)
{
	uint32_t i;

	for (i = 0; i < conf->listener_count; i++)
		if (addr_is_same_endpoint(&conf->listeners[i].addr, local))
			return &conf->listeners[i];
	return NULL;
}

int
standing_wants_preface(const struct worker_conf *conf, const struct addr *local)
{
	const struct msg_conf_listener *listener = find_listener(conf, local);

	return listener != NULL && listener->has_proxy_protocol != 0;
}

int
standing_is_metrics(const struct worker_conf *conf, const struct addr *local)
{
	const struct msg_conf_listener *listener = find_listener(conf, local);

	return listener != NULL && listener->is_metrics != 0;
}

/* Whether it has a PROXY header if it needs one, of a proxy that may. */
static int
is_introduced(const struct worker_conf *conf, const struct client *c)
{
	if (standing_wants_preface(conf, &c->local) != c->has_preface)
		return 0;
	return !c->has_preface ||
	    networks_have(conf->proxies, conf->proxy_count, client_hop(c));
}

enum standing
standing_of(const struct client *c, enum request_kind kind)
{
	const struct worker_conf *conf = c->worker->conf;
	const struct tls_listener *now = tls_conf_find(conf->tls, &c->local);

	if (find_listener(conf, &c->local) == NULL || !is_introduced(conf, c))
		return STANDING_OUTDATED;
	if (now == NULL)
		return STANDING_GOOD;
	if (c->client.tls == NULL)
		return STANDING_PLAIN;
	return tls_is_admitted(c->client.tls, now, kind == REQUEST_PROXY)
	    ? STANDING_GOOD
	    : STANDING_OUTDATED;
}
