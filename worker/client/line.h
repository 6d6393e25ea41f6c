/* SPDX-License-Identifier: ISC */
/*
 * Lines in which clients wait for a neighbour: for the keeper to have room for
 * one more signature, for the broker's channel to have room for one more OPEN,
 * for the broker to say how things are. A client is in one at most.
 */
#ifndef VB_LINE_H
#define VB_LINE_H

#include "worker/client/client.h"

/* To its end, unless the client is in it already. */
void line_join(struct client_list *line, struct client *c);

/* Out of the line that it is in, if it is in one. */
void line_leave(struct client *c);

#endif
