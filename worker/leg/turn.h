/* SPDX-License-Identifier: ISC */
/*
 * Fairness: what a session may move in a turn of the loop. While there are
 * small reads, of keys or pointers or answers to them, those that move much do
 * it in small pieces, so that no one waits long for a turn; among sessions that
 * all move much, large ones save work.
 */
#ifndef VB_TURN_H
#define VB_TURN_H

#include <stddef.h>
#include <stdint.h>

struct turn {
	uint64_t small_ms; /* when a session last had little to move */
};

/* Bytes, up to WORKER_BUFFER_BYTES. */
size_t turn_bytes(const struct turn *turn);

/* A session has read that many. */
void turn_note(struct turn *turn, size_t bytes);

#endif
