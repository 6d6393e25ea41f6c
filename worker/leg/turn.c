/* SPDX-License-Identifier: ISC */
#include "common/clock.h"
#include "worker/leg/buffer.h"
#include "worker/leg/turn.h"

#define SMALL_BYTES	 4096 /* a read that someone may wait for */
#define SMALL_MS	 100  /* how long one is remembered */
#define TURN_SMALL_BYTES (32 * 1024)

size_t
turn_bytes(const struct turn *turn)
{
	return clock_tick_ms() - turn->small_ms < SMALL_MS
	    ? TURN_SMALL_BYTES
	    : WORKER_BUFFER_BYTES;
}

void
turn_note(struct turn *turn, size_t bytes)
{
	if (bytes < SMALL_BYTES)
		turn->small_ms = clock_tick_ms();
}
