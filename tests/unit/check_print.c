/* SPDX-License-Identifier: ISC */
/* What vncbridgectl shows: tables, JSON, and no text that could do harm. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/ctl/print.h"

#define SHOWN_MAX 8192
#define NOON_SEC  1767268800 /* 2026-01-01T12:00:00Z */

static char shown[SHOWN_MAX];

/* Runs body with what goes to that descriptor going to shown. */
static void
show_of(int fd, void (*body)(void))
{
	FILE *file = tmpfile();
	int saved;
	size_t n;

	ck_assert_ptr_nonnull(file);
	fflush(stdout);
	saved = dup(fd);
	ck_assert_int_ne(dup2(fileno(file), fd), -1);
	body();
	fflush(stdout);
	ck_assert_int_ne(dup2(saved, fd), -1);
	close(saved);
	rewind(file);
	n = fread(shown, 1, sizeof(shown) - 1, file);
	shown[n] = '\0';
	(void)fclose(file);
}

static void
show(void (*body)(void))
{
	show_of(STDOUT_FILENO, body);
}

static struct list_entry
make_entry(uint64_t conn_id, const char *target)
{
	struct list_entry entry = {.conn_id = conn_id,
	    .since_sec = NOON_SEC,
	    .to_client_bytes = UINT64_MAX,
	    .to_target_bytes = 17,
	    .worker = 3,
	    .fence = 41,
	    .mode = LEASE_MODE_QUEUE,
	    .is_watching = conn_id == 8,
	    .idle_sec = 9};

	ck_assert_int_eq(
	    addr_parse_endpoint("[2001:db8::1]:4000", 0, &entry.client), 0);
	ck_assert_int_eq(
	    addr_parse_endpoint("127.0.0.1:5901", 0, &entry.addr), 0);
	snprintf(entry.target, sizeof(entry.target), "%s", target);
	return entry;
}

static void
say_sessions_json(void)
{
	struct list_entry first = make_entry(7, "lab1:5901");
	struct list_entry second = make_entry(8, "\"\\\x1b[2J\x7f\n");

	strcpy(second.subject.name, "CN=al\\,ice\x1b,O=\"Lab\"");
	strcpy(second.user, "al\"ice");
	strcpy(second.subject.others, "email:alice@lab.example DNS:a");
	second.subject.sha256[0] = 0xfe;
	second.subject.sha256[31] = 1;
	second.ways.has_ping = 1;
	second.ways.client.rtt_us = 41500;
	second.ways.client.resent = 3;
	second.ways.target.rtt_us = 90;
	second.ways.target.stalled_sec = NOON_SEC;
	second.mode = LEASE_MODE_COUNT;
	second.idle_sec = LIST_IDLE_UNKNOWN;
	print_sessions_begin(1);
	print_session(&first, 1, 1);
	print_session(&second, 1, 0);
	print_sessions_end(1, 2);
}

START_TEST(print_sessions_are_json_whatever_a_target_is_called)
{
	show(say_sessions_json);
	ck_assert_str_eq(shown,
	    "{\"sessions\":[\n"
	    "{\"conn\":7,\"worker\":3,\"client\":\"[2001:db8::1]:4000\","
	    "\"target\":\"lab1:5901\",\"address\":\"127.0.0.1:5901\","
	    "\"since\":\"2026-01-01T12:00:00Z\","
	    "\"to_client\":18446744073709551615,\"to_target\":17,"
	    "\"certificate\":null,\"user\":null,\"ping_ms\":null,"
	    "\"client_rtt_us\":null,\"client_resent\":0,"
	    "\"client_stalled_since\":null,"
	    "\"target_rtt_us\":null,\"target_resent\":0,"
	    "\"target_stalled_since\":null,"
	    "\"id\":\"3/7\",\"fence\":41,\"mode\":\"queue\","
	    "\"idle_sec\":9,\"watch\":false},\n"
	    "{\"conn\":8,\"worker\":3,\"client\":\"[2001:db8::1]:4000\","
	    "\"target\":\"\\\"\\\\\\u001b[2J\\u007f\\u000a\",\"address\":\"127."
	    "0.0.1:5901\","
	    "\"since\":\"2026-01-01T12:00:00Z\","
	    "\"to_client\":18446744073709551615,\"to_target\":17,"
	    "\"certificate\":{\"subject\":"
	    "\"CN=al\\\\,ice\\u001b,O=\\\"Lab\\\"\","
	    "\"names\":[\"email:alice@lab.example\",\"DNS:a\"],"
	    "\"sha256\":\"fe0000000000000000000000000000000000000000000000"
	    "0000000000000001\"},\"user\":\"al\\\"ice\",\"ping_ms\":0,"
	    "\"client_rtt_us\":41500,\"client_resent\":3,"
	    "\"client_stalled_since\":null,"
	    "\"target_rtt_us\":90,\"target_resent\":0,"
	    "\"target_stalled_since\":\"2026-01-01T12:00:00Z\","
	    "\"id\":\"3/8\",\"fence\":41,\"mode\":null,"
	    "\"idle_sec\":null,\"watch\":true}\n"
	    "]}\n");
}
END_TEST

