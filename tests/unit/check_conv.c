/* SPDX-License-Identifier: ISC */
/* What modules ask, and what they are told: pam_conv(3). */
#include <check.h>
#include <security/pam_appl.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/pam/conv.h"
#include "daemon/pam/groups.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct conv conv;
static unsigned asked;
static int has_nobody;

static int
ask(void *arg, char code[AUTH_CODE_MAX])
{
	(void)arg;
	asked++;
	strlcpy(code, "123456", AUTH_CODE_MAX);
	return has_nobody ? -1 : 0;
}

static void
setup(void)
{
	memset(&conv, 0, sizeof(conv));
	conv.name = "alice";
	conv.password = "wonder";
	conv.ask = ask;
	asked = 0;
	has_nobody = 0;
}

/* Returns what PAM is told; **gives** what is answered to one prompt. */
static int
say(int style, const char *text, char **answer)
{
	const struct pam_message message = {style, text}, *list = &message;
	struct pam_response *responses = NULL;
	int result = conv_answer(1, &list, &responses, &conv);

	*answer = NULL;
	ck_assert((result == PAM_SUCCESS) == (responses != NULL));
	if (responses != NULL) {
		ck_assert_int_eq(responses[0].resp_retcode, 0);
		*answer = responses[0].resp;
		free(responses);
	}
	return result;
}

static void
expect(int style, const char *wanted)
{
	char *answer;
	int result = say(style, "Prompt: ", &answer);

	if (wanted == NULL) {
		ck_assert_int_eq(result, PAM_CONV_ERR);
		return;
	}
	ck_assert_int_eq(result, PAM_SUCCESS);
	ck_assert_ptr_nonnull(answer);
	ck_assert_str_eq(answer, wanted);
	free(answer);
}

START_TEST(first_prompt_without_echo_gets_the_password_and_the_next_a_code)
{
	expect(PAM_PROMPT_ECHO_OFF, "wonder");
	ck_assert_uint_eq(asked, 0);
	expect(PAM_PROMPT_ECHO_OFF, "123456");
	ck_assert_uint_eq(asked, 1);
	expect(PAM_PROMPT_ECHO_OFF, NULL);
	ck_assert_uint_eq(asked, 1);
}
END_TEST

START_TEST(prompt_with_echo_gets_the_name_once_and_never_the_password)
{
	expect(PAM_PROMPT_ECHO_ON, "alice");
	expect(PAM_PROMPT_ECHO_ON, NULL);
	expect(PAM_PROMPT_ECHO_OFF, "wonder");
	expect(PAM_PROMPT_ECHO_ON, "123456");
}
END_TEST

START_TEST(nobody_is_asked_where_nobody_can_be)
{
	expect(PAM_PROMPT_ECHO_OFF, "wonder");
	if (_i == 0)
		conv.ask = NULL;
	else
		has_nobody = 1;
	expect(PAM_PROMPT_ECHO_OFF, NULL);
}
END_TEST

/* A look has no password: whatever asks gets nothing. */
START_TEST(nothing_is_told_where_there_is_no_password)
{
	conv.password = NULL;
	expect(PAM_PROMPT_ECHO_OFF, NULL);
	expect(PAM_PROMPT_ECHO_ON, NULL);
	ck_assert_uint_eq(asked, 0);
}
END_TEST

START_TEST(texts_are_kept_as_far_as_they_fit)
{
	char longest[2 * PAM_TEXT_MAX], *answer;

	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	ck_assert_int_eq(say(PAM_TEXT_INFO, "one", &answer), PAM_SUCCESS);
	ck_assert_ptr_null(answer);
	ck_assert_int_eq(say(PAM_ERROR_MSG, "two", &answer), PAM_SUCCESS);
	ck_assert_int_eq(say(PAM_ERROR_MSG, NULL, &answer), PAM_SUCCESS);
	ck_assert_str_eq(conv.said, "one; two");
	ck_assert_int_eq(say(PAM_ERROR_MSG, longest, &answer), PAM_SUCCESS);
	ck_assert_uint_eq(strlen(conv.said), PAM_TEXT_MAX - 1);
}
END_TEST

