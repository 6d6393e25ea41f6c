/* SPDX-License-Identifier: ISC */
/* The audit trail as the configuration wants it, and while it can't be so. */
#include <sys/stat.h>

#include <check.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "tests/unit/audit_rig.h"

#define FULL "/dev/full"

START_TEST(audit_is_nothing_where_it_is_not_wanted)
{
	struct ctl_audit status = {0};

	audit_rig_begin(-1);
	ck_assert_int_eq(audit_rig_say(ROLE_BROKER, AUDIT_OPEN, 0, 1), 0);
	audit_rig.conf.settings.has_audit = 0;
	audit_use(audit_rig.audit, &audit_rig.bundle);
	ck_assert_uint_eq(audit_open_count(audit_rig.audit), 0);
	ck_assert_int_eq(audit_rig_say(ROLE_BROKER, AUDIT_END, 0, 1), 0);
	ck_assert_int_eq(audit_rig_say(ROLE_BROKER, AUDIT_OPEN, 0, 2), 0);
	ck_assert_int_eq(
	    audit_rig_say(ROLE_WORKER, AUDIT_OPEN, 0, 2), VB_EBADMSG);
	audit_text_number(
	    audit_begin(audit_rig.audit, AUDIT_RELOAD), "generation", 2);
	audit_end(audit_rig.audit);
	audit_finish(audit_rig.audit);
	ck_assert_uint_eq(audit_rig.heard_count, 1);
	audit_fill_status(audit_rig.audit, &status);
	ck_assert_uint_eq(status.is_on, 0);
	audit_rig_end();
}
END_TEST

/* Runs the loop until what it has to do is done. */
static void
turn(void)
{
	event_base_loop(audit_rig.base, EVLOOP_NONBLOCK);
}

/* The writer's own copy of the full one: the only other that is open. */
static int
replace_full(int file)
{
	struct stat full, st;
	int fd;

	if (stat(FULL, &full) == -1)
		return -1;
	for (fd = audit_rig.bundle.audit_fd + 1; fd < 256; fd++)
		if (fstat(fd, &st) == 0 && st.st_rdev == full.st_rdev &&
		    S_ISCHR(st.st_mode))
			return dup2(file, fd) == -1 ? -1 : 0;
	return -1;
}

START_TEST(audit_refuses_sessions_while_it_must_and_can_not_write)
{
	char path[] = "/tmp/vb-audit-XXXXXX";
	struct ctl_audit status = {0};
	int full = open(FULL, O_RDWR | O_APPEND), file;

	ck_assert_int_ne(full, -1);
	audit_rig_begin(full);
	audit_rig.conf.settings.audit_required = 1;
	audit_use(audit_rig.audit, &audit_rig.bundle);
	ck_assert_uint_eq(audit_rig.refusals, 0);
	audit_rig_take_log();
	ck_assert_int_eq(audit_rig_say(ROLE_BROKER, AUDIT_OPEN, 0, 1), 0);
	ck_assert_int_eq(audit_rig.refusing, 0); /* at the end of the turn */
	turn();
	ck_assert_int_eq(audit_rig.refusing, 1);
	ck_assert_int_eq(audit_must_refuse(audit_rig.audit), 1);
	ck_assert_uint_eq(audit_rig.refusals, 1);
	ck_assert_int_eq(audit_rig_say(ROLE_BROKER, AUDIT_END, 0, 1), 0);
	turn();
	ck_assert_uint_eq(audit_rig.refusals, 1); /* said once */
	ck_assert_uint_eq(audit_rig.logged, 1);
	audit_fill_status(audit_rig.audit, &status);
	ck_assert_uint_ne(status.error, 0);
	/* another file takes it */
	file = mkstemp(path);
	ck_assert_int_ne(file, -1);
	audit_rig.bundle.audit_fd = file;
	audit_use(audit_rig.audit, &audit_rig.bundle);
	ck_assert_int_eq(audit_rig.refusing, 0);
	ck_assert_uint_eq(audit_rig.refusals, 2);
	unlink(path);
	close(file);
	close(full);
	audit_rig_end();
}
END_TEST

