/* SPDX-License-Identifier: ISC */
/* The ports that the sandbox of a child that connects has in it. */
#ifndef VB_PORTS_H
#define VB_PORTS_H

#include "common/proto.h"
#include "daemon/bundle/bundle.h"

/*
 * Whether the ports that the broker, or fetch, may dial differ between two
 * bundles: its sandbox can't be widened, and should be no wider than what it is
 * for, so that a new one is needed.
 */
int ports_differ(const struct bundle *before, const struct bundle *after,
    enum proto_role role);

#endif
