/* SPDX-License-Identifier: ISC */
/* Wake-on-LAN: the packet that a sleeping network card waits for. */
#ifndef VB_WAKE_H
#define VB_WAKE_H

#include <stdint.h>

#include "common/addr.h"
#include "common/errors.h"
#include "common/proto.h"

#define WAKE_REPEATS	  16
#define WAKE_PACKET_BYTES (HOOK_MAC_BYTES * (WAKE_REPEATS + 1))

void
wake_fill(const uint8_t mac[HOOK_MAC_BYTES], uint8_t packet[WAKE_PACKET_BYTES]);

/*
 * Sends it a few times, since each may be lost, as a UDP broadcast: what is
 * asleep has no address. Returns 0 or VB_ESYS.
 */
VB_MUST_CHECK int
wake_send(const uint8_t mac[HOOK_MAC_BYTES], const struct addr *addr);

#endif
