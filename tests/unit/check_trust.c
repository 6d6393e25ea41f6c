/* SPDX-License-Identifier: ISC */
/* That something else decides whether a provider is believed is noticed. */
#include <sys/mman.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/auth/trust.h"

#define SOURCE 3
#define LONG   40000 /* of several parts */

struct said {
	struct msg_conf_fetch_host hosts[2];
	const char *ca; /* NULL: none */
};

static const struct said usual = {
    {{SOURCE, 443, 0, "id.example.com"}, {SOURCE, 8443, 0, "b.example.com"}},
    "a certificate"};

static void
add_ca(struct trust *trust, uint32_t source, const char *text, int result)
{
	struct msg_conf_fetch_ca ca = {source};
	int fd = memfd_create("ca", MFD_CLOEXEC);

	ck_assert_int_eq(write(fd, text, strlen(text)), (int)strlen(text));
	ck_assert_int_eq(trust_add_ca(trust, &ca, fd), result);
	close(fd);
}

static void
add(struct trust *trust, const struct said *said)
{
	size_t i;

	memset(trust, 0, sizeof(*trust));
	for (i = 0; i < 2; i++)
		if (said->hosts[i].host[0] != '\0')
			ck_assert_int_eq(
			    trust_add_host(trust, &said->hosts[i]), 0);
	if (said->ca != NULL)
		add_ca(trust, SOURCE, said->ca, 0);
}

START_TEST(the_same_is_the_same)
{
	static const uint8_t zero[DIGEST_BYTES];
	struct trust one, other;
	uint32_t i;

	add(&one, &usual);
	add(&other, &usual);
	ck_assert_mem_eq(&one, &other, sizeof(one));
	for (i = 0; i < FETCH_SOURCES_MAX; i++)
		ck_assert_int_eq(
		    memcmp(one.marks[i], zero, sizeof(zero)) != 0, i == SOURCE);
}
END_TEST

static const struct said others[] = {
    {{{SOURCE, 443, 0, "id.example.org"}, {SOURCE, 8443, 0, "b.example.com"}},
	"a certificate"},
    {{{SOURCE, 444, 0, "id.example.com"}, {SOURCE, 8443, 0, "b.example.com"}},
	"a certificate"},
    {{{SOURCE, 443, 1, "id.example.com"}, {SOURCE, 8443, 0, "b.example.com"}},
	"a certificate"},
    {{{SOURCE, 443, 0, "id.example.com"}}, "a certificate"},
    {{{SOURCE, 443, 0, "id.example.com"}, {SOURCE, 8443, 0, "b.example.com"}},
	"another certificate"},
    {{{SOURCE, 443, 0, "id.example.com"}, {SOURCE, 8443, 0, "b.example.com"}},
	""},
    {{{SOURCE, 443, 0, "id.example.com"}, {SOURCE, 8443, 0, "b.example.com"}},
	NULL},
};

START_TEST(something_else_is_something_else)
{
	struct trust one, other;

	add(&one, &usual);
	add(&other, &others[_i]);
	ck_assert_mem_ne(one.marks[SOURCE], other.marks[SOURCE], DIGEST_BYTES);
}
END_TEST

START_TEST(the_last_byte_of_a_long_file_counts)
{
	static char text[LONG + 1];
	struct said said = usual;
	struct trust one, other;

	memset(text, 'c', LONG);
	said.ca = text;
	add(&one, &said);
	text[LONG - 1] = 'd';
	add(&other, &said);
	ck_assert_mem_ne(one.marks[SOURCE], other.marks[SOURCE], DIGEST_BYTES);
}
END_TEST

START_TEST(what_is_of_no_provider_is_refused)
{
	struct msg_conf_fetch_host host = usual.hosts[0];
	struct msg_conf_fetch_ca ca = {SOURCE};
	struct trust trust = {{{0}}};

	host.source = FETCH_SOURCES_MAX;
	ck_assert_int_eq(trust_add_host(&trust, &host), VB_EBADMSG);
	add_ca(&trust, FETCH_SOURCES_MAX, "", VB_EBADMSG);
	ck_assert_int_eq(trust_add_ca(&trust, &ca, -1), VB_ESYS);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("trust");
	TCase *tc = tcase_create("trust");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, the_same_is_the_same);
	tcase_add_loop_test(tc, something_else_is_something_else, 0,
	    sizeof(others) / sizeof(others[0]));
	tcase_add_test(tc, the_last_byte_of_a_long_file_counts);
	tcase_add_test(tc, what_is_of_no_provider_is_refused);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
