/* SPDX-License-Identifier: ISC */
/*
 * The audit trail's kinds, and the bodies of its messages: a part of proto.h,
 * which includes it, and explains.
 */
#ifndef VB_PROTO_AUDIT_H
#define VB_PROTO_AUDIT_H

#include <stdint.h>

#include "common/addr.h"
#include "common/proto_auth.h"
#include "common/target.h"

/*
 * name, what a record calls it ("": it is none), who may say it. HELD, HELD_END
 * and GONE make no record by themselves: they tell what the broker knows.
 */
#define AUDIT_KINDS(X)                       \
	X(START, "start", ROLE_MASTER)       \
	X(STOP, "stop", ROLE_MASTER)         \
	X(RELOAD, "reload", ROLE_MASTER)     \
	X(HOOK, "hook", ROLE_MASTER)         \
	X(LOGIN, "login", ROLE_AUTH)         \
	X(FAILURE, "failure", ROLE_AUTH)     \
	X(LOGOUT, "logout", ROLE_AUTH)       \
	X(OPEN, "open", ROLE_BROKER)         \
	X(REFUSE, "refuse", ROLE_BROKER)     \
	X(ASK, "ask", ROLE_BROKER)           \
	X(TAKEOVER, "takeover", ROLE_BROKER) \
	X(KICK, "kick", ROLE_BROKER)         \
	X(END, "end", ROLE_BROKER)           \
	X(HELD, "", ROLE_BROKER)             \
	X(HELD_END, "", ROLE_BROKER)         \
	X(GONE, "", ROLE_BROKER)

enum audit_kind {
	AUDIT_NONE = 0,
#define X(name, text, from) AUDIT_##name,
	AUDIT_KINDS(X)
#undef X
	AUDIT_KIND_COUNT
};

#define AUDIT_HOW_MAX	 16  /* of a login: "password", "oidc", ... */
#define AUDIT_REASON_MAX 124 /* PROTO_REASON_MAX */

/*
 * Structure for MSG_AUDIT: broker or auth to master. Something has happened
 * that the audit trail has a record of; no answer. A session's key is worker
 * and conn_id, as in LISTED. Untrusted: the master checks who may say it,
 * counts by its own table, and escapes the texts.
 */
struct msg_audit {
	uint32_t kind;	    /* enum audit_kind */
	uint32_t worker;    /* index */
	uint64_t conn_id;   /* 0: it is of no session */
	uint64_t login_id;  /* 0: of no login */
	uint64_t lost;	    /* how many before this could not be sent */
	uint64_t since_sec; /* of a session: of the epoch; 0: now */
	uint64_t to_client_bytes;
	uint64_t to_target_bytes;
	uint32_t code;	      /* a close code; 0: none */
	uint32_t is_watching; /* a session that only looks on */
	struct addr client;
	struct addr addr;	  /* what was dialled */
	char user[AUTH_NAME_MAX]; /* whose it is */
	char by[AUTH_NAME_MAX];	  /* who did it, if that is another */
	char how[AUDIT_HOW_MAX];  /* of a login */
	char target[TARGET_TEXT_MAX];
	char reason[AUDIT_REASON_MAX];
};

/*
 * Structure for MSG_AUDITING: master to broker. Whether records can be written;
 * where they must be and can't, OPENs are refused until the next one. Said when
 * it changes, and to a new broker.
 */
struct msg_auditing {
	uint32_t must_refuse;
};

#endif
