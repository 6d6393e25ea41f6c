/* SPDX-License-Identifier: ISC */
/*
 * The TLS handshake in a client's life, and clients that speak plain HTTP where
 * TLS is spoken.
 */
#ifndef VB_SECURE_H
#define VB_SECURE_H

#include "worker/client/client.h"

/* A new client of that listener: SECURING, if it speaks TLS. */
void secure_begin(struct client *c, const struct addr *local);

/* More of the handshake has come, or its signature. */
void secure_go_on(struct client *c);

#endif