START_TEST(strange_styles_and_counts_are_refused)
{
	const struct pam_message message = {PAM_TEXT_INFO, "x"};
	const struct pam_message *list[PAM_MAX_NUM_MSG + 1];
	struct pam_response *responses;
	size_t i;

	for (i = 0; i < COUNT(list); i++)
		list[i] = &message;
	expect(99, NULL);
	ck_assert_int_eq(conv_answer(0, list, &responses, &conv), PAM_CONV_ERR);
	ck_assert_int_eq(
	    conv_answer(-1, list, &responses, &conv), PAM_CONV_ERR);
	ck_assert_int_eq(conv_answer((int)COUNT(list), list, &responses, &conv),
	    PAM_CONV_ERR);
	ck_assert_ptr_null(responses);
	ck_assert_int_eq(
	    conv_answer(PAM_MAX_NUM_MSG, list, &responses, &conv), PAM_SUCCESS);
	free(responses);
}
END_TEST

/* All of them or none: what is made for the first is given back. */
START_TEST(several_prompts_are_answered_together)
{
	const struct pam_message name = {PAM_PROMPT_ECHO_ON, "login:"};
	const struct pam_message secret = {PAM_PROMPT_ECHO_OFF, "Password:"};
	const struct pam_message *list[] = {&name, &secret, &secret, &secret};
	struct pam_response *responses;

	ck_assert_int_eq(conv_answer(3, list, &responses, &conv), PAM_SUCCESS);
	ck_assert_str_eq(responses[0].resp, "alice");
	ck_assert_str_eq(responses[1].resp, "wonder");
	ck_assert_str_eq(responses[2].resp, "123456");
	free(responses[0].resp);
	free(responses[1].resp);
	free(responses[2].resp);
	free(responses);
	setup();
	ck_assert_int_eq(conv_answer(4, list, &responses, &conv), PAM_CONV_ERR);
	ck_assert_ptr_null(responses);
}
END_TEST

START_TEST(delay_is_kept_and_bounded)
{
	conv_delay(PAM_SUCCESS, 2000000, &conv);
	ck_assert_uint_eq(conv.delay_ms, 0);
	conv_delay(PAM_AUTH_ERR, 2000000, &conv);
	ck_assert_uint_eq(conv.delay_ms, 2000);
	conv_delay(PAM_AUTH_ERR, ~0u, &conv);
	ck_assert_uint_eq(conv.delay_ms, PAM_DELAY_MAX_MS);
}
END_TEST

START_TEST(names_are_those_that_the_configuration_can_have)
{
	char name[AUTH_NAME_MAX + 1];

	ck_assert(groups_is_name("alice"));
	ck_assert(groups_is_name("a.b-c_d@example.com"));
	ck_assert(!groups_is_name(""));
	ck_assert(!groups_is_name("-a"));
	ck_assert(!groups_is_name("@a"));
	ck_assert(!groups_is_name("domain users"));
	ck_assert(!groups_is_name("a,b"));
	ck_assert(!groups_is_name("DOM\\alice"));
	memset(name, 'a', sizeof(name));
	name[AUTH_NAME_MAX - 1] = '\0';
	ck_assert(groups_is_name(name));
	name[AUTH_NAME_MAX - 1] = 'a';
	name[AUTH_NAME_MAX] = '\0';
	ck_assert(!groups_is_name(name));
}
END_TEST

START_TEST(groups_are_those_of_the_name_services)
{
	struct group_names names = {.count = 0};
	char groups[AUTH_GROUPS_MAX];

	ck_assert_int_eq(groups_of("root", &names, groups), 0);
	ck_assert_str_eq(groups, ""); /* which nobody has named */
	ck_assert_int_eq(group_names_add(&names, "root"), 0);
	ck_assert_int_eq(group_names_add(&names, "no-such-group"), 0);
	ck_assert_int_eq(groups_of("root", &names, groups), 0);
	ck_assert_str_eq(groups, "root");
	ck_assert_int_eq(groups_of("no-such-user-here", &names, groups), 0);
	ck_assert_str_eq(groups, "");
	group_names_clear(&names);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("conv");
	TCase *tc = tcase_create("conv");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc,
	    first_prompt_without_echo_gets_the_password_and_the_next_a_code);
	tcase_add_test(
	    tc, prompt_with_echo_gets_the_name_once_and_never_the_password);
	tcase_add_loop_test(tc, nobody_is_asked_where_nobody_can_be, 0, 2);
	tcase_add_test(tc, nothing_is_told_where_there_is_no_password);
	tcase_add_test(tc, texts_are_kept_as_far_as_they_fit);
	tcase_add_test(tc, strange_styles_and_counts_are_refused);
	tcase_add_test(tc, several_prompts_are_answered_together);
	tcase_add_test(tc, delay_is_kept_and_bounded);
	tcase_add_test(tc, names_are_those_that_the_configuration_can_have);
	tcase_add_test(tc, groups_are_those_of_the_name_services);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
