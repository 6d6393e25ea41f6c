/* SPDX-License-Identifier: ISC */
/* The list of desktops, for the start page. */
#ifndef VB_TARGETS_H
#define VB_TARGETS_H

#include "worker/client/client.h"

struct evbuffer;

/*
 * GET /api/targets. **Borrows** text: what targets_format() made, or NULL.
 */
void targets_answer(struct client *c, struct evbuffer *text);

/*
 * The configured targets as JSON. stated tells their sessions, NULL when the
 * broker could not be asked. **Gives** the text, NULL without memory.
 */
struct evbuffer *
targets_format(const struct worker *w, const struct msg_stated *stated);

#endif
