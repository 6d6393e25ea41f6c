/* SPDX-License-Identifier: ISC */
/*
 * A session of tls.h from inside: for tls.c, which has all but its data, and
 * for tls_record.c, which has that.
 */
#ifndef VB_TLS_SESSION_H
#define VB_TLS_SESSION_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/types.h>

enum signing {
	SIGNING_NOT,
	SIGNING_ASKED,
	SIGNING_ANSWERED
};

struct tls {
	SSL *ssl;
	struct tls_listener *listener; /* of a client, or */
	struct tls_targets *targets;   /* of a target; the other is NULL */
	char *fault;		       /* see tls_fault(); malloc'd */
	void *arg;
	uint8_t *rest; /* came, and is not used yet; malloc'd */
	size_t rest_len;
	uint8_t *signature;	 /* malloc'd */
	struct tls_proof *proof; /* tls_proof.h; or NULL */
	uint16_t signature_len;
	uint16_t answered_bytes; /* sent for what was read */
	uint8_t small_records;	 /* sent, since it was quiet */
	uint64_t sent_ms;
	uint8_t signing;   /* enum signing */
	uint8_t is_paused; /* its job waits for the signature */
	uint8_t is_given_up;
	uint8_t is_over; /* the other end said close_notify */
	uint8_t is_cut;
	uint8_t is_broken;
};

/*
 * libssl works for this session from now on. If the session has a rest, that is
 * the input.
 */
void tls_session_begin(struct tls *tls);

/*
 * Makes what libssl says the session's tls_fault(), unless it has one. what
 * has failed is for that of a target.
 */
void tls_session_keep_fault(struct tls *tls, const char *what);

#endif
