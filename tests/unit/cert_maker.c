/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/unit/cert_maker.h"

EVP_PKEY *
maker_key(const char *kind)
{
	EVP_PKEY *key;

	if (strncmp(kind, "RSA:", 4) == 0)
		key = EVP_PKEY_Q_keygen(
		    NULL, NULL, "RSA", (size_t)atoi(kind + 4));
	else if (strcmp(kind, "ED25519") == 0)
		key = EVP_PKEY_Q_keygen(NULL, NULL, kind);
	else
		key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", kind);
	ck_assert_ptr_nonnull(key);
	return key;
}

X509 *
maker_certificate(EVP_PKEY *key, long from_sec, long to_sec)
{
	X509 *certificate = X509_new();
	X509_NAME *name;
	int is_plain = EVP_PKEY_is_a(key, "ED25519");

	ck_assert_ptr_nonnull(certificate);
	ck_assert_int_eq(X509_set_version(certificate, X509_VERSION_3), 1);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
	X509_gmtime_adj(X509_getm_notBefore(certificate), from_sec);
	X509_gmtime_adj(X509_getm_notAfter(certificate), to_sec);
	ck_assert_int_eq(X509_set_pubkey(certificate, key), 1);
	name = X509_get_subject_name(certificate);
	ck_assert_int_eq(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
			     (const unsigned char *)"bridge", -1, -1, 0),
	    1);
	ck_assert_int_eq(X509_set_issuer_name(certificate, name), 1);
	ck_assert_int_gt(
	    X509_sign(certificate, key, is_plain ? NULL : EVP_sha256()), 0);
	return certificate;
}

int
maker_file(const void *bytes, size_t len)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
	return fd;
}

static int
file_of(BIO *bio)
{
	char *bytes;
	long len = BIO_get_mem_data(bio, &bytes);
	int fd = maker_file(bytes, (size_t)len);

	BIO_free(bio);
	return fd;
}

int
maker_certificate_file(X509 *certificate)
{
	BIO *bio = BIO_new(BIO_s_mem());

	ck_assert_int_eq(PEM_write_bio_X509(bio, certificate), 1);
	return file_of(bio);
}

int
maker_key_file(EVP_PKEY *key, const char *passphrase)
{
	BIO *bio = BIO_new(BIO_s_mem());

	ck_assert_int_eq(PEM_write_bio_PrivateKey(bio, key,
			     passphrase != NULL ? EVP_aes_256_cbc() : NULL,
			     NULL, 0, NULL, (void *)(uintptr_t)passphrase),
	    1);
	return file_of(bio);
}

int
maker_both_file(X509 *certificate, EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());

	ck_assert_int_eq(PEM_write_bio_X509(bio, certificate), 1);
	ck_assert_int_eq(
	    PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL), 1);
	return file_of(bio);
}

void
maker_sign_1_3(struct msg_sign *sign, uint16_t scheme)
{
	static const char context[] = "TLS 1.3, server CertificateVerify";
	uint8_t *at = sign->content;
	int i;

	memset(sign, 0, sizeof(*sign));
	sign->id = 7;
	sign->cert_id = 1;
	sign->scheme = scheme;
	memset(at, 0x20, 64);
	memcpy(at + 64, context, sizeof(context));
	at += 64 + sizeof(context);
	for (i = 0; i < 32; i++)
		*at++ = (uint8_t)(i * 7);
	sign->length = (uint16_t)(at - sign->content);
}

void
maker_sign_1_2(struct msg_sign *sign, uint16_t scheme)
{
	static const uint8_t params[] = {3, 0, 23, 65, 4};
	int i;

	memset(sign, 0, sizeof(*sign));
	sign->id = 8;
	sign->cert_id = 1;
	sign->scheme = scheme;
	for (i = 0; i < 64; i++)
		sign->content[i] = (uint8_t)(i * 5);
	memcpy(sign->content + 64, params, sizeof(params));
	memset(sign->content + 69, 0xa5, 64);
	sign->length = 64 + 4 + 65;
}

int
maker_verify(EVP_PKEY *key, const struct msg_sign *sign,
    const struct msg_signature *signature)
{
	static const char *const digests[] = {
	    [4] = "SHA256", [5] = "SHA384", [6] = "SHA512"};
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *key_ctx;
	int is_pss = sign->scheme >> 8 == 8, result;
	const char *digest =
	    digests[is_pss ? sign->scheme & 0xff : sign->scheme >> 8];

	ck_assert_int_eq(EVP_DigestVerifyInit_ex(
			     ctx, &key_ctx, digest, NULL, NULL, key, NULL),
	    1);
	if (is_pss) {
		EVP_PKEY_CTX_set_rsa_padding(key_ctx, RSA_PKCS1_PSS_PADDING);
		EVP_PKEY_CTX_set_rsa_pss_saltlen(
		    key_ctx, RSA_PSS_SALTLEN_DIGEST);
	}
	result = EVP_DigestVerify(ctx, signature->signature, signature->length,
	    sign->content, sign->length);
	EVP_MD_CTX_free(ctx);
	return result == 1;
}
