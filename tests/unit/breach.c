/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/breach.h"

#define COUNT(a)      (sizeof(a) / sizeof((a)[0]))
#define FDS_MAX	      2
#define HUGE_BYTES    (100 * 1024)
#define FLOOD_DEFAULT 50000

static const char *const kind_names[] = {
    [BREACH_SENDER] = "not its to say",
    [BREACH_PHASE] = "in the wrong phase",
    [BREACH_SHORT] = "a byte too few",
    [BREACH_LONG] = "a byte too many",
    [BREACH_NO_BODY] = "without a body",
    [BREACH_HUGE] = "huge",
    [BREACH_HEAD] = "with a dirty head",
    [BREACH_FD] = "with a descriptor",
    [BREACH_TWO_FDS] = "with two descriptors",
    [BREACH_NO_FD] = "without its descriptor",
    [BREACH_UNKNOWN] = "of no such type",
    [BREACH_SHORT_HEAD] = "less than a head",
    [BREACH_EMPTY] = "of nothing",
};

static void
add(struct breach *out, size_t *n, enum breach_kind kind, uint32_t type,
    uint32_t len)
{
	ck_assert_uint_lt(*n, BREACHES_MAX);
	out[*n].kind = kind;
	out[*n].type = type;
	out[(*n)++].len = len;
}

/* No fault of a message that another version may have longer or shorter. */
static int
is_of_size(enum breach_kind kind)
{
	return kind == BREACH_SHORT || kind == BREACH_LONG ||
	    kind == BREACH_HUGE;
}

/* A message that is in order here, broken in each way that it can be. */
static void
add_broken(struct breach *out, size_t *n, uint32_t type)
{
	static const enum breach_kind kinds[] = {BREACH_SHORT, BREACH_LONG,
	    BREACH_NO_BODY, BREACH_HUGE, BREACH_HEAD, BREACH_TWO_FDS};
	size_t i;

	for (i = 0; i < COUNT(kinds); i++)
		if (!proto_row(type)->is_lasting || !is_of_size(kinds[i]))
			add(out, n, kinds[i], type, 0);
	if (proto_row(type)->fd == FD_NONE)
		add(out, n, BREACH_FD, type, 0);
	else if (proto_row(type)->fd == FD_MUST)
		add(out, n, BREACH_NO_FD, type, 0);
}

size_t
breach_list(enum proto_role self, enum proto_role peer, enum proto_phase phase,
    struct breach out[BREACHES_MAX])
{
	static const uint32_t unknown[] = {MSG_NONE, MSG_TYPE_COUNT,
	    MSG_TYPE_COUNT + 1, INT32_MAX, UINT32_MAX};
	const struct proto_row *row;
	uint32_t type, len;
	size_t i, n = 0;

	for (type = 1; type < MSG_TYPE_COUNT; type++) {
		row = proto_row(type);
		if ((row->from & peer) == 0 || (row->to & self) == 0)
			add(out, &n, BREACH_SENDER, type, 0);
		else if ((row->phase & phase) == 0)
			add(out, &n, BREACH_PHASE, type, 0);
		else
			add_broken(out, &n, type);
	}
	for (i = 0; i < COUNT(unknown); i++)
		add(out, &n, BREACH_UNKNOWN, unknown[i], 0);
	for (len = 1; len < sizeof(struct msg_head); len++)
		add(out, &n, BREACH_SHORT_HEAD, MSG_NONE, len);
	add(out, &n, BREACH_EMPTY, MSG_NONE, 0);
	return n;
}

/* Sends bytes with count copies of fd. */
static int
send_with(int channel, const void *bytes, size_t len, int fd, size_t count)
{
	struct iovec iov = {(void *)(uintptr_t)bytes, len};
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
	} control;
	struct msghdr header = {.msg_iov = &iov, .msg_iovlen = 1};
	struct cmsghdr *cmsg;
	size_t i;

	if (count > 0) {
		memset(&control, 0, sizeof(control));
		header.msg_control = control.bytes;
		header.msg_controllen = CMSG_SPACE(count * sizeof(int));
		cmsg = CMSG_FIRSTHDR(&header);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(count * sizeof(int));
		for (i = 0; i < count; i++)
			memcpy(CMSG_DATA(cmsg) + i * sizeof(int), &fd,
			    sizeof(int));
	}
	return sendmsg(channel, &header, MSG_NOSIGNAL) == -1 ? -1 : 0;
}

