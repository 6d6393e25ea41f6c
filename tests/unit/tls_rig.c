/* SPDX-License-Identifier: ISC */
#include <sys/mman.h>

#include <check.h>
#include <string.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "tests/unit/tls_rig.h"

#define DAY_SEC	 86400
#define RSA_BITS 2048

EVP_PKEY *
rig_key(const char *kind)
{
	EVP_PKEY *key =
	    strcmp(kind, "RSA") == 0 ? EVP_RSA_gen(RSA_BITS) : EVP_EC_gen(kind);

	ck_assert_ptr_nonnull(key);
	return key;
}

X509 *
rig_cert(EVP_PKEY *key, const char *names, X509 *issuer, EVP_PKEY *issuer_key)
{
	static long serial = 1;
	X509 *cert = X509_new();
	X509_NAME *name = X509_get_subject_name(cert);
	X509_EXTENSION *ext;
	const char *first = names + strlen("DNS:");

	X509_set_version(cert, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), serial++);
	X509_gmtime_adj(X509_getm_notBefore(cert), -DAY_SEC);
	X509_gmtime_adj(X509_getm_notAfter(cert), DAY_SEC);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const unsigned char *)first, (int)strcspn(first, ","), -1, 0);
	X509_set_issuer_name(
	    cert, issuer == NULL ? name : X509_get_subject_name(issuer));
	X509_set_pubkey(cert, key);
	ext = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names);
	ck_assert_ptr_nonnull(ext);
	X509_add_ext(cert, ext, -1);
	X509_EXTENSION_free(ext);
	if (issuer == NULL) {
		ext = X509V3_EXT_conf_nid(
		    NULL, NULL, NID_basic_constraints, "critical,CA:TRUE");
		X509_add_ext(cert, ext, -1);
		X509_EXTENSION_free(ext);
	}
	ck_assert_int_gt(X509_sign(cert, issuer_key == NULL ? key : issuer_key,
			     EVP_sha256()),
	    0);
	return cert;
}

int
rig_cert_file(X509 *cert)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	long len;
	int fd = memfd_create("cert", MFD_CLOEXEC);

	ck_assert_int_eq(PEM_write_bio_X509(bio, cert), 1);
	len = BIO_get_mem_data(bio, &text);
	ck_assert_int_eq(write(fd, text, (size_t)len), len);
	BIO_free(bio);
	return fd;
}

static const EVP_MD *
hash_of(unsigned scheme)
{
	switch (scheme) {
	case 0x0401:
	case 0x0403:
	case 0x0804:
		return EVP_sha256();
	case 0x0501:
	case 0x0503:
	case 0x0805:
		return EVP_sha384();
	case 0x0601:
	case 0x0603:
	case 0x0806:
		return EVP_sha512();
	default:
		return NULL;
	}
}

size_t
rig_sign(EVP_PKEY *key, unsigned scheme, const void *content, size_t len,
    unsigned char *signature, size_t size)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;

	ck_assert_ptr_nonnull(hash_of(scheme));
	ck_assert_int_eq(
	    EVP_DigestSignInit_ex(ctx, &pctx, EVP_MD_get0_name(hash_of(scheme)),
		NULL, NULL, key, NULL),
	    1);
	if (scheme >= 0x0804 && scheme <= 0x0806) {
		ck_assert_int_eq(
		    EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING),
		    1);
		ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_pss_saltlen(
				     pctx, RSA_PSS_SALTLEN_DIGEST),
		    1);
	}
	ck_assert_int_eq(
	    EVP_DigestSign(ctx, signature, &size, content, len), 1);
	EVP_MD_CTX_free(ctx);
	return size;
}
