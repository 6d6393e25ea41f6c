/* SPDX-License-Identifier: ISC */
/*
 * on-event: one process that reads a line for each event. It is started with
 * the first, and again when it has ended, later each time; meanwhile so many
 * lines wait, and those beyond are lost, and counted.
 */
#ifndef VB_FEED_H
#define VB_FEED_H

#include <sys/queue.h>
#include <sys/types.h>

#include <event2/event_struct.h>

#include "common/errors.h"
#include "common/lost.h"
#include "common/proto.h"
#include "daemon/runner/command.h"
#include "daemon/runner/hooks.h"
#include "daemon/runner/output.h"

#define FEED_BYTES_MAX ((size_t)1024 * 1024) /* of lines that wait */

struct feed_line;

TAILQ_HEAD(feed_list, feed_line);

struct feed {
	struct event_base *base;
	const struct hooks *hooks;
	struct outputs *outputs;
	struct command command;
	int fd; /* its standard input; -1: none */
	struct event write_ev;
	struct event restart_ev;
	struct feed_list lines; /* the oldest first */
	size_t bytes;
	size_t sent; /* of the oldest line, to this process */
	struct lost lost;
	uint64_t begun_ms;
	uint32_t wait_ms;	       /* until it is started again */
	uint8_t is_paused;	       /* it waits for that */
	struct msg_conf_command event; /* that it was started with */
};

/* Zeroed before; the caller sets base, hooks, outputs. 0 or VB_ENOMEM. */
VB_MUST_CHECK int feed_init(struct feed *feed);

/* Another configuration applies: another command is another process. */
void feed_use(struct feed *feed);

/* **Borrows** line, which has no end of its own. */
void feed_add(struct feed *feed, const char *line, size_t len);

/* A child has ended. Returns 1 if it was this one. */
int feed_reap(struct feed *feed, pid_t pid);

/* Ends it; what waits is lost. */
void feed_end(struct feed *feed);

#endif