/* How long it is, and how many descriptors it has. */
static size_t
shape(const struct breach *b, size_t *fd_count)
{
	const struct proto_row *row = proto_row(b->type);
	size_t len = sizeof(struct msg_head);

	*fd_count = row != NULL && row->fd == FD_MUST;
	if (row != NULL)
		len += row->body_size;
	switch (b->kind) {
	case BREACH_SHORT:
		return len - 1;
	case BREACH_LONG:
		return len + 1;
	case BREACH_NO_BODY:
		return sizeof(struct msg_head);
	case BREACH_HUGE:
		return HUGE_BYTES;
	case BREACH_FD:
		*fd_count = 1;
		return len;
	case BREACH_TWO_FDS:
		*fd_count = 2;
		return len;
	case BREACH_NO_FD:
		*fd_count = 0;
		return len;
	case BREACH_SHORT_HEAD:
		return b->len;
	case BREACH_EMPTY:
		return 0;
	case BREACH_SENDER:
	case BREACH_PHASE:
	case BREACH_HEAD:
	case BREACH_UNKNOWN:
		break;
	}
	return len;
}

int
breach_commit(const struct breach *breach, int channel)
{
	static unsigned char datagram[HUGE_BYTES];
	struct msg_head head = {breach->type, breach->kind == BREACH_HEAD};
	size_t len, fd_count;

	memset(datagram, 0, sizeof(datagram));
	memcpy(datagram, &head, sizeof(head));
	len = shape(breach, &fd_count);
	/* the sender's own channel: as strange a descriptor as there is */
	return send_with(channel, datagram, len, channel, fd_count);
}

const char *
breach_name(const struct breach *breach)
{
	static char name[128];
	const struct proto_row *row = proto_row(breach->type);

	snprintf(name, sizeof(name), "%s %s",
	    row != NULL ? row->name : "a message", kind_names[breach->kind]);
	return name;
}

void
breach_check_rows(enum proto_role self, enum proto_role peer,
    const enum msg_type *types, size_t count)
{
	const struct proto_row *row;
	uint32_t type;
	size_t i;

	for (type = 1; type < MSG_TYPE_COUNT; type++) {
		row = proto_row(type);
		for (i = 0; i < count && types[i] != type; i++)
			continue;
		if ((row->from & peer) != 0 && (row->to & self) != 0)
			ck_assert_msg(i < count,
			    "%s has no row in the table of this channel",
			    row->name);
		else
			ck_assert_msg(i == count,
			    "%s has a row, but is no message of this channel",
			    row->name);
	}
}

uint64_t
breach_flood(void)
{
	const char *text = getenv("VB_FLOOD");

	return text != NULL ? strtoull(text, NULL, 10) : FLOOD_DEFAULT;
}

int
breach_say(int channel, enum msg_type type, const void *body, int fd)
{
	struct {
		struct msg_head head;
		union proto_any body;
	} datagram;
	size_t len = proto_row(type)->body_size;

	memset(&datagram, 0, sizeof(datagram.head) + len);
	datagram.head.type = type;
	if (body != NULL)
		memcpy(&datagram.body, body, len);
	return send_with(
	    channel, &datagram, sizeof(datagram.head) + len, fd, fd != -1);
}

void
breach_fill_nothing(union proto_any *body)
{
	(void)body;
}

size_t
breach_resident_bytes(pid_t pid)
{
	char path[64];
	size_t total, resident;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	ck_assert_ptr_nonnull(file = fopen(path, "r"));
	ck_assert_int_eq(fscanf(file, "%zu %zu", &total, &resident), 2);
	(void)fclose(file);
	return resident * (size_t)sysconf(_SC_PAGESIZE);
}

int
breach_null(void)
{
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

/* A regular file, which epoll refuses. */
int
breach_file(void)
{
	int fd = memfd_create("file", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	ck_assert_int_eq(ftruncate(fd, BREACH_FILE_BYTES), 0);
	return fd;
}

int
breach_pipe(void)
{
	int fds[2];

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	close(fds[1]);
	return fds[0];
}
