/* SPDX-License-Identifier: ISC */
/* STANDARDS  RFC 4514 (names), RFC 5280 4.2.1.6 (the others) */
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "daemon/broker/subject.h"

#define CUT_MARK "..."
#define NO_NAME	 "no name"

/* Printable, and no space, which is between entries. */
static int
is_word(const unsigned char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return 0;
	return len > 0;
}

/* As many whole entries as fit; what is not plain text is left out. */
static void
add_other(struct subject *out, const char *kind, const ASN1_STRING *value)
{
	size_t at = strlen(out->others), len;
	const unsigned char *text = ASN1_STRING_get0_data(value);

	len = (size_t)ASN1_STRING_length(value);
	if (!is_word(text, len) ||
	    at + 1 + strlen(kind) + len >= sizeof(out->others))
		return;
	if (at > 0)
		out->others[at++] = ' ';
	memcpy(out->others + at, kind, strlen(kind));
	memcpy(out->others + at + strlen(kind), text, len);
}

static void
fill_others(X509 *cert, struct subject *out)
{
	GENERAL_NAMES *names =
	    X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	const GENERAL_NAME *name;
	int i;

	for (i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		name = sk_GENERAL_NAME_value(names, i);
		if (name->type == GEN_EMAIL)
			add_other(out, "email:", name->d.rfc822Name);
		else if (name->type == GEN_DNS)
			add_other(out, "DNS:", name->d.dNSName);
		else if (name->type == GEN_URI)
			add_other(
			    out, "URI:", name->d.uniformResourceIdentifier);
	}
	GENERAL_NAMES_free(names);
}

/* It has escaped what is not printable ASCII; a cut one says so. */
static int
fill_name(X509 *cert, struct subject *out)
{
	BIO *bio = BIO_new(BIO_s_mem());
	size_t most = sizeof(out->name) - 1;
	char *text;
	long len = -1;

	if (bio != NULL &&
	    X509_NAME_print_ex(
		bio, X509_get_subject_name(cert), 0, XN_FLAG_RFC2253) >= 0)
		len = BIO_get_mem_data(bio, &text);
	if (len > 0)
		memcpy(
		    out->name, text, (size_t)len < most ? (size_t)len : most);
	if (len > (long)most)
		memcpy(out->name + most - strlen(CUT_MARK), CUT_MARK,
		    strlen(CUT_MARK));
	BIO_free(bio);
	return len >= 0;
}

int
subject_fill(X509 *cert, struct subject *out)
{
	unsigned len;

	memset(out, 0, sizeof(*out));
	if (!fill_name(cert, out) ||
	    !X509_digest(cert, EVP_sha256(), out->sha256, &len))
		return 0;
	fill_others(cert, out);
	if (out->name[0] == '\0') /* RFC 5280, 4.1.2.6: the others do */
		snprintf(out->name, sizeof(out->name), "%s",
		    out->others[0] == '\0' ? NO_NAME : out->others);
	return subject_is_clean(out);
}

static int
is_printable(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			return 0;
	return 1;
}

int
subject_is_clean(const struct subject *subject)
{
	return PROTO_IS_TEXT(subject->name) && PROTO_IS_TEXT(subject->others) &&
	    is_printable(subject->name) && is_printable(subject->others);
}
