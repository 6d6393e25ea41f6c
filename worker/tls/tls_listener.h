/* SPDX-License-Identifier: ISC */
/*
 * A listener that speaks TLS: an SSL_CTX for each set of names, and the
 * choice among them by what the client asks for (SNI, RFC 6066, 3).
 */
#ifndef VB_TLS_LISTENER_H
#define VB_TLS_LISTENER_H

#include <openssl/types.h>

#include "common/errors.h"
#include "common/proto.h"

struct tls_listener;

/* A certificate, those that lead to its issuer, and its number. */
struct tls_cert {
	uint32_t cert_id;
	X509 *cert;
	STACK_OF(X509) * chain;
	EVP_PKEY *key; /* tls_key.h */
};

/* What a listener is made of; all borrowed. */
struct tls_plan {
	const struct msg_conf_tls *msg;
	const struct msg_conf_tls_text *text;
	const struct settings *settings;
	const struct tls_cert *certs[PROTO_LISTENER_CERTS];
	STACK_OF(X509) * ca;	  /* NULL: none */
	STACK_OF(X509_CRL) * crl; /* NULL: none */
};

/* Held once. NULL if it cannot be made: why is in the log. */
struct tls_listener *tls_listener_new(const struct tls_plan *plan);

/* A session's hold on its listener: it outlives the configuration. */
struct tls_listener *tls_listener_hold(struct tls_listener *listener);
void tls_listener_release(struct tls_listener *listener); /* NULL is none */

/* What a session begins with. Borrows listener. */
SSL_CTX *tls_listener_ctx(const struct tls_listener *listener);

/*
 * Whether it would let in a session that another one, or it before a reload,
 * has let in: by version, cipher and certificate. The certificate is not
 * looked at where the broker judges it.
 */
int tls_listener_admits(const struct tls_listener *listener,
    const struct tls_listener *then, const SSL *ssl, int is_judged);

/*
 * The versions, ciphers and curves of the configuration, for listeners and
 * targets alike. True if they can be had.
 */
int tls_listener_set_policy(SSL_CTX *ctx, const struct msg_conf_tls_text *text,
    const struct settings *settings);

/* A client's certificate is a login: the handshake tells auth whose. */
int tls_listener_keeps_proofs(const struct tls_listener *listener);

/* Plain HTTP is redirected to https. */
int tls_listener_redirects(const struct tls_listener *listener);

#endif
