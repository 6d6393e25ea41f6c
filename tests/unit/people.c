/* SPDX-License-Identifier: ISC */
#include <sys/mman.h>

#include <check.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include "tests/unit/people.h"

#define PEOPLE_MAX 64

static EVP_PKEY *the_key, *forgers_key;
static X509 *made[PEOPLE_MAX];
static size_t made_count;

static EVP_PKEY *
key_of(int is_forged)
{
	if (the_key == NULL) {
		the_key = EVP_EC_gen("P-256");
		forgers_key = EVP_EC_gen("P-256");
	}
	ck_assert_ptr_nonnull(the_key);
	ck_assert_ptr_nonnull(forgers_key);
	return is_forged ? forgers_key : the_key;
}

void
people_free(void)
{
	while (made_count > 0)
		X509_free(made[--made_count]);
	EVP_PKEY_free(the_key);
	EVP_PKEY_free(forgers_key);
	the_key = forgers_key = NULL;
}

static void
extend(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	ck_assert_msg(ext != NULL, "%s", value);
	ck_assert_int_eq(X509_add_ext(cert, ext, -1), 1);
	X509_EXTENSION_free(ext);
}

X509 *
people_cert(const struct person *p)
{
	static long serial;
	X509 *cert = X509_new();
	X509_NAME *name = X509_get_subject_name(cert);
	int has_dates = p->from_sec != 0 || p->to_sec != 0;

	X509_set_version(cert, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), ++serial);
	X509_gmtime_adj(X509_getm_notBefore(cert),
	    has_dates ? p->from_sec : -PEOPLE_DAY_SEC);
	X509_gmtime_adj(
	    X509_getm_notAfter(cert), has_dates ? p->to_sec : PEOPLE_DAY_SEC);
	if (p->cn != NULL)
		ck_assert_int_eq(
		    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
			(const unsigned char *)p->cn, -1, -1, 0),
		    1);
	X509_set_issuer_name(
	    cert, p->issuer == NULL ? name : X509_get_subject_name(p->issuer));
	X509_set_pubkey(cert, key_of(0));
	if (p->is_authority)
		extend(cert, NID_basic_constraints, "critical,CA:TRUE");
	else
		extend(cert, NID_ext_key_usage,
		    p->usage != NULL ? p->usage : "clientAuth");
	if (p->names != NULL)
		extend(cert, NID_subject_alt_name, p->names);
	ck_assert_int_gt(
	    X509_sign(cert, key_of(p->is_forged), EVP_sha256()), 0);
	ck_assert_uint_lt(made_count, PEOPLE_MAX);
	made[made_count++] = cert;
	return cert;
}

static int
file_of(BIO *bio)
{
	char *text;
	long len = BIO_get_mem_data(bio, &text);
	int fd = memfd_create("pem", MFD_CLOEXEC);

	ck_assert_int_eq(write(fd, text, (size_t)len), len);
	BIO_free(bio);
	return fd;
}

int
people_file(X509 *cert)
{
	BIO *bio = BIO_new(BIO_s_mem());

	ck_assert_int_eq(PEM_write_bio_X509(bio, cert), 1);
	return file_of(bio);
}

int
people_revoke(X509 *issuer, X509 *revoked)
{
	X509_CRL *crl = X509_CRL_new();
	X509_REVOKED *entry = X509_REVOKED_new();
	ASN1_TIME *now = X509_gmtime_adj(NULL, -PEOPLE_DAY_SEC);
	ASN1_TIME *next = X509_gmtime_adj(NULL, PEOPLE_DAY_SEC);
	BIO *bio = BIO_new(BIO_s_mem());

	X509_CRL_set_version(crl, X509_CRL_VERSION_2);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer));
	X509_CRL_set1_lastUpdate(crl, now);
	X509_CRL_set1_nextUpdate(crl, next);
	X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(revoked));
	X509_REVOKED_set_revocationDate(entry, now);
	X509_CRL_add0_revoked(crl, entry);
	X509_CRL_sort(crl);
	ck_assert_int_gt(X509_CRL_sign(crl, key_of(0), EVP_sha256()), 0);
	ck_assert_int_eq(PEM_write_bio_X509_CRL(bio, crl), 1);
	X509_CRL_free(crl);
	ASN1_TIME_free(now);
	ASN1_TIME_free(next);
	return file_of(bio);
}

size_t
people_der(X509 *cert, uint8_t *out, size_t len, size_t size)
{
	unsigned char *at = out + len;
	int bytes = i2d_X509(cert, NULL);

	ck_assert_int_gt(bytes, 0);
	ck_assert_uint_le(len + (size_t)bytes, size);
	return len + (size_t)i2d_X509(cert, &at);
}
