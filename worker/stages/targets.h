/* SPDX-License-Identifier: ISC */
/* The list of desktops, for the start page. */
#ifndef VB_TARGETS_H
#define VB_TARGETS_H

#include "worker/client/client.h"

struct evbuffer;

/*
 * GET /api/targets. **Borrows** text: what targets_end() or targets_unknown()
 * made, or NULL.
 */
void targets_answer(struct client *c, struct evbuffer *text);

/*
 * The configured targets as JSON: their beginning, those of one STATED after
 * the other, and their end, which **takes** and **gives** it. NULL without
 * memory, or if it was NULL. targets_add() returns 0 if that STATED is of
 * another configuration.
 */
struct evbuffer *targets_begin(void);
VB_MUST_CHECK int targets_add(struct evbuffer *out, const struct worker *w,
    const struct msg_stated *stated);
struct evbuffer *targets_end(struct evbuffer *out);

/*
 * The broker could not be asked: those that anybody may see. NULL if there may
 * be others; or without memory.
 */
struct evbuffer *targets_unknown(const struct worker *w);

#endif
