/* SPDX-License-Identifier: ISC */
/*
 * The bodies of the messages about what somebody may open: a part of proto.h,
 * which includes it, and explains.
 */
#ifndef VB_PROTO_WHY_H
#define VB_PROTO_WHY_H

#include "common/addr.h"
#include "common/proto_access.h"
#include "common/proto_auth.h"
#include "common/target.h"

#define WHY_TEXT_MAX   1024
#define WHY_REASON_MAX 124 /* PROTO_REASON_MAX */

/* Structure for MSG_WHOSE: master to auth. Answered by one GROUPS. */
struct msg_whose {
	uint64_t cookie; /* given back */
	char user[AUTH_NAME_MAX];
};

enum groups_state {
	GROUPS_UNKNOWN, /* nobody has that name */
	GROUPS_LOCKED,
	GROUPS_ARE
};

/* Structure for MSG_GROUPS: auth to master. */
struct msg_groups {
	uint64_t cookie;
	uint32_t state; /* enum groups_state; another costs the channel */
	uint32_t zero;
	char groups[AUTH_GROUPS_MAX]; /* "a,b" */
};

/*
 * Structure for MSG_WHY: master to broker. What would become of an OPEN of that
 * user and address now; nothing is dialled. Answered by one WHYED.
 */
struct msg_why {
	uint64_t cookie; /* given back */
	struct addr client;
	char user[AUTH_NAME_MAX]; /* "": nobody has logged in */
	char groups[AUTH_GROUPS_MAX];
	char target[TARGET_TEXT_MAX];
};

/* Structure for MSG_WHYED: broker to master. */
struct msg_whyed {
	uint64_t cookie;
	uint32_t code;		      /* OPENED's; 0: it may */
	uint32_t line;		      /* of rule, in the file; 0: unknown */
	struct addr addr;	      /* what would be dialled, if known */
	char target[TARGET_TEXT_MAX]; /* OPENED's */
	char reason[WHY_REASON_MAX];  /* OPENED's */
	char rule[PROTO_RULE_MAX];    /* what decided; "": nothing there */
	char why[WHY_TEXT_MAX];	      /* sentences, a line each */
};

#endif
