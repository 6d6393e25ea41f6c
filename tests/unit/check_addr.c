/* SPDX-License-Identifier: ISC */
/* Addresses: what is one, and which must not be dialled. */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "common/addr.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *text;
	const char *canonical; /* NULL: refused */
	enum addr_family family;
} ips[] = {
    {"10.0.0.1", "10.0.0.1", ADDR_V4},
    {"0.0.0.0", "0.0.0.0", ADDR_V4},
    {"255.255.255.255", "255.255.255.255", ADDR_V4},
    {"::", "::", ADDR_V6},
    {"::1", "::1", ADDR_V6},
    {"FE80::A", "fe80::a", ADDR_V6},
    {"2001:db8:0:0:0:0:0:1", "2001:db8::1", ADDR_V6},
    {"::ffff:127.0.0.1", "127.0.0.1", ADDR_V4},
    {"::FFFF:7f00:1", "127.0.0.1", ADDR_V4},
    {"0:0:0:0:0:ffff:a9fe:a9fe", "169.254.169.254", ADDR_V4},
    {"::127.0.0.1", "::127.0.0.1", ADDR_V6},
    {"::fffe:1.2.3.4", "::fffe:102:304", ADDR_V6},
    /* the forms of inet_aton(3): RFC 6943, 3.1.1 */
    {"0", NULL, ADDR_NONE},
    {"127.1", NULL, ADDR_NONE},
    {"127.0.1", NULL, ADDR_NONE},
    {"2130706433", NULL, ADDR_NONE},
    {"0x7f000001", NULL, ADDR_NONE},
    {"0x7f.1", NULL, ADDR_NONE},
    {"0x7f.0.0.1", NULL, ADDR_NONE},
    {"0177.0.0.1", NULL, ADDR_NONE},
    {"127.0.0.01", NULL, ADDR_NONE},
    {"127.0.0.1.", NULL, ADDR_NONE},
    {"127.0.0.1.5", NULL, ADDR_NONE},
    {"127..0.1", NULL, ADDR_NONE},
    {"256.0.0.1", NULL, ADDR_NONE},
    {"1.2.3.-4", NULL, ADDR_NONE},
    {"+1.2.3.4", NULL, ADDR_NONE},
    {" 1.2.3.4", NULL, ADDR_NONE},
    {"1.2.3.4 ", NULL, ADDR_NONE},
    {"1.2.3.4\n", NULL, ADDR_NONE},
    {"1.2.3.4:80", NULL, ADDR_NONE},
    {"1.2.3.4/8", NULL, ADDR_NONE},
    {"::ffff:127.0.0.01", NULL, ADDR_NONE},
    {"::ffff:127.1", NULL, ADDR_NONE},
    {"::ffff:0x7f.0.0.1", NULL, ADDR_NONE},
    {"[::1]", NULL, ADDR_NONE},
    {"fe80::1%lo", NULL, ADDR_NONE},
    {"fe80::1%1", NULL, ADDR_NONE},
    {"::1%25lo", NULL, ADDR_NONE},
    {":::", NULL, ADDR_NONE},
    {"1::2::3", NULL, ADDR_NONE},
    {"12345::", NULL, ADDR_NONE},
    {"1:2:3:4:5:6:7", NULL, ADDR_NONE},
    {"1:2:3:4:5:6:7:8:9", NULL, ADDR_NONE},
    {"", NULL, ADDR_NONE},
    {"localhost", NULL, ADDR_NONE},
};

START_TEST(addr_takes_addresses_in_their_canonical_spelling_only)
{
	struct addr a;
	char out[ADDR_TEXT_MAX];
	int result;

	memset(&a, 0xff, sizeof(a));
	result = addr_parse_ip(ips[_i].text, &a);
	if (ips[_i].canonical == NULL) {
		ck_assert_int_eq(result, VB_ESYNTAX);
		ck_assert_int_eq(a.family, ADDR_NONE);
		return;
	}
	ck_assert_int_eq(result, 0);
	ck_assert_int_eq(a.family, ips[_i].family);
	ck_assert_int_eq(a.port, 0);
	ck_assert_str_eq(addr_format_ip(&a, out), ips[_i].canonical);
}
END_TEST

