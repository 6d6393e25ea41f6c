/* SPDX-License-Identifier: ISC */
/* What a provider says of itself. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/auth/oidc/metadata.h"
#include "daemon/auth/oidc/start.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define ISSUER	 "https://id.example.com"
#define ISS	 "\"issuer\":\"" ISSUER "\""
#define AUTH	 "\"authorization_endpoint\":\"" ISSUER "/authorize\""
#define TOKEN	 "\"token_endpoint\":\"" ISSUER "/token\""
#define JWKS	 "\"jwks_uri\":\"" ISSUER "/jwks\""
#define BASE	 ISS "," AUTH "," TOKEN "," JWKS
#define INFO	 "\"userinfo_endpoint\":\"" ISSUER "/userinfo\""
#define END	 "\"end_session_endpoint\":\"" ISSUER "/logout?a=b\""

static struct metadata data;
static const char *fault;

static void
setup(void)
{
	ck_assert_int_eq(oidc_start(), 0);
}

static int
parse_with(const char *text, const char *issuer, int is_http)
{
	size_t len = strlen(text);
	char *copy = malloc(len > 0 ? len : 1);
	int result;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, len);
	result = metadata_parse(copy, len, issuer, is_http, &data, &fault);
	free(copy);
	ck_assert((result == 0) == (fault == NULL));
	ck_assert((result == 0) == (data.token_endpoint[0] != '\0'));
	return result;
}

static int
parse(const char *text)
{
	return parse_with(text, ISSUER, 0);
}

START_TEST(a_whole_description_is_read)
{
	ck_assert_int_eq(
	    parse("{" BASE "," INFO "," END
		  ",\"response_types_supported\":[\"id_token\",\"code\"],"
		  "\"id_token_signing_alg_values_supported\":[\"HS256\","
		  "\"EdDSA\"],"
		  "\"token_endpoint_auth_methods_supported\":["
		  "\"client_secret_post\",\"none\",\"private_key_jwt\"],"
		  "\"code_challenge_methods_supported\":[\"plain\"],"
		  "\"authorization_response_iss_parameter_supported\":true,"
		  "\"backchannel_logout_supported\":true,"
		  "\"backchannel_logout_session_supported\":true}"),
	    0);
	ck_assert_str_eq(data.authorization_endpoint, ISSUER "/authorize");
	ck_assert_str_eq(data.token_endpoint, ISSUER "/token");
	ck_assert_str_eq(data.jwks_uri, ISSUER "/jwks");
	ck_assert_str_eq(data.userinfo_endpoint, ISSUER "/userinfo");
	ck_assert_str_eq(data.end_session_endpoint, ISSUER "/logout?a=b");
	ck_assert_uint_eq(data.methods, METADATA_POST | METADATA_PUBLIC);
	ck_assert_int_eq(data.has_iss, 1);
	ck_assert_int_eq(data.has_back_channel, 1);
	ck_assert_int_eq(data.has_sid, 1);
}
END_TEST

START_TEST(what_is_not_said_has_its_default)
{
	ck_assert_int_eq(parse("{" BASE "}"), 0);
	ck_assert_str_eq(data.userinfo_endpoint, "");
	ck_assert_str_eq(data.end_session_endpoint, "");
	ck_assert_uint_eq(data.methods, METADATA_BASIC);
	ck_assert_int_eq(data.has_iss, 0);
	ck_assert_int_eq(data.has_back_channel, 0);
	ck_assert_int_eq(data.has_sid, 0);
}
END_TEST

static const char *const taken[] = {
    "{" BASE ",\"userinfo_endpoint\":null,\"end_session_endpoint\":null}",
    "{" BASE ",\"backchannel_logout_supported\":1,\"x\":[{}]}",
    "{" BASE ",\"id_token_signing_alg_values_supported\":[\"RS256\"]}",
    "{" BASE ",\"id_token_signing_alg_values_supported\":[\"PS256\",1]}",
    "{" BASE ",\"id_token_signing_alg_values_supported\":[\"ES256\"]}",
    "{" BASE ",\"token_endpoint_auth_methods_supported\":null}",
    "{" BASE ",\"backchannel_logout_session_supported\":true}",
};

START_TEST(a_provider_may_say_less_or_more)
{
	ck_assert_msg(parse(taken[_i]) == 0, "%s", fault);
	ck_assert_int_eq(data.has_sid, 0);
}
END_TEST

static const struct {
	const char *fault; /* a part of it */
	const char *text;
} refused[] = {
    {"object of JSON", ""},
    {"object of JSON", "[]"},
    {"object of JSON", "<html>"},
    {"object of JSON", "{" BASE "," ISS "}"},
    {"object of JSON", "{" BASE ",\"x\":\"\\u0000\"}"},
    {"(issuer)", "{}"},
    {"(issuer)", "{\"issuer\":1," AUTH "," TOKEN "," JWKS "}"},
    {"differ in the \"/\"",
	"{\"issuer\":\"" ISSUER "/\"," AUTH "," TOKEN "," JWKS "}"},
    {"not that of the",
	"{\"issuer\":\"" ISSUER "/x\"," AUTH "," TOKEN "," JWKS "}"},
    {"not that of the",
	"{\"issuer\":\"" ISSUER "//\"," AUTH "," TOKEN "," JWKS "}"},
    {"not that of the",
	"{\"issuer\":\"https://ID.example.com\"," AUTH "," TOKEN "," JWKS "}"},
    {"not that of the", "{\"issuer\":\"\"," AUTH "," TOKEN "," JWKS "}"},
    {"authorization_endpoint", "{" ISS "," TOKEN "," JWKS "}"},
    {"token_endpoint", "{" ISS "," AUTH "," JWKS "}"},
    {"token_endpoint", "{" ISS "," AUTH "," JWKS ",\"token_endpoint\":1}"},
    {"token_endpoint", "{" ISS "," AUTH "," JWKS ",\"token_endpoint\":null}"},
    {"token_endpoint", "{" ISS "," AUTH "," JWKS ",\"token_endpoint\":\"\"}"},
    {"token_endpoint",
	"{" ISS "," AUTH "," JWKS
	",\"token_endpoint\":\"http://id.example.com/\"}"},
    {"token_endpoint",
	"{" ISS "," AUTH "," JWKS
	",\"token_endpoint\":\"file:///etc/passwd\"}"},
    {"token_endpoint",
	"{" ISS "," AUTH "," JWKS
	",\"token_endpoint\":\"https://a/\\r\\nX: y\"}"},
    {"token_endpoint",
	"{" ISS "," AUTH "," JWKS ",\"token_endpoint\":\"https://a/#b\"}"},
    {"token_endpoint",
	"{" ISS "," AUTH "," JWKS ",\"token_endpoint\":\"https://u:p@a/\"}"},
    {"token_endpoint",
	"{" ISS "," AUTH "," JWKS ",\"token_endpoint\":\"/token\"}"},
    {"jwks_uri", "{" ISS "," AUTH "," TOKEN "}"},
    {"userinfo_endpoint", "{" BASE ",\"userinfo_endpoint\":\"\"}"},
    {"userinfo_endpoint", "{" BASE ",\"userinfo_endpoint\":\"http://a/\"}"},
    {"end_session_endpoint", "{" BASE ",\"end_session_endpoint\":[]}"},
    {"auth_methods", "{" BASE ",\"token_endpoint_auth_methods_supported\":[]}"},
    {"auth_methods",
	"{" BASE ",\"token_endpoint_auth_methods_supported\":"
	"[\"private_key_jwt\",\"client_secret_jwt\"]}"},
    {"auth_methods",
	"{" BASE ",\"token_endpoint_auth_methods_supported\":"
	"\"client_secret_basic\"}"},
    {"signing_alg", "{" BASE ",\"id_token_signing_alg_values_supported\":[]}"},
    {"signing_alg",
	"{" BASE ",\"id_token_signing_alg_values_supported\":"
	"[\"HS256\",\"none\",\"RS384\"]}"},
    {"response_types",
	"{" BASE ",\"response_types_supported\":[\"id_token\"]}"},
};

