/* SPDX-License-Identifier: ISC */
/*
 * The HTTP part of a client's life.
 */
#ifndef VB_SERVE_H
#define VB_SERVE_H

#include "worker/client/client.h"

#define OPENING_MS 5000 /* beyond connect-timeout, which the broker keeps */

/* Of a head in one read; what waits with more than this is counted. */
#define SERVE_USUAL_BYTES 8192

/* The client can be read, and a head is awaited. */
void serve_read_head(struct client *c);

/* Serves requests that were read after the one just answered. */
void serve_next_request(struct client *c);

/* The broker has so much longer for the OPEN, from now on. */
void serve_open_longer(struct client *c, uint32_t seconds);

#endif
