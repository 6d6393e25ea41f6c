/* SPDX-License-Identifier: ISC */
/* A bundle becomes messages: to each child only what it needs to know. */
#ifndef VB_CONF_SEND_H
#define VB_CONF_SEND_H

#include "common/errors.h"
#include "daemon/bundle/bundle.h"
#include "daemon/master/children/child.h"

/*
 * Sends a bundle to a child, CONF_START to CONF_END: to each only what it
 * needs to know. Waits for the child where descriptors are too scarce for the
 * next one. Returns 0 or what ipc_send said.
 */
VB_MUST_CHECK int conf_send(
    const struct bundle *bundle, struct child *child, uint32_t worker_count);

/*
 * Whether the descriptors that go to a child can be had, until the master
 * takes any others. Returns 0, or VB_ESYS with errno.
 */
VB_MUST_CHECK int conf_send_reserve(const struct bundle *bundle);

#endif
