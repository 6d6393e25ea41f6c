/* SPDX-License-Identifier: ISC */
/*
 * Fairness: what a session may move in a turn of the loop. While there are
 * small reads, of keys or pointers or answers to them, whoever moves much
 * does it in small pieces, so that nobody waits long for a turn; among
 * sessions that all move much, large ones save work.
 */
#ifndef VB_TURN_H
#define VB_TURN_H

#include <stddef.h>

#include "worker/worker.h"

/* Bytes, up to WORKER_BUFFER_BYTES. */
size_t turn_bytes(const struct worker *w);

/* A session has read so many. */
void turn_note(struct worker *w, size_t bytes);

#endif