static const struct {
	const char *text;
	int allow_zero;
	int result;
	const char *canonical;
} endpoints[] = {
    {"0.0.0.0:6080", 0, 0, "0.0.0.0:6080"},
    {"[::]:6080", 0, 0, "[::]:6080"},
    {"[::ffff:1.2.3.4]:1", 0, 0, "1.2.3.4:1"},
    {"1.2.3.4:65535", 0, 0, "1.2.3.4:65535"},
    {"1.2.3.4:0", 1, 0, "1.2.3.4:0"},
    {"1.2.3.4:0", 0, VB_ERANGE, NULL},
    {"1.2.3.4:65536", 0, VB_ERANGE, NULL},
    {"1.2.3.4:655360", 0, VB_ERANGE, NULL},
    {"1.2.3.4:4294967297", 0, VB_ERANGE, NULL},
    {"1.2.3.4", 0, VB_ESYNTAX, NULL},
    {"1.2.3.4:", 0, VB_ESYNTAX, NULL},
    {"1.2.3.4:080", 0, VB_ESYNTAX, NULL},
    {"1.2.3.4:00", 1, VB_ESYNTAX, NULL},
    {"1.2.3.4:+80", 0, VB_ESYNTAX, NULL},
    {"1.2.3.4:-80", 0, VB_ESYNTAX, NULL},
    {"1.2.3.4: 80", 0, VB_ESYNTAX, NULL},
    {"1.2.3.4:80 ", 0, VB_ESYNTAX, NULL},
    {"1.2.3.4:80:80", 0, VB_ESYNTAX, NULL},
    {":80", 0, VB_ESYNTAX, NULL},
    {"80", 0, VB_ESYNTAX, NULL},
    {"::1:80", 0, VB_ESYNTAX, NULL},
    {"[::1]80", 0, VB_ESYNTAX, NULL},
    {"[::1]", 0, VB_ESYNTAX, NULL},
    {"[::1", 0, VB_ESYNTAX, NULL},
    {"[]:80", 0, VB_ESYNTAX, NULL},
    {"[127.0.0.1]:80", 0, VB_ESYNTAX, NULL},
    {"[fe80::1%lo]:80", 0, VB_ESYNTAX, NULL},
    {"*:80", 0, VB_ESYNTAX, NULL},
    {"localhost:80", 0, VB_ESYNTAX, NULL},
    {"[1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:"
     "1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1]:80",
	0, VB_ESYNTAX, NULL},
};

START_TEST(addr_takes_endpoints_with_a_port_in_range)
{
	struct addr a;
	char out[ADDR_TEXT_MAX];

	memset(&a, 0xff, sizeof(a));
	ck_assert_int_eq(addr_parse_endpoint(
			     endpoints[_i].text, endpoints[_i].allow_zero, &a),
	    endpoints[_i].result);
	if (endpoints[_i].result == 0)
		ck_assert_str_eq(addr_format(&a, out), endpoints[_i].canonical);
	else
		ck_assert_int_eq(a.family, ADDR_NONE);
}
END_TEST

/* Whose limits are shared, and whose are not. */
static const struct {
	const char *a, *b;
	int is_one;
} pairs[] = {
    {"192.0.2.7", "192.0.2.7", 1},
    {"192.0.2.7", "192.0.2.8", 0},
    {"2001:db8:1:2::3", "2001:db8:1:2:ffff:ffff:ffff:ffff", 1},
    {"2001:db8:1:2::3", "2001:db8:1:3::3", 0},
    {"::1", "0.0.0.0", 0},
    {"::ffff:192.0.2.7", "192.0.2.7", 1},
};

