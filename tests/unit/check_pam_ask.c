/* SPDX-License-Identifier: ISC */
/*
 * What auth asks of PAM, with the test as the process pam, which may die, be
 * silent, or lie; and as the master, who hears of it.
 */
#include <check.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/breach.h"
#include "tests/unit/pam_ask_rig.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC 60
#define SECRET	 "a secret"

static struct pam_desk desk;
static union proto_any any;

static struct {
	unsigned count;
	unsigned busy; /* without a place */
	struct msg_pam_said said;
} told;

static void
on_done(void *arg, const struct msg_pam_said *said)
{
	ck_assert_ptr_eq(arg, &told);
	told.count++;
	if (said == NULL)
		told.busy++;
	else
		told.said = *said;
}

static void
start(void)
{
	memset(&told, 0, sizeof(told));
	asked_start();
	pam_init(&desk, asked_base, &asked_master);
}

static struct job *
new_job(const char *address, const char *name)
{
	struct job *job = calloc(1, sizeof(*job));

	ck_assert_ptr_nonnull(job);
	ck_assert_int_eq(addr_parse_ip(address, &job->client), 0);
	strlcpy(job->name, name, sizeof(job->name));
	strlcpy(job->password, SECRET, sizeof(job->password));
	return job;
}

static uint64_t
ask_from(const char *address, const char *name)
{
	uint64_t id = 0;

	ck_assert_int_eq(
	    pam_ask(&desk, new_job(address, name), 1, on_done, &told, &id), 0);
	return id;
}

static uint64_t
ask(const char *name)
{
	return ask_from("192.0.2.1", name);
}

/* As many as there are places for, of as many names and addresses. */
static void
fill(unsigned count, uint64_t ids[PAM_RUNNING_MAX])
{
	char name[16], address[32];
	unsigned i;

	for (i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "user%u", i);
		snprintf(address, sizeof(address), "198.51.100.%u", i + 1);
		ids[i] = ask_from(address, name);
		ck_assert_uint_eq(pam_rig_hear_ask(name, SECRET), ids[i]);
	}
}

START_TEST(question_is_answered_once_and_keeps_no_password)
{
	uint64_t id;

	start();
	pam_rig_join(&desk);
	id = ask("alice");
	ck_assert_uint_eq(pam_rig_hear_ask("alice", SECRET), id);
	ck_assert_uint_eq(desk.running, 1);
	ck_assert_uint_eq(told.count, 0);
	pam_rig_say_right(id, "alice", "staff,students");
	ck_assert_uint_eq(told.count, 1);
	ck_assert_str_eq(told.said.groups, "staff,students");
	ck_assert_uint_eq(desk.running, 0);
	ck_assert(TAILQ_EMPTY(&desk.talks));
	ck_assert_uint_eq(pam_rig_unjoined(), 0);
}
END_TEST

START_TEST(question_waits_for_a_process)
{
	uint64_t id;

	start();
	id = ask("alice");
	ck_assert_uint_eq(told.count, 0);
	pam_rig_join(&desk);
	ck_assert_uint_eq(pam_rig_hear_ask("alice", SECRET), id);
	pam_rig_say_verdict(id, PAM_IS_SHUT);
	ck_assert_uint_eq(told.said.verdict, PAM_IS_SHUT);
}
END_TEST

START_TEST(question_is_lost_with_its_process_and_those_that_wait_are_not)
{
	uint64_t ids[PAM_RUNNING_MAX], id;

	start();
	pam_rig_join(&desk);
	fill(PAM_RUNNING_MAX, ids);
	id = ask("alice");
	ck_assert_int_eq(pam_rig_hear(&any), 0);
	asked_close();
	ck_assert_uint_eq(pam_rig_unjoined(), UNJOINED_LOST);
	ck_assert_uint_eq(told.count, PAM_RUNNING_MAX);
	ck_assert_uint_eq(told.said.verdict, PAM_HAS_FAILED);
	ck_assert_ptr_nonnull(strstr(told.said.text, "has ended"));
	pam_rig_join(&desk);
	ck_assert_uint_eq(pam_rig_hear_ask("alice", SECRET), id);
}
END_TEST

START_TEST(so_many_run_and_the_next_begins_when_one_has_ended)
{
	uint64_t ids[PAM_RUNNING_MAX], id;

	start();
	pam_rig_join(&desk);
	fill(PAM_RUNNING_MAX, ids);
	id = ask("alice");
	ck_assert_int_eq(pam_rig_hear(&any), 0);
	pam_rig_say_verdict(ids[3], PAM_IS_WRONG);
	ck_assert_uint_eq(pam_rig_hear_ask("alice", SECRET), id);
}
END_TEST

