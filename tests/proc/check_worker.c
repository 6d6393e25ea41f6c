/* SPDX-License-Identifier: ISC */
/*
 * The worker with its master: clients handed over, counted and drained, a
 * configuration that changes, and a master that talks nonsense or dies.
 */
#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "worker/parse/frame.h"
#include "common/ipc.h"
#include "tests/proc/worker_rig.h"

#define COUNT(a)    (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC    30
#define FIRST	    1 /* conn ids */
#define SECOND	    2
#define GET(path)   "GET " path " HTTP/1.1\r\nHost: h\r\n\r\n"
#define MANY	    300
#define EARLY_RESET "GET / HTTP/1.1\r\nHo"
#define DRAIN_SEC   20
#define DRAIN_SOON  1
#define RELOADS	    20

static struct worker_rig w;
static char reason[FRAME_MAX];
static union proto_any any;

static int
start_with_broker(void)
{
	int broker;

	worker_start(&w);
	broker = rig_connect_worker(&w.rig, 0);
	broker_read(broker, MSG_HELD_END, &any);
	return broker;
}

static void
tell(enum msg_type type, const void *body, int fd)
{
	ck_assert_int_eq(ipc_write_message(w.rig.master, type, body, fd), 0);
}

static void
drain(uint32_t timeout_sec)
{
	struct msg_drain body = {timeout_sec};

	tell(MSG_DRAIN, &body, -1);
}

/* What is answered after a reload goes by the rules that it has brought. */
START_TEST(worker_answers_nobody_whose_listener_has_gone_meanwhile)
{
	struct msg_stated stated = {.number = 1, .generation = 2};
	int broker = start_with_broker(), old, fresh;

	old = worker_give_client(&w, FIRST, 0);
	client_say(old, GET("/api/targets"));
	broker_read(broker, MSG_STATE, &any);
	ck_assert_int_eq(addr_parse_endpoint("192.0.2.1:81", 0, &w.local), 0);
	worker_configure(&w);
	fresh = worker_give_client(&w, SECOND, 0);
	ck_assert_ptr_nonnull(strstr(client_http(fresh, GET("/")), "200"));
	ck_assert_int_eq(ipc_write_message(broker, MSG_STATED, &stated, -1), 0);
	ck_assert_ptr_nonnull(strstr(client_http(old, ""), "HTTP/1.1 421 "));
	ck_assert(is_at_end(old));
	rig_stop(&w.rig);
}
END_TEST

/* ---- clients ---- */

START_TEST(worker_serves_the_pages_of_the_memory_file)
{
	static const struct {
		const char *request, *status, *body;
	} asked[] = {
	    {GET("/"), "HTTP/1.1 200 ", "the start page"},
	    {GET("/lab1"), "HTTP/1.1 200 ", "the viewer"},
	    {GET("/assets/none.js"), "HTTP/1.1 404 ", "nothing here"},
	    {GET("/a/b/c"), "HTTP/1.1 404 ", "nothing here"},
	};
	const char *answer;
	size_t i;
	int client;

	worker_start(&w);
	client = worker_give_client(&w, FIRST, 0);
	for (i = 0; i < COUNT(asked); i++) {
		answer = client_http(client, asked[i].request);
		ck_assert_msg(strncmp(answer, asked[i].status, 13) == 0 &&
			strstr(answer, asked[i].body) != NULL,
		    "%s%s", asked[i].request, answer);
	}
	worker_wait_load(&w, 1, 0);
	close(client);
	worker_wait_load(&w, 1, 1);
	rig_stop(&w.rig);
}
END_TEST

START_TEST(worker_refuses_a_client_over_the_limit)
{
	const char *answer;
	int client;

	worker_start(&w);
	client = worker_give_client(&w, FIRST, CLIENT_CROWDED);
	answer = client_http(client, GET("/"));
	ck_assert_int_eq(strncmp(answer, "HTTP/1.1 503 ", 13), 0);
	ck_assert_ptr_nonnull(strstr(answer, "Connection: close\r\n"));
	ck_assert(is_at_end(client));
	close(client);
	worker_wait_load(&w, 1, 1);
	rig_stop(&w.rig);
}
END_TEST

START_TEST(worker_counts_every_client_once)
{
	int clients[MANY], i;

	worker_start(&w);
	for (i = 0; i < MANY; i++) {
		clients[i] = worker_give_client(&w, (uint64_t)i + 1, 0);
		if (i % 3 == 0)
			client_say(clients[i], EARLY_RESET);
		if (i % 2 == 0)
			close(clients[i]);
	}
	worker_wait_load(&w, MANY, MANY / 2);
	for (i = 1; i < MANY; i += 2)
		close(clients[i]);
	worker_wait_load(&w, MANY, MANY);
	ck_assert_uint_eq(w.sessions, 0);
	rig_stop(&w.rig);
}
END_TEST

