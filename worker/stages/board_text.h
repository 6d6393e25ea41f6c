/* SPDX-License-Identifier: ISC */
/*
 * What a board is sent: events of text/event-stream (HTML, 9.2), whose data is
 * one line of JSON. PROTOCOL.md has them.
 */
#ifndef VB_BOARD_TEXT_H
#define VB_BOARD_TEXT_H

#include "common/proto.h"
#include "worker/worker.h"

struct evbuffer;

/* Letters of what may be done with a target: "t" take over, "w" watch. */
void board_text_target(struct evbuffer *out, const struct worker_conf *conf,
    uint32_t target, int may_take, int may_watch);

/* own: the name of who sees it, or "". */
void board_text_state(
    struct evbuffer *out, const struct board_state *state, const char *own);

void board_text_ready(struct evbuffer *out, uint32_t targets);
void board_text_over(struct evbuffer *out, uint32_t code, const char *reason);

#endif
