/* SPDX-License-Identifier: ISC */
/*
 * on-event as a real process, which may not read, or end; what of the master's
 * messages makes a command; and the packet of Wake-on-LAN.
 */
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <check.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/metrics.h"
#include "daemon/runner/feed.h"
#include "daemon/runner/wake.h"

#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC  120
#define LOG_BYTES 65536

static struct event_base *base;
static struct event child_ev;
static struct hooks hooks;
static struct outputs outputs;
static struct feed feed;
static char logged[LOG_BYTES];

static void
on_log(int level, const char *line, void *arg)
{
	size_t used = strlen(logged);

	(void)level;
	(void)arg;
	snprintf(logged + used, sizeof(logged) - used, "%s\n", line);
}

static void
on_child_cb(evutil_socket_t sig, short what, void *arg)
{
	pid_t pid;

	(void)sig;
	(void)what;
	(void)arg;
	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		(void)!feed_reap(&feed, pid);
}

static void
use(const char *script)
{
	static const char shell[] = "/bin/sh\0-c";
	struct msg_conf_command command;

	memset(&command, 0, sizeof(command));
	command.kind = HOOK_EVENT;
	command.argc = 3;
	memcpy(command.argv, shell, sizeof(shell));
	strlcpy(command.argv + sizeof(shell), script,
	    sizeof(command.argv) - sizeof(shell));
	ck_assert_int_eq(hooks_add_command(&hooks, &command), 0);
	feed_use(&feed);
}

static void
setup(void)
{
	memset(&feed, 0, sizeof(feed));
	logged[0] = '\0';
	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	log_to_sink(on_log, NULL);
	ck_assert_ptr_nonnull(base = event_base_new());
	ck_assert_int_eq(event_assign(&child_ev, base, SIGCHLD,
			     EV_SIGNAL | EV_PERSIST, on_child_cb, NULL),
	    0);
	ck_assert_int_eq(event_add(&child_ev, NULL), 0);
	hooks_init(&hooks);
	outputs_init(&outputs, base);
	feed.base = base;
	feed.hooks = &hooks;
	feed.outputs = &outputs;
	ck_assert_int_eq(feed_init(&feed), 0);
}

static void
teardown(void)
{
	feed_end(&feed);
	outputs_clear(&outputs);
	hooks_clear(&hooks);
	event_del(&child_ev);
	event_base_free(base);
}

static void
add(const char *line)
{
	feed_add(&feed, line, strlen(line));
}

static void
until_logged(const char *words)
{
	while (strstr(logged, words) == NULL)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
}

START_TEST(each_event_is_a_line_of_one_process)
{
	use("while read -r l; do echo \"$$ got $l\"; done");
	ck_assert_int_eq(feed.command.monitor, 0); /* with the first */
	add("{\\22a\\22: 1}");
	add("two");
	until_logged("got {");
	until_logged("got two");
	add("three");
	until_logged("got three");
	ck_assert_ptr_null(strstr(logged, "ended"));
}
END_TEST

START_TEST(one_that_ends_is_started_again_with_what_waits)
{
	use("read -r l; echo \"got $l\"; exit 1");
	add("one");
	until_logged("got one");
	until_logged("ended");
	ck_assert_ptr_nonnull(strstr(logged, "restart-in=1000ms"));
	add("two");
	until_logged("got two");
	while (feed.command.monitor != 0)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	/* it was in a hurry: the next one waits longer */
	until_logged("restart-in=2000ms");
}
END_TEST

START_TEST(one_that_does_not_read_costs_so_much_memory_and_is_told_of)
{
	char line[1024], words[32];
	unsigned i;

	memset(line, 'x', sizeof(line));
	use("read -r go; echo here; sleep 1; cat >/dev/null");
	for (i = 0; i < 4096; i++)
		feed_add(&feed, line, sizeof(line));
	ck_assert_uint_le(feed.bytes, FEED_BYTES_MAX);
	ck_assert_uint_gt(feed.bytes, FEED_BYTES_MAX - 2 * sizeof(line));
	/* the first is told of at once */
	until_logged("lost=1\n");
	ck_assert_uint_gt(feed.lost.count, 2048);
	ck_assert_uint_eq(
	    metrics_values()[METRIC_EVENTS_UNREAD], feed.lost.count + 1);
	snprintf(words, sizeof(words), "lost=%llu\n",
	    (unsigned long long)feed.lost.count);
	/* what has room is read when it can be, and then the log knows */
	until_logged(words);
	ck_assert_uint_eq(feed.lost.count, 0);
	ck_assert_uint_eq(feed.bytes, 0);
}
END_TEST

START_TEST(one_that_never_reads_is_told_of_now_and_then)
{
	char line[1024];
	unsigned i;

	memset(line, 'x', sizeof(line));
	use("exec sleep 1000");
	for (i = 0; i < 2048; i++)
		feed_add(&feed, line, sizeof(line));
	until_logged("lost=1\n");
	feed.lost.every_ms = 1;
	lost_tell(&feed.lost);
	logged[0] = '\0';
	for (i = 0; i < 5; i++)
		feed_add(&feed, line, sizeof(line));
	ck_assert_ptr_null(strstr(logged, "lost="));
	until_logged("lost=5\n");
	logged[0] = '\0';
	feed_add(&feed, line, sizeof(line));
	until_logged("lost=1\n");
}
END_TEST

