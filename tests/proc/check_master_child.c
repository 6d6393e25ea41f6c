/* SPDX-License-Identifier: ISC */
/*
 * The real master with children that lie (fake_child.c): it lives, says
 * what it saw, replaces them, and waits longer each time. VB_HOSTILE names
 * a vncbridged that was built for the folder of the fakes.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/ipc.h"
#include "tests/proc/broker_rig.h"

#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC   40
#define WAIT_MS	   20000 /* READY alone may take 10 s */
#define LOG_MAX	   (16 * 1024 * 1024)
#define PATH_BYTES 128
#define OTHER(i)   (5 - (i)) /* worker 3, broker 2 */
#define WATCHED_MS 2500	     /* watchdog-timeout is 1 s */

static struct {
	struct rig rig; /* pid; its channel is not used */
	char directory[PATH_BYTES];
	char control[PATH_BYTES + 16];
	int log_fd;
	int log_end_fd; /* the daemon's end, while start_unread keeps it */
	size_t log_len;
	char *log; /* all it has said */
} m;

static const char *
path_of(const char *name)
{
	static char path[2 * PATH_BYTES];

	snprintf(path, sizeof(path), "%s/%s", m.directory, name);
	return path;
}

static void
put(const char *name, const char *text)
{
	FILE *file = fopen(path_of(name), "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(chmod(path_of(name), 0644), 0);
}

/* A folder that the daemon's user may read, with all that it needs. */
static void
make_directory(const char *fault)
{
	char text[1024];

	strcpy(m.directory, "/tmp/vb-master-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(m.directory));
	ck_assert_int_eq(chmod(m.directory, 0755), 0);
	ck_assert_int_eq(mkdir(path_of("assets"), 0755), 0);
	put("index.html", "start");
	put("viewer.html", "viewer");
	put("login.html", "login");
	put("code.html", "code");
	snprintf(m.control, sizeof(m.control), "%s/control", m.directory);
	snprintf(text, sizeof(text),
	    "workers = 1\nwatchdog-timeout = 1\nuser = \"nobody\"\nbase-path = "
	    "\"%s\"\n"
	    "pages = \"%s\"\ncontrol-socket = \"%s\"\n",
	    fault, m.directory, m.control);
	if (strncmp(fault, "/auth/", 6) == 0)
		sprintf(text + strlen(text),
		    "auth \"password\" { file = \"%s\" }\n", path_of("conf"));
	put("conf", text);
}

static void
remove_directory(void)
{
	static const char *const names[] = {"assets", "index.html",
	    "viewer.html", "login.html", "code.html", "conf"};
	size_t i;

	for (i = 0; i < COUNT(names); i++)
		ck_assert_int_eq(remove(path_of(names[i])), 0);
	unlink(m.control);
	ck_assert_int_eq(rmdir(m.directory), 0);
}

/* As start; log_end_fd tells whether the log is full. */
static void
start_unread(const char *fault)
{
	const char *program = getenv("VB_HOSTILE");
	char listen[64];
	uint16_t port = 0;
	int fds[2];

	ck_assert_msg(program != NULL, "VB_HOSTILE is not set");
	memset(&m, 0, sizeof(m));
	ck_assert_ptr_nonnull(m.log = malloc(LOG_MAX));
	make_directory(fault);
	close(listen_on("127.0.0.1", &port));
	snprintf(listen, sizeof(listen), "127.0.0.1:%u", port);
	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	if ((m.rig.pid = fork()) == 0) {
		dup2(fds[1], STDERR_FILENO);
		execl(program, program, "-d", "-v", "-f", path_of("conf"), "-l",
		    listen, (char *)NULL);
		_exit(127);
	}
	ck_assert_int_ne(m.rig.pid, -1);
	m.log_end_fd = fds[1];
	m.log_fd = fds[0];
}

static void
start(const char *fault)
{
	start_unread(fault);
	close(m.log_end_fd);
}

/* Reads more of the log. Returns 0 at its end. */
static int
read_log(uint64_t end_ms)
{
	struct pollfd pfd = {m.log_fd, POLLIN, 0};
	uint64_t now_ms = clock_now_ms();
	ssize_t n;

	ck_assert_msg(
	    now_ms < end_ms && poll(&pfd, 1, (int)(end_ms - now_ms)) == 1,
	    "the log stops behind:\n%s",
	    m.log + (m.log_len > 2000 ? m.log_len - 2000 : 0));
	ck_assert_uint_lt(m.log_len, LOG_MAX - 1);
	n = read(m.log_fd, m.log + m.log_len, LOG_MAX - 1 - m.log_len);
	ck_assert_int_ge(n, 0);
	m.log_len += (size_t)n;
	m.log[m.log_len] = '\0';
	return n > 0;
}

/* Waits until the log has that text; how often does not matter. */
static void
expect_log(const char *text)
{
	uint64_t end_ms = clock_now_ms() + WAIT_MS;
	size_t from = 0, overlap = strlen(text);

	while (strstr(m.log + from, text) == NULL) {
		from = m.log_len > overlap ? m.log_len - overlap : 0;
		ck_assert_msg(read_log(end_ms),
		    "the daemon ended without \"%s\":\n%s", text, m.log);
	}
}

static int
connect_control(void)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	rig_bound_waits(fd);
	ck_assert_uint_lt(strlen(m.control), sizeof(sun.sun_path));
	strcpy(sun.sun_path, m.control);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	return fd;
}

/* It answers: the master lives, and its loop turns. */
static const struct msg_ctl_status_is *
ask_status(void)
{
	static union proto_any any;
	struct msg_ctl_status ask = {PROTO_VERSION};
	int control = connect_control(), fd;

	ck_assert_int_eq(
	    ipc_write_message(control, MSG_CTL_STATUS, &ask, -1), 0);
	ck_assert_int_eq(
	    ipc_read_message(control, ROLE_CTL, ROLE_MASTER, &any, &fd),
	    MSG_CTL_STATUS_IS);
	close(control);
	ck_assert_uint_eq(any.ctl_status_is.count, 4);
	return &any.ctl_status_is;
}

static struct msg_ctl_sessions_are
ask_sessions(void)
{
	static union proto_any any;
	struct msg_ctl_sessions ask = {.proto_version = PROTO_VERSION};
	int control = connect_control(), fd;

	ck_assert_int_eq(
	    ipc_write_message(control, MSG_CTL_SESSIONS, &ask, -1), 0);
	ck_assert_int_eq(
	    ipc_read_message(control, ROLE_CTL, ROLE_MASTER, &any, &fd),
	    MSG_CTL_SESSIONS_ARE);
	close(control);
	return any.ctl_sessions_are;
}

/* Waits until nothing more fits into the log, which nobody reads. */
static void
wait_until_full(void)
{
	struct pollfd pfd = {m.log_end_fd, POLLOUT, 0};
	uint64_t end_ms = clock_now_ms() + WAIT_MS;

	while (poll(&pfd, 1, 0) == 1) {
		ck_assert_uint_lt(clock_now_ms(), end_ms);
		poll(NULL, 0, 1);
	}
	close(m.log_end_fd);
}

/* SIGTERM; the log is read to its end. */
static void
terminate(void)
{
	uint64_t end_ms = clock_now_ms() + WAIT_MS;
	int status;

	ck_assert_int_eq(kill(m.rig.pid, SIGTERM), 0);
	while (read_log(end_ms))
		continue;
	status = rig_wait(&m.rig);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "status 0x%x:\n%s", (unsigned)status, m.log);
}

