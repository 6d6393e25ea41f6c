/* SPDX-License-Identifier: ISC */
/* The way of a request to its target. */
#ifndef VB_REACH_H
#define VB_REACH_H

#include "daemon/broker/pending.h"

/*
 * Goes to where the request is for: looks up, judges, dials, and ends the
 * request, perhaps before it returns.
 */
void reach_begin(struct request *request);

/*
 * lease_take() has failed. Who uses it, only those hear whom it is granted to
 * for certain.
 */
void
reach_refuse_in_use(struct request *request, const struct configured *target);

#endif
