/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <errno.h>
#include <string.h>

#include "worker/client/journal.h"
#include "worker/leg/gather.h"
#include "worker/parse/proxy_header.h"
#include "worker/stages/preface.h"
#include "worker/stages/secure.h"
#include "worker/stages/serve.h"
#include "worker/stages/standing.h"

int
preface_begin(struct client *c)
{
	const struct worker_conf *conf = c->worker->conf;

	if (!standing_wants_preface(conf, &c->local))
		return 0;
	c->has_preface = 1;
	c->state = CLIENT_PREFACE; /* the deadline is that of the head */
	if (!networks_have(conf->proxies, conf->proxy_count, client_hop(c))) {
		journal_strange(c, "it is not one of trusted-proxies");
		c->state = CLIENT_OVER;
	}
	return 1;
}

/* All of the header, and nothing else, has been taken off the socket. */
static void
finish(struct client *c, const struct addr *announced)
{
	client_keep(c, NULL, 0);
	if (announced->family != ADDR_NONE) {
		if (client_keep_hop(c) < 0) {
			c->state = CLIENT_OVER;
			return;
		}
		c->peer = c->via->announced = *announced;
	}
	c->state = CLIENT_HEAD;
	secure_begin(c, &c->local);
	if (c->state == CLIENT_SECURING)
		secure_go_on(c);
	else if (c->state == CLIENT_HEAD)
		serve_read_head(c);
}

/* What was looked at is taken. Returns 1, or 0: it is not there. */
static int
take(struct client *c, uint8_t *buf, size_t len)
{
	if (recv(c->client.fd, buf, len, MSG_DONTWAIT) == (ssize_t)len)
		return 1;
	c->state = CLIENT_OVER;
	return 0;
}

/*
 * Looks first, since only the header's own bytes may be taken: what follows is
 * for TLS. Bytes that are part of it and not all of it are kept, so that the
 * loop does not turn over what was looked at already.
 */
void
preface_go_on(struct client *c)
{
	uint8_t *buf = gather_buffer(&c->worker->gather);
	size_t kept = c->pending_len;
	struct proxy_header header;
	ssize_t n;
	int used;

	if (kept > 0)
		memcpy(buf, c->pending, kept);
	n = recv(c->client.fd, buf + kept, PROXY_HEADER_MAX - kept,
	    MSG_PEEK | MSG_DONTWAIT);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) { /* a balancer that asked whether the port is open */
		c->state = CLIENT_OVER;
		return;
	}
	used = proxy_header_parse(buf, kept + (size_t)n, &header);
	if (used < 0) {
		journal_strange(c, header.fault);
		c->state = CLIENT_OVER;
	} else if (used > 0) {
		if (take(c, buf + kept, (size_t)used - kept))
			finish(c, &header.client);
	} else if (take(c, buf + kept, (size_t)n) &&
	    client_keep_more(c, buf + kept, (size_t)n) < 0)
		c->state = CLIENT_OVER;
}

void
preface_is_late(struct client *c)
{
	journal_strange(c, "its PROXY header took too long");
	c->state = CLIENT_OVER;
}
