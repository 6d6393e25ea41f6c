/* SPDX-License-Identifier: ISC */
/* A leg's socket as it is, below TLS: for leg_tls.c. */
#ifndef VB_LEG_RAW_H
#define VB_LEG_RAW_H

#include "worker/leg/leg.h"

/* As recv(2). */
VB_MUST_CHECK ssize_t leg_raw_read(struct leg *leg, void *buf, size_t size);

/* As leg_write(); flags are sendmsg(2)'s. */
VB_MUST_CHECK int
leg_raw_write(struct leg *leg, struct iovec *iov, int count, int flags);

#endif
