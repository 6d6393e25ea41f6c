/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/keeper/load.h"

#define FILE_MAX       (1024 * 1024) /* bytes */
#define RSA_BITS_LEAST 2048
#define RSA_BITS_MOST  (SIGN_SIGNATURE_MAX * 8)
#define GROUP_NAME_MAX 64

static int
refuse(int error, char text[KEPT_TEXT_MAX], const char *why)
{
	ERR_clear_error();
	snprintf(text, KEPT_TEXT_MAX, "%s", why);
	return error;
}

/*
 * The whole file, in OpenSSL's memory: private numbers do not fit its secure
 * heap in this form, but what is freed is wiped. NULL with text.
 */
static char *
read_all(int fd, size_t *len, char text[KEPT_TEXT_MAX])
{
	struct stat st;
	char *bytes;
	ssize_t n;

	*len = 0;
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) || st.st_size <= 0 ||
	    st.st_size > FILE_MAX) {
		refuse(0, text, "the file is empty, too large, or not a file");
		return NULL;
	}
	if ((bytes = OPENSSL_malloc((size_t)st.st_size)) == NULL) {
		refuse(0, text, vb_strerror(VB_ENOMEM));
		return NULL;
	}
	while (*len < (size_t)st.st_size &&
	    (n = pread(
		 fd, bytes + *len, (size_t)st.st_size - *len, (off_t)*len)) > 0)
		*len += (size_t)n;
	return bytes;
}

/* OpenSSL would ask the user at the terminal. */
static int
on_passphrase(char *out, int size, int is_writing, void *arg)
{
	(void)out;
	(void)size;
	(void)is_writing;
	*(int *)arg = 1;
	return -1;
}

int
load_certificate(int fd, X509 **out, char text[KEPT_TEXT_MAX])
{
	int is_asked = 0;
	size_t len;
	char *bytes = read_all(fd, &len, text);
	BIO *bio;

	*out = NULL;
	if (bytes == NULL)
		return VB_ESYNTAX;
	if ((bio = BIO_new_mem_buf(bytes, (int)len)) != NULL)
		*out = PEM_read_bio_X509(bio, NULL, on_passphrase, &is_asked);
	BIO_free(bio);
	OPENSSL_free(bytes);
	if (*out == NULL)
		return refuse(
		    VB_ESYNTAX, text, "there is no certificate in it (in PEM)");
	return 0;
}

static void
format_time(const ASN1_TIME *time, char *out, size_t size)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(time, &tm) != 1 ||
	    strftime(out, size, "%Y-%m-%d %H:%M:%S UTC", &tm) == 0)
		snprintf(out, size, "an invalid time");
}

uint64_t
load_end_sec(const X509 *certificate)
{
	struct tm tm;
	time_t end;

	if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &tm) != 1 ||
	    (end = timegm(&tm)) < 0)
		return 0;
	return (uint64_t)end;
}

int
load_check_dates(X509 *certificate, time_t now, char text[KEPT_TEXT_MAX])
{
	const ASN1_TIME *from = X509_get0_notBefore(certificate);
	const ASN1_TIME *to = X509_get0_notAfter(certificate);
	char when[64];

	/* before: -1, after: 1, not to be read: 0 */
	if (X509_cmp_time(from, &now) != -1) {
		format_time(from, when, sizeof(when));
		snprintf(text, KEPT_TEXT_MAX,
		    "the certificate is not valid before %s", when);
		return VB_ERANGE;
	}
	if (X509_cmp_time(to, &now) != 1) {
		format_time(to, when, sizeof(when));
		snprintf(
		    text, KEPT_TEXT_MAX, "the certificate expired on %s", when);
		return VB_ERANGE;
	}
	return 0;
}

/* Returns 0, or VB_ERANGE with text. */
static int
check_kind(EVP_PKEY *key, char text[KEPT_TEXT_MAX])
{
	static const char *const curves[] = {
	    "prime256v1", "secp384r1", "secp521r1"};
	char name[GROUP_NAME_MAX];
	size_t len, i;

	if (EVP_PKEY_is_a(key, "RSA")) {
		if (EVP_PKEY_get_bits(key) >= RSA_BITS_LEAST &&
		    EVP_PKEY_get_bits(key) <= RSA_BITS_MOST)
			return 0;
		snprintf(text, KEPT_TEXT_MAX,
		    "the key is RSA of %d bits, and not of %d to %d",
		    EVP_PKEY_get_bits(key), RSA_BITS_LEAST, RSA_BITS_MOST);
		return VB_ERANGE;
	}
	if (EVP_PKEY_is_a(key, "EC") &&
	    EVP_PKEY_get_group_name(key, name, sizeof(name), &len) == 1)
		for (i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
			if (strcmp(name, curves[i]) == 0)
				return 0;
	return refuse(VB_ERANGE, text,
	    "the key is neither RSA nor ECDSA on P-256, P-384 or P-521");
}

/* Whether private and public half belong together, and to the certificate. */
static int
check_pair(EVP_PKEY *key, X509 *certificate, char text[KEPT_TEXT_MAX])
{
	EVP_PKEY_CTX *ctx;
	int is_pair;

	if (X509_check_private_key(certificate, key) != 1)
		return refuse(VB_ESYNTAX, text,
		    "the key does not match the certificate, "
		    "which must be the first in its file");
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	is_pair = ctx != NULL && EVP_PKEY_pairwise_check(ctx) == 1;
	EVP_PKEY_CTX_free(ctx);
	return is_pair ? 0 : refuse(VB_ESYNTAX, text, "the key is damaged");
}

static EVP_PKEY *
parse_key(const char *bytes, size_t len, char text[KEPT_TEXT_MAX])
{
	BIO *bio = BIO_new_mem_buf(bytes, (int)len);
	EVP_PKEY *key = NULL;
	int is_asked = 0;

	if (bio != NULL)
		key = PEM_read_bio_PrivateKey(
		    bio, NULL, on_passphrase, &is_asked);
	BIO_free(bio);
	if (key == NULL)
		refuse(0, text,
		    is_asked
			? "the key has a passphrase: openssl-pkey(1) removes it"
			: "there is no private key in the file (in PEM); "
			  "key = { ... } names another");
	return key;
}

int
load_key(int fd, X509 *certificate, EVP_PKEY **out, char text[KEPT_TEXT_MAX])
{
	EVP_PKEY *key;
	size_t len;
	char *bytes = read_all(fd, &len, text);
	int result;

	*out = NULL;
	if (bytes == NULL)
		return VB_ESYNTAX;
	key = parse_key(bytes, len, text);
	OPENSSL_clear_free(bytes, len);
	if (key == NULL)
		return VB_ESYNTAX;
	if ((result = check_kind(key, text)) < 0 ||
	    (result = check_pair(key, certificate, text)) < 0) {
		EVP_PKEY_free(key);
		return result;
	}
	*out = key;
	return 0;
}
