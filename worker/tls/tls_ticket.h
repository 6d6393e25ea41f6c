/* SPDX-License-Identifier: ISC */
/*
 * Session tickets (RFC 5077; RFC 8446, 4.6.1), with keys that all workers
 * have: a session is resumed by whichever worker gets the connection.
 */
#ifndef VB_TLS_TICKET_H
#define VB_TLS_TICKET_H

#include <openssl/types.h>

#include "common/proto.h"

/* After a handshake of TLS 1.3: each is used once, and renewed. */
#define TLS_TICKETS_GIVEN 1

/* The keys of tickets, from now on. */
void tls_ticket_set_keys(const struct msg_tickets *keys);

/* There are keys: tickets may be given. */
int tls_ticket_has_keys(void);

/*
 * Whether a server's session gives them. To be called with each step of its
 * handshake: keys that were late come with the signature.
 */
void tls_ticket_choose(SSL *ssl);

/* Makes and opens the tickets of ctx's sessions. 1, or 0 if that fails. */
int tls_ticket_use(SSL_CTX *ctx);

#endif
