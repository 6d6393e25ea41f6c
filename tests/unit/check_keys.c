/* SPDX-License-Identifier: ISC */
/* Certificates and keys as files: what is taken, and why what is not. */
#include <check.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/keeper/keys.h"
#include "daemon/keeper/load.h"
#include "tests/unit/cert_maker.h"

#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define DAY_SEC	  86400
#define FILE_MOST (1024 * 1024)

static struct key_set set;
static char text[KEPT_TEXT_MAX];

/* A certificate and what is given for its key. **Takes** both files. */
static void
add(uint32_t cert_id, int certificate, int key, uint32_t flags)
{
	ck_assert_int_eq(keys_add_certificate(&set, cert_id, certificate), 0);
	ck_assert(!keys_are_whole(&set));
	ck_assert_int_eq(
	    keys_add_key(&set, cert_id, flags, key, time(NULL)), 0);
	ck_assert(keys_are_whole(&set));
	close(certificate);
	close(key);
}

static void
expect_refused(uint32_t cert_id, const char *why)
{
	ck_assert_msg(
	    set.refused_id == cert_id && strstr(set.text, why) != NULL,
	    "cert %u: \"%s\" instead of \"%s\"", set.refused_id, set.text, why);
	ck_assert_ptr_null(keys_find(&set, cert_id));
	keys_clear(&set);
	ck_assert_uint_eq(set.refused_id, 0);
}

static const struct {
	const char *kind;
	const char *why; /* NULL: it is taken */
} kinds[] = {
    {"P-256", NULL},
    {"P-384", NULL},
    {"P-521", NULL},
    {"RSA:2048", NULL},
    {"RSA:4096", NULL},
    {"RSA:1024", "RSA of 1024 bits"},
    {"RSA:4104", "RSA of 4104 bits"},
    {"secp256k1", "neither RSA nor ECDSA"},
    {"P-224", "neither RSA nor ECDSA"},
    {"ED25519", "neither RSA nor ECDSA"},
};

START_TEST(keys_are_of_the_kinds_that_the_bridge_uses)
{
	EVP_PKEY *key = maker_key(kinds[_i].kind);
	X509 *certificate = maker_certificate(key, -DAY_SEC, DAY_SEC);

	add(1, maker_certificate_file(certificate), maker_key_file(key, NULL),
	    0);
	if (kinds[_i].why != NULL) {
		expect_refused(1, kinds[_i].why);
	} else {
		ck_assert_uint_eq(set.refused_id, 0);
		ck_assert_int_eq(EVP_PKEY_eq(keys_find(&set, 1), key), 1);
		ck_assert_ptr_null(keys_find(&set, 0));
		ck_assert_ptr_null(keys_find(&set, 2));
	}
	keys_clear(&set);
	X509_free(certificate);
	EVP_PKEY_free(key);
}
END_TEST

START_TEST(keys_may_stand_behind_their_certificate_in_one_file)
{
	EVP_PKEY *key = maker_key("P-256");
	X509 *certificate = maker_certificate(key, -DAY_SEC, DAY_SEC);

	add(1, maker_both_file(certificate, key),
	    maker_both_file(certificate, key), 0);
	ck_assert_msg(set.refused_id == 0, "%s", set.text);
	ck_assert_int_eq(EVP_PKEY_eq(keys_find(&set, 1), key), 1);
	keys_clear(&set);
	X509_free(certificate);
	EVP_PKEY_free(key);
}
END_TEST

