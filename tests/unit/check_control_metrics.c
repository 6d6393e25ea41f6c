/* SPDX-License-Identifier: ISC */
/* The page of metrics, as the operator's socket answers for it. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/ipc.h"
#include "daemon/master/control/control_metrics.h"
#include "tests/unit/breach.h"
#include "tests/unit/control_rig.h"

#define SIZE 5

static int
make_page(void)
{
	int fd = memfd_create("page", MFD_CLOEXEC);

	ck_assert_int_eq(write(fd, "page\n", SIZE), SIZE);
	return fd;
}

/* Returns the page that has come, or -1. */
static int
read_page(int fd)
{
	int got;

	rig_run();
	ck_assert_int_eq(
	    ipc_read_message(fd, ROLE_CTL, ROLE_MASTER, &rig_any, &got),
	    MSG_CTL_METRICS_ARE);
	ck_assert_uint_eq(rig_any.ctl_metrics_are.proto_version, PROTO_VERSION);
	return got;
}

START_TEST(control_tells_all_who_wait_for_metrics)
{
	int a, b, page = make_page(), got;
	char text[SIZE];

	rig_start();
	a = rig_dial();
	b = rig_dial();
	rig_ask(a, MSG_CTL_METRICS);
	rig_ask(b, MSG_CTL_METRICS);
	ck_assert_uint_eq(rig.metrics, 2);
	control_on_metrics(rig.control, page, SIZE);
	close(page);
	got = read_page(a);
	ck_assert_uint_eq(rig_any.ctl_metrics_are.code, CTL_DONE);
	ck_assert_uint_eq(rig_any.ctl_metrics_are.size_bytes, SIZE);
	ck_assert_int_eq(pread(got, text, SIZE, 0), SIZE);
	ck_assert_mem_eq(text, "page\n", SIZE);
	close(got);
	close(read_page(b));
	/* once */
	control_on_metrics(rig.control, -1, 0);
	rig_expect_status(a);
	close(a);
	close(b);
	rig_stop();
}
END_TEST

START_TEST(control_says_that_there_is_no_page)
{
	int fd;

	rig_start();
	fd = rig_dial();
	rig_ask(fd, MSG_CTL_METRICS);
	control_on_metrics(rig.control, -1, 0);
	ck_assert_int_eq(read_page(fd), -1);
	ck_assert_uint_eq(rig_any.ctl_metrics_are.code, CTL_BUSY);
	close(fd);
	rig_stop();
}
END_TEST

START_TEST(control_answers_another_version_at_once)
{
	struct msg_ctl_metrics ask = {PROTO_VERSION - 1};
	int fd;

	rig_start();
	fd = rig_dial();
	ck_assert_int_eq(breach_say(fd, MSG_CTL_METRICS, &ask, -1), 0);
	ck_assert_int_eq(read_page(fd), -1);
	ck_assert_uint_eq(rig.metrics, 0);
	close(fd);
	rig_stop();
}
END_TEST

START_TEST(control_drops_who_asks_while_it_waits)
{
	int fd, page = make_page();

	rig_start();
	fd = rig_dial();
	rig_ask(fd, MSG_CTL_METRICS);
	rig_ask(fd, MSG_CTL_METRICS);
	ck_assert(rig_is_closed(fd));
	control_on_metrics(rig.control, page, SIZE);
	close(page);
	close(fd);
	rig_stop();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("control-metrics");
	TCase *tc = tcase_create("metrics");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, control_tells_all_who_wait_for_metrics);
	tcase_add_test(tc, control_says_that_there_is_no_page);
	tcase_add_test(tc, control_answers_another_version_at_once);
	tcase_add_test(tc, control_drops_who_asks_while_it_waits);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
