/* SPDX-License-Identifier: ISC */
/*
 * GET /metrics, at a listener of its own: the master has the page, and is asked
 * once for all who wait.
 */
#ifndef VB_SCRAPE_H
#define VB_SCRAPE_H

#include "worker/client/client.h"

/* The client waits for the page, in CLIENT_QUERY. */
void scrape_begin(struct client *c, int is_head);

/*
 * METRICS_ARE has come: all that wait are answered. fd is **borrowed**; -1: the
 * page could not be made. Returns 0, or VB_EBADMSG: no one has asked.
 */
VB_MUST_CHECK int
scrape_take(struct worker *w, const struct msg_metrics_are *are, int fd);

/* It has taken too long: 503. */
void scrape_miss(struct client *c);

#endif
