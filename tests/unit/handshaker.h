/* SPDX-License-Identifier: ISC */
/*
 * Handshakes of TLS between two ends in this process, and their messages as
 * the worker keeps them.
 */
#ifndef VB_TEST_HANDSHAKER_H
#define VB_TEST_HANDSHAKER_H

#include <openssl/types.h>
#include <stddef.h>
#include <stdint.h>

#include "common/proto_prove.h"

/* Zero is a default: TLS 1.3, whatever both have. */
struct handshake_plan {
	EVP_PKEY *server_key, *client_key; /* client_key NULL: it shows none */
	X509 *server_cert, *client_cert;
	X509 *between;	    /* shown after the client's; or NULL */
	const char *groups; /* of the server: another than the client guesses */
	const char *suites; /* "TLS_AES_256_GCM_SHA384" */
	int is_old;	    /* TLS 1.2 */
};

struct handshake {
	uint8_t messages[PROVE_MAX];
	size_t len; /* 0: nothing was kept */
	int gives_ticket;
};

/* Makes one, and gives what is kept of it. */
void handshake_make(const struct handshake_plan *plan, struct handshake *out);

#endif
