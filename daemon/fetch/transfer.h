/* SPDX-License-Identifier: ISC */
/*
 * One question and its answer: a connection of its own, that nothing outlives.
 *
 * STANDARDS  RFC 9110, RFC 9112 (HTTP/1.1); RFC 9325 (TLS 1.2 or later)
 */
#ifndef VB_FETCH_TRANSFER_H
#define VB_FETCH_TRANSFER_H

#include <openssl/types.h>
#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/errors.h"
#include "common/proto.h"
#include "daemon/fetch/url.h"
#include "daemon/fetch/wires.h"

#define TRANSFER_CONNECT_MS 5000 /* TLS included */

/* What came of it; valid during the call only, and wiped after it. */
struct transfer_answer {
	uint32_t status; /* of HTTP; 0: none, and error tells why */
	const uint8_t *body;
	size_t len;
	const char *error;
};

typedef void transfer_done(void *arg, const struct transfer_answer *answer);

struct transfer_question {
	const struct msg_fetch *fetch;
	const struct url *url;	  /* fetch's, as it was judged */
	const struct addr *addrs; /* nowhere else it connects to */
	size_t addr_count;
	X509_STORE *ca; /* NULL where it is plain */
};

struct transfer;

/*
 * Begins. **Borrows** fetch and url until it is done or stopped, and the rest
 * for the call. done is called from the loop, once. NULL without memory, or
 * where libcurl reads the URL in another way.
 */
struct transfer *transfer_start(struct wires *wires,
    const struct transfer_question *question, transfer_done *done, void *arg);

/* Ends one that is not done. NULL is allowed. */
void transfer_stop(struct transfer *transfer);

/* What wires call. */
wires_done transfer_over;

#endif
