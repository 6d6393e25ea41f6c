/* SPDX-License-Identifier: ISC */
/* Texts for a provider: base64url, queries, forms, credentials, PKCE. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/auth/oidc/base64url.h"
#include "daemon/auth/oidc/pkce.h"
#include "daemon/auth/oidc/url.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define SMALL	 32

/* RFC 4648, 10, without the padding; and what only this alphabet has */
static const struct {
	const char *bytes;
	const char *text;
} coded[] = {
    {"", ""},
    {"f", "Zg"},
    {"fo", "Zm8"},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg"},
    {"fooba", "Zm9vYmE"},
    {"foobar", "Zm9vYmFy"},
    {"\xfb\xff\xbf", "-_-_"},
};

START_TEST(base64url_is_written_and_read)
{
	uint8_t bytes[SMALL];
	char text[SMALL];
	size_t len = strlen(coded[_i].bytes);

	base64url_encode((const uint8_t *)coded[_i].bytes, len, text);
	ck_assert_str_eq(text, coded[_i].text);
	ck_assert_uint_eq(strlen(text), BASE64URL_CHARS(len));
	ck_assert_uint_ge(BASE64URL_BYTES(strlen(text)), len);
	ck_assert_int_eq(
	    base64url_decode(text, strlen(text), bytes, len), (int)len);
	ck_assert_mem_eq(bytes, coded[_i].bytes, len);
	if (len > 0)
		ck_assert_int_eq(
		    base64url_decode(text, strlen(text), bytes, len - 1),
		    VB_ERANGE);
}
END_TEST

static const char *const not_coded[] = {"A", "AAAAA", "Zg==", "Zg=", "Zg ",
    "Z g", "Zg\n", "\nZg", "+_+_", "-/-/", "Zh", "Zm9", "Zm-", "Z*", "\xc3\xa4",
    "Zm9v.", "Zm9v%3D"};

START_TEST(what_is_no_base64url_is_refused)
{
	uint8_t bytes[SMALL];

	ck_assert_int_eq(base64url_decode(not_coded[_i], strlen(not_coded[_i]),
			     bytes, sizeof(bytes)),
	    VB_ESYNTAX);
}
END_TEST

START_TEST(a_nul_is_no_base64url)
{
	uint8_t bytes[SMALL];

	ck_assert_int_eq(
	    base64url_decode("Zg\0A", 4, bytes, sizeof(bytes)), VB_ESYNTAX);
}
END_TEST

