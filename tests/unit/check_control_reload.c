/* SPDX-License-Identifier: ISC */
/*
 * A reload over the operator's socket: who may send what, when, and what is
 * left when the sender breaks off. What the descriptors must be is tested in
 * check_upload.c.
 */
#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/pages.h"
#include "common/sealed.h"
#include "daemon/master/control/inquirer.h"
#include "tests/unit/breach.h"
#include "tests/unit/control_rig.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A sealed memory file with a few bytes. */
static int
sealed_file(void)
{
	int fd = memfd_create("check", MFD_ALLOW_SEALING | MFD_CLOEXEC);

	ck_assert_int_eq(write(fd, "x = 1\n", 6), 6);
	ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, SEALED_SEALS), 0);
	return fd;
}

static int
begin_reload(int *fd)
{
	struct msg_ctl_reload body = {PROTO_VERSION};

	*fd = rig_dial();
	ck_assert_int_eq(breach_say(*fd, MSG_CTL_RELOAD, &body, -1), 0);
	ck_assert_int_eq(rig_read_answer(*fd), MSG_CTL_RELOAD_GO);
	return (int)rig_any.ctl_reload_go.code;
}

static void
send_text(int fd)
{
	struct msg_ctl_reload_text body = {.file = "/etc/x.conf"};
	int text = sealed_file();

	ck_assert_int_eq(breach_say(fd, MSG_CTL_RELOAD_TEXT, &body, text), 0);
	close(text);
	rig_run();
}

static void
send_end(int fd, uint32_t count)
{
	struct msg_ctl_reload_end end = {count};

	ck_assert_int_eq(breach_say(fd, MSG_CTL_RELOAD_END, &end, -1), 0);
	rig_run();
}

START_TEST(control_takes_one_reload_at_a_time)
{
	static struct msg_ctl_reloaded done = {.generation = 8};
	int fd, other;

	rig_start();
	ck_assert_int_eq(begin_reload(&fd), CTL_DONE);
	ck_assert_int_eq(begin_reload(&other), CTL_BUSY);
	close(other);
	send_text(fd);
	send_end(fd, 1);
	ck_assert_uint_eq(rig.reloads, 1);
	/* the answer may take its time */
	ck_assert_int_eq(begin_reload(&other), CTL_BUSY);
	control_on_reloaded(rig.control, &done);
	ck_assert_int_eq(rig_read_answer(fd), MSG_CTL_RELOADED);
	ck_assert_uint_eq(rig_any.ctl_reloaded.generation, 8);
	close(other);
	ck_assert_int_eq(begin_reload(&other), CTL_DONE);
	ck_assert_uint_eq(rig.goes, 2);
	close(other);
	close(fd);
	rig_stop();
}
END_TEST

START_TEST(control_forgets_a_reload_whose_sender_has_gone)
{
	static struct msg_ctl_reloaded done;
	int fd;

	rig_start();
	/* before it was complete, and while the answer was awaited */
	ck_assert_int_eq(begin_reload(&fd), CTL_DONE);
	send_text(fd);
	close(fd);
	rig_run();
	ck_assert_int_eq(begin_reload(&fd), CTL_DONE);
	send_text(fd);
	send_end(fd, 1);
	close(fd);
	rig_run();
	ck_assert_uint_eq(rig.reloads, 1);
	control_on_reloaded(rig.control, &done);
	ck_assert_int_eq(begin_reload(&fd), CTL_DONE);
	close(fd);
	rig_stop();
}
END_TEST

START_TEST(control_takes_a_reload_in_its_order_only)
{
	static const enum msg_type types[] = {MSG_CTL_RELOAD_TEXT,
	    MSG_CTL_RELOAD_LISTENER, MSG_CTL_RELOAD_PAGES, MSG_CTL_RELOAD_FILE,
	    MSG_CTL_RELOAD_AUDIT, MSG_CTL_RELOAD_END};
	struct msg_ctl_reload again = {PROTO_VERSION};
	int fd, file = sealed_file();
	size_t i;

	rig_start();
	/* without the word to go on, and by whom it was refused */
	for (i = 0; i < 2 * COUNT(types); i++) {
		rig.go_code = CTL_FAILED;
		if (i < COUNT(types))
			fd = rig_dial();
		else
			ck_assert_int_eq(begin_reload(&fd), CTL_FAILED);
		breach_say(fd, types[i % COUNT(types)], NULL,
		    types[i % COUNT(types)] == MSG_CTL_RELOAD_END ? -1 : file);
		rig_run();
		ck_assert(rig_is_closed(fd));
		close(fd);
	}
	rig.go_code = CTL_DONE;
	/* anything before the text, behind the end, or begun twice */
	for (i = 1; i < COUNT(types); i++) {
		ck_assert_int_eq(begin_reload(&fd), CTL_DONE);
		breach_say(fd, types[i], NULL,
		    types[i] == MSG_CTL_RELOAD_END ? -1 : file);
		rig_run();
		ck_assert(rig_is_closed(fd));
		close(fd);
	}
	for (i = 0; i < COUNT(types); i++) {
		ck_assert_int_eq(begin_reload(&fd), CTL_DONE);
		send_text(fd);
		send_end(fd, 1);
		breach_say(fd, types[i], NULL,
		    types[i] == MSG_CTL_RELOAD_END ? -1 : file);
		rig_run();
		ck_assert(rig_is_closed(fd));
		close(fd);
	}
	ck_assert_uint_eq(rig.reloads, COUNT(types));
	ck_assert_int_eq(begin_reload(&fd), CTL_DONE);
	ck_assert_int_eq(breach_say(fd, MSG_CTL_RELOAD, &again, -1), 0);
	rig_run();
	ck_assert(rig_is_closed(fd));
	close(fd);
	/* another version is told so, and no more */
	fd = rig_dial();
	ck_assert_int_eq(breach_say(fd, MSG_CTL_RELOAD, NULL, -1), 0);
	ck_assert_int_eq(rig_read_answer(fd), MSG_CTL_RELOAD_GO);
	ck_assert_uint_eq(rig_any.ctl_reload_go.proto_version, PROTO_VERSION);
	ck_assert_uint_eq(rig_any.ctl_reload_go.code, CTL_FAILED);
	close(fd);
	close(file);
	rig_stop();
}
END_TEST