START_TEST(keys_of_another_certificate_are_refused)
{
	EVP_PKEY *key = maker_key("P-256"), *other = maker_key("P-256");
	EVP_PKEY *rsa = maker_key("RSA:2048");
	X509 *certificate = maker_certificate(key, -DAY_SEC, DAY_SEC);

	add(1, maker_certificate_file(certificate), maker_key_file(other, NULL),
	    0);
	expect_refused(1, "does not match");
	add(2, maker_certificate_file(certificate), maker_key_file(rsa, NULL),
	    0);
	expect_refused(2, "does not match");
	/* nor is the first fault hidden by the next */
	add(3, maker_certificate_file(certificate), maker_key_file(other, NULL),
	    0);
	add(4, maker_certificate_file(certificate), maker_file("x", 1), 0);
	add(5, maker_certificate_file(certificate), maker_key_file(key, NULL),
	    0);
	expect_refused(3, "does not match");
	X509_free(certificate);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
	EVP_PKEY_free(rsa);
}
END_TEST

static const struct {
	long from_sec;
	long to_sec;
	const char *why; /* NULL: it is taken */
} dates[] = {
    {-DAY_SEC, MAKER_HOUR_SEC, NULL},
    {-2 * DAY_SEC, -DAY_SEC, "the certificate expired on 2"},
    {-DAY_SEC, -2, "the certificate expired on 2"},
    {MAKER_HOUR_SEC, DAY_SEC, "the certificate is not valid before 2"},
};

START_TEST(keys_of_a_certificate_out_of_its_dates_are_refused)
{
	EVP_PKEY *key = maker_key("P-256");
	X509 *certificate =
	    maker_certificate(key, dates[_i].from_sec, dates[_i].to_sec);

	add(1, maker_certificate_file(certificate), maker_key_file(key, NULL),
	    0);
	if (dates[_i].why != NULL)
		expect_refused(1, dates[_i].why);
	ck_assert_uint_eq(set.refused_id, 0);
	keys_clear(&set);
	/* a new keeper must not refuse what the last one had */
	add(1, maker_certificate_file(certificate), maker_key_file(key, NULL),
	    CONF_KEY_KNOWN);
	ck_assert_ptr_nonnull(keys_find(&set, 1));
	keys_clear(&set);
	X509_free(certificate);
	EVP_PKEY_free(key);
}
END_TEST

START_TEST(keys_with_a_passphrase_are_refused_and_nobody_is_asked)
{
	EVP_PKEY *key = maker_key("P-256");
	X509 *certificate = maker_certificate(key, -DAY_SEC, DAY_SEC);

	add(1, maker_certificate_file(certificate),
	    maker_key_file(key, "secret"), 0);
	expect_refused(1, "passphrase");
	X509_free(certificate);
	EVP_PKEY_free(key);
}
END_TEST

/* Each prefix of a key's file: never a crash, never a key. */
START_TEST(keys_that_are_cut_off_are_refused)
{
	EVP_PKEY *key = maker_key("P-256"), *out;
	X509 *certificate = maker_certificate(key, -DAY_SEC, DAY_SEC);
	int whole = maker_key_file(key, NULL), fd;
	char bytes[1024];
	ssize_t len = pread(whole, bytes, sizeof(bytes), 0), i;

	ck_assert_int_gt(len, 100);
	for (i = 0; i < len - 1; i++) {
		fd = maker_file(bytes, (size_t)i);
		ck_assert_msg(load_key(fd, certificate, &out, text) < 0,
		    "%zd of %zd bytes are a key", i, len);
		ck_assert_ptr_null(out);
		ck_assert_str_ne(text, "");
		close(fd);
	}
	/* a byte of it is another */
	for (i = 0; i < len; i++) {
		bytes[i] ^= 0x01;
		fd = maker_file(bytes, (size_t)len);
		if (load_key(fd, certificate, &out, text) == 0)
			ck_assert_int_eq(EVP_PKEY_eq(out, key), 1);
		EVP_PKEY_free(out);
		close(fd);
		bytes[i] ^= 0x01;
	}
	close(whole);
	X509_free(certificate);
	EVP_PKEY_free(key);
}
END_TEST

static int
make_empty(void)
{
	return maker_file("", 0);
}

static int
make_text(void)
{
	return maker_file("no key\n", 7);
}

