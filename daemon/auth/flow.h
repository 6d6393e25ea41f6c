/* SPDX-License-Identifier: ISC */
/*
 * People who are at a provider of OpenID Connect, and are to come back: what
 * they must bring, and to which browser it belongs. Each is taken once. Those
 * that stay away are forgotten, and all of them when the process ends: they
 * begin again.
 */
#ifndef VB_AUTH_FLOW_H
#define VB_AUTH_FLOW_H

#include <sys/queue.h>

#include "common/addr.h"
#include "common/errors.h"
#include "common/proto_oidc.h"
#include "daemon/auth/logins.h"

#define FLOWS_MAX	 4096
#define FLOWS_OF_ADDRESS 64 /* by one worker; then the oldest goes */
/* the same of a worker, which can make addresses up */
#define FLOWS_OF_PEER	(FLOWS_MAX / 2)
#define FLOW_SEC	600 /* for somebody who has to find a password */
#define FLOW_WORD_BYTES 32
#define FLOW_WORD_MAX	44 /* in base64url, with its NUL */

struct flow {
	TAILQ_ENTRY(flow) entry;
	uint64_t end_sec;
	uint32_t peer; /* the worker that asked */
	struct addr client;
	uint8_t cookie[LOGIN_COOKIE_BYTES]; /* SHA-256 of it */
	uint8_t proof[LOGIN_PROOF_BYTES];   /* the provider's */
	char state[FLOW_WORD_MAX];
	char nonce[FLOW_WORD_MAX];
	char verifier[FLOW_WORD_MAX]; /* RFC 7636, 4.1 */
	char redirect[OIDC_REDIRECT_MAX];
	char name[OIDC_NAME_MAX]; /* at the end of redirect, or "" */
	char next[TARGET_TEXT_MAX];
};

struct flows {
	TAILQ_HEAD(flow_list, flow) all; /* the oldest first */
	uint32_t count;
};

void flows_init(struct flows *flows);
void flows_clear(struct flows *flows);

/*
 * Makes one, with state, nonce and verifier; the rest is the caller's to fill.
 * **Gives** the bytes of its cookie, which are nowhere else. NULL without
 * memory or random numbers. Borrowed from flows.
 */
struct flow *flows_begin(struct flows *flows, const struct addr *client,
    uint32_t peer, uint64_t now_sec, uint8_t cookie[LOGIN_COOKIE_BYTES]);

/*
 * The one with that cookie and that state, out of the table: **gives** it
 * (flow_free()). NULL: there is none.
 */
struct flow *
flows_take(struct flows *flows, const uint8_t cookie[LOGIN_COOKIE_BYTES],
    const char *state, uint64_t now_sec);

void flow_free(struct flow *flow); /* wipes; NULL is allowed */

#endif
