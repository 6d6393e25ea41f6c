/* SPDX-License-Identifier: ISC */
/*
 * The board: GET /events is answered by a stream (text/event-stream) of how the
 * targets are that somebody may see, and of what changes. What is sent, and to
 * how many boards in a turn of the loop, is bounded: sessions come first.
 */
#ifndef VB_BOARD_H
#define VB_BOARD_H

#include "worker/client/client.h"

/* The client asks for it: it waits in BOARD for what it may see. */
void board_begin(struct client *c, int is_head);

/* From the broker. Return 0, VB_EBADMSG or VB_ENOMEM. */
VB_MUST_CHECK int
board_sees(struct worker *w, const struct msg_board_sees *sees);
VB_MUST_CHECK int
board_states(struct worker *w, const struct msg_board_states *states);
VB_MUST_CHECK int
board_over(struct worker *w, const struct msg_board_over *over);

/* Its client has taken all that was written. */
void board_drained(struct client *c);

/* Its deadline: no answer has come; or the client is to show that it lives. */
void board_is_late(struct client *c);

/* It ends, and its page asks for another. */
void board_end(struct client *c);

/* All end so: another configuration applies, or there is no broker. */
void board_end_all(struct worker *w);

/* Who has had one for longest, or NULL. */
struct client *board_oldest(struct worker *w);

/*
 * The client is closed. Returns 0; or VB_ENOMEM: the broker can't be told now,
 * and the client must stay until it is.
 */
int board_forget(struct client *c);

#endif