static void
say_no_sessions_json(void)
{
	print_sessions_begin(1);
	print_sessions_end(1, 0);
}

static void
say_no_sessions(void)
{
	print_sessions_begin(0);
	print_sessions_end(0, 0);
}

START_TEST(print_no_sessions_is_said_and_is_json_too)
{
	show(say_no_sessions_json);
	ck_assert_str_eq(shown, "{\"sessions\":[\n]}\n");
	show(say_no_sessions);
	ck_assert_ptr_nonnull(strstr(shown, "CONN"));
	ck_assert_ptr_nonnull(strstr(shown, "\nno sessions\n"));
}
END_TEST

static void
say_sessions(void)
{
	struct list_entry first = make_entry(7, "a\x1b[31m");
	struct list_entry second = make_entry(8, "slow");

	strcpy(first.subject.name, "CN=bob\x1b[2J");
	second.ways.has_ping = 1;
	second.ways.ping_ms = 250;
	second.ways.client.rtt_us = 41550;
	second.ways.client.stalled_sec = NOON_SEC;
	second.ways.target.rtt_us = 99;
	print_sessions_begin(0);
	print_session(&first, 0, 1);
	print_session(&second, 0, 0);
	print_sessions_end(0, 2);
}

START_TEST(print_table_shows_no_control_character)
{
	const char *p;

	show(say_sessions);
	for (p = shown; *p != '\0'; p++)
		ck_assert(*p == '\n' || (*p >= ' ' && *p <= '~'));
	ck_assert_ptr_nonnull(strstr(shown, "a?[31m"));
	ck_assert_ptr_nonnull(strstr(shown, "  CN=bob?[2J\n"));
	ck_assert_ptr_nonnull(
	    strstr(shown, "        -          -          -  -         -"));
	ck_assert_ptr_nonnull(
	    strstr(shown, "   250ms      41.5ms       0.0ms  client    -"));
	ck_assert_ptr_nonnull(strstr(shown, "[2001:db8::1]:4000"));
	ck_assert_ptr_null(strstr(shown, "no sessions"));
}
END_TEST

static struct msg_ctl_status_is status;
static const struct ctl_cert certs[] = {
    {NOON_SEC + 61 + 86400 * 30, "/etc/a.pem"},
    {NOON_SEC + 61 + 86399, "/etc/\"b\".pem"}, {NOON_SEC, "/etc/c\x1b.pem"}};

static void
fill_status(void)
{
	memset(&status, 0, sizeof(status));
	status.generation = 2;
	status.since_sec = NOON_SEC;
	status.now_sec = NOON_SEC + 61;
	status.conns_accepted = 1000;
	status.max_connections = 50;
	strcpy(status.version, "1.0\"\x1b");
	status.count = 4;
	status.processes[0] =
	    (struct ctl_process){.role = ROLE_MASTER, .pid = 10, .is_ready = 1};
	status.processes[1] = (struct ctl_process){.role = ROLE_BROKER};
	status.processes[2] = (struct ctl_process){.role = ROLE_WORKER,
	    .pid = 12,
	    .is_ready = 1,
	    .conns = 5,
	    .sessions = 3,
	    .since_sec = NOON_SEC};
	status.processes[3] = (struct ctl_process){.role = ROLE_WORKER,
	    .index = 1,
	    .pid = 13,
	    .restarts = 4,
	    .conns = 2,
	    .sessions = 1};
}

static void
say_status_json(void)
{
	print_status_json(&status, certs, 3);
}

static void
say_status(void)
{
	print_status(&status, certs, 3);
}

