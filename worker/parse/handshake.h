/* SPDX-License-Identifier: ISC */
/*
 * The WebSocket opening handshake, RFC 6455 section 4.2. Pure, as http.h.
 */
#ifndef VB_HANDSHAKE_H
#define VB_HANDSHAKE_H

#include <stddef.h>
#include <stdint.h>

#include "common/errors.h"
#include "worker/parse/fault.h"
#include "worker/parse/http_value.h"

#define HANDSHAKE_KEY_LEN      24 /* base64 of 16 bytes; RFC 6455, 4.1 */
#define HANDSHAKE_ACCEPT_MAX   32
#define HANDSHAKE_INTENT_BYTES 16

/* Whose pages may open sessions; from the configuration, borrowed. */
struct origin_rules {
	int is_required; /* a request without one is refused */
	int is_tls;	 /* the bridge's own pages are of https */
	int (*is_listed)(const struct http_span *origin, void *arg);
	void *arg;
};

struct handshake {
	char key[HANDSHAKE_KEY_LEN + 1];
	int offers_binary; /* answer sub-protocol binary */
	/* the bridge's own: text frames both ways, see PROTOCOL.md */
	int offers_page;
	int has_intent; /* and what the person wants: */
	uint8_t intent[HANDSHAKE_INTENT_BYTES];
};

/*
 * Makes libcrypto load all that handshake_accept_key() needs, which takes
 * opening files. To be called once before the sandbox is entered. Returns 0
 * or VB_ESYS.
 */
VB_MUST_CHECK int handshake_prepare(void);

/*
 * Checks the fields of an opening handshake (RFC 6455, 4.2.1; the method,
 * the version and the path are the caller's), and its Origin (10.2). Fills
 * out. Returns 0 or the HTTP status to answer; what is wrong is in fault then.
 */
VB_MUST_CHECK int
handshake_check(const struct http_head *head, const struct origin_rules *rules,
    struct handshake *out, char fault[FAULT_MAX]);

/* Reads an intent, in lower-case digits. Returns 1, or 0: it is none. */
int handshake_read_intent(
    const struct http_span *hex, uint8_t out[HANDSHAKE_INTENT_BYTES]);

/*
 * Whether a form comes from a page of the bridge's own: by Sec-Fetch-Site
 * (Fetch Metadata), where the browser tells it, else by its Origin. One that
 * says neither is no browser's. Returns 0, or the status to answer, and what is
 * wrong in fault.
 */
VB_MUST_CHECK int handshake_check_form(const struct http_head *head,
    const struct origin_rules *rules, char fault[FAULT_MAX]);

/*
 * True if the Origin is the request's own host and port, or listed. Port 80
 * or 443, as the Origin's scheme has it, counts as equal to a missing one.
 */
int handshake_origin_is_allowed(const struct http_span *origin,
    const struct http_span *own_host, const struct origin_rules *rules);

/*
 * Computes Sec-WebSocket-Accept (RFC 6455, 4.2.2) of a 24-character key
 * into out, NUL-terminated.
 */
void handshake_accept_key(const char *key, char out[HANDSHAKE_ACCEPT_MAX]);

/*
 * Writes the 101 answer. Returns its length, or VB_ERANGE if size is small.
 */
VB_MUST_CHECK int
handshake_format_answer(const struct handshake *hs, char *out, size_t size);

#endif
