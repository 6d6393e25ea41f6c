/* SPDX-License-Identifier: ISC */
/*
 * What a command writes: so many lines go into the log, each cut and escaped,
 * and the rest is read and thrown away. It may go on when the command has
 * ended: what that has left in the background must not die of a closed pipe.
 */
#ifndef VB_OUTPUT_H
#define VB_OUTPUT_H

#include <sys/queue.h>
#include <stdint.h>

#include "common/errors.h"

#define OUTPUT_LINES_MAX 40  /* of one command, in the log */
#define OUTPUT_LINE_MAX	 200 /* bytes of one, before they are escaped */
#define OUTPUT_LEFT_MAX	 64  /* of commands that have ended */
#define OUTPUT_LABEL_MAX 320 /* target="NAME" command=KIND */

struct event_base;
struct output;

TAILQ_HEAD(output_list, output);

/* Those of commands that have ended, the oldest first. */
struct outputs {
	struct event_base *base;
	struct output_list left;
	unsigned left_count;
};

void outputs_init(struct outputs *outputs, struct event_base *base);
void outputs_clear(struct outputs *outputs);

/*
 * Begins to read. **Takes** fd also on failure, **borrows** label, as the log
 * has it. NULL without memory.
 */
struct output *output_new(struct outputs *outputs, int fd, const char *label);

/*
 * The command has ended: what is there is read. is_left: what it has started
 * may go on writing; else that is the end. Returns how many lines there were,
 * logged or not. **Takes** output.
 */
uint64_t output_end(struct output *output, int is_left);

#endif
