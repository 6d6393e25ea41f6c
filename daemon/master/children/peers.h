/* SPDX-License-Identifier: ISC */
#ifndef VB_PEERS_H
#define VB_PEERS_H

#include "common/errors.h"
#include "daemon/master/children/child.h"

/*
 * Makes a channel between a worker and the broker or keeper, and gives each
 * its end (PEER). Returns 0 or a negative error.
 */
VB_MUST_CHECK int peers_join(struct child *worker, struct child *server);

#endif
