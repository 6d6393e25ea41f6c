/* SPDX-License-Identifier: ISC */
/*
 * Invariant: while there is a part, flush_ev is active. A part that was sent
 * keeps its client only if that has to be settled, which may free it and is
 * therefore done in an own callback; bytes is 0 when all are sent.
 */
#include <event2/event.h>

#include "worker/leg/gather.h"

static void
on_flush_cb(evutil_socket_t fd, short what, void *arg)
{
	struct gather *g = arg;
	struct client *c;
	unsigned i;

	(void)fd;
	(void)what;
	gather_send(g);
	for (i = 0; i < g->count; i++) {
		c = g->parts[i].client;
		g->parts[i].client = NULL;
		if (c != NULL)
			g->ops->settle(c);
	}
	g->count = g->sent = 0;
}

void
gather_open(struct gather *g, struct event_base *base, uint8_t *buffer,
    const struct gather_ops *ops)
{
	g->ops = ops;
	g->buffer = buffer;
	event_assign(&g->flush_ev, base, -1, 0, on_flush_cb, g);
}

int
gather_add(struct gather *g, struct client *c, size_t len)
{
	size_t room;

	if (len < GATHER_LEAST_BYTES || len > GATHER_MOST_BYTES ||
	    g->count == GATHER_PARTS_MAX)
		return 0;
	if (g->count == 0)
		event_active(&g->flush_ev, EV_WRITE, 0);
	g->parts[g->count].client = c;
	g->parts[g->count].data = gather_place(g, &room);
	g->parts[g->count].len = len;
	g->count++;
	g->bytes += WS_SERVER_HEAD_MAX + len;
	return 1;
}

void
gather_send_parts(struct gather *g)
{
	struct client *c;
	unsigned i;

	/* a client that is lost comes here again, from client_end() */
	while (g->sent < g->count) {
		i = g->sent++;
		if ((c = g->parts[i].client) == NULL)
			continue;
		if (!g->ops->send(c, g->parts[i].data, g->parts[i].len))
			g->parts[i].client = NULL;
	}
	g->bytes = 0;
}

void
gather_forget(struct gather *g, const struct client *c)
{
	unsigned i;

	for (i = 0; i < g->count; i++)
		if (g->parts[i].client == c)
			g->parts[i].client = NULL;
}
