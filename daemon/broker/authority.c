/* SPDX-License-Identifier: ISC */
/*
 * SECURITY   The one place of the broker that parses what a client made. It
 *            is here, not in the keeper, which could do it too, since a fault
 *            of the parser must not be a way to the private keys. It takes
 *            a worker that was taken over, or a certificate that client-ca has
 *            signed, to get here, and a listener with client-ca.
 * STANDARDS  RFC 5280 (certificates), RFC 4514 (names)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "common/log.h"
#include "common/pem_read.h"
#include "daemon/broker/authority.h"

#define CUT_MARK "..."
#define NO_NAME	 "no name"

struct authority {
	struct addr local;
	uint32_t verify_client; /* enum verify_client */
	X509_STORE *store;	/* NULL: it has no client-ca */
};

struct authorities {
	size_t count;
	struct authority entries[PROTO_LISTENERS_MAX];
};

struct presented {
	uint64_t conn_id;
	struct addr local;
	STACK_OF(X509) * chain; /* at least one */
};

void
authority_init(void)
{
	/* settings of OpenSSL's could load what the sandbox forbids */
	if (!OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG |
		    OPENSSL_INIT_LOAD_CRYPTO_STRINGS |
		    OPENSSL_INIT_ADD_ALL_DIGESTS,
		NULL))
		log_fatal("OpenSSL cannot start");
}

struct authorities *
authorities_new(void)
{
	return calloc(1, sizeof(struct authorities));
}

void
authorities_free(struct authorities *a)
{
	size_t i;

	if (a == NULL)
		return;
	for (i = 0; i < a->count; i++)
		X509_STORE_free(a->entries[i].store);
	free(a);
}

static const struct authority *
find(const struct authorities *a, const struct addr *local)
{
	size_t i;

	for (i = 0; i < a->count; i++)
		if (addr_is_same_endpoint(&a->entries[i].local, local))
			return &a->entries[i];
	return NULL;
}

int
authorities_add_listener(
    struct authorities *a, const struct msg_conf_listener *msg)
{
	struct authority *entry = &a->entries[a->count];

	if (a->count == PROTO_LISTENERS_MAX ||
	    msg->verify_client > VERIFY_CLIENT_REQUIRE)
		return VB_EBADMSG;
	entry->local = msg->addr;
	entry->verify_client = msg->verify_client;
	a->count++;
	return 0;
}

static int
add_certs(X509_STORE *store, int fd)
{
	STACK_OF(X509) *certs = pem_read_certs(fd);
	int i, is_good = certs != NULL;

	for (i = 0; is_good && i < sk_X509_num(certs); i++)
		is_good = X509_STORE_add_cert(store, sk_X509_value(certs, i));
	sk_X509_pop_free(certs, X509_free);
	return is_good ? 0 : VB_EBADMSG;
}

static int
add_crls(X509_STORE *store, int fd)
{
	STACK_OF(X509_CRL) *crls = pem_read_crls(fd);
	int i, is_good = crls != NULL;

	for (i = 0; is_good && i < sk_X509_CRL_num(crls); i++)
		is_good = X509_STORE_add_crl(store, sk_X509_CRL_value(crls, i));
	sk_X509_CRL_pop_free(crls, X509_CRL_free);
	return is_good && X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK)
	    ? 0
	    : VB_EBADMSG;
}

int
authorities_add(struct authorities *a, const struct msg_conf_ca *msg, int fd)
{
	struct authority *entry =
	    (struct authority *)(uintptr_t)find(a, &msg->local);

	if (entry == NULL)
		return VB_EBADMSG;
	if (entry->store == NULL && (entry->store = X509_STORE_new()) == NULL)
		return VB_ENOMEM;
	switch (msg->kind) {
	case CONF_CA_CERTIFICATES:
		return add_certs(entry->store, fd);
	case CONF_CA_REVOKED:
		return add_crls(entry->store, fd);
	default:
		return VB_EBADMSG;
	}
}

/* ---- what a worker passes on ---- */

void
presented_free(struct presented *presented)
{
	if (presented == NULL)
		return;
	sk_X509_pop_free(presented->chain, X509_free);
	free(presented);
}

