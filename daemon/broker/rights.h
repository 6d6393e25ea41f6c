/* SPDX-License-Identifier: ISC */
/*
 * The access sections: who may reach what, from where and when. Within what
 * allow and deny leave. Pure: it looks at sections and addresses.
 */
#ifndef VB_RIGHTS_H
#define VB_RIGHTS_H

#include <time.h>

#include "common/addr.h"
#include "common/errors.h"
#include "common/proto.h"

struct rights;

struct rights *rights_new(void);	 /* NULL without memory */
void rights_free(struct rights *rights); /* NULL is allowed */

/*
 * Begins a section; the others add to the one that has begun last. Return 0,
 * VB_ENOMEM, or VB_EBADMSG: a text without an end, or no section.
 */
VB_MUST_CHECK int
rights_begin(struct rights *rights, const struct msg_conf_access *section);
VB_MUST_CHECK int
rights_add_user(struct rights *rights, const struct msg_conf_access_user *user);
VB_MUST_CHECK int
rights_add_from(struct rights *rights, const struct msg_conf_access_from *from);
VB_MUST_CHECK int rights_add_target(
    struct rights *rights, const struct msg_conf_access_target *target);

/* True if there is any section: then what none grants is refused. */
int rights_apply(const struct rights *rights);

struct rights_question {
	struct addr client;
	const char *user;   /* or "": nobody has logged in */
	const char *groups; /* of the user's, "a,b" */
	/* how many sessions of theirs a section grants already; or NULL */
	unsigned (*held)(const void *arg, const char *section);
	const void *arg;
	const char *target; /* the configured one, or "" */
	const char *host;   /* the name that leads there, or "" */
	struct addr addr;   /* what is dialled; ADDR_NONE: not known yet */
	int may_be_any;	    /* then any prefix at that port counts */
	uint16_t port;
};

/* True if any section is for that client and user at that local time. */
int rights_are_for(const struct rights *rights,
    const struct rights_question *question, const struct tm *local);

/*
 * The name of the first section that grants it at that local time, or NULL.
 * Without sections everything is granted: "". A client of a Unix socket has no
 * address, so only a section without "from" is for it. *full is the first that
 * would have granted it, but for its max-sessions, or NULL; full NULL: that is
 * no matter.
 */
const char *rights_grant(const struct rights *rights,
    const struct rights_question *question, const struct tm *local,
    const char **full);

enum rights_part {
	RIGHTS_USER, /* it is for others */
	RIGHTS_FROM,
	RIGHTS_TIME,
	RIGHTS_TARGET,
	RIGHTS_PLACE, /* max-sessions */
	RIGHTS_NONE   /* nothing: it grants it */
};

/*
 * The i-th section, in the file's order, and what keeps it from granting that
 * at that local time; NULL: there are fewer.
 */
const struct msg_conf_access *rights_look(const struct rights *rights, size_t i,
    const struct rights_question *question, const struct tm *local,
    enum rights_part *lack);

/* A number that changes when a section's time begins or ends. */
uint64_t rights_times_sum(const struct rights *rights, const struct tm *local);

/* Whether "a,b" has that name as one of its own. */
int rights_has_group(const char *groups, const char *name);

/* Where the section of that name begins in the file; 0: unknown. */
uint32_t rights_line(const struct rights *rights, const char *section);

#endif
