/* SPDX-License-Identifier: ISC */
/*
 * SECURITY   Where what a client made is parsed, beside worker/tls. It is not
 *            in the keeper, which could do it too, since a fault of the parser
 *            must not be a way to the private keys. It takes a worker that was
 *            taken over, or a certificate that client-ca has signed, to get
 *            here, and a listener with client-ca.
 * STANDARDS  RFC 5280 (certificates)
 */
#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "common/log.h"
#include "common/pem_read.h"
#include "daemon/authority/authority.h"

struct authority {
	struct addr local;
	uint32_t verify_client; /* enum verify_client */
	X509_STORE *store;	/* NULL: it has no client-ca */
};

struct authorities {
	size_t count;
	struct authority entries[PROTO_LISTENERS_MAX];
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

const struct authority *
authorities_find(const struct authorities *a, const struct addr *local)
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
	    (struct authority *)(uintptr_t)authorities_find(a, &msg->local);

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

uint32_t
authority_verify_client(const struct authority *entry)
{
	return entry->verify_client;
}

int
authority_has_ca(const struct authority *entry)
{
	return entry->store != NULL;
}

/* As the worker's TLS does, but now, and by the rules that apply now. */
int
authority_verify(const struct authority *entry, STACK_OF(X509) * chain,
    STACK_OF(X509) * *verified)
{
	X509_STORE_CTX *ctx;
	int error = X509_V_ERR_OUT_OF_MEM;

	if (entry->store == NULL)
		return X509_V_ERR_UNSPECIFIED;
	ctx = X509_STORE_CTX_new();
	if (ctx != NULL &&
	    X509_STORE_CTX_init(
		ctx, entry->store, sk_X509_value(chain, 0), chain) &&
	    X509_STORE_CTX_set_default(ctx, "ssl_client")) {
		if (X509_verify_cert(ctx) == 1)
			error = X509_V_OK;
		else if ((error = X509_STORE_CTX_get_error(ctx)) == X509_V_OK)
			error = X509_V_ERR_UNSPECIFIED;
	}
	if (error == X509_V_OK && verified != NULL &&
	    (*verified = X509_STORE_CTX_get1_chain(ctx)) == NULL)
		error = X509_V_ERR_OUT_OF_MEM;
	X509_STORE_CTX_free(ctx);
	ERR_clear_error();
	return error;
}

int
authority_is_ended(int error)
{
	return error == X509_V_ERR_CERT_HAS_EXPIRED ||
	    error == X509_V_ERR_CERT_NOT_YET_VALID ||
	    error == X509_V_ERR_CERT_REVOKED;
}
