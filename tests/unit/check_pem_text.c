/* SPDX-License-Identifier: ISC */
/*
 * PEM files as other programs write them: what OpenSSL reads of one is what
 * is copied of it, and a block that OpenSSL would pass over is told.
 */
#include <check.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/bundle/pem.h"
#include "tests/unit/cert_maker.h"

#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))
#define TEXT_MAX   65536
#define MAKER_DAYS 86400
#define MARK	   "\xef\xbb\xbf"

static char text[TEXT_MAX], copied[TEXT_MAX], why[PEM_WHY_MAX];
static EVP_PKEY *pair;
static X509 *own;

static void
setup(void)
{
	pair = maker_key("P-256");
	own = maker_certificate(pair, -MAKER_DAYS, MAKER_DAYS);
}

static void
teardown(void)
{
	X509_free(own);
	EVP_PKEY_free(pair);
}

static void
add_bio(BIO *bio)
{
	char *bytes;
	long len = BIO_get_mem_data(bio, &bytes);

	ck_assert_int_gt(len, 0);
	snprintf(text + strlen(text), TEXT_MAX - strlen(text), "%.*s", (int)len,
	    bytes);
	BIO_free(bio);
}

static void
add_labelled(const char *label)
{
	unsigned char *der = NULL;
	int len = i2d_X509(own, &der);
	BIO *bio = BIO_new(BIO_s_mem());

	ck_assert_int_gt(PEM_write_bio(bio, label, "", der, len), 0);
	OPENSSL_free(der);
	add_bio(bio);
}

static void
add_trusted(int nid, int is_reject)
{
	X509 *copy = X509_dup(own);
	BIO *bio = BIO_new(BIO_s_mem());
	ASN1_OBJECT *purpose = OBJ_nid2obj(nid);

	ck_assert_int_eq(is_reject ? X509_add1_reject_object(copy, purpose)
				   : X509_add1_trust_object(copy, purpose),
	    1);
	ck_assert_int_eq(PEM_write_bio_X509_AUX(bio, copy), 1);
	X509_free(copy);
	add_bio(bio);
}

static void
add_key(const char *kind)
{
	BIO *bio = BIO_new(BIO_s_mem());
	int result;

	if (strcmp(kind, "EC") == 0)
		result = PEM_write_bio_PrivateKey_traditional(
		    bio, pair, NULL, NULL, 0, NULL, NULL);
	else if (strcmp(kind, "encrypted") == 0)
		result = PEM_write_bio_PKCS8PrivateKey(
		    bio, pair, EVP_aes_128_cbc(), "secret", 6, NULL, NULL);
	else if (strcmp(kind, "encrypted EC") == 0)
		result = PEM_write_bio_PrivateKey_traditional(bio, pair,
		    EVP_aes_128_cbc(), (const unsigned char *)"secret", 6, NULL,
		    NULL);
	else
		result = PEM_write_bio_PrivateKey(
		    bio, pair, NULL, NULL, 0, NULL, NULL);
	ck_assert_int_eq(result, 1);
	add_bio(bio);
}

/*
 * c, o, t: a certificate by each of its labels; T: trusted for servers alone;
 * k, e, E, K: a key, in PKCS #8, of EC, encrypted in both ways; p: EC
 * PARAMETERS; d: DH PARAMETERS; s: a text; b: a byte order mark; n: a blank
 * line.
 */
static void
compose(const char *parts)
{
	text[0] = '\0';
	for (; *parts != '\0'; parts++)
		switch (*parts) {
		case 'c':
			add_labelled("CERTIFICATE");
			break;
		case 'o':
			add_labelled("X509 CERTIFICATE");
			break;
		case 't':
			add_trusted(NID_client_auth, 0);
			break;
		case 'T':
			add_trusted(NID_client_auth, 1);
			break;
		case 'k':
			add_key("PKCS #8");
			break;
		case 'e':
			add_key("EC");
			break;
		case 'E':
			add_key("encrypted");
			break;
		case 'K':
			add_key("encrypted EC");
			break;
		case 'p':
			strcat(text,
			    "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n"
			    "-----END EC PARAMETERS-----\n");
			break;
		case 'd':
			strcat(text,
			    "-----BEGIN DH PARAMETERS-----\nMAYCAQcCAQI=\n"
			    "-----END DH PARAMETERS-----\n");
			break;
		case 'b':
			strcat(text, MARK);
			break;
		case 'n':
			strcat(text, "\n");
			break;
		default:
			strcat(text,
			    "Bag Attributes\n    localKeyID: 01 00\n"
			    "subject=CN = a\n\nKey Attributes: <No "
			    "Attributes>\n");
		}
}

/* How text is spoilt. */
enum spoil {
	AS_IT_IS,
	WITH_CRLF,
	WITH_CR,
	WITH_BLANKS_BEHIND,
	WITH_BLANKS_BEFORE,
	IN_ONE_LINE,
	WITHOUT_LAST_LINE_END,
	SPOIL_COUNT
};

