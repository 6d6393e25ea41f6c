/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <dirent.h>
#include <event2/event.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/ipc_pair.h"

#define FDS_MAX 3

static int
on_number(struct end *end, uint64_t number, int *fd)
{
	struct msg_load load = {0};

	ck_assert_uint_lt(end->count, HEARD_MAX);
	end->heard[end->count++] = number;
	end->fd = *fd;
	if (*fd != -1)
		end->had_fds++;
	if (end->keeps_fd)
		*fd = -1;
	if (end->sends_in_handler)
		ck_assert_int_eq(ipc_send(end->ipc, MSG_LOAD, &load, -1), 0);
	if (end->frees_in_handler) {
		ipc_free(end->ipc);
		end->ipc = NULL;
	}
	return end->answer;
}

static int
on_client(void *arg, const void *body, int *fd)
{
	const struct msg_client *client = body;

	return on_number(arg, client->conn_id, fd);
}

static int
on_drain(void *arg, const void *body, int *fd)
{
	const struct msg_drain *drain = body;

	return on_number(arg, drain->timeout_sec, fd);
}

static int
on_any(void *arg, const void *body, int *fd)
{
	(void)body;
	return on_number(arg, 0, fd);
}

static int
on_load(void *arg, const void *body, int *fd)
{
	const struct msg_load *load = body;

	return on_number(arg, load->sessions, fd);
}

static int
on_log(void *arg, const void *body, int *fd)
{
	const struct msg_log *log = body;
	struct end *end = arg;

	memcpy(end->log_line, log->line, sizeof(end->log_line));
	end->log_dropped = log->dropped;
	return on_number(end, log->level, fd);
}

static void
on_closed(void *arg, int reason)
{
	struct end *end = arg;

	end->closed++;
	end->reason = reason;
	if (end->keeps_when_closed)
		return;
	ipc_free(end->ipc);
	end->ipc = NULL;
}

static void
on_drained(void *arg)
{
	struct end *end = arg;

	end->drained++;
}

const struct ipc_ops pair_master_ops = {
    .on =
	{
	    [MSG_READY] = on_any,
	    [MSG_LOG] = on_log,
	    [MSG_LEFT] = on_any,
	    [MSG_LOAD] = on_load,
	    [MSG_UNJOINED] = on_any,
	    [MSG_ALIVE] = on_any,
	    [MSG_COUNTED] = on_any,
	    [MSG_METRICS] = on_any,
	},
    .closed = on_closed,
    .drained = on_drained,
};

const struct ipc_ops pair_worker_ops = {
    .on =
	{
	    [MSG_CONF_START] = on_any,
	    [MSG_CONF_PAGES] = on_any,
	    [MSG_CONF_ORIGIN] = on_any,
	    [MSG_CONF_HOST] = on_any,
	    [MSG_CONF_LISTENER] = on_any,
	    [MSG_CONF_PROXY] = on_any,
	    [MSG_CONF_HEADER] = on_any,
	    [MSG_CONF_BUTTON] = on_any,
	    [MSG_CONF_TARGET] = on_any,
	    [MSG_CONF_CERT] = on_any,
	    [MSG_CONF_TLS] = on_any,
	    [MSG_CONF_CA] = on_any,
	    [MSG_CONF_TLS_TEXT] = on_any,
	    [MSG_CONF_TARGET_CA] = on_any,
	    [MSG_CONF_TARGET_TLS] = on_any,
	    [MSG_CONF_END] = on_any,
	    [MSG_PEER] = on_any,
	    [MSG_CLIENT] = on_client,
	    [MSG_DRAIN] = on_drain,
	    [MSG_PROBE] = on_any,
	    [MSG_COUNT] = on_any,
	    [MSG_METRICS_ARE] = on_any,
	},
    .closed = on_closed,
    .drained = on_drained,
};

int
ipc_pair_start_worker(struct ipc_pair *pair)
{
	int fds[2];

	memset(pair, 0, sizeof(*pair));
	pair->master.fd = pair->worker.fd = -1;
	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	pair->base = event_base_new();
	ck_assert_ptr_nonnull(pair->base);
	pair->worker.ipc = ipc_new(pair->base, fds[1], ROLE_WORKER, ROLE_MASTER,
	    &pair_worker_ops, &pair->worker);
	ck_assert_ptr_nonnull(pair->worker.ipc);
	ipc_set_phase(pair->worker.ipc, PHASE_RUN);
	return fds[0];
}

void
ipc_pair_start(struct ipc_pair *pair)
{
	int fd = ipc_pair_start_worker(pair);

	pair->master.ipc = ipc_new(pair->base, fd, ROLE_MASTER, ROLE_WORKER,
	    &pair_master_ops, &pair->master);
	ck_assert_ptr_nonnull(pair->master.ipc);
	ipc_set_phase(pair->master.ipc, PHASE_RUN);
}

void
ipc_pair_stop(struct ipc_pair *pair)
{
	ipc_free(pair->master.ipc);
	ipc_free(pair->worker.ipc);
	event_base_free(pair->base);
	pair->base = NULL;
}

void
ipc_pair_run(struct ipc_pair *pair)
{
	unsigned before;

	/* a round in which nobody hears anything is the last */
	do {
		before = pair->master.count + pair->worker.count +
		    pair->master.closed + pair->worker.closed;
		event_base_loop(pair->base, EVLOOP_NONBLOCK);
		event_base_loop(pair->base, EVLOOP_NONBLOCK);
	} while (before !=
	    pair->master.count + pair->worker.count + pair->master.closed +
		pair->worker.closed);
}

int
pair_send_number(struct ipc_pair *pair, uint32_t number)
{
	struct msg_drain drain = {number};

	return ipc_send(pair->master.ipc, MSG_DRAIN, &drain, -1);
}

unsigned
count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned count = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir) != NULL)
		count++;
	closedir(dir);
	return count;
}

int
send_datagram(
    int channel, const void *bytes, size_t len, const int *fds, size_t count)
{
	struct iovec iov = {(void *)(uintptr_t)bytes, len};
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
	} control;
	struct msghdr header = {.msg_iov = &iov, .msg_iovlen = 1};
	struct cmsghdr *cmsg;

	ck_assert_uint_le(count, FDS_MAX);
	if (count > 0) {
		memset(&control, 0, sizeof(control));
		header.msg_control = control.bytes;
		header.msg_controllen = CMSG_SPACE(count * sizeof(int));
		cmsg = CMSG_FIRSTHDR(&header);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(cmsg), fds, count * sizeof(int));
	}
	return sendmsg(channel, &header, MSG_NOSIGNAL) == -1 ? -1 : 0;
}

size_t
make_message(unsigned char out[PROTO_DATAGRAM_MAX + 1], enum msg_type type)
{
	struct msg_head head = {type, 0};

	memset(out, 0, PROTO_DATAGRAM_MAX + 1);
	memcpy(out, &head, sizeof(head));
	return sizeof(head) + proto_row(type)->body_size;
}
