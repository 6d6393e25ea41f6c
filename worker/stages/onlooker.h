/* SPDX-License-Identifier: ISC */
/* A session that looks on at a target which somebody else uses. */
#ifndef VB_ONLOOKER_H
#define VB_ONLOOKER_H

#include "worker/client/client.h"

/*
 * RELAY has begun. Ends the session if what its client will say could not be
 * followed.
 */
void onlooker_begin(struct client *c);

/*
 * Of what its client sends to the target, moves what may go there to the front
 * of data; returns how many bytes that are. Or ends it, and returns 0.
 */
size_t onlooker_filter(struct client *c, uint8_t *data, size_t len);

#endif
