/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>

#include "worker/client/write.h"

#define FRAMES_MAX (WORKER_BUFFER_BYTES / CLIENT_FRAME_BYTES)

void
client_watch(struct client *c, struct leg *leg, enum leg_watch what)
{
	if (leg_is_open(leg) && leg_watch(leg, what) < 0)
		client_end(c, WS_CLOSE_TOO_BIG, "out of memory");
}

void
client_lose(struct client *c, const char *why)
{
	leg_close(&c->client);
	if (client_is_session(c)) /* and was not over already */
		c->is_lost = 1;
	client_end(c, WS_CLOSE_ABNORMAL, "client lost: %s", why);
}

void
client_after_write(struct client *c, int result)
{
	if (result < 0)
		client_lose(c, strerror(result == VB_ENOMEM ? ENOMEM : errno));
	else if (c->state == CLIENT_RELAY &&
	    leg_queued(&c->client) > LEG_HIGH_BYTES)
		client_watch(c, &c->target, LEG_NOTHING);
}

void
client_write(struct client *c, struct iovec *iov, int count)
{
	if (leg_is_open(&c->client))
		client_after_write(c, leg_write(&c->client, iov, count));
}

/*
 * The first head is right in front of its data: a small write is one
 * piece, which costs the kernel and libssl less than two.
 */
void
client_send(struct client *c, uint8_t *data, size_t len)
{
	uint8_t heads[FRAMES_MAX][WS_SERVER_HEAD_MAX];
	struct iovec iov[2 * FRAMES_MAX];
	size_t part, head;
	int n = 1;

	if (c->state != CLIENT_RELAY || len == 0)
		return;
	c->count.to_client += len;
	c->has_moved = 1;
	part = len < CLIENT_FRAME_BYTES ? len : CLIENT_FRAME_BYTES;
	head = ws_encode_head(heads[0], WS_BINARY, part);
	iov[0].iov_base = memcpy(data - head, heads[0], head);
	iov[0].iov_len = head + part;
	for (data += part, len -= part; len > 0; data += part, len -= part) {
		part = len < CLIENT_FRAME_BYTES ? len : CLIENT_FRAME_BYTES;
		iov[n].iov_base = heads[n / 2];
		iov[n].iov_len = ws_encode_head(heads[n / 2], WS_BINARY, part);
		iov[n + 1].iov_base = data;
		iov[n + 1].iov_len = part;
		n += 2;
	}
	client_write(c, iov, n);
}
