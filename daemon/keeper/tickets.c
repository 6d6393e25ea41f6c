/* SPDX-License-Identifier: ISC */
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <string.h>

#include "daemon/keeper/tickets.h"

int
tickets_rotate(struct msg_tickets *tickets)
{
	struct ticket_key key;

	if (RAND_bytes(key.name, sizeof(key.name)) != 1 ||
	    RAND_priv_bytes(key.aes, sizeof(key.aes)) != 1 ||
	    RAND_priv_bytes(key.mac, sizeof(key.mac)) != 1)
		return VB_ESYS;
	memmove(&tickets->keys[1], &tickets->keys[0],
	    (TICKET_KEYS_MAX - 1) * sizeof(key));
	tickets->keys[0] = key;
	if (tickets->count < TICKET_KEYS_MAX)
		tickets->count++;
	OPENSSL_cleanse(&key, sizeof(key));
	return 0;
}

void
tickets_clear(struct msg_tickets *tickets)
{
	OPENSSL_cleanse(tickets, sizeof(*tickets));
}