/* Somebody's that hang leave a place to everybody else. */
START_TEST(last_place_is_for_a_name_and_an_address_that_have_none)
{
	uint64_t ids[PAM_RUNNING_MAX], id;

	start();
	pam_rig_join(&desk);
	fill(PAM_RUNNING_MAX - 1, ids);
	ask_from("192.0.2.9", "user0");
	ask_from("198.51.100.2", "mallory");
	ck_assert_int_eq(pam_rig_hear(&any), 0);
	id = ask("alice");
	ck_assert_uint_eq(pam_rig_hear_ask("alice", SECRET), id);
}
END_TEST

START_TEST(address_has_few_places_for_a_name)
{
	uint64_t id;
	int i;

	start();
	for (i = 0; i < JOBS_OF_BOTH; i++)
		ask("alice");
	ck_assert_int_eq(pam_ask(&desk, new_job("192.0.2.1", "alice"), 1,
			     on_done, &told, &id),
	    VB_EFULL);
	ck_assert_uint_eq(told.count, 0);
}
END_TEST

/* As long as a module wants; and its place is free at once. */
START_TEST(wrong_one_is_told_after_the_delay)
{
	struct msg_pam_said said;

	start();
	pam_rig_join(&desk);
	memset(&said, 0, sizeof(said));
	said.id = ask("alice");
	said.verdict = PAM_IS_WRONG;
	said.delay_ms = 50;
	pam_rig_hear_ask("alice", SECRET);
	ck_assert_int_eq(breach_say(asked_end, MSG_PAM_SAID, &said, -1), 0);
	while (desk.running > 0)
		event_base_loop(asked_base, EVLOOP_ONCE);
	ck_assert_uint_eq(told.count, 0);
	ck_assert_uint_eq(desk.resting, 1);
	pam_rig_wait(&told.count);
	ck_assert_uint_eq(told.said.verdict, PAM_IS_WRONG);
	ck_assert_uint_eq(desk.resting, 0);
}
END_TEST

START_TEST(code_is_passed_on_and_answered)
{
	uint64_t id;

	start();
	pam_rig_join(&desk);
	id = ask("alice");
	ck_assert_int_eq(pam_code(&desk, id, "123456"), VB_ENOTFOUND);
	pam_rig_hear_ask("alice", SECRET);
	pam_rig_say_verdict(id, PAM_ASKS);
	ck_assert_uint_eq(told.said.verdict, PAM_ASKS);
	ck_assert_uint_eq(desk.running, 0);
	ck_assert_int_eq(pam_code(&desk, id, "123456"), 0);
	ck_assert_uint_eq(desk.running, 1);
	ck_assert_int_eq(pam_rig_hear(&any), MSG_PAM_CODE);
	ck_assert_uint_eq(any.pam_code.id, id);
	ck_assert_str_eq(any.pam_code.code, "123456");
	pam_rig_say_verdict(id, PAM_IS_RIGHT);
	ck_assert_uint_eq(told.count, 2);
	ck_assert_int_eq(pam_code(&desk, id, "123456"), VB_ENOTFOUND);
}
END_TEST

/* What pam has said before it heard is nobody's, and no nonsense. */
START_TEST(one_that_is_left_may_still_be_answered)
{
	uint64_t id;

	start();
	pam_rig_join(&desk);
	id = ask("alice");
	pam_rig_hear_ask("alice", SECRET);
	pam_rig_say_verdict(id, PAM_ASKS);
	pam_leave(&desk, id);
	ck_assert_int_eq(pam_rig_hear(&any), MSG_PAM_LEAVE);
	pam_rig_say_verdict(id, PAM_HAS_FAILED);
	ck_assert_uint_eq(told.count, 1);
	ck_assert_uint_eq(pam_rig_unjoined(), 0);
}
END_TEST

START_TEST(look_has_no_password_and_places_of_its_own)
{
	uint64_t ids[PAM_RUNNING_MAX], first = 0;
	int i;

	start();
	ck_assert_int_eq(
	    pam_look(&desk, "alice", on_done, &told), VB_ENOTFOUND);
	pam_rig_join(&desk);
	fill(PAM_RUNNING_MAX, ids);
	for (i = 0; i < PAM_LOOKS_MAX; i++) {
		ck_assert_int_eq(pam_look(&desk, "alice", on_done, &told), 0);
		first = pam_rig_hear_ask("alice", "");
	}
	ck_assert_int_eq(pam_look(&desk, "alice", on_done, &told), VB_EFULL);
	pam_rig_say_verdict(first, PAM_IS_UNKNOWN);
	ck_assert_uint_eq(told.said.verdict, PAM_IS_UNKNOWN);
	ck_assert_int_eq(pam_look(&desk, "alice", on_done, &told), 0);
}
END_TEST

/* ---- a pam that was taken over ---- */

static void
say_verdict(struct msg_pam_said *said)
{
	said->verdict = PAM_HAS_FAILED + 1;
}

