/* SPDX-License-Identifier: ISC */
/*
 * The real worker with a listener that speaks TLS, clients of it, and the
 * keeper's end of its channel, which the test plays.
 */
#ifndef VB_TEST_TLS_WORKER_RIG_H
#define VB_TEST_TLS_WORKER_RIG_H

#include <openssl/ssl.h>

#include "tests/proc/worker_rig.h"

#define ALERT(number)  (SSL_AD_REASON_OFFSET + (number))
#define INTERNAL_ERROR ALERT(80) /* RFC 8446, 6.2 */

struct tls_worker_rig {
	struct worker_rig w;
	EVP_PKEY *key; /* of the listener's certificate */
	X509 *cert;
	SSL_CTX *client_ctx;
	int keeper; /* our end of the last channel */
	uint32_t fence;
	uint64_t last_conn_id;
};

/* A client, whose handshake goes on in tls_finish(). */
struct tls_client {
	uint64_t conn_id;
	int fd;
	int result; /* 0: not yet; 1, or a negative reason of libssl */
	SSL *ssl;
};

/* Starts a worker and joins it with a keeper. rig_end() stops it. */
void rig_begin(struct tls_worker_rig *r, uint32_t handshake_timeout_sec);
void rig_end(struct tls_worker_rig *r);

/* Joins it with another keeper. */
void rig_join(struct tls_worker_rig *r);

/* A client that has sent its hello. */
struct tls_client tls_begin(struct tls_worker_rig *r);

/* To its end, whatever that is: 1, or a negative reason. */
int tls_finish(struct tls_client *c);

/* The answer to a request, of one record; until the next call. */
const char *tls_ask(struct tls_client *c, const char *request);

/* It asks for something, and gets it. */
void tls_expect_served(struct tls_client *c);

void tls_end(struct tls_client *c);

/* What the worker asks for that client. */
void rig_read_sign(struct tls_worker_rig *r, const struct tls_client *c,
    struct msg_sign *sign);

/* What a keeper that tells the truth says. */
struct msg_signature
rig_make_signature(struct tls_worker_rig *r, const struct msg_sign *sign);

void rig_say_signed(struct tls_worker_rig *r, const struct msg_signature *made);

/* A whole handshake, and a request. */
struct tls_client rig_connect_well(struct tls_worker_rig *r);

/* The same, and the end of it. */
void rig_expect_served(struct tls_worker_rig *r);

/*
 * The worker closes the channel and tells the master why; another keeper is
 * joined.
 */
void
rig_expect_dropped(struct tls_worker_rig *r, const char *what, uint32_t why);

#endif
