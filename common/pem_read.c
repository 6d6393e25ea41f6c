/* SPDX-License-Identifier: ISC */
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "common/pem_read.h"

#define FILE_BYTES_MAX (4 * 1024 * 1024) /* of CAs and CRLs there are many */
#define READ_BYTES     (64 * 1024)

/* The whole of a file, without its offset. */
static BIO *
read_file(int fd)
{
	static char buf[READ_BYTES];
	BIO *bio = BIO_new(BIO_s_mem());
	off_t at = 0;
	ssize_t n;

	if (bio == NULL)
		return NULL;
	while (
	    at < FILE_BYTES_MAX && (n = pread(fd, buf, sizeof(buf), at)) > 0) {
		if (BIO_write(bio, buf, (int)n) != (int)n)
			break;
		at += n;
	}
	return bio;
}

STACK_OF(X509) * pem_read_certs(int fd)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	BIO *bio = read_file(fd);
	X509 *cert;

	while (bio != NULL && certs != NULL &&
	    (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL)
		if (!sk_X509_push(certs, cert)) {
			X509_free(cert);
			break;
		}
	BIO_free(bio);
	ERR_clear_error();
	if (sk_X509_num(certs) > 0)
		return certs;
	sk_X509_free(certs);
	return NULL;
}

STACK_OF(X509_CRL) * pem_read_crls(int fd)
{
	STACK_OF(X509_CRL) *crls = sk_X509_CRL_new_null();
	BIO *bio = read_file(fd);
	X509_CRL *crl;

	while (bio != NULL && crls != NULL &&
	    (crl = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL)) != NULL)
		if (!sk_X509_CRL_push(crls, crl)) {
			X509_CRL_free(crl);
			break;
		}
	BIO_free(bio);
	ERR_clear_error();
	if (sk_X509_CRL_num(crls) > 0)
		return crls;
	sk_X509_CRL_free(crls);
	return NULL;
}