START_TEST(worker_counts_a_client_whose_descriptor_is_lost)
{
	struct {
		struct msg_head head;
		struct msg_client body;
	} datagram;
	int client, twin;

	worker_start(&w);
	memset(&datagram, 0, sizeof(datagram));
	datagram.head.type = MSG_CLIENT;
	datagram.body.conn_id = FIRST;
	ck_assert_int_eq(
	    rig_send_raw(w.rig.master, &datagram, sizeof(datagram), -1), 0);
	worker_wait_load(&w, 1, 1);
	/* and one whose number is there already */
	client = worker_give_client(&w, SECOND, 0);
	twin = worker_give_client(&w, SECOND, 0);
	ck_assert(is_at_end(twin));
	worker_wait_load(&w, 3, 2);
	ck_assert_ptr_nonnull(strstr(client_http(client, GET("/")), "200 OK"));
	rig_stop(&w.rig);
}
END_TEST

START_TEST(worker_lives_without_the_descriptor_of_a_broker)
{
	struct {
		struct msg_head head;
		struct msg_peer body;
	} datagram = {.head = {MSG_PEER, 0},
	    .body = {.fence = RIG_FENCE, .role = ROLE_BROKER}};
	int broker = start_with_broker();
	struct session s, other;

	session_open(&w, broker, FIRST, &s);
	ck_assert_int_eq(
	    rig_send_raw(w.rig.master, &datagram, sizeof(datagram), -1), 0);
	session_check(&s);
	worker_wait_unjoined(&w, 1);
	ck_assert_uint_eq(w.unjoined_reason, UNJOINED_LOST);
	/* the broker of before is the broker still */
	session_open(&w, broker, SECOND, &other);
	session_check(&other);
	worker_wait_sessions(&w, 2);
	rig_stop(&w.rig);
}
END_TEST

/* ---- a configuration that changes ---- */

START_TEST(worker_changes_its_configuration_under_a_session)
{
	static const char *const names[] = {"new-name", NULL};
	int broker = start_with_broker(), client, i;
	struct session s;

	session_open(&w, broker, FIRST, &s);
	client = worker_give_client(&w, SECOND, 0);
	ck_assert_ptr_nonnull(
	    strstr(client_http(client, GET("/vnc/assets/x")), " 404 "));
	strcpy(w.settings.base_path, "/vnc");
	w.targets = names;
	for (i = 0; i < RELOADS; i++)
		worker_configure(&w);
	session_check(&s);
	/* what is new holds, for connections that were there before, too */
	ck_assert_ptr_nonnull(
	    strstr(client_http(client, GET("/vnc/")), "the start page"));
	client_say(client, GET("/vnc/api/targets"));
	broker_read(broker, MSG_STATE, &any);
	close(broker);
	ck_assert_ptr_nonnull(strstr(client_http(client, ""), "new-name"));
	worker_wait_load(&w, 2, 0);
	ck_assert_uint_eq(w.readies, 1);
	rig_stop(&w.rig);
}
END_TEST

/* ---- the end ---- */

