/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <check.h>
#include <event2/event.h>
#include <string.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/unit/breach.h"
#include "tests/unit/fetch_ask_rig.h"

#define URL    "https://id.example.com/token"
#define SOURCE 3

struct event_base *ask_base;
struct fetcher ask_fetcher;
static struct ipc *master;
static int master_end;
int ask_end; /* the test's, of the last channel */
static uint32_t fence;
static union proto_any any;

struct ask_told ask_told;

const struct fetch_question ask_query = {.source = SOURCE,
    .is_post = 1,
    .url = URL,
    .authorization = "Basic abc",
    .body = "code=1"};

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
ask_start(void)
{
	const struct proto_row *row;
	uint32_t type;
	int fd;

	for (type = 1; type < MSG_TYPE_COUNT; type++) {
		row = proto_row(type);
		if ((row->from & ROLE_MASTER) && (row->to & ROLE_AUTH))
			master_ops.on[type] = on_nothing;
	}
	memset(&ask_told, 0, sizeof(ask_told));
	ck_assert_ptr_nonnull(ask_base = event_base_new());
	make_pair(&master_end, &fd);
	master =
	    ipc_new(ask_base, fd, ROLE_AUTH, ROLE_MASTER, &master_ops, NULL);
	ck_assert_ptr_nonnull(master);
	fetch_init(&ask_fetcher, ask_base, &master);
}

void
ask_join(void)
{
	int fd;

	make_pair(&ask_end, &fd);
	ck_assert_int_eq(fetch_join(&ask_fetcher, ++fence, fd), 0);
}

void
ask_run(void)
{
	int i;

	for (i = 0; i < 8; i++)
		event_base_loop(ask_base, EVLOOP_NONBLOCK);
}

void
ask_on_done(void *arg, const struct fetch_answer *answer)
{
	ck_assert_ptr_eq(arg, &ask_told);
	ask_told.count++;
	ask_told.status = answer->status;
	ask_told.len = answer->len;
	ck_assert_uint_eq(answer->body[answer->len], 0);
	memcpy(ask_told.body, answer->body, answer->len + 1);
	strlcpy(ask_told.error, answer->error, sizeof(ask_told.error));
}

void
ask_ask(void)
{
	ck_assert_int_eq(
	    fetch_ask(&ask_fetcher, &ask_query, ask_on_done, &ask_told), 0);
	ask_run();
}

/* What has come for fetch; 0: nothing. */
uint64_t
ask_hear(void)
{
	char byte;
	int fd;

	ask_run();
	if (recv(ask_end, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0)
		return 0;
	ck_assert_int_eq(
	    ipc_read_message(ask_end, ROLE_FETCH, ROLE_AUTH, &any, &fd),
	    MSG_FETCH);
	ck_assert_uint_eq(any.fetch.source, SOURCE);
	ck_assert_uint_eq(any.fetch.is_post, 1);
	ck_assert_str_eq(any.fetch.url, URL);
	ck_assert_str_eq(any.fetch.authorization, "Basic abc");
	ck_assert_str_eq(any.fetch.body, "code=1");
	return any.fetch.id;
}

void
ask_say(const struct msg_fetched *part)
{
	ck_assert_int_eq(breach_say(ask_end, MSG_FETCHED, part, -1), 0);
	ask_run();
}

void
ask_say_part(uint64_t id, uint32_t len, uint32_t has_more)
{
	static struct msg_fetched part;

	memset(&part, 0, sizeof(part));
	part.id = id;
	part.status = 200;
	part.len = len;
	part.has_more = has_more;
	memset(part.data, 'a', len);
	ask_say(&part);
}

/* The master has heard that; 0: nothing. */
uint32_t
ask_unjoined(void)
{
	char byte;
	int fd;

	ask_run();
	if (recv(master_end, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0)
		return 0;
	ck_assert_int_eq(
	    ipc_read_message(master_end, ROLE_MASTER, ROLE_AUTH, &any, &fd),
	    MSG_UNJOINED);
	ck_assert_uint_eq(any.unjoined.fence, fence);
	ck_assert_uint_eq(any.unjoined.role, ROLE_FETCH);
	return any.unjoined.reason;
}

void
ask_expect_failed(const char *words)
{
	ck_assert_uint_eq(ask_told.count, 1);
	ck_assert_uint_eq(ask_told.status, 0);
	ck_assert_uint_eq(ask_told.len, 0);
	ck_assert_msg(
	    strstr(ask_told.error, words) != NULL, "%s", ask_told.error);
	ck_assert_uint_eq(ask_fetcher.count, 0);
}