START_TEST(print_status_is_json)
{
	fill_status();
	show(say_status_json);
	ck_assert_ptr_nonnull(strstr(shown,
	    "{\"version\":\"1.0\\\"\\u001b\",\"since\":\"2026-01-01T12:00:"
	    "00Z\","
	    "\"uptime_sec\":61,\"generation\":2,\"draining\":false,"
	    "\"refusing\":false,"
	    "\"accepted\":1000,\"max_connections\":50,\"processes\":[\n"
	    "{\"role\":\"master\",\"index\":0,\"pid\":10,"
	    "\"state\":\"ready\",\"restarts\":0,"));
	ck_assert_ptr_nonnull(strstr(shown,
	    "{\"role\":\"broker\",\"index\":0,\"pid\":0,"
	    "\"state\":\"down\""));
	ck_assert_ptr_nonnull(strstr(shown,
	    ",\n{\"role\":\"worker\",\"index\":1,\"pid\":13,"
	    "\"state\":\"starting\",\"restarts\":4,"
	    "\"connections\":2,\"sessions\":1,"));
	ck_assert_ptr_nonnull(strstr(shown,
	    "}\n],\"certificates\":[\n"
	    "{\"file\":\"/etc/a.pem\",\"expires\":"
	    "\"2026-01-31T12:01:01Z\",\"days\":30},\n"
	    "{\"file\":\"/etc/\\\"b\\\".pem\",\"expires\":"
	    "\"2026-01-02T12:01:00Z\",\"days\":0},\n"
	    "{\"file\":\"/etc/c\\u001b.pem\",\"expires\":"
	    "\"2026-01-01T12:00:00Z\",\"days\":-1}\n],\"audit\":null}\n"));
	ck_assert_ptr_null(strstr(shown, "hash"));
}
END_TEST

START_TEST(print_status_tells_of_the_audit_trail)
{
	static const struct ctl_audit audit = {.is_on = 1,
	    .error = ENOSPC,
	    .seq = 9,
	    .opened = 4,
	    .ended = 1,
	    .running = 3,
	    .lost = 2,
	    .hash = "ab\x1b\""};

	fill_status();
	show(say_status);
	ck_assert_ptr_null(strstr(shown, "audit"));
	status.audit = audit;
	show(say_status);
	ck_assert_ptr_nonnull(strstr(shown,
	    "\naudit trail: record 9, 4 opened = 1 ended + 3 running, 2 "
	    "records lost\nlast hash ab?\"\ncan't be written: No space left "
	    "on device\n"));
	show(say_status_json);
	ck_assert_ptr_nonnull(strstr(shown,
	    ",\"audit\":{\"seq\":9,\"hash\":\"ab\\u001b\\\"\","
	    "\"opened\":4,\"ended\":1,\"running\":3,\"lost\":2,"
	    "\"error\":\"No space left on device\"}}\n"));
	status.audit.error = 0;
	show(say_status_json);
	ck_assert_ptr_nonnull(strstr(shown, ",\"error\":null}}\n"));
}
END_TEST

START_TEST(print_status_sums_the_workers_up)
{
	fill_status();
	show(say_status);
	ck_assert_ptr_nonnull(strstr(shown,
	    "vncbridged 1.0\"? running since 2026-01-01T12:00:00Z, "
	    "configuration 2\n"
	    "(vncbridgectl is " PACKAGE_VERSION
	    ": the daemon keeps the programs that it was started with)\n"
	    "4 sessions, 7 of 50 connections, 1000 accepted in total\n"));
	ck_assert_ptr_nonnull(strstr(shown, "     30  /etc/a.pem\n"));
	ck_assert_ptr_nonnull(strstr(shown, "0  /etc/\"b\".pem  (soon)\n"));
	ck_assert_ptr_nonnull(strstr(shown, "/etc/c?.pem  (expired)\n"));
	ck_assert_ptr_nonnull(strstr(shown, "worker 1 "));
	ck_assert_ptr_nonnull(strstr(shown, "down"));
	ck_assert_ptr_nonnull(strstr(shown, "starting"));
	status.is_draining = 1;
	show(say_status);
	ck_assert_ptr_nonnull(strstr(shown, "draining"));
}
END_TEST

static void
say_fault(void)
{
	print_fault("warning: ",
	    "a\x1b]0;b\a\r\n\x9b"
	    "c");
}

/* The daemon is not root: its words must not type for who is. */
START_TEST(print_faults_without_control_characters)
{
	show_of(STDERR_FILENO, say_fault);
	ck_assert_str_eq(shown, "vncbridgectl: warning: a?]0;b????c\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("print");
	TCase *tc = tcase_create("print");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, print_sessions_are_json_whatever_a_target_is_called);
	tcase_add_test(tc, print_no_sessions_is_said_and_is_json_too);
	tcase_add_test(tc, print_table_shows_no_control_character);
	tcase_add_test(tc, print_status_is_json);
	tcase_add_test(tc, print_status_tells_of_the_audit_trail);
	tcase_add_test(tc, print_status_sums_the_workers_up);
	tcase_add_test(tc, print_faults_without_control_characters);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
