/* SPDX-License-Identifier: ISC */
#include "worker/stages/standing.h"
#include "worker/tls/tls.h"
#include "worker/tls/tls_conf.h"

static int
has_listener(const struct worker_conf *conf, const struct addr *local)
{
	uint32_t i;

	for (i = 0; i < conf->listener_count; i++)
		if (addr_is_same_endpoint(&conf->listeners[i].addr, local))
			return 1;
	return 0;
}

enum standing
standing_of(const struct client *c, enum request_kind kind)
{
	const struct worker_conf *conf = c->worker->conf;
	const struct tls_listener *now = tls_conf_find(conf->tls, &c->local);

	if (!has_listener(conf, &c->local))
		return STANDING_OUTDATED;
	if (now == NULL)
		return STANDING_GOOD;
	if (c->client.tls == NULL)
		return STANDING_PLAIN;
	return tls_is_admitted(c->client.tls, now, kind == REQUEST_PROXY)
	    ? STANDING_GOOD
	    : STANDING_OUTDATED;
}