START_TEST(a_description_that_cannot_be_used_is_refused)
{
	ck_assert_int_eq(parse(refused[_i].text), VB_ESYNTAX);
	ck_assert_msg(strstr(fault, refused[_i].fault) != NULL, "%s: %s",
	    refused[_i].text, fault);
}
END_TEST

START_TEST(plain_http_is_for_who_allows_it)
{
	static const char text[] =
	    "{\"issuer\":\"http://127.0.0.1:9000\","
	    "\"authorization_endpoint\":\"http://127.0.0.1:9000/a\","
	    "\"token_endpoint\":\"http://127.0.0.1:9000/t\","
	    "\"jwks_uri\":\"http://127.0.0.1:9000/j\"}";

	ck_assert_int_eq(
	    parse_with(text, "http://127.0.0.1:9000", 0), VB_ESYNTAX);
	ck_assert_int_eq(parse_with(text, "http://127.0.0.1:9000", 1), 0);
}
END_TEST

START_TEST(an_address_has_up_to_2047_bytes)
{
	char text[4096], address[URL_MAX + 1];

	memset(address, 'a', sizeof(address));
	memcpy(address, "https://", 8);
	address[URL_MAX - 1] = '\0';
	snprintf(text, sizeof(text),
	    "{" ISS "," AUTH "," TOKEN ",\"jwks_uri\":\"%s\"}", address);
	ck_assert_int_eq(parse(text), 0);
	ck_assert_str_eq(data.jwks_uri, address);
	address[URL_MAX - 1] = 'a';
	address[URL_MAX] = '\0';
	snprintf(text, sizeof(text),
	    "{" ISS "," AUTH "," TOKEN ",\"jwks_uri\":\"%s\"}", address);
	ck_assert_int_eq(parse(text), VB_ESYNTAX);
}
END_TEST

START_TEST(a_description_cut_at_any_byte_is_refused)
{
	static const char text[] = "{" BASE "," INFO "," END "}";
	char cut[sizeof(text)];
	size_t len;

	for (len = 0; len < sizeof(text) - 1; len++) {
		memcpy(cut, text, len);
		cut[len] = '\0';
		ck_assert_int_eq(parse(cut), VB_ESYNTAX);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("oidc_metadata");
	TCase *tc = tcase_create("oidc_metadata");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, a_whole_description_is_read);
	tcase_add_test(tc, what_is_not_said_has_its_default);
	tcase_add_loop_test(
	    tc, a_provider_may_say_less_or_more, 0, (int)COUNT(taken));
	tcase_add_loop_test(tc, a_description_that_cannot_be_used_is_refused, 0,
	    (int)COUNT(refused));
	tcase_add_test(tc, plain_http_is_for_who_allows_it);
	tcase_add_test(tc, an_address_has_up_to_2047_bytes);
	tcase_add_test(tc, a_description_cut_at_any_byte_is_refused);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
