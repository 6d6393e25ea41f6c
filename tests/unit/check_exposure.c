/* SPDX-License-Identifier: ISC */
/*
 * Which configurations are an open proxy, and what "-n" tells of who can reach
 * what from where.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/bundle/exposure.h"
#include "tests/unit/conf_rig.h"

#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))

#define LOOPBACK   "listen \"127.0.0.1:6080\" { }\n"
#define EVERYWHERE "listen \"0.0.0.0:6080\" { }\n"
#define NETWORK	   "allow = { \"10.0.0.0/8\" }\n"
#define AUTH	   "auth \"password\" { }\n"
#define TARGET	   "target \"lab1\" { address = \"10.0.0.7:5901\" }\n"
#define TLS                                                              \
	"certificate = { \"/c.pem\" } key = { \"/k.pem\" } client-ca = " \
	"\"/a.pem\""
#define ADVICE                                                                 \
	": this would be an open proxy: anybody who can connect could reach "  \
	"all that allow names, without being asked who they are. Have people " \
	"log in (an auth section), grant less (access sections), or name "     \
	"single desktops (target sections); or say "                           \
	"i-know-this-is-an-open-proxy = yes"

static const struct {
	const char *text;
	int line;
	const char *listener;
} open_proxies[] = {
    {EVERYWHERE NETWORK, 1, "0.0.0.0:6080"},
    {NETWORK LOOPBACK "listen \"[::]:6080\" { }", 3, "[::]:6080"},
    {"\nlisten \"192.168.0.1:80\" { }\nallow = { \"*\" }", 2, "192.168.0.1:80"},
    {EVERYWHERE "allow += { \"*.lab.example:5901\" }", 1, "0.0.0.0:6080"},
    {EVERYWHERE "allow = { \"[2001:db8::/32]:5901\" }", 1, "0.0.0.0:6080"},
    {EVERYWHERE "allow = { \"0.0.0.0/0\" }", 1, "0.0.0.0:6080"},
    /* what is denied leaves most of it */
    {EVERYWHERE NETWORK "deny = { \"10.1.0.0/16\" }", 1, "0.0.0.0:6080"},
    /* a section for everybody is no fence */
    {EVERYWHERE NETWORK "access \"a\" { targets = { \"*\" } }", 1,
	"0.0.0.0:6080"},
    {EVERYWHERE NETWORK
	"access \"a\" { targets = { \"*\" } from = { \"0.0.0.0/0\" } }",
	1, "0.0.0.0:6080"},
    {EVERYWHERE NETWORK TARGET
	"access \"a\" { targets = { \"*\" } from = { \"10.0.0.0/8\" } }\n"
	"access \"b\" { targets = { \"lab1\", \"10.0.3.0/24\" } }",
	1, "0.0.0.0:6080"},
    /* one that asks, and one that does not */
    {"listen \"0.0.0.0:443\" { " TLS " verify-client = \"require\" }\n"
     "listen \"0.0.0.0:444\" { " TLS
     " verify-client = \"optional\" }\n" NETWORK,
	2, "0.0.0.0:444"},
    {EVERYWHERE NETWORK "i-know-this-is-an-open-proxy = no", 1, "0.0.0.0:6080"},
};

START_TEST(exposure_refuses_an_open_proxy_with_its_line)
{
	char expected[CONF_ERROR_MAX];

	ck_assert_msg(load(open_proxies[_i].text) == 0, "%s", error);
	ck_assert_int_eq(exposure_check(conf, error), VB_ERANGE);
	snprintf(expected, sizeof(expected), "%s:%d: listen %s" ADVICE, path,
	    open_proxies[_i].line, open_proxies[_i].listener);
	ck_assert_str_eq(error, expected);
	conf_free(conf);
}
END_TEST