START_TEST(one_that_closes_its_input_is_replaced_when_it_has_ended)
{
	use("exec <&-; echo closed; sleep 0.3");
	add("one");
	until_logged("closed");
	add("two");
	until_logged("ended");
	/* what a pipe had taken is lost with it; the rest is not */
	use("while read -r l; do echo \"got $l\"; done");
	add("three");
	until_logged("got three");
}
END_TEST

START_TEST(another_command_is_another_process_and_none_is_none)
{
	pid_t before;

	use("while read -r l; do echo \"first $l\"; done");
	add("one");
	until_logged("first one");
	before = feed.command.monitor;
	use("while read -r l; do echo \"second $l\"; done");
	add("two");
	until_logged("second two");
	ck_assert_int_ne(feed.command.monitor, before);
	memset(&hooks.event, 0, sizeof(hooks.event));
	feed_use(&feed);
	while (feed.command.monitor != 0)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	add("three");
	ck_assert_uint_eq(feed.bytes, 0);
	ck_assert_int_eq(feed.command.monitor, 0);
}
END_TEST

/* ---- what the master says ---- */

static const struct {
	uint32_t kind;
	uint32_t argc;
	const char *argv; /* "|" for a NUL */
} bad[] = {
    {HOOK_START, 0, "/a|"},
    {HOOK_START, HOOK_ARGS_MAX + 1, "/a|"},
    {HOOK_START, 1, "a|"},
    {HOOK_START, 1, "|"},
    {HOOK_KINDS, 1, "/a|"},
    {UINT32_MAX, 1, "/a|"},
};

START_TEST(no_command_is_made_of_nonsense)
{
	struct msg_conf_command command;
	struct msg_conf_hook head = {.target = "vm"};
	size_t i;

	ck_assert_int_eq(hooks_add(&hooks, &head), 0);
	memset(&command, 0, sizeof(command));
	command.kind = bad[_i].kind;
	command.argc = bad[_i].argc;
	for (i = 0; bad[_i].argv[i] != '\0'; i++)
		command.argv[i] =
		    bad[_i].argv[i] == '|' ? '\0' : bad[_i].argv[i];
	ck_assert_int_eq(hooks_add_command(&hooks, &command), VB_EBADMSG);
}
END_TEST

START_TEST(words_end_within_the_message_or_it_is_none)
{
	struct msg_conf_command command;
	struct msg_conf_hook head = {.target = "vm"};

	memset(&command, '/', sizeof(command));
	command.kind = HOOK_START;
	command.argc = 1;
	/* of no target yet */
	command.argv[HOOK_ARGV_BYTES - 1] = '\0';
	ck_assert_int_eq(hooks_add_command(&hooks, &command), VB_EBADMSG);
	ck_assert_int_eq(hooks_add(&hooks, &head), 0);
	ck_assert_int_eq(hooks_add_command(&hooks, &command), 0);
	command.argc = 2;
	ck_assert_int_eq(hooks_add_command(&hooks, &command), VB_EBADMSG);
	command.argc = 1;
	command.argv[HOOK_ARGV_BYTES - 1] = '/';
	ck_assert_int_eq(hooks_add_command(&hooks, &command), VB_EBADMSG);
	memset(head.target, 'x', sizeof(head.target));
	ck_assert_int_eq(hooks_add(&hooks, &head), VB_EBADMSG);
}
END_TEST

/* ---- Wake-on-LAN ---- */

START_TEST(the_packet_has_its_form_and_is_sent_more_than_once)
{
	static const uint8_t mac[] = {1, 2, 3, 4, 5, 0xfe};
	struct timeval tv = {.tv_sec = 10};
	uint8_t bytes[256];
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct addr addr;
	unsigned i, times;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(addr_parse_endpoint("127.0.0.1:0", 1, &addr), 0);
	addr_to_sockaddr(&addr, &ss);
	ck_assert_int_eq(
	    bind(fd, (struct sockaddr *)&ss, sizeof(struct sockaddr_in)), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&ss, &len), 0);
	addr_from_sockaddr((struct sockaddr *)&ss, &addr);
	ck_assert_int_eq(
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)), 0);
	ck_assert_int_eq(wake_send(mac, &addr), 0);
	for (times = 0; times < 2; times++) {
		ck_assert_int_eq(
		    recv(fd, bytes, sizeof(bytes), 0), WAKE_PACKET_BYTES);
		for (i = 0; i < 6; i++)
			ck_assert_uint_eq(bytes[i], 0xff);
		for (; i < WAKE_PACKET_BYTES; i++)
			ck_assert_uint_eq(bytes[i], mac[i % 6]);
	}
	close(fd);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("hook-feed");
	TCase *tc = tcase_create("hook-feed");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, each_event_is_a_line_of_one_process);
	tcase_add_test(tc, one_that_ends_is_started_again_with_what_waits);
	tcase_add_test(
	    tc, one_that_does_not_read_costs_so_much_memory_and_is_told_of);
	tcase_add_test(tc, one_that_never_reads_is_told_of_now_and_then);
	tcase_add_test(
	    tc, one_that_closes_its_input_is_replaced_when_it_has_ended);
	tcase_add_test(tc, another_command_is_another_process_and_none_is_none);
	tcase_add_loop_test(
	    tc, no_command_is_made_of_nonsense, 0, (int)COUNT(bad));
	tcase_add_test(tc, words_end_within_the_message_or_it_is_none);
	tcase_add_test(tc, the_packet_has_its_form_and_is_sent_more_than_once);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
