/* SPDX-License-Identifier: ISC */
/* An audit trail, whose records a test hears, and its master. */
#ifndef VB_TEST_AUDIT_RIG_H
#define VB_TEST_AUDIT_RIG_H

#include "common/log.h"
#include "daemon/audit/text.h"
#include "daemon/bundle/bundle.h"
#include "daemon/master/audit/audit.h"

#define AUDIT_RIG_HEARD_MAX 64

struct event_base;

struct audit_rig {
	struct event_base *base;
	struct audit *audit;
	struct conf conf; /* audit_use() makes it apply */
	struct bundle bundle;
	char heard[AUDIT_RIG_HEARD_MAX][AUDIT_LINE_MAX + 1];
	unsigned heard_count;
	unsigned refusals; /* how often the master was told */
	int refusing;	   /* what it was told last */
	unsigned logged;   /* lines, since audit_rig_take_log() */
	char last_line[LOG_LINE_MAX];
};

extern struct audit_rig audit_rig;

/* fd: of the file, which stays the caller's; -1: none. */
void audit_rig_begin(int fd);
void audit_rig_end(void);
void audit_rig_take_log(void);

/* What a child says, with no more than this in it. */
struct msg_audit
audit_rig_of(enum audit_kind kind, uint32_t worker, uint64_t conn_id);
int audit_rig_say(enum proto_role role, enum audit_kind kind, uint32_t worker,
    uint64_t conn_id);

#endif