int
presented_take(struct presented **kept, const struct msg_open *open,
    struct presented **out)
{
	*out = NULL;
	if (*kept == NULL || (*kept)->conn_id != open->conn_id)
		return 0;
	if (!addr_is_same_endpoint(&(*kept)->local, &open->local))
		return VB_EBADMSG;
	*out = *kept;
	*kept = NULL;
	return 0;
}

/* All of it must be certificates, and nothing after them. */
static int
parse_chain(STACK_OF(X509) * chain, const uint8_t *der, size_t len)
{
	const unsigned char *at = der;
	X509 *cert;

	while (at < der + len) {
		if (sk_X509_num(chain) == PRESENTED_CERTS_MAX)
			return VB_EBADMSG;
		cert = d2i_X509(NULL, &at, (long)(der + len - at));
		if (cert == NULL)
			return VB_EBADMSG;
		if (!sk_X509_push(chain, cert)) {
			X509_free(cert);
			return VB_ENOMEM;
		}
	}
	return 0;
}

int
presented_parse(const struct authorities *a, const struct msg_presented *msg,
    struct presented **out)
{
	const struct authority *entry = find(a, &msg->local);
	struct presented *presented;
	int result;

	*out = NULL;
	if (msg->length == 0 || msg->length > sizeof(msg->der))
		return VB_EBADMSG;
	if (entry == NULL || entry->store == NULL)
		return 0;
	if ((presented = calloc(1, sizeof(*presented))) == NULL)
		return VB_ENOMEM;
	presented->conn_id = msg->conn_id;
	presented->local = msg->local;
	presented->chain = sk_X509_new_null();
	result = presented->chain == NULL
	    ? VB_ENOMEM
	    : parse_chain(presented->chain, msg->der, msg->length);
	ERR_clear_error();
	if (result < 0) {
		presented_free(presented);
		return result;
	}
	*out = presented;
	return 0;
}

/* ---- whom it names ---- */

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

static int
fill(X509 *cert, struct subject *out)
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

/* ---- the judgement ---- */

/* As the worker's TLS does, but now, and by the rules that apply now. */
static int
verify(const struct authority *entry, const struct presented *presented)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	int error = X509_V_ERR_OUT_OF_MEM;

	if (ctx != NULL &&
	    X509_STORE_CTX_init(ctx, entry->store,
		sk_X509_value(presented->chain, 0), presented->chain) &&
	    X509_STORE_CTX_set_default(ctx, "ssl_client")) {
		if (X509_verify_cert(ctx) == 1)
			error = X509_V_OK;
		else if ((error = X509_STORE_CTX_get_error(ctx)) == X509_V_OK)
			error = X509_V_ERR_UNSPECIFIED;
	}
	X509_STORE_CTX_free(ctx);
	ERR_clear_error();
	return error;
}

enum authority_verdict
authority_check(const struct authorities *a, const struct addr *local,
    const struct presented *presented, struct subject *out, const char **why)
{
	const struct authority *entry = find(a, local);
	int error;

	memset(out, 0, sizeof(*out));
	*why = "no such listener any more";
	if (entry == NULL)
		return AUTHORITY_NO_LISTENER;
	if (entry->verify_client == VERIFY_CLIENT_NO)
		return AUTHORITY_GOOD;
	*why = "none was shown";
	if (presented == NULL)
		return entry->verify_client == VERIFY_CLIENT_REQUIRE
		    ? AUTHORITY_MISSING
		    : AUTHORITY_GOOD;
	error = entry->store == NULL ? X509_V_ERR_UNSPECIFIED
				     : verify(entry, presented);
	if (error == X509_V_OK) {
		if (fill(sk_X509_value(presented->chain, 0), out))
			return AUTHORITY_GOOD;
		error = X509_V_ERR_OUT_OF_MEM;
	}
	*why = X509_verify_cert_error_string(error);
	switch (error) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID:
	case X509_V_ERR_CERT_REVOKED:
		return AUTHORITY_ENDED;
	default:
		return AUTHORITY_UNKNOWN;
	}
}
