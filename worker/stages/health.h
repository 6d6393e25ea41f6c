/* SPDX-License-Identifier: ISC */
/*
 * /healthz: whether a client that came now could have a session. The broker is
 * asked, and has HEALTH_MS to answer: a process that hangs looks like a good
 * one to everyone else, until the master's watchdog has waited for it.
 */
#ifndef VB_HEALTH_H
#define VB_HEALTH_H

#include "worker/client/client.h"

/* Less than the 2 s that haproxy waits by default. */
#define HEALTH_MS 1500

/*
 * Begins the answer to GET or HEAD /healthz. Returns 1 if it is given, or 0:
 * then the broker is to be asked.
 */
int health_begin(struct client *c, int is_head);

/* 200, or 503 with what is wrong. */
void health_answer(struct client *c, const char *fault);

/* What is wrong with a broker that has not answered in time. */
const char *health_broker_fault(const struct worker *w);

#endif
