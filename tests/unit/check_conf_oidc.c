/* SPDX-License-Identifier: ISC */
/* The auth "oidc" section: what it may say, and what it is without that. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/bundle/conf_oidc.h"
#include "tests/unit/conf_rig.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define ISSUER	 "issuer = \"https://id.example.com\" "
#define CLIENT	 "client-id = \"bridge\" "
#define TEXT_MAX 8192
#define TEN	 "0123456789"
#define HUNDRED	 TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static const struct conf_oidc *
load_section(const char *options)
{
	static char text[TEXT_MAX];

	snprintf(text, sizeof(text), "\nauth \"oidc\" { %s }\n", options);
	ck_assert_msg(load(text) == 0, "%s", error);
	ck_assert_uint_eq(conf->oidc_count, 1);
	return &conf->oidc[0];
}

START_TEST(a_provider_needs_little)
{
	const struct conf_oidc *oidc = load_section(ISSUER CLIENT);

	ck_assert_str_eq(oidc->head.issuer, "https://id.example.com");
	ck_assert_str_eq(oidc->head.client_id, "bridge");
	ck_assert_str_eq(oidc->head.scope, "openid profile");
	ck_assert_str_eq(oidc->head.user_claim, "preferred_username");
	ck_assert_str_eq(oidc->head.groups_claim, "");
	ck_assert_str_eq(oidc->head.button, "id.example.com");
	ck_assert_ptr_null(oidc->secret_file);
	ck_assert_ptr_null(conf->fetch[0].ca_file);
	ck_assert_uint_eq(conf->fetch[0].host_count, 1);
	ck_assert_int_eq(oidc->line, 2);
	ck_assert_int_eq(conf->settings.has_auth, 1);
	ck_assert_int_eq(conf->settings.has_password, 0);
	ck_assert_ptr_null(conf->users_file);
	conf_free(conf);
}
END_TEST

START_TEST(a_provider_has_all_that_is_said)
{
	const struct conf_oidc *oidc = load_section(
	    ISSUER CLIENT "client-secret-file = \"/etc/secret\" "
			  "scopes = { \"email\", \"openid\", \"a:b/c\" } "
			  "user-claim = \"email\" groups-claim = \"a.b\" "
			  "button = \"Example & Co\" ca-file = \"/etc/x.pem\" "
			  "hosts = { \"a.example.com\", \"b:8443\" }");

	ck_assert_str_eq(oidc->head.scope, "openid email a:b/c");
	ck_assert_str_eq(oidc->head.user_claim, "email");
	ck_assert_str_eq(oidc->head.groups_claim, "a.b");
	ck_assert_str_eq(oidc->head.button, "Example & Co");
	ck_assert_str_eq(oidc->secret_file, "/etc/secret");
	ck_assert_str_eq(conf->fetch[0].ca_file, "/etc/x.pem");
	ck_assert_uint_eq(conf->fetch[0].host_count, 3);
	ck_assert_str_eq(conf->fetch[0].hosts[1].host, "a.example.com");
	ck_assert_uint_eq(conf->fetch[0].hosts[1].port, 443);
	ck_assert_str_eq(conf->fetch[0].hosts[2].host, "b");
	ck_assert_uint_eq(conf->fetch[0].hosts[2].port, 8443);
	conf_free(conf);
}
END_TEST

static const struct {
	const char *issuer;
	const char *host; /* NULL: it is none */
	uint32_t port, is_plain;
} issuers[] = {
    {"https://id.example.com", "id.example.com", 443, 0},
    {"https://id.example.com/", "id.example.com", 443, 0},
    {"https://id.example.com:8443/realms/a", "id.example.com", 8443, 0},
    {"https://192.0.2.1/x", "192.0.2.1", 443, 0},
    {"https://[2001:db8::1]:444/x", "2001:db8::1", 444, 0},
    {"http://localhost", "localhost", 80, 1},
    {"http://localhost:80/dex", "localhost", 80, 1}, /* no display */
    {"https://id.example.com:7", "id.example.com", 7, 0},
    {"http://127.0.0.1:5556/dex", "127.0.0.1", 5556, 1},
    {"http://[::1]:5556/dex", "::1", 5556, 1},
    {"http://id.example.com", NULL, 0, 0},
    {"http://192.0.2.1", NULL, 0, 0},
    {"http://localhost.example.com", NULL, 0, 0},
    {"https://", NULL, 0, 0},
    {"https:///x", NULL, 0, 0},
    {"https://:443", NULL, 0, 0},
    {"https://a:0", NULL, 0, 0},
    {"https://a:65536", NULL, 0, 0},
    {"https://user@id.example.com", NULL, 0, 0},
    {"https://id.example.com?x", NULL, 0, 0},
    {"https://id.example.com/#x", NULL, 0, 0},
    {"https://id.example.com/a b", NULL, 0, 0},
    {"https://id.example.com/\n", NULL, 0, 0},
    {"https://id.example.com/\xc3\xa9", NULL, 0, 0},
    {"HTTPS://id.example.com", NULL, 0, 0},
    {"ftp://id.example.com", NULL, 0, 0},
    {"id.example.com", NULL, 0, 0},
    {"", NULL, 0, 0},
    {"https://a/" HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED, NULL, 0, 0},
};

