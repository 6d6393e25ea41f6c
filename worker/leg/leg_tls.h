/* SPDX-License-Identifier: ISC */
/*
 * A leg with TLS: its handshake and its faults; and, for leg.c, the functions
 * of leg.h by name.
 */
#ifndef VB_LEG_TLS_H
#define VB_LEG_TLS_H

#include "worker/leg/leg_raw.h"

/*
 * All that is read and written from now on is TLS. **Takes** tls; NULL: it is
 * plain after all.
 */
void leg_secure(struct leg *leg, struct tls *tls);

/*
 * Sends the first of the handshake with a target. Returns 0 or VB_ESYS with
 * errno.
 */
VB_MUST_CHECK int leg_begin_handshake(struct leg *leg);

/*
 * Goes on with the handshake: enum tls_step, or VB_ESYS with errno where the
 * connection or the handshake has failed. With TLS_DONE, what came after it can
 * be read.
 */
VB_MUST_CHECK int leg_handshake(struct leg *leg);

/* What a target's TLS has done wrong, or NULL. Lives as long as leg's TLS. */
const char *leg_fault(const struct leg *leg);

/* TLS, and it ended without saying so: someone may have cut it. */
int leg_was_cut(const struct leg *leg);

VB_MUST_CHECK ssize_t leg_tls_read(struct leg *leg, void *buf, size_t size);
VB_MUST_CHECK int leg_tls_write(struct leg *leg, struct iovec *iov, int count);
VB_MUST_CHECK int leg_tls_write_shared(struct leg *leg, const void *data,
    size_t len, void (*release)(void *arg), void *arg);

/* Wipes what was put together for a record that is on its way. */
void leg_tls_forget(void);

/* Makes readable() happen if there is data without the socket. */
void leg_tls_wake(struct leg *leg);

/* Bytes of shared memory that are not encrypted yet. */
size_t leg_tls_later(const struct leg *leg);

/* Encrypts more of them, until enough is queued. As leg_write(). */
VB_MUST_CHECK int leg_tls_go_on(struct leg *leg);

/* close_notify, if the leg is secure; else nothing. */
void leg_tls_say_end(struct leg *leg);

/* Before the socket is closed. */
void leg_tls_close(struct leg *leg);

#endif