START_TEST(addr_of_v6_has_a_net_for_its_source)
{
	struct addr a, b, x, y;

	ck_assert_int_eq(addr_parse_ip(pairs[_i].a, &a), 0);
	ck_assert_int_eq(addr_parse_ip(pairs[_i].b, &b), 0);
	a.port = 1;
	b.scope = 2;
	addr_source(&a, &x);
	addr_source(&b, &y);
	ck_assert_int_eq(memcmp(&x, &y, sizeof(x)) == 0, pairs[_i].is_one);
}
END_TEST

START_TEST(addr_turns_sockaddr_into_itself_and_back)
{
	static const char *const texts[] = {
	    "127.0.0.1:5901", "[2001:db8::1]:65535", "[fe80::1]:1"};
	struct sockaddr_storage ss;
	struct addr a, b;
	size_t i;

	for (i = 0; i < COUNT(texts); i++) {
		ck_assert_int_eq(addr_parse_endpoint(texts[i], 0, &a), 0);
		a.scope = a.family == ADDR_V6 ? 7 : 0;
		ck_assert_uint_gt(addr_to_sockaddr(&a, &ss), 0);
		addr_from_sockaddr((struct sockaddr *)&ss, &b);
		ck_assert_mem_eq(&a, &b, sizeof(a));
	}
}
END_TEST

START_TEST(addr_from_mapped_sockaddr_is_v4_without_scope)
{
	struct sockaddr_in6 sin6 = {.sin6_family = AF_INET6,
	    .sin6_port = htons(5901),
	    .sin6_scope_id = 3};
	struct addr a;
	char out[ADDR_TEXT_MAX];

	ck_assert_int_eq(
	    inet_pton(AF_INET6, "::ffff:10.1.2.3", &sin6.sin6_addr), 1);
	addr_from_sockaddr((struct sockaddr *)&sin6, &a);
	ck_assert_str_eq(addr_format(&a, out), "10.1.2.3:5901");
	ck_assert_uint_eq(a.scope, 0);
}
END_TEST

START_TEST(addr_of_a_unix_socket_is_local)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	struct sockaddr_storage ss;
	struct addr a;
	char out[ADDR_TEXT_MAX];

	addr_from_sockaddr((struct sockaddr *)&sun, &a);
	ck_assert_int_eq(a.family, ADDR_NONE);
	ck_assert_str_eq(addr_format(&a, out), "local");
	ck_assert_str_eq(addr_format_ip(&a, out), "local");
	ck_assert_uint_eq(addr_to_sockaddr(&a, &ss), 0);
}
END_TEST

START_TEST(addr_text_of_the_longest_address_fits)
{
	struct addr a;
	char out[ADDR_TEXT_MAX];

	ck_assert_int_eq(
	    addr_parse_ip("aaaa:bbbb:cccc:dddd:eeee:ffff:1111:2222", &a), 0);
	a.scope = UINT32_MAX;
	a.port = 65535;
	ck_assert_str_eq(addr_format(&a, out),
	    "[aaaa:bbbb:cccc:dddd:eeee:ffff:1111:2222%4294967295]:65535");
}
END_TEST

static const struct {
	const char *addr;
	const char *base;
	unsigned bits;
	int is_within;
} prefixes[] = {
    {"10.0.0.1", "10.0.0.0", 8, 1},
    {"11.0.0.1", "10.0.0.0", 8, 0},
    {"10.0.0.127", "10.0.0.0", 25, 1},
    {"10.0.0.128", "10.0.0.0", 25, 0},
    {"10.0.0.1", "10.0.0.1", 32, 1},
    {"10.0.0.0", "10.0.0.1", 32, 0},
    {"255.1.2.3", "0.0.0.0", 0, 1},
    {"10.0.0.1", "10.0.0.1", 33, 0},
    {"::1", "0.0.0.0", 0, 0},
    {"1.2.3.4", "::", 0, 0},
    {"2001:db8::1", "2001:db8::", 32, 1},
    {"2001:db9::1", "2001:db8::", 32, 0},
    {"2001:db9::1", "2001:db8::", 31, 1},
    {"::1", "::1", 128, 1},
    {"::1", "::", 127, 1},
    {"::2", "::", 127, 0},
    {"::1", "::1", 129, 0},
};