START_TEST(an_issuer_is_an_address_of_https)
{
	struct msg_conf_fetch_host host;
	int is_one = issuers[_i].host != NULL;

	ck_assert_int_eq(
	    conf_oidc_is_issuer(issuers[_i].issuer, &host), is_one);
	ck_assert_int_eq(conf_oidc_is_issuer(issuers[_i].issuer, NULL), is_one);
	if (!is_one)
		return;
	ck_assert_str_eq(host.host, issuers[_i].host);
	ck_assert_uint_eq(host.port, issuers[_i].port);
	ck_assert_uint_eq(host.is_plain, issuers[_i].is_plain);
}
END_TEST

static const struct {
	const char *options;
	const char *fault;
} faults[] = {
    {CLIENT, "has no issuer: which provider is it?"},
    {"issuer = \"http://id.example.com\" " CLIENT,
	"has an issuer that is not https://HOST[:PORT][/PATH] (http is for "
	"providers on this host alone)"},
    {"issuer = \"\" " CLIENT, "has an issuer that is not https://HOST"},
    {ISSUER, "has no client-id, by which the provider knows the bridge"},
    {ISSUER "client-id = \"\"",
	"has client-id that is empty, or longer than 255 bytes, or no plain "
	"text"},
    {ISSUER "client-id = \"" HUNDRED HUNDRED HUNDRED "\"",
	"has client-id that is empty, or longer than 255 bytes"},
    {ISSUER CLIENT "user-claim = \"\"", "has user-claim that is empty"},
    {ISSUER CLIENT "user-claim = \"" HUNDRED HUNDRED "\"",
	"has user-claim that is empty, or longer than 127 bytes"},
    {ISSUER CLIENT "groups-claim = \"\"", "has groups-claim that is empty"},
    {ISSUER CLIENT "button = \"\"", "has button that is empty"},
    {ISSUER CLIENT "button = \"" HUNDRED "\"",
	"has button that is empty, or longer than 63 bytes"},
    {ISSUER CLIENT "scopes = { \"\" }",
	"has scopes that are no words, or too many"},
    {ISSUER CLIENT "scopes = { \"a b\" }", "has scopes that are no words"},
    {ISSUER CLIENT "scopes = { \"a\\\"b\" }", "has scopes that are no words"},
    {ISSUER CLIENT "scopes = { \"" HUNDRED "\", \"" HUNDRED "\", \"" HUNDRED
		   "\" }",
	"has scopes that are no words, or too many"},
    {ISSUER CLIENT "hosts = { \"a\", \"https://b\" }",
	"has hosts = \"https://b\", which is not HOST or HOST:PORT"},
    {ISSUER CLIENT "hosts = { \"user@b\" }",
	"has hosts = \"user@b\", which is not HOST"},
    {ISSUER CLIENT "hosts = { \"\" }", "has hosts = \"\", which is not HOST"},
    {ISSUER CLIENT "hosts = { \"a\", \"a\", \"a\", \"a\", \"a\", \"a\", "
		   "\"a\", \"a\", \"a\", \"a\", \"a\", \"a\", \"a\", \"a\", "
		   "\"a\", \"a\" }",
	"has too many hosts"},
    {ISSUER CLIENT "client-secret-file = \"secret\"",
	"has a client-secret-file that is not an absolute path"},
    {ISSUER CLIENT "client-secret-file = \"\"",
	"has a client-secret-file that is not an absolute path"},
    {ISSUER CLIENT "ca-file = \"x.pem\"",
	"has a ca-file that is not an absolute path"},
    {ISSUER CLIENT "file = \"/etc/users\"",
	"has file, which is of \"password\""},
};

