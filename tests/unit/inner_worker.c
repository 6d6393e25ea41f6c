/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/ipc.h"
#include "common/log.h"
#include "tests/unit/inner_worker.h"
#include "worker/master.h"
#include "worker/spine.h"

#define FAR_SEC 1000

struct inner inner;

/* What main.c does: a test goes on. */
static void
note_drained(int status)
{
	inner.drained_status = status;
}

static void
miss_master(int reason)
{
	ck_abort_msg("no master: %s", vb_strerror(reason));
}

static void
drop_line(int level, const char *line, void *arg)
{
	(void)level;
	(void)line;
	(void)arg;
}

void
inner_start(void)
{
	struct worker *w = &inner.w;
	uint8_t *buffer;
	int fds[2];

	signal(SIGPIPE, SIG_IGN);
	log_to_sink(drop_line, NULL);
	memset(&inner, 0, sizeof(inner));
	inner.conf.settings.handshake_timeout_sec = FAR_SEC;
	inner.conf.settings.connect_timeout_sec = FAR_SEC;
	inner.conf.settings.request_head_bytes = 32768;
	inner.drained_status = -1;
	w->drained = note_drained;
	w->orphaned = miss_master;
	w->conf = &inner.conf;
	ck_assert_ptr_nonnull(buffer = malloc(WORKER_BUFFER_BYTES));
	ck_assert_ptr_nonnull(w->base = event_base_new());
	spine_open(w, buffer);
	ck_assert_int_eq(
	    socketpair(
		AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
	    0);
	inner.master = fds[0];
	ck_assert_int_eq(master_connect(w, fds[1]), 0);
	ipc_set_phase(w->master, PHASE_RUN);
}

void
inner_stop(void)
{
	struct client *c;

	while ((c = TAILQ_FIRST(&inner.w.clients)) != NULL)
		client_cut(c);
	ipc_free(inner.w.broker);
	ipc_free(inner.w.master);
	event_base_free(inner.w.base);
	close(inner.master);
	free(inner.w.gather.buffer);
}

void
inner_turn(void)
{
	/* no ck_assert, which takes memory: there may be none */
	if (event_base_loop(inner.w.base, EVLOOP_ONCE | EVLOOP_NONBLOCK) == -1)
		abort();
}

struct client *
inner_give_client(uint64_t conn_id, int *far_end)
{
	struct msg_client msg = {.conn_id = conn_id};
	struct client *c;
	int fds[2];

	ck_assert_int_eq(
	    socketpair(
		AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
	    0);
	*far_end = fds[0];
	ck_assert_int_eq(client_new(&inner.w, &msg, fds[1], 0), 0);
	ck_assert_ptr_nonnull(c = client_find(&inner.w, conn_id));
	return c;
}