START_TEST(audit_goes_on_where_it_need_not_write)
{
	int full = open(FULL, O_RDWR | O_APPEND);

	audit_rig_begin(full);
	audit_rig_take_log();
	ck_assert_int_eq(audit_rig_say(ROLE_BROKER, AUDIT_OPEN, 0, 1), 0);
	turn();
	ck_assert_uint_eq(audit_rig.refusals, 0);
	ck_assert_int_eq(audit_must_refuse(audit_rig.audit), 0);
	close(full);
	audit_rig_end();
}
END_TEST

/* Another file is at the number of the full one, when its event comes. */
START_TEST(audit_tries_again_by_itself)
{
	char path[] = "/tmp/vb-audit-XXXXXX";
	int full = open(FULL, O_RDWR | O_APPEND), file = mkstemp(path);

	audit_rig_begin(full);
	audit_rig.conf.settings.audit_required = 1;
	audit_use(audit_rig.audit, &audit_rig.bundle);
	audit_rig_take_log();
	log_set_level(LOG_LEVEL_INFO);
	ck_assert_int_eq(audit_rig_say(ROLE_BROKER, AUDIT_OPEN, 0, 1), 0);
	turn();
	ck_assert_int_eq(audit_rig.refusing, 1);
	ck_assert_int_ne(file, -1);
	ck_assert_int_eq(replace_full(file), 0);
	while (audit_rig.refusing &&
	    event_base_loop(audit_rig.base, EVLOOP_ONCE) == 0)
		continue;
	ck_assert_int_eq(audit_rig.refusing, 0);
	ck_assert_ptr_nonnull(strstr(audit_rig.last_line, "is written again"));
	ck_assert_int_eq(lseek(file, 0, SEEK_END) > 0, 1);
	unlink(path);
	close(file);
	close(full);
	audit_rig_end();
}
END_TEST

START_TEST(audit_writes_a_flood_in_portions_and_all_of_it)
{
	char path[] = "/tmp/vb-audit-XXXXXX";
	struct ctl_audit status = {0};
	int file = mkstemp(path), i;

	ck_assert_int_ne(file, -1);
	audit_rig_begin(file);
	audit_listen(audit_rig.audit, NULL, NULL);
	/* within one turn, more than may wait */
	for (i = 1; i <= 3000; i++)
		ck_assert_int_eq(
		    audit_rig_say(ROLE_BROKER, AUDIT_ASK, 0, 1), 0);
	audit_finish(audit_rig.audit);
	audit_fill_status(audit_rig.audit, &status);
	ck_assert_uint_eq(status.lost, 0);
	ck_assert_uint_eq(status.seq, 3001);
	ck_assert_int_gt(lseek(file, 0, SEEK_END), 3000 * 150);
	unlink(path);
	close(file);
	audit_rig_end();
}
END_TEST

START_TEST(audit_logs_what_proves_the_line)
{
	char hash[AUDIT_HASH_BYTES];

	audit_rig_begin(-1);
	audit_rig.conf.settings.audit_syslog = 1;
	audit_use(audit_rig.audit, &audit_rig.bundle);
	log_set_level(LOG_LEVEL_INFO);
	audit_rig_take_log();
	ck_assert_int_eq(audit_rig_say(ROLE_BROKER, AUDIT_REFUSE, 2, 1), 0);
	ck_assert_uint_eq(audit_rig.logged, 1);
	audit_hash(audit_rig.heard[0], strlen(audit_rig.heard[0]), hash);
	ck_assert_ptr_nonnull(strstr(audit_rig.last_line, hash));
	ck_assert_ptr_nonnull(strstr(audit_rig.last_line,
	    ",\"kind\":\"refuse\",\"worker\":2,\"conn\":1}"));
	ck_assert_int_eq(
	    strncmp(audit_rig.last_line, "audit {\"seq\":1,", 15), 0);
	audit_rig_end();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("audit_conf");
	TCase *tc = tcase_create("audit_conf");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, audit_is_nothing_where_it_is_not_wanted);
	tcase_add_test(
	    tc, audit_refuses_sessions_while_it_must_and_can_not_write);
	tcase_add_test(tc, audit_goes_on_where_it_need_not_write);
	tcase_add_test(tc, audit_tries_again_by_itself);
	tcase_add_test(tc, audit_writes_a_flood_in_portions_and_all_of_it);
	tcase_add_test(tc, audit_logs_what_proves_the_line);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
