/* SPDX-License-Identifier: ISC */
/* Entries of trusted-proxies, and who is in one. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/network.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *text;
	int result;
} networks[] = {
    {"127.0.0.1", 0},
    {"10.0.0.0/8", 0},
    {"0.0.0.0/0", 0},
    {"::1", 0},
    {"2001:db8::/32", 0},
    {"::/0", 0},
    {"[::1]", 0},
    {"::ffff:10.0.0.0/104", 0},
    {"10.0.0.1/8", VB_ESYNTAX},
    {"10.0.0.0/33", VB_ERANGE},
    {"2001:db8::/129", VB_ERANGE},
    {"10.0.0.0/8:80", VB_ESYNTAX},
    {"10.0.0.1:*", VB_ESYNTAX},
    {"[::1]:80", VB_ESYNTAX},
    {"*", VB_ESYNTAX},
    {"unix", VB_ESYNTAX},
    {"proxy.example", VB_ESYNTAX},
    {"", VB_ESYNTAX},
};

START_TEST(network_is_an_address_or_a_prefix)
{
	struct network network;
	int result = network_parse(networks[_i].text, &network);

	ck_assert_msg((result == 0) == (networks[_i].result == 0), "%s: %d",
	    networks[_i].text, result);
	if (result == 0)
		ck_assert(network_is_sound(&network));
}
END_TEST

START_TEST(network_of_too_many_bits_is_not_sound)
{
	struct network network;

	memset(&network, 0, sizeof(network));
	ck_assert(!network_is_sound(&network));
	network.addr.family = ADDR_V4;
	network.bits = 33;
	ck_assert(!network_is_sound(&network));
	network.addr.family = ADDR_V6;
	network.bits = UINT32_MAX;
	ck_assert(!network_is_sound(&network));
	network.addr.family = 5;
	network.bits = 0;
	ck_assert(!network_is_sound(&network));
}
END_TEST

START_TEST(networks_have_what_is_in_one_of_them)
{
	static const struct {
		const char *addr;
		int is_in;
	} addrs[] = {{"10.255.0.1", 1}, {"11.0.0.0", 0}, {"::ffff:10.0.0.1", 1},
	    {"2001:db8::9", 1}, {"2001:db9::9", 0}, {"::1", 0}};
	struct network list[2];
	struct addr addr;
	size_t i;

	ck_assert_int_eq(network_parse("10.0.0.0/8", &list[0]), 0);
	ck_assert_int_eq(network_parse("2001:db8::/32", &list[1]), 0);
	for (i = 0; i < COUNT(addrs); i++) {
		ck_assert_int_eq(addr_parse_ip(addrs[i].addr, &addr), 0);
		ck_assert_int_eq(networks_have(list, 2, &addr), addrs[i].is_in);
		ck_assert_int_eq(networks_have(list, 0, &addr), 0);
	}
	memset(&addr, 0, sizeof(addr)); /* a Unix socket's */
	ck_assert_int_eq(networks_have(list, 2, &addr), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("network");
	TCase *tc = tcase_create("network");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(
	    tc, network_is_an_address_or_a_prefix, 0, COUNT(networks));
	tcase_add_test(tc, network_of_too_many_bits_is_not_sound);
	tcase_add_test(tc, networks_have_what_is_in_one_of_them);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
