/* SPDX-License-Identifier: ISC */
/*
 * What is left of a question and its answer in the memory of fetch: nothing,
 * once it is told. All that it has is searched, and is seen to be by what must
 * be there. Only root may look.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/proc/auth_rig.h"
#include "tests/proc/fetch_rig.h"
#include "tests/proc/provider.h"
#include "tests/unit/tls_rig.h"

#define TEST_SEC   120
#define SECRET_LEN 24
#define HOST	   "id.example.com"

static struct fetch_rig f;
/* which the provider keeps, as long as the test lasts */
static EVP_PKEY *ca_key, *key;
static X509 *ca, *cert;
static struct fetch_answer answer;
static char url[128], field[64], form[64], secrets[2][SECRET_LEN + 1];

/* No other text has them; the answer of /echo has both. */
static int
start(int is_plain, const char *path)
{
	struct fetch_host hosts[] = {{0, HOST, 0, is_plain}, {0, NULL, 0, 0}};
	struct provider *provider;
	int i;

	ca_key = rig_key("P-256");
	key = rig_key("P-256");
	ca = rig_cert(ca_key, "DNS:ca.example.com", NULL, NULL);
	cert = rig_cert(key, "DNS:" HOST, ca, ca_key);
	provider =
	    is_plain ? provider_start(NULL, NULL) : provider_start(cert, key);
	hosts[0].port = provider_port(provider);
	fetch_begin(&f);
	strlcpy(f.hosts, "127.0.0.1 " HOST "\n", sizeof(f.hosts));
	fetch_run(&f, hosts, is_plain ? -1 : rig_cert_file(ca));
	for (i = 0; i < 2; i++)
		snprintf(secrets[i], sizeof(secrets[i]),
		    "Xq7%08x-%03d-zW9kLmPv", (unsigned)getpid(), i);
	snprintf(url, sizeof(url), "%s://" HOST ":%u%s",
	    is_plain ? "http" : "https", provider_port(provider), path);
	snprintf(field, sizeof(field), "Basic %s", secrets[0]);
	snprintf(form, sizeof(form), "code=%s", secrets[1]);
	if (auth_may_look(f.rig.pid))
		return 1;
	fprintf(stderr, "not root: nothing was looked for\n");
	fetch_stop(&f);
	return 0;
}

static int
has(const char *secret)
{
	fetch_probe(&f);
	return auth_has_in_memory(f.rig.pid, secret, SECRET_LEN);
}

START_TEST(nothing_is_left_of_a_question_and_its_answer)
{
	if (!start(_i, "/echo"))
		return;
	fetch_ask(&f, 1, url, field, form);
	fetch_read(&f, &answer);
	ck_assert_msg(answer.status == 200, "%s", answer.error);
	ck_assert_ptr_nonnull(strstr(answer.data, secrets[0]));
	ck_assert_ptr_nonnull(strstr(answer.data, secrets[1]));
	ck_assert_msg(!has(secrets[0]), "the authorization");
	ck_assert_msg(!has(secrets[1]), "the form");
	fetch_stop(&f);
}
END_TEST

/* While it is under way it is there, which the search must find. */
START_TEST(nothing_is_left_of_a_question_whose_asker_has_gone)
{
	if (!start(_i, "/silent"))
		return;
	fetch_ask(&f, 1, url, field, form);
	while (!has(secrets[0]) || !has(secrets[1]))
		continue;
	close(f.auth);
	fetch_join(&f);
	fetch_probe(&f);
	ck_assert_msg(!has(secrets[0]), "the authorization");
	ck_assert_msg(!has(secrets[1]), "the form");
	fetch_stop(&f);
}
END_TEST

/* What came before the end of it, too. */
START_TEST(nothing_is_left_of_a_question_that_failed)
{
	if (!start(_i, "/cut"))
		return;
	fetch_ask(&f, 1, url, field, form);
	fetch_read(&f, &answer);
	ck_assert_uint_eq(answer.status, 0);
	ck_assert_msg(!has(secrets[0]), "the authorization");
	ck_assert_msg(!has(secrets[1]), "the form");
	fetch_stop(&f);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("fetch-secrets");
	TCase *tc = tcase_create("memory");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_loop_test(
	    tc, nothing_is_left_of_a_question_and_its_answer, 0, 2);
	tcase_add_loop_test(
	    tc, nothing_is_left_of_a_question_whose_asker_has_gone, 0, 2);
	tcase_add_loop_test(
	    tc, nothing_is_left_of_a_question_that_failed, 0, 2);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
