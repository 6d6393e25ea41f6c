/* SPDX-License-Identifier: ISC */
/*
 * Memory that many took at once goes back to the system. What was freed lies
 * in between what is kept (a TLS handshake takes three times the memory of
 * what it leaves behind; a configuration that was replaced lies below what
 * came later), and malloc gives back nothing but the end of its heap.
 */
#ifndef VB_TRIM_H
#define VB_TRIM_H

#include <event2/event_struct.h>

struct event_base;

struct trim {
	struct event ev;  /* pending while there is something to give back */
	unsigned churn;	  /* what has come or gone */
	unsigned seen;	  /* churn at the last tick */
	unsigned trimmed; /* churn when memory was given back */
	unsigned quiet_ticks;
};

/*
 * For a process that has no tick of its own: while there is something to
 * give back, a timer calls trim_tick(). The base must outlive it. Without
 * this, zeroed memory is enough, and the process's tick calls trim_tick().
 */
void trim_init(struct trim *trim, struct event_base *base);

/* Something that takes memory has come or gone. */
void trim_note(struct trim *trim);

/*
 * A second has passed. Gives memory back when much has come or gone and it
 * is quiet, or when it stays quiet for a while. Returns whether there is
 * nothing left to give back.
 */
int trim_tick(struct trim *trim);

#endif
