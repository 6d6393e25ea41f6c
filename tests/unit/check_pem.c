/* SPDX-License-Identifier: ISC */
/* What is public is copied out of a file, whatever stands beside it. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/bundle/pem.h"
#include "tests/unit/cert_maker.h"

#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))
#define TEXT_MAX   16384
#define FILE_MOST  (1024 * 1024)
#define MAKER_DAYS 86400

static char certificate[TEXT_MAX], key[TEXT_MAX], text[2 * TEXT_MAX];
static char copied[2 * TEXT_MAX], why[PEM_WHY_MAX];

static void
take_text(int fd, char out[TEXT_MAX])
{
	ssize_t n = pread(fd, out, TEXT_MAX - 1, 0);

	ck_assert_int_gt(n, 0);
	out[n] = '\0';
	close(fd);
}

static void
make_texts(void)
{
	EVP_PKEY *pair = maker_key("P-256");
	X509 *own = maker_certificate(pair, -MAKER_DAYS, MAKER_DAYS);

	take_text(maker_certificate_file(own), certificate);
	take_text(maker_key_file(pair, NULL), key);
	X509_free(own);
	EVP_PKEY_free(pair);
}

/* "c": a certificate, "k": a key, "t": a text, "C": one that is cut off. */
static int
make_file(const char *parts)
{
	text[0] = '\0';
	for (; *parts != '\0'; parts++)
		switch (*parts) {
		case 'c':
			strcat(text, certificate);
			break;
		case 'k':
			strcat(text, key);
			break;
		case 'C':
			snprintf(text + strlen(text), TEXT_MAX, "%.*s\n",
			    (int)strlen(certificate) / 2, certificate);
			break;
		default:
			strcat(text, "subject=/CN=-----BEGIN CERTIFICATE\n");
		}
	return maker_file(text, strlen(text));
}

static const struct {
	const char *parts;
	int result;
	unsigned count;
} rows[] = {
    {"c", 0, 1},
    {"ccc", 0, 3},
    {"kc", 0, 1},
    {"ck", 0, 1},
    {"tctktc", 0, 2},
    {"k", VB_ENOTFOUND, 0},
    {"t", VB_ENOTFOUND, 0},
    {"", VB_ENOTFOUND, 0},
    {"C", VB_ESYNTAX, 0},
    {"cC", VB_ESYNTAX, 0},
    {"Ck", VB_ESYNTAX, 0},
    /* between the two halves of a block there must be no key */
    {"Ckc", VB_ESYNTAX, 0},
    {"Cc", VB_ESYNTAX, 0},
};

START_TEST(pem_copies_certificates_and_never_a_key)
{
	unsigned n = 0;
	int fd, out, result;
	const char *at;
	ssize_t len;

	make_texts();
	fd = make_file(rows[_i].parts);
	result = pem_copy(fd, PEM_CLIENT_CA, NULL, &out, why);
	ck_assert_msg(
	    result == rows[_i].result, "%s: %d", rows[_i].parts, result);
	ck_assert_int_eq(out == -1, result < 0);
	close(fd);
	if (result < 0)
		return;
	len = pread(out, copied, sizeof(copied) - 1, 0);
	ck_assert_int_gt(len, 0);
	copied[len] = '\0';
	/* base64 has no such line, though it may have KEY */
	ck_assert_ptr_null(strstr(copied, "KEY-----"));
	ck_assert_ptr_null(strstr(copied, "subject"));
	for (at = copied; (at = strstr(at, certificate)) != NULL; at++)
		n++;
	ck_assert_uint_eq(n, rows[_i].count);
	ck_assert_uint_eq((size_t)len, n * strlen(certificate));
	/* and nobody who gets it can change it for the others */
	ck_assert_int_eq(pwrite(out, "x", 1, 0), -1);
	ck_assert_int_eq(ftruncate(out, 0), -1);
	close(out);
}
END_TEST

/* A worker must not end because of a block that is no certificate. */
START_TEST(pem_refuses_blocks_that_openssl_does_not_read)
{
	size_t i, len;
	int fd, out;

	make_texts();
	len = strlen(certificate);
	for (i = 30; i < len - 30; i += 7) {
		strcpy(text, certificate);
		text[i] = '!';
		fd = maker_file(text, len);
		ck_assert_int_eq(
		    pem_copy(fd, PEM_CLIENT_CA, NULL, &out, why), VB_ESYNTAX);
		close(fd);
	}
	fd = make_file("c");
	ck_assert_int_eq(pem_copy(fd, PEM_CRLS, NULL, &out, why), VB_ENOTFOUND);
	close(fd);
}
END_TEST

