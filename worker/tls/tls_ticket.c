/* SPDX-License-Identifier: ISC */
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "worker/tls/tls_peer.h"
#include "worker/tls/tls_ticket.h"

/* what the callback answers, SSL_CTX_set_tlsext_ticket_key_evp_cb(3) */
#define TICKET_FAILED -1
#define TICKET_NONE   0
#define TICKET_GOOD   1
#define TICKET_RENEW  2

static struct msg_tickets tickets;
static EVP_CIPHER *cipher;

int
tls_ticket_has_keys(void)
{
	return tickets.count > 0;
}

void
tls_ticket_choose(SSL *ssl)
{
	int has_keys = tls_ticket_has_keys();

	SSL_set_num_tickets(ssl, has_keys ? TLS_TICKETS_GIVEN : 0);
	if (has_keys)
		SSL_clear_options(ssl, SSL_OP_NO_TICKET);
	else
		SSL_set_options(ssl, SSL_OP_NO_TICKET);
}

void
tls_ticket_set_keys(const struct msg_tickets *msg)
{
	explicit_bzero(&tickets, sizeof(tickets));
	tickets = *msg;
	if (tickets.count > TICKET_KEYS_MAX)
		tickets.count = 0;
}

static int
use_key(struct ticket_key *key, const unsigned char *iv, EVP_CIPHER_CTX *crypt,
    EVP_MAC_CTX *mac, int makes)
{
	char hash[] = "SHA256";
	OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_octet_string(
		OSSL_MAC_PARAM_KEY, key->mac, sizeof(key->mac)),
	    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, hash, 0),
	    OSSL_PARAM_construct_end(),
	};

	return EVP_CipherInit_ex2(crypt, cipher, key->aes, iv, makes, NULL) ==
	    1 &&
	    EVP_MAC_CTX_set_params(mac, params) == 1;
}

static int
on_ticket(SSL *ssl, unsigned char name[16], unsigned char *iv,
    EVP_CIPHER_CTX *crypt, EVP_MAC_CTX *mac, int makes)
{
	struct ticket_key *key = &tickets.keys[0];
	uint32_t i;

	if (makes) {
		if (tickets.count == 0)
			return TICKET_FAILED;
		memcpy(name, key->name, sizeof(key->name));
		if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(cipher)) != 1)
			return TICKET_FAILED;
		return use_key(key, iv, crypt, mac, 1) ? TICKET_GOOD
						       : TICKET_FAILED;
	}
	for (i = 0; i < tickets.count; i++)
		if (memcmp(name, tickets.keys[i].name,
			sizeof(tickets.keys[i].name)) == 0)
			break;
	if (i == tickets.count)
		return TICKET_NONE;
	if (!use_key(&tickets.keys[i], iv, crypt, mac, 0))
		return TICKET_FAILED;
	/* of TLS 1.3, a ticket is shown once: without another, that was it */
	return i == 0 && SSL_version(ssl) < TLS1_3_VERSION ? TICKET_GOOD
							   : TICKET_RENEW;
}

/*
 * Whoever has shown a certificate is not asked for it again, and with each
 * resumption gets another ticket: it must not outlive its certificate.
 */
static int
may_resume(SSL_SESSION *session)
{
	X509 *peer = SSL_SESSION_get0_peer(session);

	return peer == NULL ||
	    X509_cmp_current_time(X509_get0_notAfter(peer)) == 1;
}

static int
on_made(SSL *ssl, void *arg)
{
	(void)arg;
	return tls_peer_keep(ssl);
}

/* A client that may not resume shakes hands as if it had no ticket. */
static SSL_TICKET_RETURN
on_opened(SSL *ssl, SSL_SESSION *session, const unsigned char *name,
    size_t name_len, SSL_TICKET_STATUS status, void *arg)
{
	(void)ssl;
	(void)name;
	(void)name_len;
	(void)arg;
	if ((status != SSL_TICKET_SUCCESS &&
		status != SSL_TICKET_SUCCESS_RENEW) ||
	    !may_resume(session))
		return SSL_TICKET_RETURN_IGNORE_RENEW;
	return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE
					    : SSL_TICKET_RETURN_USE_RENEW;
}

int
tls_ticket_use(SSL_CTX *ctx)
{
	if (cipher == NULL &&
	    (cipher = EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL)) == NULL)
		return 0;
	return SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, on_ticket) == 1 &&
	    SSL_CTX_set_session_ticket_cb(ctx, on_made, on_opened, NULL) == 1;
}
