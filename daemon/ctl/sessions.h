/* SPDX-License-Identifier: ISC */
/* What is open now, and the configured targets. */
#ifndef VB_CTL_SESSIONS_H
#define VB_CTL_SESSIONS_H

#include "common/proto.h"

/* Asks for all sessions, a page at a time, and calls each() with each. */
typedef void sessions_each(void *arg, const struct list_entry *entry);
void sessions_ask(int fd, sessions_each *each, void *arg);

/* Shows them. Returns main()'s value. */
int sessions_show(int fd, int is_json);

/* All targets, of one configuration. **Borrowed** until the next call. */
struct targets {
	uint32_t count;
	uint32_t is_refusing; /* the bridge takes no new sessions */
	struct target_entry entries[PROTO_TARGETS_MAX];
};
const struct targets *targets_ask(int fd);

/* In a word: locked, held, opening, kept or free. */
const char *targets_state(const struct target_entry *target);

/* Shows them. Returns main()'s value. */
int targets_show(int fd, int is_json);

#endif
