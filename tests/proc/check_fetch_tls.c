/* SPDX-License-Identifier: ISC */
/* The real fetch and providers that speak TLS: which of them it believes. */
#include <check.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/proc/fetch_rig.h"
#include "tests/proc/provider.h"
#include "tests/unit/tls_rig.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC 120
#define DAY_SEC	 86400
#define HOST	 "id.example.com"

static struct fetch_rig f;
static struct fetch_answer answer;
static EVP_PKEY *ca_key, *key;
static X509 *ca;

static void
make_ca(void)
{
	ca_key = rig_key("P-256");
	key = rig_key("P-256");
	ca = rig_cert(ca_key, "DNS:ca.example.com", NULL, NULL);
}

static X509 *
make_cert(const char *names)
{
	return rig_cert(key, names, ca, ca_key);
}

/* fetch, with HOST at the provider's port, and what vouches in ca_file. */
static void
start(struct provider *provider, X509 *anchor)
{
	struct fetch_host hosts[] = {{0, HOST, provider_port(provider), 0},
	    {0, "127.0.0.1", provider_port(provider), 0}, {0, NULL, 0, 0}};
	int fd = anchor == NULL ? -1 : rig_cert_file(anchor);

	fetch_begin(&f);
	strlcpy(f.hosts, "127.0.0.1 " HOST "\n", sizeof(f.hosts));
	fetch_run(&f, hosts, fd);
	if (fd != -1)
		close(fd);
}

static void
get(const char *host, struct provider *provider)
{
	char url[256];

	snprintf(url, sizeof(url), "https://%s:%u/bytes/5", host,
	    provider_port(provider));
	fetch_get(&f, url, &answer);
}

static void
expect(struct provider *provider, const char *error)
{
	get(HOST, provider);
	ck_assert_uint_eq(answer.status, 0);
	ck_assert_msg(strstr(answer.error, error) != NULL, "%s", answer.error);
	ck_assert_uint_eq(provider_requests(provider), 0);
	fetch_stop(&f);
}

START_TEST(fetch_believes_who_the_ca_vouches_for)
{
	struct provider *provider;

	make_ca();
	provider = provider_start(make_cert("DNS:" HOST ",IP:127.0.0.1"), key);
	start(provider, ca);
	get(HOST, provider);
	ck_assert_msg(answer.status == 200, "%s", answer.error);
	ck_assert_str_eq(answer.data, "abcde");
	/* by its address, if the certificate has that */
	get("127.0.0.1", provider);
	ck_assert_msg(answer.status == 200, "%s", answer.error);
	get("ID.Example.COM", provider);
	ck_assert_msg(answer.status == 200, "%s", answer.error);
	fetch_stop(&f);
}
END_TEST

START_TEST(fetch_believes_a_certificate_that_is_named_itself)
{
	struct provider *provider;
	X509 *cert;

	make_ca();
	cert = make_cert("DNS:" HOST);
	provider = provider_start(cert, key);
	start(provider, cert);
	get(HOST, provider);
	ck_assert_msg(answer.status == 200, "%s", answer.error);
	fetch_stop(&f);
}
END_TEST

START_TEST(fetch_does_not_believe_another_ca)
{
	static X509 *other;
	struct provider *provider;

	make_ca();
	/* the second has the name of the right one */
	other = rig_cert(key,
	    _i == 0 ? "DNS:other.example.com" : "DNS:ca.example.com", NULL,
	    NULL);
	provider = provider_start(make_cert("DNS:" HOST), key);
	start(provider, other);
	expect(provider,
	    _i == 0 ? "is not trusted: unable to get local issuer"
		    : "no answer from id.example.com:");
}
END_TEST

START_TEST(fetch_does_not_believe_who_vouches_for_themselves)
{
	struct provider *provider;

	make_ca();
	provider = provider_start(rig_cert(key, "DNS:" HOST, NULL, NULL), key);
	start(provider, ca);
	expect(provider, "is not trusted: self-signed certificate");
}
END_TEST

START_TEST(fetch_asks_nobody_by_tls_where_no_ca_is)
{
	struct provider *provider;

	make_ca();
	provider = provider_start(make_cert("DNS:" HOST), key);
	start(provider, NULL);
	expect(provider, "no certificate is known that vouches");
}
END_TEST

START_TEST(fetch_does_not_believe_another_name)
{
	struct provider *provider;

	make_ca();
	provider = provider_start(
	    make_cert("DNS:other.example.com,IP:127.0.0.1"), key);
	start(provider, ca);
	expect(provider, " is for another name");
}
END_TEST

START_TEST(fetch_does_not_believe_what_has_expired)
{
	struct provider *provider;
	X509 *cert;

	make_ca();
	cert = make_cert("DNS:" HOST);
	X509_gmtime_adj(X509_getm_notAfter(cert), _i ? 2 * DAY_SEC : -60);
	X509_gmtime_adj(X509_getm_notBefore(cert), _i ? DAY_SEC : -DAY_SEC);
	ck_assert_int_gt(X509_sign(cert, ca_key, EVP_sha256()), 0);
	provider = provider_start(cert, key);
	start(provider, ca);
	expect(provider,
	    _i ? "is not trusted: certificate is not yet valid"
	       : "is not trusted: certificate has expired");
}
END_TEST

START_TEST(fetch_speaks_no_old_tls)
{
	struct provider *provider;

	make_ca();
	provider = provider_start_tls_1_1(make_cert("DNS:" HOST), key);
	start(provider, ca);
	expect(provider, "no answer from id.example.com:");
}
END_TEST

START_TEST(fetch_sends_nothing_to_who_speaks_no_tls)
{
	struct provider *provider;

	make_ca();
	provider = provider_start(NULL, NULL);
	start(provider, ca);
	/* it waits for a request, and we for TLS */
	expect(provider, "cannot connect to id.example.com:");
}
END_TEST

START_TEST(fetch_waits_five_seconds_for_tls)
{
	struct provider *provider;

	make_ca();
	provider = provider_start_silent();
	start(provider, ca);
	expect(provider, "cannot connect to id.example.com:");
	ck_assert_ptr_nonnull(strstr(answer.error, " in 5 s"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("fetch-tls");
	TCase *tc = tcase_create("tls");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_test(tc, fetch_believes_who_the_ca_vouches_for);
	tcase_add_test(tc, fetch_believes_a_certificate_that_is_named_itself);
	tcase_add_loop_test(tc, fetch_does_not_believe_another_ca, 0, 2);
	tcase_add_test(tc, fetch_does_not_believe_who_vouches_for_themselves);
	tcase_add_test(tc, fetch_asks_nobody_by_tls_where_no_ca_is);
	tcase_add_test(tc, fetch_does_not_believe_another_name);
	tcase_add_loop_test(tc, fetch_does_not_believe_what_has_expired, 0, 2);
	tcase_add_test(tc, fetch_speaks_no_old_tls);
	tcase_add_test(tc, fetch_sends_nothing_to_who_speaks_no_tls);
	tcase_add_test(tc, fetch_waits_five_seconds_for_tls);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