static int
make_huge(void)
{
	int fd = maker_file("", 0);

	ck_assert_int_eq(ftruncate(fd, FILE_MOST + 1), 0);
	return fd;
}

static int
make_largest(void)
{
	int fd = maker_file("", 0);

	ck_assert_int_eq(ftruncate(fd, FILE_MOST), 0);
	return fd;
}

static int
make_device(void)
{
	return open("/dev/zero", O_RDONLY | O_CLOEXEC);
}

static int
make_directory(void)
{
	return open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int
make_pipe(void)
{
	int fds[2];

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	close(fds[1]);
	return fds[0];
}

static int (*const no_files[])(void) = {make_empty, make_text, make_huge,
    make_largest, make_device, make_directory, make_pipe};

START_TEST(keys_are_in_regular_files_of_a_sensible_size)
{
	EVP_PKEY *key = maker_key("P-256");
	X509 *certificate = maker_certificate(key, -DAY_SEC, DAY_SEC);

	add(1, maker_certificate_file(certificate), no_files[_i](), 0);
	expect_refused(1, "");
	add(2, no_files[_i](), maker_key_file(key, NULL), 0);
	expect_refused(2, "");
	X509_free(certificate);
	EVP_PKEY_free(key);
}
END_TEST

START_TEST(keys_come_in_order)
{
	EVP_PKEY *key = maker_key("P-256");
	X509 *certificate = maker_certificate(key, -DAY_SEC, DAY_SEC);
	int cert_fd = maker_certificate_file(certificate);
	int key_fd = maker_key_file(key, NULL);
	uint32_t i;

	ck_assert_int_eq(
	    keys_add_key(&set, 1, 0, key_fd, time(NULL)), VB_EBADMSG);
	ck_assert_int_eq(keys_add_certificate(&set, 0, cert_fd), VB_EBADMSG);
	ck_assert_int_eq(keys_add_certificate(&set, 1, cert_fd), 0);
	ck_assert_int_eq(keys_add_certificate(&set, 2, cert_fd), VB_EBADMSG);
	ck_assert_int_eq(
	    keys_add_key(&set, 2, 0, key_fd, time(NULL)), VB_EBADMSG);
	ck_assert_int_eq(keys_add_key(&set, 1, 0, key_fd, time(NULL)), 0);
	ck_assert_int_eq(keys_add_certificate(&set, 1, cert_fd), VB_EBADMSG);
	for (i = 2; i <= PROTO_CERTS_MAX; i++) {
		ck_assert_int_eq(keys_add_certificate(&set, i, cert_fd), 0);
		ck_assert_int_eq(
		    keys_add_key(&set, i, 0, key_fd, time(NULL)), 0);
	}
	ck_assert_int_eq(keys_add_certificate(&set, i, cert_fd), VB_EBADMSG);
	ck_assert_uint_eq(set.count, PROTO_CERTS_MAX);
	keys_clear(&set);
	close(cert_fd);
	close(key_fd);
	X509_free(certificate);
	EVP_PKEY_free(key);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("keys");
	TCase *tc = tcase_create("keys");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(
	    tc, keys_are_of_the_kinds_that_the_bridge_uses, 0, COUNT(kinds));
	tcase_add_test(tc, keys_may_stand_behind_their_certificate_in_one_file);
	tcase_add_test(tc, keys_of_another_certificate_are_refused);
	tcase_add_loop_test(tc,
	    keys_of_a_certificate_out_of_its_dates_are_refused, 0,
	    COUNT(dates));
	tcase_add_test(
	    tc, keys_with_a_passphrase_are_refused_and_nobody_is_asked);
	tcase_add_test(tc, keys_that_are_cut_off_are_refused);
	tcase_add_loop_test(tc, keys_are_in_regular_files_of_a_sensible_size, 0,
	    COUNT(no_files));
	tcase_add_test(tc, keys_come_in_order);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
