/* SPDX-License-Identifier: ISC */
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "common/pem_read.h"
#include "daemon/auth/certificate/marks.h"

#define ROOM_FIRST 16

void
marks_clear(struct marks *marks)
{
	free(marks->marks);
	memset(marks, 0, sizeof(*marks));
}

int
marks_add(struct marks *marks, const uint8_t mark[MARK_BYTES])
{
	size_t room = marks->room == 0 ? ROOM_FIRST : 2 * marks->room;
	uint8_t(*more)[MARK_BYTES];

	if (marks->count == marks->room) {
		more = reallocarray(marks->marks, room, MARK_BYTES);
		if (more == NULL)
			return VB_ENOMEM;
		marks->marks = more;
		marks->room = room;
	}
	memcpy(marks->marks[marks->count++], mark, MARK_BYTES);
	marks->is_sorted = 0;
	return 0;
}

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, MARK_BYTES);
}

void
marks_sort(struct marks *marks)
{
	if (marks->count > 0)
		qsort(marks->marks, marks->count, MARK_BYTES, compare);
	marks->is_sorted = 1;
}

int
marks_has(const struct marks *marks, const uint8_t mark[MARK_BYTES])
{
	return marks->count > 0 && marks->is_sorted &&
	    bsearch(mark, marks->marks, marks->count, MARK_BYTES, compare) !=
	    NULL;
}

int
mark_of_cert(const X509 *cert, uint8_t out[MARK_BYTES])
{
	unsigned len;

	return X509_digest(cert, EVP_sha256(), out, &len) == 1 ? 0 : VB_ENOMEM;
}

int
mark_of_number(const X509_NAME *issuer, const ASN1_INTEGER *number,
    uint8_t out[MARK_BYTES])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const unsigned char *name;
	size_t name_len;
	int is_good;

	is_good = ctx != NULL &&
	    X509_NAME_get0_der(issuer, &name, &name_len) == 1 &&
	    EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 &&
	    EVP_DigestUpdate(ctx, name, name_len) == 1 &&
	    EVP_DigestUpdate(ctx, ASN1_STRING_get0_data(number),
		(size_t)ASN1_STRING_length(number)) == 1 &&
	    EVP_DigestFinal_ex(ctx, out, NULL) == 1;
	EVP_MD_CTX_free(ctx);
	return is_good ? 0 : VB_ENOMEM;
}

static int
add_certs(struct marks *marks, int fd, int most)
{
	STACK_OF(X509) *certs = pem_read_certs(fd);
	uint8_t mark[MARK_BYTES];
	int i, result = certs == NULL ? VB_EBADMSG : 0;

	for (i = 0; result == 0 && i < sk_X509_num(certs) && i < most; i++)
		if ((result = mark_of_cert(sk_X509_value(certs, i), mark)) == 0)
			result = marks_add(marks, mark);
	sk_X509_pop_free(certs, X509_free);
	return result;
}

int
marks_add_first_cert(struct marks *marks, int fd)
{
	return add_certs(marks, fd, 1);
}

int
marks_add_certs(struct marks *marks, int fd)
{
	return add_certs(marks, fd, INT32_MAX);
}

static int
add_list(struct marks *marks, X509_CRL *crl)
{
	STACK_OF(X509_REVOKED) *list = X509_CRL_get_REVOKED(crl);
	const X509_REVOKED *revoked;
	uint8_t mark[MARK_BYTES];
	int i, result = 0;

	for (i = 0; result == 0 && i < sk_X509_REVOKED_num(list); i++) {
		revoked = sk_X509_REVOKED_value(list, i);
		result = mark_of_number(X509_CRL_get_issuer(crl),
		    X509_REVOKED_get0_serialNumber(revoked), mark);
		if (result == 0)
			result = marks_add(marks, mark);
	}
	return result;
}

int
marks_add_revoked(struct marks *marks, int fd)
{
	STACK_OF(X509_CRL) *crls = pem_read_crls(fd);
	int i, result = crls == NULL ? VB_EBADMSG : 0;

	for (i = 0; result == 0 && i < sk_X509_CRL_num(crls); i++)
		result = add_list(marks, sk_X509_CRL_value(crls, i));
	sk_X509_CRL_pop_free(crls, X509_CRL_free);
	return result;
}
