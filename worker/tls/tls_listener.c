/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "common/log.h"
#include "worker/tls/tls_listener.h"
#include "worker/tls/tls_ticket.h"

struct tls_listener {
	unsigned holds;
	uint8_t redirects;
	uint8_t keeps_proofs;
	unsigned rules_len;
	unsigned char rules[EVP_MAX_MD_SIZE]; /* see hash_rules() */
	uint32_t count;
	SSL_CTX *ctx[PROTO_LISTENER_CERTS];    /* the first is the default */
	X509 *cert[PROTO_LISTENER_CERTS];      /* one of each, for its names */
	uint8_t is_pair[PROTO_LISTENER_CERTS]; /* and one of the other type */
};

struct tls_listener *
tls_listener_hold(struct tls_listener *listener)
{
	listener->holds++;
	return listener;
}

void
tls_listener_release(struct tls_listener *listener)
{
	uint32_t i;

	if (listener == NULL || --listener->holds > 0)
		return;
	for (i = 0; i < listener->count; i++)
		SSL_CTX_free(listener->ctx[i]); /* and with it, cert[i] */
	free(listener);
}

SSL_CTX *
tls_listener_ctx(const struct tls_listener *listener)
{
	return listener->ctx[0];
}

int
tls_listener_redirects(const struct tls_listener *listener)
{
	return listener->redirects;
}

int
tls_listener_keeps_proofs(const struct tls_listener *listener)
{
	return listener->keeps_proofs;
}

/* ---- who was let in before ---- */

static int
has_expired(const X509 *cert)
{
	return X509_cmp_current_time(X509_get0_notAfter(cert)) != 1;
}

int
tls_listener_admits(const struct tls_listener *listener,
    const struct tls_listener *then, const SSL *ssl, int is_judged)
{
	SSL_CTX *ctx = listener->ctx[0];
	int mode = SSL_CTX_get_verify_mode(ctx);
	const X509 *cert = SSL_get0_peer_certificate(ssl);

	if (SSL_version(ssl) < SSL_CTX_get_min_proto_version(ctx) ||
	    sk_SSL_CIPHER_find(
		SSL_CTX_get_ciphers(ctx), SSL_get_current_cipher(ssl)) < 0)
		return 0;
	if (mode == SSL_VERIFY_NONE)
		return 1;
	if (cert == NULL)
		return (mode & SSL_VERIFY_FAIL_IF_NO_PEER_CERT) == 0;
	return is_judged ||
	    (!has_expired(cert) && listener->rules_len == then->rules_len &&
		memcmp(listener->rules, then->rules, then->rules_len) == 0);
}

/* ---- the choice by name ---- */

static int
find_name(const struct tls_listener *listener, const char *name, unsigned flags)
{
	uint32_t i;

	for (i = 0; i < listener->count; i++)
		if (X509_check_host(listener->cert[i], name, strlen(name),
			flags | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS,
			NULL) == 1)
			return (int)i;
	return -1;
}

/* The exact name goes before a wildcard; an unknown name gets the default. */
static int
on_server_name(SSL *ssl, int *alert, void *arg)
{
	const struct tls_listener *listener = arg;
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	int i;

	(void)alert;
	if (name == NULL)
		return SSL_TLSEXT_ERR_NOACK;
	i = find_name(listener, name, X509_CHECK_FLAG_NO_WILDCARDS);
	if (i < 0)
		i = find_name(listener, name, 0);
	if (i < 0)
		return SSL_TLSEXT_ERR_NOACK;
	if (i > 0 && SSL_set_SSL_CTX(ssl, listener->ctx[i]) == NULL)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	return SSL_TLSEXT_ERR_OK;
}

