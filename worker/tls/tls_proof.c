/* SPDX-License-Identifier: ISC */
/* STANDARDS  RFC 8446 4 (messages), 4.4.2 (an empty Certificate) */
#include <stdlib.h>
#include <string.h>

#include <openssl/ssl.h>

#include "worker/tls/tls_proof.h"

#define ROOM_FIRST	  4096
#define EMPTY_CERTIFICATE 8 /* with its head: no context, no certificates */

enum proof_state {
	PROOF_BEGUN,
	PROOF_SHOWN, /* a certificate; it is still to be signed */
	PROOF_DONE,
	PROOF_LOST /* too long, or no memory */
};

struct tls_proof {
	uint8_t *messages; /* malloc'd */
	size_t len, room;
	enum proof_state state;
	struct stamp stamp;
};

static int
make_room(struct tls_proof *proof, size_t len)
{
	size_t room = proof->room == 0 ? ROOM_FIRST : proof->room;
	uint8_t *more;

	if (len > PROVE_MAX - proof->len)
		return 0;
	while (room < proof->len + len)
		room *= 2;
	if (room == proof->room)
		return 1;
	if ((more = realloc(proof->messages, room)) == NULL)
		return 0;
	proof->messages = more;
	proof->room = room;
	return 1;
}

/*
 * Of TLS 1.3 all messages are ours to keep until the client has signed. It is
 * not to resume the session: that would be without a signature.
 */
static void
on_message(int is_sent, int version, int type, const void *message, size_t len,
    SSL *ssl, void *arg)
{
	struct tls_proof *proof = arg;
	const uint8_t *bytes = message;

	(void)version;
	if (type != SSL3_RT_HANDSHAKE || len == 0 ||
	    proof->state == PROOF_DONE || proof->state == PROOF_LOST)
		return;
	if (!make_room(proof, len)) {
		proof->state = PROOF_LOST;
		return;
	}
	memcpy(proof->messages + proof->len, bytes, len);
	proof->len += len;
	if (is_sent)
		return;
	if (bytes[0] == SSL3_MT_CERTIFICATE && len > EMPTY_CERTIFICATE) {
		proof->state = PROOF_SHOWN;
		SSL_set_num_tickets(ssl, 0);
	} else if (bytes[0] == SSL3_MT_CERTIFICATE_VERIFY &&
	    proof->state == PROOF_SHOWN)
		/* what a client signs in TLS 1.2 is another thing */
		proof->state = SSL_version(ssl) == TLS1_3_VERSION ? PROOF_DONE
								  : PROOF_BEGUN;
}

struct tls_proof *
tls_proof_new(SSL *ssl)
{
	struct tls_proof *proof = calloc(1, sizeof(*proof));

	if (proof == NULL)
		return NULL;
	SSL_set_msg_callback(ssl, on_message);
	SSL_set_msg_callback_arg(ssl, proof);
	return proof;
}

void
tls_proof_free(struct tls_proof *proof)
{
	if (proof == NULL)
		return;
	free(proof->messages);
	free(proof);
}

struct stamp *
tls_proof_stamp(struct tls_proof *proof)
{
	return &proof->stamp;
}

int
tls_proof_end(struct tls_proof *proof)
{
	uint8_t *less;

	if (proof->state != PROOF_DONE)
		return proof->state == PROOF_LOST;
	/* it waits for a request: as small as it is */
	if ((less = realloc(proof->messages, proof->len)) != NULL)
		proof->messages = less;
	return 1;
}

int
tls_proof_get(const struct tls_proof *proof, const uint8_t **messages)
{
	if (proof->state == PROOF_LOST)
		return VB_ERANGE;
	*messages = proof->messages;
	return proof->state == PROOF_DONE ? (int)proof->len : 0;
}