/* Or else the end of the reload could be the end of who is answered. */
START_TEST(control_takes_no_stop_from_who_reloads)
{
	struct msg_ctl_stop body = {PROTO_VERSION, 0};
	int fd, i;

	rig_start();
	for (i = 0; i < 2; i++) {
		ck_assert_int_eq(begin_reload(&fd), CTL_DONE);
		send_text(fd);
		if (i == 1)
			send_end(fd, 1);
		ck_assert_int_eq(breach_say(fd, MSG_CTL_STOP, &body, -1), 0);
		rig_run();
		ck_assert(rig_is_closed(fd));
		close(fd);
	}
	ck_assert_uint_eq(rig.stops, 0);
	rig_stop();
}
END_TEST

START_TEST(control_applies_nothing_whose_count_is_wrong)
{
	const uint32_t counts[] = {0, 2, UINT32_MAX};
	size_t i;
	int fd;

	rig_start();
	for (i = 0; i < COUNT(counts); i++) {
		ck_assert_int_eq(begin_reload(&fd), CTL_DONE);
		send_text(fd);
		send_end(fd, counts[i]);
		ck_assert(rig_is_closed(fd));
		close(fd);
	}
	ck_assert_uint_eq(rig.reloads, 0);
	rig_stop();
}
END_TEST

START_TEST(control_stops_the_daemon_once_it_has_said_so)
{
	struct msg_ctl_stop body = {PROTO_VERSION, 0};
	int fd;

	rig_start();
	fd = rig_dial();
	for (body.is_now = 0; body.is_now < 2; body.is_now++) {
		ck_assert_int_eq(breach_say(fd, MSG_CTL_STOP, &body, -1), 0);
		ck_assert_int_eq(rig_read_answer(fd), MSG_CTL_STOPPING);
		ck_assert_uint_eq(rig_any.ctl_stopping.code, CTL_DONE);
		ck_assert_uint_eq(
		    rig_any.ctl_stopping.timeout_sec, body.is_now ? 1 : 2);
	}
	ck_assert_int_eq(breach_say(fd, MSG_CTL_STOP, &body, -1), 0);
	rig_run();
	ck_assert(rig_is_closed(fd));
	close(fd);
	fd = rig_dial();
	/* as if of control-group; all of another version may not, either */
	TAILQ_FIRST(&rig.control->inquirers)->may_change = 0;
	ck_assert_int_eq(breach_say(fd, MSG_CTL_STOP, NULL, -1), 0);
	ck_assert_int_eq(rig_read_answer(fd), MSG_CTL_STOPPING);
	ck_assert_uint_eq(rig_any.ctl_stopping.code, CTL_FORBIDDEN);
	ck_assert_int_eq(breach_say(fd, MSG_CTL_REREAD, NULL, -1), 0);
	ck_assert_int_eq(rig_read_answer(fd), MSG_CTL_RELOADED);
	ck_assert_uint_eq(rig_any.ctl_reloaded.code, CTL_FORBIDDEN);
	ck_assert_uint_eq(rig.rereads, 0);
	ck_assert_uint_eq(rig.stops, 2);
	close(fd);
	rig_stop();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("control_reload");
	TCase *tc = tcase_create("control_reload");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, control_takes_one_reload_at_a_time);
	tcase_add_test(tc, control_forgets_a_reload_whose_sender_has_gone);
	tcase_add_test(tc, control_takes_a_reload_in_its_order_only);
	tcase_add_test(tc, control_takes_no_stop_from_who_reloads);
	tcase_add_test(tc, control_applies_nothing_whose_count_is_wrong);
	tcase_add_test(tc, control_stops_the_daemon_once_it_has_said_so);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
