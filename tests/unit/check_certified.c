/* SPDX-License-Identifier: ISC */
/* Who shows a certificate: one login for each, as long as that is good. */
#include <sys/mman.h>

#include <check.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/stamp.h"
#include "daemon/auth/boot.h"
#include "daemon/auth/certificate/proof.h"
#include "daemon/auth/certificates.h"
#include "daemon/auth/certified.h"
#include "tests/unit/cert_maker.h"
#include "tests/unit/handshaker.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct login_desk desk;
static struct certificates *certificates;
static struct msg_conf_certificate names = {.user = CERT_CN};
static struct msg_conf_listener listener = {
    .verify_client = VERIFY_CLIENT_OPTIONAL};
static EVP_PKEY *server_key, *client_key;
static X509 *server_cert, *client_cert; /* vouches for itself; CN=bridge */
static struct handshake made;
static struct msg_prove prove;
static uint8_t cookie[LOGIN_COOKIE_BYTES];
static char name[LOGINS_NAME_MAX];
static const char *why;
static int is_new;

static void
configure(const struct msg_conf_certificate *how, X509 *ca)
{
	struct msg_conf_ca msg = {
	    .local = listener.addr, .kind = CONF_CA_CERTIFICATES};
	int own = maker_certificate_file(server_cert);
	int ca_file = maker_certificate_file(ca);

	certificates_free(certificates);
	certificates = certificates_new(how);
	ck_assert_ptr_nonnull(certificates);
	ck_assert_int_eq(certificates_add_own(certificates, own), 0);
	ck_assert_int_eq(certificates_add_listener(certificates, &listener), 0);
	ck_assert_int_eq(certificates_add_ca(certificates, &msg, ca_file), 0);
	certificates_end(certificates);
	desk.certificates = certificates;
	close(own);
	close(ca_file);
}

static void
stamp(uint64_t at_sec)
{
	struct proof proof;

	ck_assert_ptr_null(
	    proof_check(made.messages, made.len, &certificates->own, &proof));
	ck_assert_int_eq(stamp_make(desk.stamp_key, at_sec, proof.hash,
			     proof.hash_len, &prove.stamp),
	    0);
	proof_clear(&proof);
}

static void
make_keys(void)
{
	server_key = maker_key("P-256");
	client_key = maker_key("P-256");
	server_cert = maker_certificate(server_key, -60, 60);
	client_cert = maker_certificate(client_key, -60, 60);
}

static void
setup(void)
{
	int file = memfd_create("logins", MFD_CLOEXEC);
	int key = memfd_create("stamp", MFD_CLOEXEC);
	struct handshake_plan plan;

	ck_assert_int_eq(ftruncate(file, (off_t)logins_file_bytes()), 0);
	ck_assert_int_eq(ftruncate(key, STAMP_FILE_BYTES), 0);
	ck_assert_int_eq(logins_open(file, &desk.logins), 0);
	ck_assert_ptr_nonnull(desk.stamp_key = stamp_open(key));
	close(file);
	close(key);
	make_keys();
	ck_assert_int_eq(addr_parse_ip("127.0.0.1", &listener.addr), 0);
	configure(&names, client_cert);
	plan = (struct handshake_plan){.server_key = server_key,
	    .client_key = client_key,
	    .server_cert = server_cert,
	    .client_cert = client_cert};
	handshake_make(&plan, &made);
	memset(&prove, 0, sizeof(prove));
	prove.local = listener.addr;
	prove.length = (uint32_t)made.len;
	memcpy(prove.messages, made.messages, made.len);
	stamp(boot_now_sec());
}

static void
teardown(void)
{
	logins_close(desk.logins);
	certificates_free(certificates);
	X509_free(server_cert);
	X509_free(client_cert);
	EVP_PKEY_free(server_key);
	EVP_PKEY_free(client_key);
}

static const struct login_record *
show(void)
{
	return certified_login(&desk, &prove, cookie, &is_new, name, &why);
}

