/* SPDX-License-Identifier: ISC */
/*
 * The greeting of a VNC server, RFC 6143, 7.1.1: "RFB xxx.yyy\n". Pure: no
 * I/O, no allocation.
 */
#ifndef VB_GREETING_H
#define VB_GREETING_H

#include <stddef.h>
#include <stdint.h>

#include "common/errors.h"

#define GREETING_BYTES 12

/* What has come of it; zeroed at first. */
struct greeting {
	uint8_t len;
	uint8_t bytes[GREETING_BYTES];
};

/*
 * Takes what a target has sent, up to the greeting's end: *used of len
 * bytes, which are in g->bytes then, right or wrong. Returns 1 when the
 * greeting is whole, 0 when more is needed, or VB_EBADMSG for what no
 * greeting begins with; after that, it may not be called again.
 */
VB_MUST_CHECK int greeting_take(
    struct greeting *g, const uint8_t *data, size_t len, size_t *used);

/* A whole one is that of a repeater, "RFB 000.000". */
int greeting_is_repeater(const struct greeting *g);

#endif
