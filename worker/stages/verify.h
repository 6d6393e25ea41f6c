/* SPDX-License-Identifier: ISC */
/*
 * TLS towards a target: between the connection and the greeting. Nothing of
 * the client's is sent before the target is known to be the right one.
 */
#ifndef VB_VERIFY_H
#define VB_VERIFY_H

#include "worker/client/client.h"

/* Begins, by the settings of that id, on the socket that was taken. */
void verify_begin(struct client *c, uint32_t tls_id);

/* The target can be read in CLIENT_VERIFYING. */
void verify_go_on(struct client *c);

#endif