START_TEST(worker_drains_its_sessions_and_ends)
{
	int broker = start_with_broker(), idle, late, status;
	struct session s;

	session_open(&w, broker, FIRST, &s);
	idle = worker_give_client(&w, SECOND, 0);
	worker_wait_load(&w, 2, 0);
	drain(DRAIN_SEC);
	ck_assert(is_at_end(idle));
	/* one that was accepted before, and comes now */
	late = worker_give_client(&w, 3, 0);
	ck_assert_ptr_nonnull(strstr(client_http(late, GET("/")), " 503 "));
	close(late);
	ck_assert_uint_eq(client_closed(s.client, reason), 4580);
	ck_assert_ptr_nonnull(strstr(reason, "restarting"));
	broker_read(broker, MSG_CLOSED, &any);
	ck_assert_uint_eq(any.closed.conn_id, FIRST);
	ck_assert(is_at_end(s.target));
	worker_wait_load(&w, 3, 3);
	status = rig_wait(&w.rig);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
END_TEST

START_TEST(worker_drains_at_once_when_it_is_empty)
{
	int status;

	worker_start(&w);
	drain(DRAIN_SEC);
	status = rig_wait(&w.rig);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
END_TEST

START_TEST(worker_drains_no_longer_than_it_may)
{
	int broker = start_with_broker(), status;
	struct session s;

	session_open(&w, broker, FIRST, &s);
	drain(DRAIN_SOON);
	/* the client reads the Close, and never answers */
	status = rig_wait(&w.rig);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
END_TEST

START_TEST(worker_ends_with_its_master)
{
	int broker = start_with_broker();
	struct session s;

	session_open(&w, broker, FIRST, &s);
	rig_stop(&w.rig);
	ck_assert(is_at_end(s.target));
	ck_assert(is_at_end(s.client));
	broker_expect_closed(broker);
}
END_TEST

/* ---- nonsense from the master, which is fatal ---- */

static void
say_start(uint32_t version, uint32_t generation)
{
	struct msg_conf_start start;

	memset(&start, 0, sizeof(start));
	start.proto_version = version;
	start.generation = generation;
	start.settings = w.settings;
	tell(MSG_CONF_START, &start, -1);
}

static void
say_end(uint32_t generation)
{
	struct msg_conf_end end = {generation};

	tell(MSG_CONF_END, &end, -1);
}

static void
say_pages(int fd, uint64_t size_bytes)
{
	struct msg_conf_pages pages = {size_bytes};

	tell(MSG_CONF_PAGES, &pages, fd);
}

static void
nonsense_version(void)
{
	say_start(PROTO_VERSION + 1, 1);
}

static void
nonsense_end_without_start(void)
{
	say_end(1);
}

static void
nonsense_no_pages(void)
{
	say_start(PROTO_VERSION, 1);
	say_end(1);
}

static void
nonsense_generation(void)
{
	uint64_t size;
	int fd = make_pages(&size);

	say_start(PROTO_VERSION, 1);
	say_pages(fd, size);
	say_end(2);
}

static void
nonsense_pages_twice(void)
{
	uint64_t size;
	int fd = make_pages(&size);

	say_start(PROTO_VERSION, 1);
	say_pages(fcntl(fd, F_DUPFD_CLOEXEC, 0), size);
	say_pages(fd, size);
}

static void
nonsense_pages_without_descriptor(void)
{
	say_start(PROTO_VERSION, 1);
	say_pages(-1, 4096);
}

static void
nonsense_pages_that_are_not_sealed(void)
{
	int fd = memfd_create("pages", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	ck_assert_int_eq(ftruncate(fd, 4096), 0);
	say_start(PROTO_VERSION, 1);
	say_pages(fd, 4096);
}

static void
nonsense_endless_target(void)
{
	struct msg_conf_target target;

	memset(&target, 'a', sizeof(target));
	say_start(PROTO_VERSION, 1);
	tell(MSG_CONF_TARGET, &target, -1);
}

static void
nonsense_endless_origin(void)
{
	struct msg_conf_origin origin;

	memset(&origin, 'a', sizeof(origin));
	say_start(PROTO_VERSION, 1);
	tell(MSG_CONF_ORIGIN, &origin, -1);
}

static void
nonsense_client_before_ready(void)
{
	worker_give_client(&w, FIRST, 0);
}

static void
nonsense_of_a_worker(void)
{
	struct msg_ready ready = {PROTO_VERSION};

	tell(MSG_READY, &ready, -1);
}

static void (*const nonsense[])(void) = {
    nonsense_version,
    nonsense_end_without_start,
    nonsense_no_pages,
    nonsense_generation,
    nonsense_pages_twice,
    nonsense_pages_without_descriptor,
    nonsense_pages_that_are_not_sealed,
    nonsense_endless_target,
    nonsense_endless_origin,
    nonsense_client_before_ready,
    nonsense_of_a_worker,
};

START_TEST(worker_ends_at_nonsense_of_its_master)
{
	int status;

	worker_spawn(&w);
	nonsense[_i]();
	status = rig_wait(&w.rig);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 1,
	    "status 0x%x", (unsigned)status);
}
END_TEST

static Suite *
worker_suite(void)
{
	Suite *suite = suite_create("worker");
	TCase *tc = tcase_create("worker");

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_test(
	    tc, worker_answers_nobody_whose_listener_has_gone_meanwhile);
	tcase_add_test(tc, worker_serves_the_pages_of_the_memory_file);
	tcase_add_test(tc, worker_refuses_a_client_over_the_limit);
	tcase_add_test(tc, worker_counts_every_client_once);
	tcase_add_test(tc, worker_counts_a_client_whose_descriptor_is_lost);
	tcase_add_test(tc, worker_lives_without_the_descriptor_of_a_broker);
	tcase_add_test(tc, worker_changes_its_configuration_under_a_session);
	tcase_add_test(tc, worker_drains_its_sessions_and_ends);
	tcase_add_test(tc, worker_drains_at_once_when_it_is_empty);
	tcase_add_test(tc, worker_drains_no_longer_than_it_may);
	tcase_add_test(tc, worker_ends_with_its_master);
	tcase_add_loop_test(
	    tc, worker_ends_at_nonsense_of_its_master, 0, COUNT(nonsense));
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(worker_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