/* By whom it says that it was signed, with a hash of that name. */
static int
make_issued(const char *hash)
{
	EVP_PKEY *pair = maker_key("RSA:2048"), *issuer = maker_key("RSA:2048");
	X509 *own = maker_certificate(pair, -MAKER_DAYS, MAKER_DAYS);
	X509_NAME *name = X509_NAME_new();
	int fd;

	ck_assert_int_eq(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
			     (const unsigned char *)"issuer", -1, -1, 0),
	    1);
	ck_assert_int_eq(X509_set_issuer_name(own, name), 1);
	ck_assert_int_gt(X509_sign(own, issuer, EVP_get_digestbyname(hash)), 0);
	fd = maker_certificate_file(own);
	X509_NAME_free(name);
	X509_free(own);
	EVP_PKEY_free(pair);
	EVP_PKEY_free(issuer);
	return fd;
}

static const struct {
	const char *hash;
	const char *ciphers;
	int result;
} levels[] = {
    {"SHA256", "DEFAULT", 0},
    {"SHA256", "ECDHE-RSA-AES128-GCM-SHA256", 0},
    {"SHA256", "DEFAULT:@SECLEVEL=3", VB_EWEAK},
    {"SHA1", "DEFAULT", VB_EWEAK},
    {"SHA1", "DEFAULT:@SECLEVEL=0", 0},
};

/* Nor because of one that it would not be allowed to show. */
START_TEST(pem_refuses_a_chain_that_openssl_would_not_show)
{
	int fd = make_issued(levels[_i].hash), out;

	ck_assert_int_eq(pem_copy(fd, PEM_CHAIN, levels[_i].ciphers, &out, why),
	    levels[_i].result);
	close(fd);
	if (out != -1)
		close(out);
	/* who only signs for others is no worker's concern */
	fd = make_issued(levels[_i].hash);
	ck_assert_int_eq(pem_copy(fd, PEM_CLIENT_CA, NULL, &out, why), 0);
	close(fd);
	close(out);
}
END_TEST

START_TEST(pem_reads_a_megabyte_and_no_more)
{
	int fd = maker_file("", 0), out;

	ck_assert_int_eq(ftruncate(fd, FILE_MOST), 0);
	ck_assert_int_eq(
	    pem_copy(fd, PEM_CLIENT_CA, NULL, &out, why), VB_ENOTFOUND);
	ck_assert_int_eq(ftruncate(fd, FILE_MOST + 1), 0);
	ck_assert_int_eq(
	    pem_copy(fd, PEM_CLIENT_CA, NULL, &out, why), VB_ERANGE);
	close(fd);
	fd = open("/", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(pem_copy(fd, PEM_CLIENT_CA, NULL, &out, why), VB_ESYS);
	close(fd);
}
END_TEST

static void
stop(void)
{
	raise(SIGSTOP); /* as one that waits for a disk that has gone */
}

START_TEST(pem_waits_for_no_disk_that_does_not_answer)
{
	int fd, out, status;

	make_texts();
	fd = make_file("c");
	ck_assert_int_eq(pthread_atfork(NULL, NULL, stop), 0);
	ck_assert_int_eq(pem_copy(fd, PEM_CLIENT_CA, NULL, &out, why), VB_ESYS);
	ck_assert_int_eq(errno, ETIMEDOUT);
	ck_assert_int_eq(out, -1);
	close(fd);
	/* it has not been left behind; perhaps it is reaped already */
	if (waitpid(-1, &status, 0) != -1)
		ck_assert(WIFSIGNALED(status));
}
END_TEST

/*
 * The key and nothing else; what changes the file afterwards does not change
 * the copy.
 */
START_TEST(pem_copies_a_key_as_it_was)
{
	int fd, out;
	size_t len;

	make_texts();
	fd = make_file("tckc");
	len = strlen(key);
	ck_assert_int_eq(pem_copy(fd, PEM_KEY, NULL, &out, why), 0);
	ck_assert_str_eq(why, "");
	ck_assert_int_eq(ftruncate(fd, 0), 0);
	ck_assert_int_eq(pread(out, copied, sizeof(copied), 0), (ssize_t)len);
	ck_assert_mem_eq(copied, key, len);
	ck_assert_int_eq(pwrite(out, "x", 1, 0), -1);
	ck_assert_int_eq(ftruncate(out, 0), -1);
	close(out);
	ck_assert_int_eq(ftruncate(fd, FILE_MOST + 1), 0);
	ck_assert_int_eq(pem_copy(fd, PEM_KEY, NULL, &out, why), VB_ERANGE);
	ck_assert_int_eq(out, -1);
	close(fd);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("pem");
	TCase *tc = tcase_create("pem");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(
	    tc, pem_copies_certificates_and_never_a_key, 0, COUNT(rows));
	tcase_add_test(tc, pem_refuses_blocks_that_openssl_does_not_read);
	tcase_add_loop_test(tc, pem_refuses_a_chain_that_openssl_would_not_show,
	    0, COUNT(levels));
	tcase_add_test(tc, pem_reads_a_megabyte_and_no_more);
	tcase_add_test(tc, pem_waits_for_no_disk_that_does_not_answer);
	tcase_add_test(tc, pem_copies_a_key_as_it_was);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
