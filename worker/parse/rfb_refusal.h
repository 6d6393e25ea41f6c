/* SPDX-License-Identifier: ISC */
/*
 * How a VNC server says no before anything was agreed on: it greets, offers no
 * security type, and gives its reason (RFC 6143, 7.1.1 and 7.1.2).
 */
#ifndef VB_RFB_REFUSAL_H
#define VB_RFB_REFUSAL_H

#include <stddef.h>
#include <stdint.h>

#define RFB_REFUSAL_GREETING	   "RFB 003.008\n"
#define RFB_REFUSAL_GREETING_BYTES 12
#define RFB_REFUSAL_TEXT_MAX	   255
#define RFB_REFUSAL_MAX		   (1 + 4 + RFB_REFUSAL_TEXT_MAX)

/*
 * Writes what follows the greeting: no types, and why. What is not printable
 * ASCII becomes '?', as in a Close frame. Returns its length.
 */
size_t rfb_encode_refusal(uint8_t out[RFB_REFUSAL_MAX], const char *reason);

#endif