static void
spoil(enum spoil how)
{
	static char out[TEXT_MAX];
	char *p = text, *end;
	size_t n = 0;
	int is_base64;

	if (how == AS_IT_IS)
		return;
	for (; *p != '\0'; p = end + 1) {
		if ((end = strchr(p, '\n')) == NULL)
			break;
		is_base64 = p[0] != '-' && end - p == 64 && end[1] != '-';
		n += (size_t)snprintf(out + n, TEXT_MAX - n, "%s%.*s%s",
		    how == WITH_BLANKS_BEFORE ? " \t" : "", (int)(end - p), p,
		    how == WITH_CRLF			  ? "\r\n"
			: how == WITH_CR		  ? "\r"
			: how == WITH_BLANKS_BEHIND	  ? " \t \n"
			: how == IN_ONE_LINE && is_base64 ? ""
							  : "\n");
	}
	if (how == WITHOUT_LAST_LINE_END)
		n--;
	out[n] = '\0';
	strcpy(text, out);
}

/* What OpenSSL reads of text: certificates, or one key. */
static int
count_by_openssl(void)
{
	BIO *bio = BIO_new_mem_buf(text, -1);
	X509 *cert;
	int n = 0;

	while ((cert = PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL)) != NULL) {
		X509_free(cert);
		n++;
	}
	ERR_clear_error();
	BIO_free(bio);
	return n;
}

