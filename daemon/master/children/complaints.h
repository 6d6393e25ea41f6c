/* SPDX-License-Identifier: ISC */
/*
 * What children tell the master of each other: one that is asked has dropped
 * who asks it, or one that asks has no channel any more. Either gets another,
 * or is replaced.
 */
#ifndef VB_COMPLAINTS_H
#define VB_COMPLAINTS_H

/* The handlers of DROPPED and UNJOINED; the arg is the struct child. */
int complaints_on_dropped(void *arg, const void *body, int *fd);
int complaints_on_unjoined(void *arg, const void *body, int *fd);

#endif
