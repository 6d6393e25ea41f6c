/* SPDX-License-Identifier: ISC */
/* The broker's end: what it says, and the rules that a worker keeps. */
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/fuzz/client_rig.h"

void
rig_send_broker(struct rig *r, enum msg_type type, const void *body, int fd)
{
	if (r->broker == -1) {
		if (fd != -1)
			close(fd);
		return;
	}
	/* a worker that has dropped the channel is found when it is read */
	if (ipc_write_message(r->broker, type, body, fd) < 0)
		return;
}

void
rig_leave_broker(struct rig *r)
{
	size_t i;

	rig_close(&r->broker);
	for (i = 0; i < SLOTS; i++) {
		r->slots[i].was_asked = 0;
		r->slots[i].was_held = 0;
		r->slots[i].was_closed = 0;
		r->slots[i].board = 0;
	}
}

void
rig_join_broker(struct rig *r)
{
	static uint32_t fence;
	struct msg_peer peer = {0, ++fence, ROLE_BROKER, ROLE_WORKER};
	int fds[2];

	rig_leave_broker(r);
	must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC,
		 0, fds) == 0);
	r->broker = fds[0];
	r->helds = 0;
	rig_send_master(r, MSG_PEER, &peer, fds[1]);
}

void
rig_open(
    struct rig *r, struct slot *slot, struct msg_opened *opened, int has_socket)
{
	int fds[2] = {-1, -1}, small = RIG_SMALL_BUFFER;

	if (has_socket && slot->was_opened) {
		/* a second one is nobody's target: its far end is not kept */
		slot->has_second = 1;
		must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) ==
		    0);
		close(fds[0]);
	} else if (has_socket && slot->target == -1 && r->broker != -1 &&
	    slot->was_asked) {
		must(socketpair(AF_UNIX,
			 SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
			 fds) == 0);
		if (r->has_small_buffers)
			must(setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &small,
				 sizeof(small)) == 0);
		slot->target = fds[0];
		slot->was_opened = 1;
		slot->needs_greeting = r->worker->conf->settings.require_rfb;
	}
	rig_send_broker(r, MSG_OPENED, opened, fds[1]);
}

static struct slot *
slot_of(struct rig *r, uint64_t conn_id)
{
	size_t i;

	for (i = 0; i < SLOTS; i++)
		if (r->slots[i].conn_id == conn_id)
			return &r->slots[i];
	abort(); /* the worker speaks of what it never had */
}

/* The rules of PROTOCOL.md that a worker keeps. */
static void
take_broker_message(struct rig *r, int type, const union proto_any *any)
{
	struct slot *slot;

	switch (type) {
	case MSG_OPEN:
		slot = slot_of(r, any->open.conn_id);
		must(!slot->was_asked && !slot->was_opened);
		must(PROTO_IS_TEXT(any->open.target));
		slot->was_asked = 1;
		break;
	case MSG_HELD:
		slot = slot_of(r, any->held.conn_id);
		must(slot->was_opened && !slot->was_held && !slot->was_asked);
		must(PROTO_IS_TEXT(any->held.target));
		slot->was_held = 1;
		r->helds++;
		break;
	case MSG_HELD_END:
		must(any->held_end.count == r->helds);
		break;
	case MSG_CLOSED:
		slot = slot_of(r, any->closed.conn_id);
		if (!any->closed.is_early && any->closed.to_client_bytes == 0 &&
		    (slot->was_closed || (!slot->was_asked && !slot->was_held)))
			break; /* of a socket that came late */
		/* or that was before, and this one had no memory then */
		if (slot->was_closed && slot->has_second && world.has_starved)
			break;
		must((slot->was_asked || slot->was_held) && !slot->was_closed);
		must(any->closed.to_client_bytes <= slot->said.len);
		must(any->closed.to_target_bytes <= slot->sent.len);
		slot->was_closed = 1;
		break;
	case MSG_TRAFFIC:
		must(any->traffic.count > 0 &&
		    any->traffic.count <= PROTO_TRAFFIC_MAX);
		break;
	case MSG_BOARD:
		board_take(slot_of(r, any->board.board_id), SLOT_BOARD_ASKED);
		break;
	case MSG_BOARD_END:
		board_take(
		    slot_of(r, any->board_end.board_id), SLOT_BOARD_ENDED);
		break;
	default: /* a message that is added has its case here */
		must(type == MSG_STATE || type == MSG_SAID ||
		    type == MSG_INTEND);
	}
}

/* What the worker has not read of a channel that it closed is lost. */
static void
lose_opened(struct rig *r)
{
	struct slot *slot;
	struct client *c;

	for (slot = r->slots; slot < r->slots + SLOTS; slot++) {
		c = rig_find(r, slot);
		if (c == NULL || c->state != CLIENT_OPENING)
			continue;
		slot->was_opened = 0;
		slot->said.len = 0;
		rig_close(&slot->target);
	}
}

void
rig_read_broker(struct rig *r)
{
	union proto_any any;
	int type, fd;

	if (r->broker == -1)
		return;
	while ((type = ipc_read_message(
		    r->broker, ROLE_BROKER, ROLE_WORKER, &any, &fd)) > 0) {
		must(fd == -1);
		take_broker_message(r, type, &any);
	}
	if (type == VB_ESYS && (errno == EAGAIN || errno == EWOULDBLOCK))
		return;
	must(type == VB_ECLOSED || (type == VB_ESYS && errno == ECONNRESET));
	must(r->worker->broker == NULL);
	lose_opened(r);
	rig_leave_broker(r);
}
