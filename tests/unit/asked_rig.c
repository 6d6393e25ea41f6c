/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <check.h>
#include <event2/event.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/unit/asked_rig.h"

struct event_base *asked_base;
struct ipc *asked_master;
int asked_end = -1;

static int master_end;
static uint32_t last_fence;

static int
on_nothing(void *arg, const void *body, int *fd)
{
	(void)arg;
	(void)body;
	(void)fd;
	return 0;
}

static void
on_closed(void *arg, int reason)
{
	(void)arg;
	(void)reason;
}

static struct ipc_ops master_ops = {.closed = on_closed};

static void
make_pair(int *ours, int *theirs)
{
	int pair[2];

	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	*ours = pair[0];
	*theirs = pair[1];
}

void
asked_start(void)
{
	const struct proto_row *row;
	uint32_t type;
	int fd;

	for (type = 1; type < MSG_TYPE_COUNT; type++) {
		row = proto_row(type);
		if ((row->from & ROLE_MASTER) && (row->to & ROLE_AUTH))
			master_ops.on[type] = on_nothing;
	}
	ck_assert_ptr_nonnull(asked_base = event_base_new());
	make_pair(&master_end, &fd);
	asked_master =
	    ipc_new(asked_base, fd, ROLE_AUTH, ROLE_MASTER, &master_ops, NULL);
	ck_assert_ptr_nonnull(asked_master);
}

void
asked_stop(void)
{
	asked_close();
	close(master_end);
	ipc_free(asked_master);
	event_base_free(asked_base);
}

int
asked_join(uint32_t *fence)
{
	int fd;

	asked_close();
	make_pair(&asked_end, &fd);
	*fence = ++last_fence;
	return fd;
}

void
asked_close(void)
{
	if (asked_end != -1)
		close(asked_end);
	asked_end = -1;
}

void
asked_run(void)
{
	int i;

	for (i = 0; i < 8; i++)
		event_base_loop(asked_base, EVLOOP_NONBLOCK);
}

static int
has_message(int fd)
{
	char byte;

	asked_run();
	return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

int
asked_has_heard(void)
{
	return has_message(asked_end);
}

uint32_t
asked_unjoined(enum proto_role role)
{
	static union proto_any any;
	int fd;

	if (!has_message(master_end))
		return 0;
	ck_assert_int_eq(
	    ipc_read_message(master_end, ROLE_MASTER, ROLE_AUTH, &any, &fd),
	    MSG_UNJOINED);
	ck_assert_uint_eq(any.unjoined.fence, last_fence);
	ck_assert_uint_eq(any.unjoined.role, role);
	return any.unjoined.reason;
}
