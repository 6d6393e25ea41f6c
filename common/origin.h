/* SPDX-License-Identifier: ISC */
/*
 * Entries of origins and frame-ancestors, as the master normalizes them: for a
 * web site "https://host[:port]", also with "*." before the host; for an app
 * "app://name[:port]" or "file://". Pure.
 */
#ifndef VB_ORIGIN_H
#define VB_ORIGIN_H

#include <stddef.h>

/*
 * True if a request's Origin is the entry's. "*." stands for one label or
 * more, as in a Content-Security-Policy; the case of letters does not matter,
 * and the scheme's own port is the same as none.
 */
int origin_matches(const char *entry, const char *origin, size_t len);

/*
 * What names the entry in the policy's frame-ancestors (CSP 3, 2.3.1), or NULL:
 * it can't name an IPv6 address. Borrows entry.
 */
const char *origin_frame_source(const char *entry);

#endif
