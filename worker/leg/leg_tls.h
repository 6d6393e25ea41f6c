/* SPDX-License-Identifier: ISC */
/* What leg.c does for a leg with TLS: the functions of leg.h, by name. */
#ifndef VB_LEG_TLS_H
#define VB_LEG_TLS_H

#include "worker/leg/leg.h"

VB_MUST_CHECK ssize_t leg_tls_read(struct leg *leg, void *buf, size_t size);
VB_MUST_CHECK int leg_tls_write(struct leg *leg, struct iovec *iov, int count);
VB_MUST_CHECK int leg_tls_write_shared(struct leg *leg, const void *data,
    size_t len, void (*release)(void *arg), void *arg);

/* Makes readable() happen where there is something without the socket. */
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
