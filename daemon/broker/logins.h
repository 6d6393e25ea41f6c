/* SPDX-License-Identifier: ISC */
/*
 * Logins that have sessions, pending or open: whose they are, as auth has said.
 * One is forgotten with its last session.
 */
#ifndef VB_BROKER_LOGINS_H
#define VB_BROKER_LOGINS_H

#include <sys/queue.h>
#include <sys/tree.h>

#include <stdint.h>

#include "common/errors.h"
#include "common/proto.h"

struct session;
struct vouch;

struct login {
	RB_ENTRY(login) by_id;
	uint64_t id;
	TAILQ_HEAD(, session) sessions;
	struct vouch *vouch; /* auth is asked who it is; or NULL */
	uint8_t is_known;    /* it has said so */
	char name[AUTH_NAME_MAX];
	char groups[AUTH_GROUPS_MAX]; /* "a,b" */
};

RB_HEAD(login_tree, login);

struct login *logins_find(struct login_tree *logins, uint64_t id);

/*
 * The session is that login's from now on, which is made if there is none of
 * that id. NULL without memory.
 */
struct login *
logins_add(struct login_tree *logins, uint64_t id, struct session *session);

/* Fills in who it is. */
void login_know(struct login *login, const struct msg_vouched *who);

/* The session is nobody's any more. A session without a login is allowed. */
void logins_remove(struct login_tree *logins, struct session *session);

/* How many sessions, pending ones too, that user has, by whatever login. */
unsigned logins_count_of(struct login_tree *logins, const char *name);

/* Each in turn, the lowest id first; NULL after the last. */
struct login *logins_first(struct login_tree *logins);
struct login *logins_next(struct login *login);

#endif