static void
stop(void)
{
	terminate();
	remove_directory();
	free(m.log);
}

/* ---- faults that cost a child its life ---- */

static const struct {
	const char *fault;
	const char *log;
} faults[] = {
    {"exit", "worker 0 ended pid="},
    {"trap", "signal=4 (Illegal instruction)"},
    {"garbage", "broke the protocol: malformed message"},
    {"empty", "worker 0 died pid="},
    {"ready-twice", "broke the protocol: malformed message"},
    {"load-taken", "broke the protocol: malformed message"},
    {"load-ended", "broke the protocol: malformed message"},
    {"load-wraps", "broke the protocol: malformed message"},
    {"log-level", "broke the protocol: malformed message"},
    {"log-endless", "broke the protocol: malformed message"},
    {"log-descriptor", "broke the protocol: malformed message"},
    {"listed", "broke the protocol: malformed message"},
};

START_TEST(master_replaces_a_worker_that_breaks_a_rule_and_backs_off)
{
	char fault[64];

	snprintf(fault, sizeof(fault), "/worker/%s", faults[_i].fault);
	start(fault);
	expect_log("ready version=");
	expect_log(faults[_i].log);
	/* again and again, but not at once any more */
	expect_log("restart-in=0ms");
	expect_log("restart-in=100ms");
	expect_log("worker 0 is in a crash loop: 3 failures in a row");
	expect_log("restart-in=400ms");
	ck_assert_uint_ge(ask_status()->processes[3].restarts, 3);
	stop();
}
END_TEST

