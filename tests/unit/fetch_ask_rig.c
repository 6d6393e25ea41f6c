/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <event2/event.h>
#include <string.h>

#include "common/ipc.h"
#include "tests/unit/asked_rig.h"
#include "tests/unit/breach.h"
#include "tests/unit/fetch_ask_rig.h"

#define URL    "https://id.example.com/token"
#define SOURCE 3

struct fetcher ask_fetcher;
static union proto_any any;

struct ask_told ask_told;

const struct fetch_question ask_query = {.source = SOURCE,
    .is_post = 1,
    .url = URL,
    .authorization = "Basic abc",
    .body = "code=1"};

void
ask_start(void)
{
	memset(&ask_told, 0, sizeof(ask_told));
	asked_start();
	fetch_init(&ask_fetcher, asked_base, &asked_master);
}

void
ask_join(void)
{
	uint32_t fence;
	int fd = asked_join(&fence);

	ck_assert_int_eq(fetch_join(&ask_fetcher, fence, fd), 0);
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
	asked_run();
}

/* What has come for fetch; 0: nothing. */
uint64_t
ask_hear(void)
{
	int fd;

	if (!asked_has_heard())
		return 0;
	ck_assert_int_eq(
	    ipc_read_message(asked_end, ROLE_FETCH, ROLE_AUTH, &any, &fd),
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
	ck_assert_int_eq(breach_say(asked_end, MSG_FETCHED, part, -1), 0);
	asked_run();
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

uint32_t
ask_unjoined(void)
{
	return asked_unjoined(ROLE_FETCH);
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
