/* SPDX-License-Identifier: ISC */
/* Who the children are, for vncbridgectl. */
#ifndef VB_CENSUS_H
#define VB_CENSUS_H

#include <stdint.h>

#include "common/proto.h"

struct supervisor;

/* Fills count and processes (the master's entry is the caller's). */
void supervisor_fill_status(
    const struct supervisor *sup, struct msg_ctl_status_is *status);

/*
 * How many descriptors each of these processes has open, in the same order; 0:
 * it has not said so. Returns out behind the last.
 */
uint32_t *
supervisor_fill_descriptors(const struct supervisor *sup, uint32_t *out);

/*
 * When each certificate of the bundle ends, as many as it has, in seconds
 * since 1970 (0: unknown).
 */
const uint64_t *supervisor_cert_ends(const struct supervisor *sup);

/* Whether a worker of that index runs. */
int supervisor_has_worker(const struct supervisor *sup, uint32_t index);

#endif
