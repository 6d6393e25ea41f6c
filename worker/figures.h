/* SPDX-License-Identifier: ISC */
/*
 * What a worker counts (common/metrics.h), as far as it is not a single line
 * where it happens: what the clients have, is added up when the master asks.
 * So a byte that is relayed costs nothing here.
 */
#ifndef VB_FIGURES_H
#define VB_FIGURES_H

struct client;
struct worker;

/* From now on the worker's part of a COUNTED is filled. **Keeps** w. */
void figures_open(struct worker *w);

/* A client is about to be freed: what it has had stays counted. */
void figures_keep(const struct client *c);

#endif