static const char *const closed[] = {
    "",
    LOOPBACK "allow = { \"*\" }",
    "listen \"[::1]:6080\" { }\nallow = { \"*\" }",
    "listen \"127.1.2.3:6080\" { }\nallow = { \"*\" }",
    /* by default, this host's own desktops */
    EVERYWHERE,
    /* single hosts, however many */
    EVERYWHERE "allow = { \"10.0.0.7\", \"10.0.0.8/32:*\", \"lab.example:*\", "
	       "\"[2001:db8::7]:5901\" }",
    EVERYWHERE "allow = { \"127.0.0.0/8:1-65535\" }",
    EVERYWHERE TARGET,
    EVERYWHERE "deny = { \"10.0.0.0/8\" }",
    /* who they are is asked */
    EVERYWHERE NETWORK AUTH,
    "listen \"0.0.0.0:443\" { " TLS " verify-client = \"require\" }\n" NETWORK,
    "listen \"0.0.0.0:6080\" { proxy-protocol = yes }\n"
    "trusted-proxies = { \"10.0.0.2\" }\n" NETWORK,
    /* or where they are */
    EVERYWHERE NETWORK
    "access \"a\" { targets = { \"*\" } from = { \"10.0.0.0/8\" } }",
    EVERYWHERE NETWORK TARGET
    "access \"a\" { targets = { \"*\" } from = { \"10.0.0.0/8\" } }\n"
    "access \"b\" { targets = { \"lab1\", \"10.0.3.3:5901\" } }",
    EVERYWHERE NETWORK "i-know-this-is-an-open-proxy = yes",
};

START_TEST(exposure_lets_pass_what_is_none)
{
	ck_assert_msg(load(closed[_i]) == 0, "%s", error);
	ck_assert_msg(
	    exposure_check(conf, error) == 0, "%s: %s", closed[_i], error);
	conf_free(conf);
}
END_TEST

/* ---- the report ---- */

static const struct {
	const char *text;
	const char *says;
} reports[] = {
    {LOOPBACK,
	"listen 127.0.0.1:6080 (plain http): programs of this host.\n"
	"Anybody who is let in there may reach:\n"
	"  what allow names: 127.0.0.1 at ports 5900-5999 and ::1 at "
	"ports 5900-5999.\n"},
    {EVERYWHERE TARGET "allow = { }",
	"listen 0.0.0.0:6080 (plain http): whoever can connect to that "
	"address.\n"
	"  warning: what people type and see can be read on the way.\n"
	"Anybody who is let in there may reach:\n"
	"  the configured desktops: lab1.\n"
	"warning: nobody is asked who they are: whoever can connect gets to "
	"these desktops.\n"},
    {EVERYWHERE
	"allow = { \"*\", \"*.lab.example:5901\" }\ndeny = { \"10.0.0.1\" "
	"}\ni-know-this-is-an-open-proxy = yes",
	"listen 0.0.0.0:6080 (plain http): whoever can connect to that "
	"address.\n"
	"  warning: what people type and see can be read on the way.\n"
	"Anybody who is let in there may reach:\n"
	"  what allow names: any host at ports 5900-5999 and *.lab.example at "
	"port 5901.\n"
	"  but never: 10.0.0.1.\n"
	"warning: this is an open proxy, and i-know-this-is-an-open-proxy says "
	"so.\n"},
    {"listen \"0.0.0.0:443\" { " TLS " verify-client = \"require\" }\n"
     "allow = { }\n" TARGET,
	"listen 0.0.0.0:443 (https): whoever can connect to that address, with "
	"a certificate of /a.pem.\n"
	"Anybody who is let in there may reach:\n"
	"  the configured desktops: lab1.\n"},
    {EVERYWHERE AUTH TARGET
	"allow = { }\n"
	"access \"a\" { users = { \"bob\", \"@x\" } targets = { \"lab1\" } "
	"times = "
	"\"Mon\" max-sessions = 2 }\n"
	"access \"b\" { from = { \"10.0.0.0/8\" } targets = { \"*\" } }",
	"listen 0.0.0.0:6080 (plain http): whoever can connect to that "
	"address.\n"
	"  warning: nobody can log in there but through a trusted proxy that "
	"speaks https.\n"
	"People log in with a password of " VB_SYSCONFDIR "/vncbridge/users.\n"
	"Those who have logged in may reach, of what follows, what an access "
	"section grants:\n"
	"  the configured desktops: lab1.\n"
	"  access \"a\": bob and @x, at its times, 2 at a time each: lab1.\n"
	"  access \"b\": everybody, from 10.0.0.0/8: any host at ports "
	"5900-5999.\n"},
    {LOOPBACK
	"allow = { }\nbase-path = \"/vnc\"\nhosts = { \"b.example\" }\n" TARGET
	"auth \"oidc\" { issuer = \"https://a\" client-id = \"c\" }\n"
	"auth \"oidc B-2\" { issuer = \"https://b\" client-id = \"c\" }",
	"listen 127.0.0.1:6080 (plain http): programs of this host.\n"
	"People log in at https://a, or at https://b.\n"
	"Those who have logged in may reach:\n"
	"  the configured desktops: lab1.\n"
	"At https://a the redirect URI of this bridge is "
	"https://b.example/vnc/login/oidc.\n"
	"At https://b the redirect URI of this bridge is "
	"https://b.example/vnc/login/oidc/B-2.\n"},
    {"listen \"0.0.0.0:6080\" { proxy-protocol = yes }\n"
     "trusted-proxies = { \"10.0.0.2\" }\nallow = { }\n" TARGET,
	"listen 0.0.0.0:6080 (plain http): the proxies of trusted-proxies.\n"
	"Anybody who is let in there may reach:\n"
	"  the configured desktops: lab1.\n"},
};