/* RFC 7636, appendix B */
START_TEST(a_challenge_is_that_of_the_rfc)
{
	char out[PKCE_CHALLENGE_MAX];

	ck_assert_int_eq(
	    pkce_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", out),
	    0);
	ck_assert_str_eq(out, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}
END_TEST

START_TEST(a_verifier_has_43_to_128_characters)
{
	char out[PKCE_CHALLENGE_MAX], verifier[130];

	memset(verifier, 'v', sizeof(verifier));
	verifier[128] = '\0';
	ck_assert_int_eq(pkce_challenge(verifier, out), 0);
	verifier[128] = 'v';
	verifier[129] = '\0';
	ck_assert_int_eq(pkce_challenge(verifier, out), VB_ESYNTAX);
	verifier[43] = '\0';
	ck_assert_int_eq(pkce_challenge(verifier, out), 0);
	verifier[42] = ' ';
	ck_assert_int_eq(pkce_challenge(verifier, out), VB_ESYNTAX);
	verifier[42] = '\0';
	ck_assert_int_eq(pkce_challenge(verifier, out), VB_ESYNTAX);
	ck_assert_str_eq(out, "");
}
END_TEST

static const struct {
	const char *url;
	const char *value;
	const char *out;
} queries[] = {
    {"https://a.example/x", "1", "https://a.example/x?k=1"},
    {"https://a.example", "1", "https://a.example?k=1"},
    {"https://a.example/x?", "1", "https://a.example/x?k=1"},
    {"https://a.example/x?a=b", "1", "https://a.example/x?a=b&k=1"},
    {"https://a.example/x?a=b&", "1", "https://a.example/x?a=b&k=1"},
    {"https://a.example/", "", "https://a.example/?k="},
    {"https://a.example/", "a b&c=d#e?f/g:h+i%",
	"https://a.example/?k=a+b%26c%3Dd%23e%3Ff%2Fg%3Ah%2Bi%25"},
    {"https://a.example/", "-._~", "https://a.example/?k=-._~"},
    {"https://a.example/", "\r\n\xc3\xa4", "https://a.example/?k=%0D%0A%C3%A4"},
};

START_TEST(a_query_is_appended)
{
	char url[URL_MAX];

	strcpy(url, queries[_i].url);
	ck_assert_int_eq(url_add(url, sizeof(url), "k", queries[_i].value), 0);
	ck_assert_str_eq(url, queries[_i].out);
}
END_TEST

START_TEST(what_does_not_fit_is_not_appended)
{
	char url[20] = "https://a/?a=b";

	ck_assert_int_eq(url_add(url, sizeof(url), "k", "1+"), VB_ERANGE);
	ck_assert_int_eq(url_add(url, sizeof(url), "kk", "12"), VB_ERANGE);
	ck_assert_str_eq(url, "https://a/?a=b");
	ck_assert_int_eq(url_add(url, sizeof(url), "k", "12"), 0);
	ck_assert_str_eq(url, "https://a/?a=b&k=12");
}
END_TEST

START_TEST(a_form_is_built)
{
	char form[64] = "";

	ck_assert_int_eq(form_add(form, sizeof(form), "grant_type", "x"), 0);
	ck_assert_int_eq(form_add(form, sizeof(form), "code", "a&b= c"), 0);
	ck_assert_str_eq(form, "grant_type=x&code=a%26b%3D+c");
	ck_assert_int_eq(form_add(form, sizeof(form), "redirect_uri",
			     "https://bridge.example/login/oidc"),
	    VB_ERANGE);
	ck_assert_str_eq(form, "grant_type=x&code=a%26b%3D+c");
}
END_TEST

static const struct {
	const char *id, *secret, *out;
} credentials[] = {
    /* RFC 6749, 2.3.1 */
    {"s6BhdRkqt3", "7Fjfp0ZBr1KtDRbnfVdmIw",
	"Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3"},
    {"a", "", "Basic YTo="},
    /* a%3Ab:c+d%25: the colon of an id is none between them */
    {"a:b", "c d%", "Basic YSUzQWI6YytkJTI1"},
    /* RFC 6749, appendix B: %20%25%26%2B%C2%A3%E2%82%AC with the blank as + */
    {"x", " %&+\xc2\xa3\xe2\x82\xac",
	"Basic eDorJTI1JTI2JTJCJUMyJUEzJUUyJTgyJUFD"},
};

START_TEST(credentials_are_encoded_twice)
{
	char out[128];
	size_t len = strlen(credentials[_i].out);

	ck_assert_int_eq(basic_credentials(credentials[_i].id,
			     credentials[_i].secret, out, sizeof(out)),
	    0);
	ck_assert_str_eq(out, credentials[_i].out);
	ck_assert_int_eq(basic_credentials(credentials[_i].id,
			     credentials[_i].secret, out, len + 1),
	    0);
	ck_assert_int_eq(basic_credentials(credentials[_i].id,
			     credentials[_i].secret, out, len),
	    VB_ERANGE);
	ck_assert_str_eq(out, "");
}
END_TEST

static const struct {
	const char *url;
	int is_usable; /* 1; 2: with http allowed */
} urls[] = {
    {"https://id.example.com", 1},
    {"https://id.example.com/", 1},
    {"https://id.example.com:8443/a?b=c", 1},
    {"https://[2001:db8::1]/", 1},
    {"https://id.example.com/a@b", 1},
    {"http://127.0.0.1:9000/", 2},
    {"http://id.example.com/", 2},
    {"", 0},
    {"https://", 0},
    {"https:///path", 0},
    {"https://?q", 0},
    {"https://:443/", 0},
    {"https://user@id.example.com/", 0},
    {"https://id.example.com/#f", 0},
    {"https://id.example.com/a b", 0},
    {"https://id.example.com/\n", 0},
    {"https://id.example.com/\x7f", 0},
    {"https://id.example.com/\xc3\xa4", 0},
    {"https://id.example.com\\@evil.example/", 0},
    {"https://id.example.com/\"", 0},
    {" https://id.example.com/", 0},
    {"HTTPS://id.example.com/", 0},
    {"ftp://id.example.com/", 0},
    {"file:///etc/passwd", 0},
    {"javascript:alert(1)", 0},
    {"//id.example.com/", 0},
    {"http:id.example.com", 0},
    {"httpss://id.example.com/", 0},
};

START_TEST(an_address_is_https_with_a_host)
{
	ck_assert_int_eq(
	    url_is_usable(urls[_i].url, 0), urls[_i].is_usable == 1);
	ck_assert_int_eq(
	    url_is_usable(urls[_i].url, 1), urls[_i].is_usable > 0);
}
END_TEST

START_TEST(an_address_has_a_bound)
{
	char url[URL_MAX + 1];

	memset(url, 'a', sizeof(url));
	memcpy(url, "https://", 8);
	url[URL_MAX] = '\0';
	ck_assert_int_eq(url_is_usable(url, 0), 0);
	url[URL_MAX - 1] = '\0';
	ck_assert_int_eq(url_is_usable(url, 0), 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("oidc_url");
	TCase *tc = tcase_create("oidc_url");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(
	    tc, base64url_is_written_and_read, 0, (int)COUNT(coded));
	tcase_add_loop_test(
	    tc, what_is_no_base64url_is_refused, 0, (int)COUNT(not_coded));
	tcase_add_test(tc, a_nul_is_no_base64url);
	tcase_add_test(tc, a_challenge_is_that_of_the_rfc);
	tcase_add_test(tc, a_verifier_has_43_to_128_characters);
	tcase_add_loop_test(tc, a_query_is_appended, 0, (int)COUNT(queries));
	tcase_add_test(tc, what_does_not_fit_is_not_appended);
	tcase_add_test(tc, a_form_is_built);
	tcase_add_loop_test(
	    tc, credentials_are_encoded_twice, 0, (int)COUNT(credentials));
	tcase_add_loop_test(
	    tc, an_address_is_https_with_a_host, 0, (int)COUNT(urls));
	tcase_add_test(tc, an_address_has_a_bound);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
