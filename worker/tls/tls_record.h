/* SPDX-License-Identifier: ISC */
/*
 * The data of a session of tls.h, once its handshake is done: decrypted from
 * what was fed, and made into records that tls_take_out() gives; and how it
 * ends.
 */
#ifndef VB_TLS_RECORD_H
#define VB_TLS_RECORD_H

#include <sys/types.h>

#include <stddef.h>

#include "common/errors.h"

struct tls;

/*
 * Data of what was fed, or -1 with errno: EAGAIN (more must be fed first) or
 * EPROTO (the other end broke the protocol); 0 after close_notify. Data comes
 * first: an end after it is reported by the next call, see tls_has_more().
 */
ssize_t tls_decrypt(struct tls *tls, void *buf, size_t size);

/* The socket ended. The next tls_decrypt() says so. */
void tls_cut(struct tls *tls);

/* True if the socket ended without a close_notify. */
int tls_was_cut(const struct tls *tls);

/* tls_decrypt() has something to say without being fed. */
int tls_has_more(const struct tls *tls);

/* Room for another record in what is to be sent. */
int tls_has_room(void);

/*
 * How large the next record is to be. A browser can use nothing of one that
 * is not whole: small ones first, and when nothing was sent for a while.
 */
size_t tls_record_bytes(struct tls *tls);

/* One record, of at most TLS_PLAIN_MAX. 0 or VB_EBADMSG. */
VB_MUST_CHECK int tls_encrypt(struct tls *tls, const void *data, size_t len);

/* Adds close_notify, once, if it may be sent. */
void tls_say_end(struct tls *tls);

/* All was taken that it had to say: an answer may be said again. */
void tls_note_sent(struct tls *tls);

#endif