static char *
report(void)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(out);
	exposure_report(conf, out);
	fclose(out);
	return text;
}

START_TEST(exposure_is_told_in_sentences)
{
	char *text;

	ck_assert_msg(load(reports[_i].text) == 0, "%s", error);
	text = report();
	ck_assert_str_eq(text, reports[_i].says);
	free(text);
	conf_free(conf);
}
END_TEST

START_TEST(exposure_names_each_way_to_log_in)
{
	char *text;

	ck_assert_msg(
	    load("listen \"127.0.0.1:6080\" { }\n"
		 "trusted-proxies = { \"10.0.0.2\" }\n"
		 "auth \"pam\" { service = \"desks\" }\n"
		 "auth \"oidc\" { issuer = \"https://id.example.com\" "
		 "client-id = \"x\" }\n"
		 "auth \"header\" { header = \"X-Remote-User\" }\n") == 0,
	    "%s", error);
	text = report();
	ck_assert_msg(
	    strstr(text,
		"People log in as this system's PAM has it (service desks), or "
		"at https://id.example.com, or by the word of trusted-proxies "
		"(X-Remote-User).\n") != NULL,
	    "%s", text);
	free(text);
	conf_free(conf);
}
END_TEST

/* Nobody reads a list of a thousand: what is beyond some is counted. */
START_TEST(exposure_counts_what_is_too_much_to_name)
{
	char conf_text[4096] = "allow = { }\n", line[64], *text;
	int i;

	for (i = 1; i <= _i; i++) {
		snprintf(line, sizeof(line),
		    "target \"d%d\" { address = \"10.0.0.%d\" }\n", i, i);
		strlcat(conf_text, line, sizeof(conf_text));
	}
	ck_assert_msg(load(conf_text) == 0, "%s", error);
	text = report();
	ck_assert_ptr_nonnull(strstr(text,
	    _i == 1	  ? ": d1.\n"
		: _i == 8 ? ": d1, d2, d3, d4, d5, d6, d7 and d8.\n"
		: _i == 9 ? ": d1, d2, d3, d4, d5, d6, d7, d8 and d9.\n"
			  : ": d1, d2, d3, d4, d5, d6, d7, d8 and 2 more.\n"));
	free(text);
	conf_free(conf);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("exposure");
	TCase *tc = tcase_create("exposure");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, exposure_refuses_an_open_proxy_with_its_line, 0,
	    COUNT(open_proxies));
	tcase_add_loop_test(
	    tc, exposure_lets_pass_what_is_none, 0, COUNT(closed));
	tcase_add_loop_test(
	    tc, exposure_is_told_in_sentences, 0, COUNT(reports));
	tcase_add_loop_test(tc, exposure_counts_what_is_too_much_to_name, 1, 2);
	tcase_add_loop_test(
	    tc, exposure_counts_what_is_too_much_to_name, 8, 11);
	if (VB_HAS_PAM)
		tcase_add_test(tc, exposure_names_each_way_to_log_in);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
