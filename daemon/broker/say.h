/* SPDX-License-Identifier: ISC */
/* What the page of a session, or of one that is to become one, is told. */
#ifndef VB_SAY_H
#define VB_SAY_H

#include "common/proto.h"

struct session;

/*
 * Sends it: conn_id is filled in. Nothing to a client that shows nothing, but
 * that it is to wait.
 */
void say_to(struct session *session, struct msg_tell *tell);

/* What is done before its target can be reached. **Borrows** text. */
void say_starting(struct session *session, const char *text);

#endif