/* RFC 7301: with nothing in common the connection goes on without. */
static int
on_protocols(SSL *ssl, const unsigned char **out, unsigned char *out_len,
    const unsigned char *in, unsigned in_len, void *arg)
{
	static const unsigned char ours[] = "\x08http/1.1";
	unsigned char *chosen;

	(void)ssl;
	(void)arg;
	if (SSL_select_next_proto(&chosen, out_len, ours, sizeof(ours) - 1, in,
		in_len) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_NOACK;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

/* ---- what a session begins with ---- */

static int
add_cas(SSL_CTX *ctx, const struct tls_plan *plan)
{
	X509_STORE *store = SSL_CTX_get_cert_store(ctx);
	int i;

	for (i = 0; i < sk_X509_num(plan->ca); i++)
		if (!X509_STORE_add_cert(store, sk_X509_value(plan->ca, i)) ||
		    !SSL_CTX_add_client_CA(ctx, sk_X509_value(plan->ca, i)))
			return 0;
	for (i = 0; i < sk_X509_CRL_num(plan->crl); i++)
		if (!X509_STORE_add_crl(store, sk_X509_CRL_value(plan->crl, i)))
			return 0;
	if (plan->crl != NULL)
		X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
	return 1;
}

/*
 * The rules by which a session is judged when it is made. One that is resumed
 * was judged then: it must have been by the same rules.
 */
static int
hash_rules(struct tls_listener *listener, const struct tls_plan *plan)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	unsigned char part[EVP_MAX_MD_SIZE];
	unsigned part_len;
	int i, is_good;

	is_good = md != NULL &&
	    EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1 &&
	    EVP_DigestUpdate(md, plan->text, sizeof(*plan->text)) == 1 &&
	    EVP_DigestUpdate(md, &plan->settings->tls_minimum,
		sizeof(plan->settings->tls_minimum)) == 1 &&
	    EVP_DigestUpdate(md, &plan->settings->has_certificate,
		sizeof(plan->settings->has_certificate)) == 1 &&
	    EVP_DigestUpdate(md, &plan->msg->verify_client,
		sizeof(plan->msg->verify_client)) == 1;
	for (i = 0; is_good && i < sk_X509_num(plan->ca); i++)
		is_good = X509_digest(sk_X509_value(plan->ca, i), EVP_sha256(),
			      part, &part_len) &&
		    EVP_DigestUpdate(md, part, part_len) == 1;
	for (i = 0; is_good && i < sk_X509_CRL_num(plan->crl); i++)
		is_good = X509_CRL_digest(sk_X509_CRL_value(plan->crl, i),
			      EVP_sha256(), part, &part_len) &&
		    EVP_DigestUpdate(md, part, part_len) == 1;
	is_good = is_good &&
	    EVP_DigestFinal_ex(md, listener->rules, &listener->rules_len) == 1;
	EVP_MD_CTX_free(md);
	return is_good;
}

static int
verify_mode(uint32_t verify_client)
{
	switch (verify_client) {
	case VERIFY_CLIENT_REQUIRE:
		return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
	case VERIFY_CLIENT_OPTIONAL:
		return SSL_VERIFY_PEER;
	default:
		return SSL_VERIFY_NONE;
	}
}

static int
set_ciphers(SSL_CTX *ctx, const struct msg_conf_tls_text *text)
{
	char ciphers[sizeof(text->ciphers) + sizeof(CONF_CIPHERS_NEVER)];

	strlcpy(ciphers, text->ciphers, sizeof(ciphers));
	strlcat(ciphers, CONF_CIPHERS_NEVER, sizeof(ciphers));
	return (text->ciphers[0] == '\0' ||
		   SSL_CTX_set_cipher_list(ctx, ciphers)) &&
	    (text->ciphersuites[0] == '\0' ||
		SSL_CTX_set_ciphersuites(ctx, text->ciphersuites)) &&
	    (text->curves[0] == '\0' ||
		SSL_CTX_set1_groups_list(ctx, text->curves));
}

int
tls_listener_set_policy(SSL_CTX *ctx, const struct msg_conf_tls_text *text,
    const struct settings *settings)
{
	return SSL_CTX_set_min_proto_version(ctx,
		   settings->tls_minimum >= TLS1_3_VERSION ? TLS1_3_VERSION
							   : TLS1_2_VERSION) &&
	    set_ciphers(ctx, text);
}

static SSL_CTX *
make_ctx(const struct tls_plan *plan, struct tls_listener *listener)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (ctx == NULL)
		return NULL;
	SSL_CTX_set_options(
	    ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
	if (plan->settings->has_auth) /* passwords and cookies go through it */
		SSL_CTX_set_options(ctx, SSL_OP_CLEANSE_PLAINTEXT);
	SSL_CTX_clear_options(ctx, SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_alpn_select_cb(ctx, on_protocols, NULL);
	SSL_CTX_set_tlsext_servername_callback(ctx, on_server_name);
	SSL_CTX_set_tlsext_servername_arg(ctx, listener);
	SSL_CTX_set_verify(ctx, verify_mode(plan->msg->verify_client), NULL);
	if (!tls_listener_set_policy(ctx, plan->text, plan->settings) ||
	    !tls_ticket_use(ctx) || !add_cas(ctx, plan) ||
	    SSL_CTX_set_session_id_context(
		ctx, listener->rules, listener->rules_len) != 1) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	return ctx;
}

/* ---- certificates ---- */

static int
has_names_of(X509 *cert, X509 *other)
{
	GENERAL_NAMES *names =
	    X509_get_ext_d2i(other, NID_subject_alt_name, NULL, NULL);
	const GENERAL_NAME *name;
	int i, is_same = names != NULL;

	for (i = 0; is_same && i < sk_GENERAL_NAME_num(names); i++) {
		name = sk_GENERAL_NAME_value(names, i);
		if (name->type != GEN_DNS)
			continue;
		/* a wildcard isn't a host: as a name it is only itself */
		is_same =
		    X509_check_host(cert,
			(const char *)ASN1_STRING_get0_data(name->d.dNSName),
			(size_t)ASN1_STRING_length(name->d.dNSName),
			X509_CHECK_FLAG_NO_WILDCARDS, NULL) == 1;
	}
	GENERAL_NAMES_free(names);
	return is_same;
}

/*
 * One of the same names, whose key is of the other type: side by side. A third
 * of these names is on its own.
 */
static int
find_partner(const struct tls_listener *listener, const struct tls_cert *cert)
{
	uint32_t i;
	int is_ec = EVP_PKEY_is_a(cert->key, "EC");

	for (i = 0; i < listener->count; i++)
		if (!listener->is_pair[i] &&
		    EVP_PKEY_is_a(X509_get0_pubkey(listener->cert[i]), "EC") !=
			is_ec &&
		    has_names_of(listener->cert[i], cert->cert) &&
		    has_names_of(cert->cert, listener->cert[i]))
			return (int)i;
	return -1;
}

static int
add_cert(struct tls_listener *listener, const struct tls_plan *plan,
    const struct tls_cert *cert)
{
	int i = find_partner(listener, cert);
	SSL_CTX *ctx = i >= 0 ? listener->ctx[i] : make_ctx(plan, listener);

	if (ctx == NULL)
		return 0;
	if (i < 0) {
		listener->ctx[listener->count] = ctx;
		listener->cert[listener->count++] = cert->cert;
	} else
		listener->is_pair[i] = 1;
	return SSL_CTX_use_cert_and_key(
		   ctx, cert->cert, cert->key, cert->chain, 0) == 1;
}

struct tls_listener *
tls_listener_new(const struct tls_plan *plan)
{
	struct tls_listener *listener = calloc(1, sizeof(*listener));
	char local[ADDR_TEXT_MAX];
	const char *text;
	uint32_t i;

	if (listener == NULL)
		return NULL;
	listener->holds = 1;
	listener->redirects = plan->msg->redirect;
	listener->keeps_proofs = plan->settings->has_certificate &&
	    plan->msg->verify_client != VERIFY_CLIENT_NO;
	ERR_clear_error();
	if (!hash_rules(listener, plan)) {
		tls_listener_release(listener);
		return NULL;
	}
	for (i = 0; i < plan->msg->cert_count; i++)
		if (!add_cert(listener, plan, plan->certs[i])) {
			text = ERR_reason_error_string(ERR_peek_last_error());
			log_error("listen \"%s\": certificate %u: %s",
			    addr_format(&plan->msg->local, local), i + 1,
			    text == NULL ? "unknown error" : text);
			ERR_clear_error();
			tls_listener_release(listener);
			return NULL;
		}
	return listener;
}
