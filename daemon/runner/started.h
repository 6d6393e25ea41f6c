/* SPDX-License-Identifier: ISC */
/* Which targets were started, and not stopped since. */
#ifndef VB_STARTED_H
#define VB_STARTED_H

#include <sys/queue.h>

#include "common/proto.h"

struct started {
	TAILQ_ENTRY(started) entry;
	char target[TARGET_NAME_MAX];
};

TAILQ_HEAD(started_list, started);

/* Without memory a broker that comes later does not know, and it goes on. */
void started_note(struct started_list *list, const char *target);

void started_forget(struct started_list *list, const char *target);
void started_clear(struct started_list *list);

#endif
