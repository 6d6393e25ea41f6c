/* SPDX-License-Identifier: ISC */
/*
 * The audit trail: what master, broker and auth know becomes records, one line
 * each, in the file, in the system's log, and for who listens here.
 */
#ifndef VB_MASTER_AUDIT_H
#define VB_MASTER_AUDIT_H

#include <stddef.h>
#include <stdint.h>

#include "common/errors.h"
#include "common/proto.h"
#include "daemon/audit/text.h"

struct audit;
struct bundle;
struct event_base;

struct audit_ops {
	/* No session may begin, as records can't be written; or may again. */
	void (*refuse)(void *arg, int must_refuse);
	/* Whether a worker of that index runs. */
	int (*worker_lives)(void *arg, uint32_t worker);
};

/* **Keeps** ops and arg. NULL without memory. */
struct audit *
audit_new(struct event_base *base, const struct audit_ops *ops, void *arg);

/* Closes the file; audit_finish() comes first. NULL is allowed. */
void audit_free(struct audit *audit);

/*
 * What the configuration says applies from now on: at the start, and after each
 * reload. **Borrows** bundle, whose file is opened anew.
 */
void audit_use(struct audit *audit, const struct bundle *bundle);

/*
 * A record of the master's own: fields are added to what audit_begin() returns
 * (text.h), and audit_end() writes it, at the end of the loop's turn. Without
 * an audit trail it is nothing.
 */
struct audit_text *audit_begin(struct audit *audit, enum audit_kind kind);
void audit_end(struct audit *audit);

/*
 * What a child of that role says. Returns 0, or VB_EBADMSG for what it may not
 * say.
 */
VB_MUST_CHECK int audit_hear(
    struct audit *audit, enum proto_role role, const struct msg_audit *said);

/* A child has died, and what it has said was heard. */
void
audit_child_died(struct audit *audit, enum proto_role role, uint32_t index);

/* Sessions that have no "end" yet. */
size_t audit_open_count(const struct audit *audit);

int audit_must_refuse(const struct audit *audit);

/* The daemon ends: so do all sessions. Writes what waits, and waits for it. */
void audit_finish(struct audit *audit);

void audit_fill_status(const struct audit *audit, struct ctl_audit *status);

/*
 * Hears of each record that is made, as its line without a newline, good for
 * the call: for on-event. The setting that uses it must set has_audit too
 * (settings.h), or there are no records. One listener; **keeps** arg.
 */
typedef void audit_heard(void *arg, const char *line, size_t len);
void audit_listen(struct audit *audit, audit_heard *heard, void *arg);

#endif