START_TEST(who_shows_it_again_has_the_same_login)
{
	const struct login_record *login = show();

	ck_assert_msg(login != NULL, "%s", why);
	ck_assert_int_eq(is_new, 1);
	ck_assert_str_eq(login->name, "bridge");
	ck_assert_uint_eq(login->kind, LOGIN_BY_CERTIFICATE);
	ck_assert_uint_gt(login->until_sec, 0);
	ck_assert_ptr_null(login_fault(&desk, login));
	ck_assert_ptr_eq(show(), login);
	ck_assert_int_eq(is_new, 0);
}
END_TEST

static void
spoil_mac(void)
{
	prove.stamp.mac[7] ^= 1;
}

static void
spoil_time(void)
{
	prove.stamp.made_sec--;
}

/* As long ago as a worker could have kept it. */
static void
spoil_age(void)
{
	stamp(boot_now_sec() - 301);
}

static void
spoil_future(void)
{
	stamp(boot_now_sec() + 60);
}

static void
spoil_hash(void)
{
	static const uint8_t other[32] = {1};

	ck_assert_int_eq(stamp_make(desk.stamp_key, boot_now_sec(), other,
			     sizeof(other), &prove.stamp),
	    0);
}

static void
spoil_listener(void)
{
	ck_assert_int_eq(addr_parse_ip("127.0.0.2", &prove.local), 0);
}

static void
spoil_kind(void)
{
	desk.certificates = NULL;
}

static void
spoil_authority(void)
{
	configure(&names, server_cert);
}

static void
spoil_part(void)
{
	static const struct msg_conf_certificate other = {.user = CERT_UPN};

	configure(&other, client_cert);
}

static void
spoil_length(void)
{
	prove.length--;
}

static const struct {
	void (*spoil)(void);
	const char *why;
} spoilt[] = {
    {spoil_mac, "too long ago"},
    {spoil_time, "too long ago"},
    {spoil_age, "too long ago"},
    {spoil_future, "too long ago"},
    {spoil_hash, "too long ago"},
    {spoil_listener, "asked for here"},
    {spoil_kind, "no logins here"},
    {spoil_authority, "not signed by who may"},
    {spoil_part, "no such name"},
    {spoil_length, "none of TLS 1.3"},
};

START_TEST(what_is_not_right_is_no_login)
{
	spoilt[_i].spoil();
	ck_assert_ptr_null(show());
	ck_assert_msg(strstr(why, spoilt[_i].why) != NULL, "%s", why);
	ck_assert_uint_lt(strlen(why), AUTH_REASON_MAX);
	ck_assert_uint_eq(logins_count(desk.logins), 0);
}
END_TEST

static void
change_names(void)
{
	static const struct msg_conf_certificate other = {
	    .user = CERT_CN, .groups = CERT_OU};

	configure(&other, client_cert);
}

static void
take_back(void)
{
	uint8_t mark[MARK_BYTES];

	ck_assert_int_eq(mark_of_number(X509_get_issuer_name(client_cert),
			     X509_get0_serialNumber(client_cert), mark),
	    0);
	ck_assert_int_eq(marks_add(&certificates->revoked, mark), 0);
	certificates_end(certificates);
}

static const struct {
	void (*change)(void);
	const char *why;
} changes[] = {
    {spoil_kind, "removed or changed"},
    {change_names, "removed or changed"},
    {spoil_authority, "not trusted now"},
    {take_back, "was revoked"},
};

START_TEST(what_it_was_given_for_is_lost)
{
	const struct login_record *login = show();
	const char *fault;

	ck_assert_msg(login != NULL, "%s", why);
	changes[_i].change();
	fault = login_fault(&desk, login);
	ck_assert_ptr_nonnull(fault);
	ck_assert_msg(strstr(fault, changes[_i].why) != NULL, "%s", fault);
}
END_TEST

static Suite *
certified_suite(void)
{
	Suite *s = suite_create("certified");
	TCase *tc = tcase_create("certified");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, who_shows_it_again_has_the_same_login);
	tcase_add_loop_test(
	    tc, what_is_not_right_is_no_login, 0, COUNT(spoilt));
	tcase_add_loop_test(
	    tc, what_it_was_given_for_is_lost, 0, COUNT(changes));
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	SRunner *sr = srunner_create(certified_suite());
	int failed;

	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