/* Copies what is wanted, and how many of our certificates came of it. */
static int
copy(enum pem_use use, int *count)
{
	int fd = maker_file(text, strlen(text)), out, result;
	ssize_t len;
	X509 *cert;
	BIO *bio;

	*count = 0;
	result =
	    pem_copy(fd, use, use == PEM_CHAIN ? "DEFAULT" : NULL, &out, why);
	close(fd);
	if (result < 0)
		return result;
	len = pread(out, copied, sizeof(copied) - 1, 0);
	close(out);
	ck_assert_int_gt(len, 0);
	copied[len] = '\0';
	if (use == PEM_KEY)
		return 0;
	/* as a worker reads it */
	bio = BIO_new_mem_buf(copied, (int)len);
	while ((cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
		ck_assert_int_eq(X509_cmp(cert, own), 0);
		X509_free(cert);
		(*count)++;
	}
	ERR_clear_error();
	BIO_free(bio);
	ck_assert_ptr_null(strstr(copied, "KEY-----"));
	return 0;
}

static const struct {
	const char *parts;
	int certs;
	int has_key;
} files[] = {
    {"c", 1, 0},
    {"cc", 2, 0},
    {"o", 1, 0},
    {"t", 1, 0},
    {"cot", 3, 0},
    {"bc", 1, 0},
    {"bcbc", 2, 0},
    {"nnc", 1, 0},
    {"scsc", 2, 0},
    {"ck", 1, 1},
    {"kc", 1, 1},
    {"skscsc", 2, 1},
    {"pec", 1, 1},
    {"cpe", 1, 1},
    {"cE", 1, 1},
    {"Kc", 1, 1},
    {"bkc", 1, 1},
};

START_TEST(pem_takes_all_that_openssl_reads)
{
	int how = _i % SPOIL_COUNT, count, certs, result;
	const char *parts = files[_i / SPOIL_COUNT].parts;

	certs = files[_i / SPOIL_COUNT].certs;
	compose(parts);
	spoil(how);
	ck_assert_int_ge(certs, count_by_openssl());
	ck_assert_int_eq(copy(PEM_CHAIN, &count), 0);
	ck_assert_msg(count == certs, "%s %d: %d", parts, how, count);
	ck_assert_str_eq(why, "");
	result = copy(PEM_KEY, &count);
	ck_assert_int_eq(
	    result, files[_i / SPOIL_COUNT].has_key ? 0 : VB_ENOTFOUND);
}
END_TEST

/* The key that is copied is the key, with its passphrase if it has one. */
START_TEST(pem_key_is_read_by_openssl)
{
	static const char *const parts[] = {"k", "e", "pe", "sksc", "E", "K"};
	EVP_PKEY *key;
	size_t i;
	BIO *bio;
	int how, count;

	for (i = 0; i < COUNT(parts); i++)
		for (how = 0; how < SPOIL_COUNT; how++) {
			compose(parts[i]);
			/* a header of RFC 1421 has no blanks before it */
			if (how == WITH_BLANKS_BEFORE && parts[i][0] == 'K')
				continue;
			spoil((enum spoil)how);
			ck_assert_int_eq(copy(PEM_KEY, &count), 0);
			ck_assert_ptr_null(strstr(copied, "CERTIFICATE"));
			bio = BIO_new_mem_buf(copied, -1);
			key = PEM_read_bio_PrivateKey(
			    bio, NULL, NULL, (void *)(uintptr_t) "secret");
			ck_assert_msg(
			    key != NULL, "%s %d: %s", parts[i], how, copied);
			ck_assert_int_eq(EVP_PKEY_eq(key, pair), 1);
			EVP_PKEY_free(key);
			BIO_free(bio);
		}
}
END_TEST

/* ---- what is told ---- */

static const struct {
	const char *parts; /* composed first */
	const char *text;  /* then this */
	enum pem_use use;
	int result;
	const char *why;
} told[] = {
    {"", "", PEM_CHAIN, VB_ENOTFOUND, "it is empty"},
    {"", "\x30\x82\x01\x22", PEM_CHAIN, VB_ENOTFOUND,
	"it is DER or PKCS #12, and not PEM: openssl(1) converts it"},
    {"", "hello\n", PEM_CHAIN, VB_ENOTFOUND, ""},
    {"k", "", PEM_CHAIN, VB_ENOTFOUND, ""},
    {"c", "", PEM_KEY, VB_ENOTFOUND, ""},
    {"c", "", PEM_CRLS, VB_ENOTFOUND, ""},
    {"kk", "", PEM_KEY, VB_ESYNTAX,
	"it has 2 private keys: leave the certificate's"},
    {"", "----BEGIN CERTIFICATE-----\nAAAA\n", PEM_CHAIN, VB_ESYNTAX,
	"line 1: that is not \"-----BEGIN ...-----\""},
    {"", "\n-----BEGIN CERTIFICATE----\nAAAA\n", PEM_CHAIN, VB_ESYNTAX,
	"line 2: that is not \"-----BEGIN ...-----\""},
    {"", "\n-----END CERTIFICATE-----\n", PEM_CHAIN, VB_ESYNTAX,
	"line 2: that is not \"-----BEGIN ...-----\""},
    {"", "-----BEGIN CERTIFICATE-----\nAAAA\n", PEM_CHAIN, VB_ESYNTAX,
	"line 1: here begins a block without an end: CERTIFICATE"},
    {"",
	"-----BEGIN CERTIFICATE-----\nAAAA\n"
	"-----END X509 CERTIFICATE-----\n",
	PEM_CHAIN, VB_ESYNTAX,
	"line 1: here begins a block that is cut off: CERTIFICATE"},
    {"",
	"-----BEGIN CERTIFICATE-----\nAAAA\n"
	"-----END CERTIFICATE-----\n",
	PEM_CHAIN, VB_ESYNTAX,
	"line 1: the block that begins here is damaged: CERTIFICATE"},
    {"c", "-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----\n", PEM_CHAIN,
	VB_ESYNTAX,
	"line 9: \"openssl pkcs7 -print_certs\" takes certificates out of "
	"PKCS7"},
    {"",
	"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n"
	"-----END OPENSSH PRIVATE KEY-----\n",
	PEM_KEY, VB_ESYNTAX,
	"line 1: \"ssh-keygen -p -m PEM\" makes a key for TLS of OPENSSH "
	"PRIVATE KEY"},
    {"T", "", PEM_CLIENT_CA, VB_ESYNTAX,
	"line 1: the block that begins here is trusted for other purposes: "
	"TRUSTED CERTIFICATE"},
    {"t", "", PEM_TARGET_CA, VB_ESYNTAX,
	"line 1: the block that begins here is trusted for other purposes: "
	"TRUSTED CERTIFICATE"},
    {"T", "", PEM_TARGET_CA, 0, ""},
    {"t", "", PEM_CLIENT_CA, 0, ""},
    {"dc", "", PEM_CHAIN, 0, "line 1: DH PARAMETERS is not used here"},
    {"ndk", "", PEM_KEY, 0, "line 2: DH PARAMETERS is not used here"},
    {"kc", "", PEM_CLIENT_CA, 0, "line 1: PRIVATE KEY is not used here"},
    {"c", "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n",
	PEM_CLIENT_CA, 0, "line 9: X509 CRL is not used here"},
};

START_TEST(pem_block_is_never_passed_over_without_a_word)
{
	int count, result;

	compose(told[_i].parts);
	strcat(text, told[_i].text);
	result = copy(told[_i].use, &count);
	ck_assert_str_eq(why, told[_i].why);
	ck_assert_int_eq(result, told[_i].result);
}
END_TEST

/* PowerShell's ">" makes it. */
START_TEST(pem_in_utf_16_is_no_text)
{
	static const char bytes[] = "\xff\xfe-\0-\0-\0-\0-\0B\0E\0";
	int fd = maker_file(bytes, sizeof(bytes) - 1), out;

	ck_assert_int_eq(pem_copy(fd, PEM_KEY, NULL, &out, why), VB_ENOTFOUND);
	ck_assert_ptr_nonnull(strstr(why, "UTF-16"));
	close(fd);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("pem-text");
	TCase *tc = tcase_create("pem-text");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, pem_takes_all_that_openssl_reads, 0,
	    COUNT(files) * SPOIL_COUNT);
	tcase_add_test(tc, pem_key_is_read_by_openssl);
	tcase_add_loop_test(
	    tc, pem_block_is_never_passed_over_without_a_word, 0, COUNT(told));
	tcase_add_test(tc, pem_in_utf_16_is_no_text);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