static const struct {
	const char *fault;
	const char *log;
	uint32_t is_unavailable;
} broker_faults[] = {
    {"listed-count", "broke the protocol: malformed message", 1},
    {"listed-endless", "broke the protocol: malformed message", 1},
    {"list-exit", "broker ended pid=", 1},
    {"listed-unasked", "ready version=", 0},
};

START_TEST(master_answers_though_the_broker_lies)
{
	char fault[64];

	snprintf(fault, sizeof(fault), "/broker/%s", broker_faults[_i].fault);
	start(fault);
	expect_log("ready version=");
	ck_assert_uint_eq(
	    ask_sessions().is_unavailable, broker_faults[_i].is_unavailable);
	expect_log(broker_faults[_i].log);
	ask_status();
	stop();
}
END_TEST

START_TEST(master_believes_a_worker_once_that_the_broker_talks_nonsense)
{
	start("/worker/unjoined");
	expect_log("sent a malformed message to worker 0; it is replaced");
	expect_log("broker died pid=");
	/* the next broker did nothing wrong either: the worker lies */
	expect_log("worker 0 complains of the broker again");
	expect_log("worker 0 died pid=");
	ask_status();
	stop();
}
END_TEST

/* ---- the log ---- */

START_TEST(master_lets_no_control_character_into_the_log)
{
	start("/worker/log-escapes");
	expect_log("worker 0 info: red ?[31m?forged line\n");
	ck_assert_ptr_null(strchr(m.log, '\x1b'));
	ck_assert_ptr_null(strstr(m.log, "\nforged"));
	stop();
}
END_TEST

START_TEST(master_serves_others_during_a_flood_of_lines)
{
	start_unread("/worker/log-flood");
	/* from here on a master that waits for its reader does nothing else */
	wait_until_full();
	ck_assert_uint_eq(ask_status()->processes[3].restarts, 0);
	terminate();
	ck_assert_ptr_nonnull(strstr(m.log, "flood of lines"));
	ck_assert_ptr_nonnull(strstr(m.log, " log lines: they were not read"));
	remove_directory();
	free(m.log);
}
END_TEST

/* ---- children that do not answer, or answer what was not asked ---- */

static const struct {
	const char *fault;
	const char *log;
	uint32_t process; /* in the answer to CTL_STATUS */
} silences[] = {
    {"/worker/alive-never", "worker 0 pid=", 3},
    {"/broker/alive-never", "broker pid=", 2},
    {"/worker/alive-number", "broke the protocol: malformed message", 3},
    {"/broker/alive-number", "broke the protocol: malformed message", 2},
    {"/worker/alive-twice", "broke the protocol: malformed message", 3},
    {"/broker/alive-twice", "broke the protocol: malformed message", 2},
};

START_TEST(master_replaces_a_child_that_does_not_answer_its_probe)
{
	const struct msg_ctl_status_is *status;

	start(silences[_i].fault);
	expect_log(silences[_i].log);
	expect_log(_i < 2 ? "hangs: no answer for 1 s" : silences[_i].log);
	expect_log(_i < 2 ? "signal=9 (Killed)" : "restart-in=");
	status = ask_status();
	ck_assert_uint_ge(status->processes[silences[_i].process].restarts, 1);
	/* the other one has done nothing */
	ck_assert_uint_eq(
	    status->processes[OTHER(silences[_i].process)].restarts, 0);
	stop();
}
END_TEST

