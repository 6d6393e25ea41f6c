/* SPDX-License-Identifier: ISC */
#include <openssl/x509v3.h>

#include "worker/tls/tls_names.h"

/* Bytes that are no name's, a NUL among them, are refused by names_add(). */
static int
add(const ASN1_STRING *text, struct names *names)
{
	return names_add(names, (const char *)ASN1_STRING_get0_data(text),
	    (size_t)ASN1_STRING_length(text), NAMES_ONE_LABEL);
}

/* **Borrows** all. Returns how many there were, or VB_ENOMEM. */
static int
add_dns_names(const GENERAL_NAMES *all, struct names *names)
{
	const GENERAL_NAME *one;
	int i, count = 0;

	for (i = 0; i < sk_GENERAL_NAME_num(all); i++) {
		one = sk_GENERAL_NAME_value(all, i);
		if (one->type != GEN_DNS)
			continue;
		if (add(one->d.dNSName, names) < 0)
			return VB_ENOMEM;
		count++;
	}
	return count;
}

int
tls_names_add(const X509 *cert, struct names *names)
{
	const X509_NAME *subject = X509_get_subject_name(cert);
	const X509_NAME_ENTRY *entry;
	GENERAL_NAMES *all;
	int at, count = 0;

	all = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	if (all != NULL)
		count = add_dns_names(all, names);
	GENERAL_NAMES_free(all);
	if (count != 0)
		return count < 0 ? count : 0;
	at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	if ((entry = X509_NAME_get_entry(subject, at)) == NULL)
		return 0;
	return add(X509_NAME_ENTRY_get_data(entry), names);
}