static void
say_delay(struct msg_pam_said *said)
{
	said->verdict = PAM_IS_WRONG;
	said->delay_ms = PAM_DELAY_MAX_MS + 1;
}

static void
say_no_name(struct msg_pam_said *said)
{
	said->name[0] = '\0';
}

static void
say_strange_name(struct msg_pam_said *said)
{
	strcpy(said->name, "a,b");
}

static void
say_endless_name(struct msg_pam_said *said)
{
	memset(said->name, 'a', sizeof(said->name));
}

static void
say_endless_groups(struct msg_pam_said *said)
{
	memset(said->groups, 'a', sizeof(said->groups));
}

static void
say_endless_text(struct msg_pam_said *said)
{
	memset(said->text, 'a', sizeof(said->text));
}

static void
say_strange_group(struct msg_pam_said *said)
{
	strcpy(said->groups, "staff,@x");
}

static void
say_empty_group(struct msg_pam_said *said)
{
	strcpy(said->groups, "staff,");
}

static void
say_unknown(struct msg_pam_said *said)
{
	said->verdict = PAM_IS_UNKNOWN;
}

static void
say_other(struct msg_pam_said *said)
{
	said->id += 1000;
}

static void
say_none(struct msg_pam_said *said)
{
	said->id = 0;
}

static void (*const lies[])(struct msg_pam_said *said) = {say_verdict,
    say_delay, say_no_name, say_strange_name, say_endless_name,
    say_endless_groups, say_endless_text, say_strange_group, say_empty_group,
    say_unknown, say_other, say_none};

START_TEST(nonsense_costs_pam_its_channel)
{
	struct msg_pam_said said;

	start();
	pam_rig_join(&desk);
	memset(&said, 0, sizeof(said));
	said.id = ask("alice");
	strcpy(said.name, "alice");
	pam_rig_hear_ask("alice", SECRET);
	lies[_i](&said);
	pam_rig_say(&said);
	ck_assert_uint_eq(pam_rig_unjoined(), UNJOINED_NONSENSE);
	ck_assert_uint_eq(told.count, 1);
	ck_assert_uint_eq(told.said.verdict, PAM_HAS_FAILED);
	pam_rig_join(&desk);
	ask("bob");
	pam_rig_hear_ask("bob", SECRET);
}
END_TEST

/* While a person types it has nothing to say but that it has failed. */
START_TEST(answer_to_no_code_costs_pam_its_channel)
{
	uint64_t id;

	start();
	pam_rig_join(&desk);
	id = ask("alice");
	pam_rig_hear_ask("alice", SECRET);
	pam_rig_say_verdict(id, PAM_ASKS);
	if (_i == 0) {
		pam_rig_say_verdict(id, PAM_HAS_FAILED);
		ck_assert_uint_eq(pam_rig_unjoined(), 0);
	} else {
		pam_rig_say_verdict(id, PAM_IS_RIGHT);
		ck_assert_uint_eq(pam_rig_unjoined(), UNJOINED_NONSENSE);
	}
	ck_assert_uint_eq(told.count, 2);
	ck_assert_uint_eq(told.said.verdict, PAM_HAS_FAILED);
}
END_TEST

START_TEST(look_that_asks_for_a_code_costs_pam_its_channel)
{
	start();
	pam_rig_join(&desk);
	ck_assert_int_eq(pam_look(&desk, "alice", on_done, &told), 0);
	pam_rig_say_verdict(pam_rig_hear_ask("alice", ""), PAM_ASKS);
	ck_assert_uint_eq(pam_rig_unjoined(), UNJOINED_NONSENSE);
	ck_assert_uint_eq(told.said.verdict, PAM_HAS_FAILED);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("pam-ask");
	TCase *tc = tcase_create("pam-ask");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_test(tc, question_is_answered_once_and_keeps_no_password);
	tcase_add_test(tc, question_waits_for_a_process);
	tcase_add_test(
	    tc, question_is_lost_with_its_process_and_those_that_wait_are_not);
	tcase_add_test(tc, so_many_run_and_the_next_begins_when_one_has_ended);
	tcase_add_test(
	    tc, last_place_is_for_a_name_and_an_address_that_have_none);
	tcase_add_test(tc, address_has_few_places_for_a_name);
	tcase_add_test(tc, wrong_one_is_told_after_the_delay);
	tcase_add_test(tc, code_is_passed_on_and_answered);
	tcase_add_test(tc, one_that_is_left_may_still_be_answered);
	tcase_add_test(tc, look_has_no_password_and_places_of_its_own);
	tcase_add_loop_test(
	    tc, nonsense_costs_pam_its_channel, 0, (int)COUNT(lies));
	tcase_add_loop_test(tc, answer_to_no_code_costs_pam_its_channel, 0, 2);
	tcase_add_test(tc, look_that_asks_for_a_code_costs_pam_its_channel);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
