/* SPDX-License-Identifier: ISC */
/*
 * Before TLS and HTTP, at a listener with proxy-protocol: a trusted proxy says
 * whose connection it passes on.
 */
#ifndef VB_PREFACE_H
#define VB_PREFACE_H

#include "worker/client/client.h"

/*
 * Returns 1 if the client's listener wants a PROXY header: it is in PREFACE
 * now, or over, since it is no trusted proxy. Else 0.
 */
int preface_begin(struct client *c);

/* Reads more of the header, and not a byte after it. */
void preface_go_on(struct client *c);

/* It took too long. */
void preface_is_late(struct client *c);

#endif