START_TEST(addr_prefix_compares_exactly_its_bits)
{
	struct addr a, base;

	ck_assert_int_eq(addr_parse_ip(prefixes[_i].addr, &a), 0);
	ck_assert_int_eq(addr_parse_ip(prefixes[_i].base, &base), 0);
	ck_assert_int_eq(addr_is_in_prefix(&a, &base, prefixes[_i].bits),
	    prefixes[_i].is_within);
}
END_TEST

START_TEST(addr_without_family_is_in_no_prefix)
{
	struct addr none = {0};

	ck_assert(!addr_is_in_prefix(&none, &none, 0));
	ck_assert(!addr_is_unspecified(&none));
	ck_assert(!addr_is_loopback(&none));
	ck_assert_ptr_null(addr_special_kind(&none));
}
END_TEST

static const struct {
	const char *addr;
	const char *kind; /* NULL: nothing special */
} kinds[] = {
    {"10.0.0.1", NULL},
    {"8.8.8.8", NULL},
    {"127.0.0.1", NULL},
    {"127.255.255.255", NULL},
    {"::1", NULL},
    {"::ffff:10.0.0.1", NULL},
    {"2001:db8::1", NULL},
    {"fd00::1", NULL},
    {"100.64.0.1", NULL},
    {"1.0.0.0", NULL},
    {"223.255.255.255", NULL},
    {"169.253.255.255", NULL},
    {"169.255.0.0", NULL},
    {"fec0::1", NULL},
    {"fe7f::1", NULL},
    {"0.0.0.0", "unspecified"},
    {"0.1.2.3", "unspecified"},
    {"::", "unspecified"},
    {"::ffff:0.0.0.0", "unspecified"},
    {"169.254.169.254", "link-local"},
    {"169.254.0.0", "link-local"},
    {"169.254.255.255", "link-local"},
    {"::ffff:169.254.169.254", "link-local"},
    {"::ffff:a9fe:a9fe", "link-local"},
    {"fe80::1", "link-local"},
    {"febf:ffff::1", "link-local"},
    {"224.0.0.1", "multicast"},
    {"239.255.255.255", "multicast"},
    {"ff02::1", "multicast"},
    {"ffff::1", "multicast"},
    {"255.255.255.255", "broadcast"},
    {"240.0.0.1", "reserved"},
    {"255.255.255.254", "reserved"},
    {"::2", "v4-compatible"},
    {"::10.0.0.1", "v4-compatible"},
    {"::127.0.0.1", "v4-compatible"},
    {"::169.254.169.254", "v4-compatible"},
    /* v4-translated, RFC 2765 */
    {"::ffff:0:169.254.169.254", "link-local"},
    {"::ffff:0:127.0.0.1", "embedded loopback"},
    {"::ffff:0:10.0.0.1", NULL},
    /* NAT64, RFC 6052 and RFC 8215 */
    {"64:ff9b::169.254.169.254", "link-local"},
    {"64:ff9b::127.0.0.1", "embedded loopback"},
    {"64:ff9b::0.0.0.0", "unspecified"},
    {"64:ff9b::100.100.100.200", "cloud metadata"},
    {"64:ff9b::10.0.0.1", NULL},
    {"64:ff9b:1::a9fe:a9fe", "local NAT64"},
    {"64:ff9b:1:a9fe:a9:fe00::", "local NAT64"},
    /* 6to4, RFC 3056 */
    {"2002:a9fe:a9fe::1", "link-local"},
    {"2002:7f00:1::", "embedded loopback"},
    {"2002:e000:1::1", "multicast"},
    {"2002:a00:1::1", NULL},
    /* Teredo, RFC 4380: the client's address is inverted */
    {"2001:0:1:2:3:4:5601:5601", "link-local"},
    {"2001:0:1:2:3:4:80ff:fffe", "embedded loopback"},
    {"2001:0:1:2:3:4:f5ff:fffe", NULL},
    /* the metadata services that are not link-local */
    {"100.100.100.200", "cloud metadata"},
    {"168.63.129.16", "cloud metadata"},
    {"192.0.0.192", "cloud metadata"},
    {"::ffff:100.100.100.200", "cloud metadata"},
    {"fd00:ec2::254", "cloud metadata"},
    {"fd20:ce::254", "cloud metadata"},
    {"fd00:c1::a9fe:a9fe", "cloud metadata"},
};