START_TEST(a_fault_is_named_with_its_line)
{
	char text[TEXT_MAX], start[128];

	snprintf(
	    text, sizeof(text), "\nauth \"oidc\" { %s }\n", faults[_i].options);
	ck_assert_int_lt(load(text), 0);
	ck_assert_ptr_null(conf);
	ck_assert_msg(strstr(error, faults[_i].fault) != NULL, "%s", error);
	snprintf(start, sizeof(start), "%s:2: ", path);
	ck_assert_msg(strncmp(error, start, strlen(start)) == 0, "%s", error);
}
END_TEST

static const struct {
	const char *title;
	const char *fault; /* NULL: it is good */
} titles[] = {
    {"oidc", NULL},
    {"oidc Example", NULL},
    {"oidc Ex.4-m_p", NULL},
    {"oidc two words", "has a name that its redirect URI can't end with"},
    {"oidc a/b", "has a name that its redirect URI can't end with"},
    {"oidc ..", "has a name that its redirect URI can't end with"},
    {"oidc logout", "has a name that its redirect URI can't end with"},
    {"oidc aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	"has a name that its redirect URI can't end with"},
    {"oidc ", "is no way to log in that this version knows"},
    {"oidcx", "is no way to log in that this version knows"},
    {"OIDC", "is no way to log in that this version knows"},
    {"password x", "is no way to log in that this version knows"},
    {"", "is no way to log in that this version knows"},
};

START_TEST(a_section_is_oidc_or_oidc_and_a_name)
{
	char text[TEXT_MAX];
	int result;

	snprintf(text, sizeof(text), "auth \"%s\" { " ISSUER CLIENT "}\n",
	    titles[_i].title);
	result = load(text);
	if (titles[_i].fault == NULL) {
		ck_assert_msg(result == 0, "%s", error);
		ck_assert_str_eq(conf->oidc[0].head.name,
		    titles[_i].title[4] == '\0' ? "" : titles[_i].title + 5);
		conf_free(conf);
		return;
	}
	ck_assert_int_lt(result, 0);
	ck_assert_msg(strstr(error, titles[_i].fault) != NULL, "%s", error);
}
END_TEST

static void
write_providers(char text[TEXT_MAX], unsigned count)
{
	size_t n = 0;
	unsigned i;

	for (i = 0; i < count; i++)
		n += (size_t)snprintf(text + n, TEXT_MAX - n,
		    "auth \"oidc %u\" { issuer = \"https://id%u.example.com\" "
		    "client-id = \"c%u\" }\n",
		    i, i, i);
}

START_TEST(several_providers_stay_in_order_and_beside_passwords)
{
	char text[TEXT_MAX];
	unsigned i;

	write_providers(text, OIDC_PROVIDERS_MAX);
	strcat(text, "auth \"password\" { file = \"/etc/users\" }\n");
	ck_assert_msg(load(text) == 0, "%s", error);
	ck_assert_uint_eq(conf->oidc_count, OIDC_PROVIDERS_MAX);
	for (i = 0; i < OIDC_PROVIDERS_MAX; i++) {
		ck_assert_int_eq(
		    conf->oidc[i].head.client_id[1], (char)('0' + (int)i));
		ck_assert_int_eq(conf->oidc[i].line, (int)i + 1);
	}
	ck_assert_int_eq(conf->settings.has_password, 1);
	ck_assert_str_eq(conf->users_file, "/etc/users");
	conf_free(conf);
}
END_TEST

START_TEST(one_provider_too_many_is_named)
{
	char text[TEXT_MAX];

	write_providers(text, OIDC_PROVIDERS_MAX + 1);
	ck_assert_int_lt(load(text), 0);
	ck_assert_msg(strstr(error,
			  ":9: auth \"oidc 8\" is one provider too many: 8 "
			  "may be") != NULL,
	    "%s", error);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("conf oidc");
	TCase *tc = tcase_create("conf oidc");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, a_provider_needs_little);
	tcase_add_test(tc, a_provider_has_all_that_is_said);
	tcase_add_loop_test(
	    tc, an_issuer_is_an_address_of_https, 0, COUNT(issuers));
	tcase_add_loop_test(
	    tc, a_fault_is_named_with_its_line, 0, COUNT(faults));
	tcase_add_loop_test(
	    tc, a_section_is_oidc_or_oidc_and_a_name, 0, COUNT(titles));
	tcase_add_test(
	    tc, several_providers_stay_in_order_and_beside_passwords);
	tcase_add_test(tc, one_provider_too_many_is_named);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