START_TEST(master_leaves_children_alone_that_answer)
{
	start("/worker/none");
	expect_log("ready version=");
	/* as long as it would take to kill one that is silent, and more */
	poll(NULL, 0, WATCHED_MS);
	ck_assert_uint_eq(ask_status()->processes[2].restarts, 0);
	ck_assert_uint_eq(ask_status()->processes[3].restarts, 0);
	stop();
}
END_TEST

/* ---- children that never start ---- */

static const struct {
	const char *fault;
	const char *log;
} starts[] = {
    {"/worker/early-exit", "worker 0 could not start"},
    {"/broker/early-exit", "broker could not start"},
    {"/worker/early-version", "worker 0 could not start"},
    {"/worker/early-load", "worker 0 could not start"},
    {"/worker/early-silence", "worker 0 pid="},
    {"/broker/early-silence", "is not ready after 10 s"},
    {"/keeper/early-exit", "keeper could not start"},
    {"/keeper/kept-never", "keeper pid="},
    {"/keeper/kept-generation", "broke the protocol: malformed message"},
    {"/keeper/kept-unknown", "broke the protocol: malformed message"},
    {"/keeper/kept-endless", "broke the protocol: malformed message"},
    {"/keeper/kept-twice", "broke the protocol: malformed message"},
    {"/auth/kept-never", "auth pid="},
    {"/auth/kept-generation", "broke the protocol: malformed message"},
    {"/auth/kept-endless", "broke the protocol: malformed message"},
    {"/auth/kept-twice", "broke the protocol: malformed message"},
    {"/auth/kept-refused", "/conf:7: no such user"},
};

START_TEST(master_does_not_start_without_its_children)
{
	uint64_t end_ms = clock_now_ms() + WAIT_MS;
	int status;

	start(starts[_i].fault);
	while (read_log(end_ms))
		continue;
	status = rig_wait(&m.rig);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 1,
	    "status 0x%x:\n%s", (unsigned)status, m.log);
	ck_assert_msg(strstr(m.log, starts[_i].log) != NULL, "%s", m.log);
	ck_assert_ptr_null(strstr(m.log, "ready version="));
	remove_directory();
	free(m.log);
}
END_TEST

/* With other ports it would replace the broker, and end with it. */
START_TEST(master_lets_a_hangup_wait_for_its_start)
{
	uint64_t end_ms = clock_now_ms() + WAIT_MS;

	start("/worker/early-silence");
	expect_log("broker ready pid=");
	put("conf", "user = \"nobody\"\nallow = { \"10.0.0.1:7777\" }\n");
	ck_assert_int_eq(kill(m.rig.pid, SIGHUP), 0);
	while (read_log(end_ms))
		continue;
	rig_wait(&m.rig);
	ck_assert_ptr_nonnull(strstr(m.log, "is not ready after 10 s"));
	ck_assert_ptr_null(strstr(m.log, "broker could not start"));
	remove_directory();
	free(m.log);
}
END_TEST

static Suite *
master_child_suite(void)
{
	Suite *suite = suite_create("master-child");
	TCase *tc = tcase_create("master-child");

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_loop_test(tc,
	    master_replaces_a_worker_that_breaks_a_rule_and_backs_off, 0,
	    COUNT(faults));
	tcase_add_loop_test(
	    tc, master_answers_though_the_broker_lies, 0, COUNT(broker_faults));
	tcase_add_test(
	    tc, master_believes_a_worker_once_that_the_broker_talks_nonsense);
	tcase_add_test(tc, master_lets_no_control_character_into_the_log);
	tcase_add_test(tc, master_serves_others_during_a_flood_of_lines);
	tcase_add_loop_test(tc,
	    master_replaces_a_child_that_does_not_answer_its_probe, 0,
	    COUNT(silences));
	tcase_add_test(tc, master_leaves_children_alone_that_answer);
	tcase_add_loop_test(
	    tc, master_does_not_start_without_its_children, 0, COUNT(starts));
	tcase_add_test(tc, master_lets_a_hangup_wait_for_its_start);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(master_child_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