START_TEST(addr_knows_what_nobody_means_to_dial)
{
	struct addr a;
	const char *kind;

	ck_assert_int_eq(addr_parse_ip(kinds[_i].addr, &a), 0);
	kind = addr_special_kind(&a);
	if (kinds[_i].kind == NULL)
		ck_assert_msg(kind == NULL, "%s: %s", kinds[_i].addr, kind);
	else
		ck_assert_msg(kind != NULL && strcmp(kind, kinds[_i].kind) == 0,
		    "%s: %s", kinds[_i].addr, kind != NULL ? kind : "none");
}
END_TEST

START_TEST(addr_loopback_is_127_and_1)
{
	static const struct {
		const char *text;
		int is_loopback;
	} cases[] = {{"127.0.0.1", 1}, {"127.9.9.9", 1}, {"::1", 1},
	    {"::ffff:127.0.0.1", 1}, {"128.0.0.1", 0}, {"126.0.0.1", 0},
	    {"::", 0}, {"::2", 0}, {"1::1", 0}, {"0.0.0.0", 0}};
	struct addr a;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		ck_assert_int_eq(addr_parse_ip(cases[i].text, &a), 0);
		ck_assert_int_eq(addr_is_loopback(&a), cases[i].is_loopback);
	}
}
END_TEST

START_TEST(addr_embedded_v4_keeps_the_port)
{
	struct addr a, v4;
	char out[ADDR_TEXT_MAX];

	ck_assert_int_eq(
	    addr_parse_endpoint("[64:ff9b::10.1.2.3]:5901", 0, &a), 0);
	ck_assert_int_eq(addr_embedded_v4(&a, &v4), 1);
	ck_assert_str_eq(addr_format(&v4, out), "10.1.2.3:5901");
	ck_assert_int_eq(addr_parse_ip("10.1.2.3", &a), 0);
	ck_assert_int_eq(addr_embedded_v4(&a, &v4), 0);
	ck_assert_int_eq(v4.family, ADDR_NONE);
	ck_assert_int_eq(addr_parse_ip("::1", &a), 0);
	ck_assert_int_eq(addr_embedded_v4(&a, &v4), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("addr");
	TCase *tc = tcase_create("addr");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc,
	    addr_takes_addresses_in_their_canonical_spelling_only, 0,
	    COUNT(ips));
	tcase_add_loop_test(
	    tc, addr_takes_endpoints_with_a_port_in_range, 0, COUNT(endpoints));
	tcase_add_loop_test(tc, addr_of_v6_has_a_net_for_its_source, 0,
	    (int)(sizeof(pairs) / sizeof(pairs[0])));
	tcase_add_test(tc, addr_turns_sockaddr_into_itself_and_back);
	tcase_add_test(tc, addr_from_mapped_sockaddr_is_v4_without_scope);
	tcase_add_test(tc, addr_of_a_unix_socket_is_local);
	tcase_add_test(tc, addr_text_of_the_longest_address_fits);
	tcase_add_loop_test(
	    tc, addr_prefix_compares_exactly_its_bits, 0, COUNT(prefixes));
	tcase_add_test(tc, addr_without_family_is_in_no_prefix);
	tcase_add_loop_test(
	    tc, addr_knows_what_nobody_means_to_dial, 0, COUNT(kinds));
	tcase_add_test(tc, addr_loopback_is_127_and_1);
	tcase_add_test(tc, addr_embedded_v4_keeps_the_port);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
