/* SPDX-License-Identifier: ISC */
/* libcurl's connections on the event loop. */
#ifndef VB_FETCH_WIRES_H
#define VB_FETCH_WIRES_H

#include <curl/curl.h>

#include "common/errors.h"

struct event_base;
struct wires;

/*
 * Hears of a transfer that is over. private is CURLOPT_PRIVATE's of the
 * handle, which wires has let go of already.
 */
typedef void wires_done(void *private, CURLcode result);

/* NULL without memory. */
struct wires *wires_new(struct event_base *base, wires_done *done);

/* Begins. **Borrows** easy until it is over or removed. 0 or VB_ENOMEM. */
VB_MUST_CHECK int wires_add(struct wires *wires, CURL *easy);

/* Ends it, without done(). */
void wires_remove(struct wires *wires, CURL *easy);

#endif
