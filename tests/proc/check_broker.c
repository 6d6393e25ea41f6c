/* SPDX-License-Identifier: ISC */
/*
 * What becomes of an OPEN of an address: the real broker, in its sandbox,
 * between a master, a worker and fake targets.
 */
#include <check.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/tcp.h"
#include "tests/proc/broker_rig.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC 30
#define TEXT_MAX 512

static char rules[TEXT_MAX], text[TEXT_MAX], wanted[2 * TEXT_MAX];
static struct msg_opened opened;

static double
now_sec(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int
int_option(int fd, int level, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	ck_assert_int_eq(getsockopt(fd, level, name, &value, &len), 0);
	return value;
}

static const char *const literals[] = {"127.0.0.1", "127.0.0.3", "::1"};

START_TEST(broker_connects_to_what_is_allowed_and_passes_the_socket)
{
	const char *ip = literals[_i];
	const char *host = strchr(ip, ':') != NULL ? "[::1]" : ip;
	struct rig_conf conf = {.rules = rules};
	struct rig rig;
	uint16_t port = 0;
	int listener = listen_on(ip, &port), worker, fd, accepted;
	char byte = 0;

	snprintf(rules, sizeof(rules), "%s:%u", host, port);
	snprintf(text, sizeof(text), "%s:%u", host, port);
	rig = rig_start(&conf);
	worker = rig_add_worker(&rig, 0);
	worker_open(worker, 1, text);
	ck_assert_uint_eq(worker_opened(worker, &opened, &fd), 0);
	ck_assert_uint_eq(opened.conn_id, 1);
	ck_assert_str_eq(opened.target, text);
	ck_assert_str_eq(addr_format(&opened.addr, wanted), text);
	accepted = accept_on(listener);
	ck_assert_int_eq(write(fd, "x", 1), 1);
	ck_assert_int_eq(read(accepted, &byte, 1), 1);
	ck_assert_int_eq(byte, 'x');
	ck_assert(fcntl(fd, F_GETFL) & O_NONBLOCK);
	ck_assert_int_eq(int_option(fd, IPPROTO_TCP, TCP_NODELAY), 1);
	ck_assert_int_eq(int_option(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
	ck_assert_int_eq(
	    int_option(fd, SOL_SOCKET, SO_RCVBUF), RIG_SOCKET_BUFFER_BYTES);
	/* the broker has kept no copy: closing here closes it */
	close(fd);
	ck_assert_int_eq(read(accepted, &byte, 1), 0);
	rig_stop(&rig);
}
END_TEST

static const char *const refused_texts[] = {
    "127.0.0.1:8080",
    "127.0.0.2:5901",
    "10.0.0.1",
    "0.0.0.0:5901",
    "[::]:5901",
    "[::ffff:0.0.0.0]:5901",
    "[::127.0.0.1]:5901",
    "[64:ff9b::127.0.0.1]:5901",
    "169.254.169.254:5980",
    "[::ffff:169.254.169.254]:80",
    "[fe80::1]",
    "0",
    "0:5901",
    "127.1",
    "127.1:5901",
    "0x7f.1",
    "0x7f000001",
    "2130706433",
    "0177.0.0.1",
    "127.0.0.1.",
    "[fe80::1%lo]",
    "[::1%lo]:5901",
    "127.0.0.1:99999",
    "::1",
    "",
    " 127.0.0.1",
    "unix:/run/x",
    "localhost:8080",
    "evil.example:8080",
    "\r\nX: y",
    "\xff\xfe",
};

START_TEST(broker_refuses_what_the_default_policy_does_not_allow)
{
	struct rig_conf conf = {.rules = "127.0.0.1:5900-5999 [::1]:5900-5999"};
	struct rig rig = rig_start(&conf);
	int worker = rig_add_worker(&rig, 0);
	size_t i;
	const char *p;

	for (i = 0; i < COUNT(refused_texts); i++) {
		ck_assert_msg(worker_try(worker, i + 1, refused_texts[i],
				  &opened) == 4520,
		    "\"%s\": code %u \"%s\"", refused_texts[i], opened.code,
		    opened.reason);
		ck_assert_msg(strstr(opened.reason, "not a valid host") ||
			strstr(opened.reason, "is not allowed"),
		    "\"%s\"", opened.reason);
		for (p = opened.target; *p != '\0'; p++)
			ck_assert(*p >= ' ' && *p <= '~');
	}
	worker_expect_silence(worker);
	rig_stop(&rig);
}
END_TEST

START_TEST(broker_tells_a_refused_connection_4500)
{
	uint16_t port = dead_port("127.0.0.1");
	struct rig_conf conf = {.rules = rules};
	struct rig rig;
	int worker;

	snprintf(rules, sizeof(rules), "127.0.0.1:%u", port);
	snprintf(text, sizeof(text), "127.0.0.1:%u", port);
	rig = rig_start(&conf);
	worker = rig_add_worker(&rig, 0);
	ck_assert_uint_eq(worker_try(worker, 1, text, &opened), 4500);
	snprintf(wanted, sizeof(wanted), "%s: connection refused", text);
	ck_assert_str_eq(opened.reason, wanted);
	ck_assert_str_eq(addr_format(&opened.addr, wanted), text);
	ck_assert_uint_eq(rig_count(&rig), 0);
	rig_stop(&rig);
}
END_TEST

START_TEST(broker_tells_a_silent_target_4501_in_time)
{
	struct silent_target silent;
	struct rig_conf conf = {.rules = rules, .connect_timeout_sec = 1};
	struct rig rig;
	uint16_t port = 0;
	int worker;
	double begin;

	silent_on(&silent, "127.0.0.1", &port);
	snprintf(rules, sizeof(rules), "127.0.0.1:%u", port);
	snprintf(text, sizeof(text), "127.0.0.1:%u", port);
	rig = rig_start(&conf);
	worker = rig_add_worker(&rig, 0);
	begin = now_sec();
	ck_assert_uint_eq(worker_try(worker, 1, text, &opened), 4501);
	ck_assert(now_sec() - begin >= 0.9 && now_sec() - begin < 3);
	snprintf(wanted, sizeof(wanted), "%s did not answer within 1 s", text);
	ck_assert_str_eq(opened.reason, wanted);
	rig_stop(&rig);
}
END_TEST

START_TEST(broker_knows_the_names_of_etc_hosts)
{
	struct rig_conf conf = {.rules = rules};
	struct rig rig;
	uint16_t port = 0;
	int listener = listen_on("127.0.0.1", &port), worker;

	ck_assert_int_ne(listener, -1);
	snprintf(rules, sizeof(rules), "127.0.0.0/8:%u [::1]:%u", port, port);
	snprintf(text, sizeof(text), "localhost:%u", port);
	rig = rig_start(&conf);
	worker = rig_add_worker(&rig, 0);
	ck_assert_uint_eq(worker_try(worker, 1, text, &opened), 0);
	rig_stop(&rig);
}
END_TEST

START_TEST(broker_never_dials_the_bridge_itself)
{
	struct rig_conf conf = {.rules = rules, .listeners = wanted};
	struct rig rig;
	uint16_t port = 0, other = 0;
	int own = listen_on("127.0.0.1", &port), worker;
	int unrelated = listen_on("127.0.0.1", &other);

	snprintf(rules, sizeof(rules), "*:%u *:%u", port, other);
	snprintf(
	    wanted, sizeof(wanted), "0.0.0.0:%u 127.0.0.9:%u", port, other);
	rig = rig_start(&conf);
	worker = rig_add_worker(&rig, 0);
	snprintf(text, sizeof(text), "127.0.0.1:%u", port);
	ck_assert_uint_eq(worker_try(worker, 1, text, &opened), 4520);
	snprintf(text, sizeof(text), "localhost:%u", port);
	ck_assert_uint_eq(worker_try(worker, 2, text, &opened), 4520);
	snprintf(text, sizeof(text), "[::ffff:127.0.0.1]:%u", port);
	ck_assert_uint_eq(worker_try(worker, 3, text, &opened), 4520);
	snprintf(text, sizeof(text), "127.0.0.1:%u", other);
	ck_assert_uint_eq(worker_try(worker, 4, text, &opened), 0);
	ck_assert(!has_connection(own));
	ck_assert(has_connection(unrelated));
	rig_stop(&rig);
}
END_TEST

/* The address by which this host would send to the world; 0 if by none. */
static int
find_own_address(struct addr *own)
{
	struct sockaddr_storage ss;
	struct addr world;
	socklen_t len;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), is_found;

	ck_assert_int_eq(addr_parse_endpoint("192.0.2.1:9", 0, &world), 0);
	len = addr_to_sockaddr(&world, &ss);
	is_found = connect(fd, (struct sockaddr *)&ss, len) == 0;
	len = sizeof(ss);
	if (is_found && getsockname(fd, (struct sockaddr *)&ss, &len) == 0)
		addr_from_sockaddr((struct sockaddr *)&ss, own);
	close(fd);
	return is_found && !addr_is_loopback(own);
}

START_TEST(broker_knows_its_wildcard_listener_by_any_address_of_the_host)
{
	struct rig_conf conf = {.rules = rules, .listeners = wanted};
	struct rig rig;
	struct addr own;
	char ip[ADDR_TEXT_MAX];
	int worker;

	if (!find_own_address(&own))
		return; /* a host without a network has loopback only */
	own.port = dead_port("0.0.0.0");
	snprintf(rules, sizeof(rules), "*:%u", own.port);
	snprintf(wanted, sizeof(wanted), "[::]:%u", own.port);
	rig = rig_start(&conf);
	worker = rig_add_worker(&rig, 0);
	addr_format(&own, text);
	ck_assert_uint_eq(worker_try(worker, 1, text, &opened), 4520);
	snprintf(wanted, sizeof(wanted), "%s is not allowed", text);
	ck_assert_str_eq(opened.reason, wanted);
	rig_stop(&rig);
	/* without the listener, nobody is there, and that is told */
	conf.listeners = NULL;
	rig = rig_start(&conf);
	worker = rig_add_worker(&rig, 0);
	ck_assert_uint_eq(worker_try(worker, 1, text, &opened), 4500);
	ck_assert_str_ne(addr_format_ip(&own, ip), "127.0.0.1");
	rig_stop(&rig);
}
END_TEST

START_TEST(broker_at_its_descriptor_limit_says_so_and_recovers)
{
	struct silent_target silent;
	struct rig_conf conf = {
	    .rules = rules, .descriptors_max = 40, .connect_timeout_sec = 60};
	struct rig rig;
	uint16_t port = 0, good = 0;
	int listener = listen_on("127.0.0.1", &good), worker, fd;
	uint64_t id;

	ck_assert_int_ne(listener, -1);
	silent_on(&silent, "127.0.0.1", &port);
	snprintf(rules, sizeof(rules), "127.0.0.1:%u 127.0.0.1:%u", port, good);
	snprintf(text, sizeof(text), "127.0.0.1:%u", port);
	rig = rig_start(&conf);
	worker = rig_add_worker(&rig, 0);
	for (id = 1; id <= 50; id++)
		worker_open(worker, id, text);
	/* some wait for the silent target, the rest got no socket */
	ck_assert_uint_eq(worker_opened(worker, &opened, &fd), 4522);
	while (opened.conn_id != 50)
		ck_assert_uint_eq(worker_opened(worker, &opened, &fd), 4522);
	for (id = 1; id <= 10; id++)
		worker_close(worker, id);
	for (id = 1; id <= 10; id++)
		ck_assert_uint_eq(worker_opened(worker, &opened, &fd), 4500);
	snprintf(text, sizeof(text), "127.0.0.1:%u", good);
	ck_assert_uint_eq(worker_try(worker, 51, text, &opened), 0);
	rig_stop(&rig);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("broker");
	TCase *tc = tcase_create("open");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_loop_test(tc,
	    broker_connects_to_what_is_allowed_and_passes_the_socket, 0,
	    COUNT(literals));
	tcase_add_test(
	    tc, broker_refuses_what_the_default_policy_does_not_allow);
	tcase_add_test(tc, broker_tells_a_refused_connection_4500);
	tcase_add_test(tc, broker_tells_a_silent_target_4501_in_time);
	tcase_add_test(tc, broker_knows_the_names_of_etc_hosts);
	tcase_add_test(tc, broker_never_dials_the_bridge_itself);
	tcase_add_test(
	    tc, broker_knows_its_wildcard_listener_by_any_address_of_the_host);
	tcase_add_test(tc, broker_at_its_descriptor_limit_says_so_and_recovers);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
