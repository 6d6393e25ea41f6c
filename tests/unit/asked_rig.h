/* SPDX-License-Identifier: ISC */
/*
 * auth's side of the channel to one that it asks, with the test as that one and
 * as the master.
 */
#ifndef VB_TEST_ASKED_RIG_H
#define VB_TEST_ASKED_RIG_H

#include "common/proto.h"

struct event_base;
struct ipc;

extern struct event_base *asked_base;
extern struct ipc *asked_master; /* auth's channel to the master */
extern int asked_end;		 /* of the one that is asked; -1: closed */

/* The channel to the master, and a loop. */
void asked_start(void);
void asked_stop(void);

/* Another channel: returns auth's end of it, and PEER's fence. */
int asked_join(uint32_t *fence);
void asked_close(void);

void asked_run(void); /* what there is to do in the loop */

/* Whether there is a message for the one that is asked. */
int asked_has_heard(void);

/* The reason of an UNJOINED of that role that has come; 0: none has. */
uint32_t asked_unjoined(enum proto_role role);

#endif
