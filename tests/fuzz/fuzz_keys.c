/* SPDX-License-Identifier: ISC */
/*
 * The files of a certificate and its key, of any bytes, as the keeper loads
 * them. The first byte says how the rest is wrapped; the next two, how much
 * of it is the certificate's. What is taken must sign, as its certificate
 * can verify; what is refused must have a text.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "daemon/keeper/keys.h"
#include "daemon/keeper/load.h"
#include "daemon/keeper/sign.h"

#define HEAD_BYTES   3
#define CERT_ID	     9
#define NOW_SEC	     1800000000
#define CONTEXT	     "TLS 1.3, server CertificateVerify"
#define PAD_BYTES    64
#define HASH_BYTES   32
#define SCHEME_COUNT 6

/* The first byte: a file is DER, to be wrapped, or else as it is. */
#define CERT_IS_DER 1
#define KEY_IS_DER  2
#define KEY_KNOWN   4
#define KEY_LABEL   (8 | 16)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int is_true)
{
	if (!is_true)
		abort();
}

/* A file of these bytes; in PEM with that label, if there is one. */
static int
make_file(const uint8_t *data, size_t len, const char *label)
{
	int fd = memfd_create("keys", MFD_CLOEXEC);
	BIO *bio = BIO_new(BIO_s_mem());
	const char *text = (const char *)data;
	long text_len = (long)len;

	must(fd != -1 && bio != NULL);
	if (label != NULL) {
		must(PEM_write_bio(bio, label, "", data, (long)len) >= 0);
		text_len = BIO_get_mem_data(bio, &text);
	}
	must(write(fd, text, (size_t)text_len) == text_len);
	BIO_free(bio);
	return fd;
}

/* What TLS 1.3 signs (RFC 8446, 4.4.3), with a scheme that fits the key. */
static void
make_sign(struct msg_sign *sign, uint16_t scheme)
{
	memset(sign, 0, sizeof(*sign));
	sign->scheme = scheme;
	memset(sign->content, ' ', PAD_BYTES);
	memcpy(sign->content + PAD_BYTES, CONTEXT, sizeof(CONTEXT));
	sign->length = PAD_BYTES + sizeof(CONTEXT) + HASH_BYTES;
}

static int
is_signature(X509 *cert, const char *digest, int is_rsa,
    const struct msg_sign *sign, const struct msg_signature *signature)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;
	int is_good;

	must(EVP_DigestVerifyInit_ex(ctx, &pctx, digest, NULL, NULL,
		 X509_get0_pubkey(cert), NULL) == 1);
	if (is_rsa)
		must(EVP_PKEY_CTX_set_rsa_padding(
			 pctx, RSA_PKCS1_PSS_PADDING) == 1);
	is_good = EVP_DigestVerify(ctx, signature->signature, signature->length,
		      sign->content, sign->length) == 1;
	EVP_MD_CTX_free(ctx);
	return is_good;
}

/* Exactly one family of schemes fits a key that was taken. */
static void
check_signs(EVP_PKEY *key, X509 *cert)
{
	static const struct {
		uint16_t scheme; /* SignatureScheme, RFC 8446, 4.2.3 */
		const char *digest;
		int is_rsa;
	} schemes[SCHEME_COUNT] = {{0x0403, "SHA256", 0}, {0x0503, "SHA384", 0},
	    {0x0603, "SHA512", 0}, {0x0804, "SHA256", 1}, {0x0805, "SHA384", 1},
	    {0x0806, "SHA512", 1}};
	struct msg_signature signature;
	struct msg_sign sign;
	unsigned i, signed_count = 0;

	for (i = 0; i < SCHEME_COUNT; i++) {
		memset(&signature, 0, sizeof(signature));
		make_sign(&sign, schemes[i].scheme);
		sign_content(key, &sign, 0x0303, &signature);
		if (signature.code != SIGNED_OK)
			continue;
		signed_count++;
		must(is_signature(cert, schemes[i].digest, schemes[i].is_rsa,
		    &sign, &signature));
	}
	must(signed_count == (EVP_PKEY_is_a(key, "RSA") ? 3 : 1));
}

static void
check_taken(const struct key_set *set, int cert_fd, int key_fd, uint32_t flags)
{
	char text[KEPT_TEXT_MAX];
	EVP_PKEY *key = keys_find(set, CERT_ID), *again;
	X509 *cert;

	must(set->count == 1 && key != NULL);
	/* the same from the same files: nothing was used up */
	must(load_certificate(cert_fd, &cert, text) == 0);
	must(load_key(key_fd, cert, &again, text) == 0);
	must(EVP_PKEY_eq(key, again) == 1);
	must(set->keys[0].ends_sec == load_end_sec(cert));
	if ((flags & CONF_KEY_KNOWN) == 0)
		must(load_check_dates(cert, NOW_SEC, text) == 0 &&
		    set->keys[0].ends_sec > NOW_SEC);
	check_signs(key, cert);
	EVP_PKEY_free(again);
	X509_free(cert);
}

static void
load_both(int cert_fd, int key_fd, uint32_t flags)
{
	struct key_set set;

	memset(&set, 0, sizeof(set));
	must(keys_add_certificate(&set, CERT_ID, cert_fd) == 0);
	must(!keys_are_whole(&set));
	must(keys_add_key(&set, CERT_ID, flags, key_fd, NOW_SEC) == 0);
	must(keys_are_whole(&set));
	must(memchr(set.text, '\0', sizeof(set.text)) != NULL);
	if (set.refused_id != 0)
		must(set.refused_id == CERT_ID && set.count == 0 &&
		    set.text[0] != '\0');
	else
		check_taken(&set, cert_fd, key_fd, flags);
	keys_clear(&set);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const labels[] = {
	    "PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY", "ANY"};
	size_t cert_len;
	uint8_t how;
	int cert_fd, key_fd;

	if (size < HEAD_BYTES)
		return 0;
	how = data[0];
	cert_len = (size_t)(data[1] << 8 | data[2]);
	data += HEAD_BYTES;
	size -= HEAD_BYTES;
	if (cert_len > size)
		cert_len = size;
	cert_fd = make_file(
	    data, cert_len, (how & CERT_IS_DER) ? "CERTIFICATE" : NULL);
	key_fd = make_file(data + cert_len, size - cert_len,
	    (how & KEY_IS_DER) ? labels[(how & KEY_LABEL) / 8] : NULL);
	load_both(cert_fd, key_fd, (how & KEY_KNOWN) ? CONF_KEY_KNOWN : 0);
	close(cert_fd);
	close(key_fd);
	ERR_clear_error();
	return 0;
}
