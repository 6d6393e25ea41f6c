/* SPDX-License-Identifier: ISC */
/*
 * Which addresses are this host's own, as the kernel's routes have it at the
 * moment: first and further addresses, those that came a moment ago, whole
 * prefixes that are routed to it.
 *
 * STANDARDS  rtnetlink(7)
 */
#ifndef VB_OWN_HOST_H
#define VB_OWN_HOST_H

#include "common/addr.h"

/* Asks this socket (NETLINK_ROUTE; -1: none) from now on. **Takes** fd. */
void own_host_use(int fd);

/*
 * True if what is sent to the address comes back to this host, and also if that
 * can't be told. Not for the unspecified address.
 */
int own_host_has(const struct addr *a);

#endif
