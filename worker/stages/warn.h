/* SPDX-License-Identifier: ISC */
/* What the bridge's page is told before a limit ends its session. */
#ifndef VB_WARN_H
#define VB_WARN_H

#include "worker/client/client.h"

enum warn_kind {
	WARN_IDLE, /* a key or the pointer prevents it, and "Stay" */
	WARN_TIME  /* nothing does */
};

/*
 * The session ends in so many seconds; 0: it does not any more. Clients that
 * are not the bridge's page hear nothing.
 */
void
control_say_warning(struct client *c, uint32_t seconds, enum warn_kind kind);

#endif
