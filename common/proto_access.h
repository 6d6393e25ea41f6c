/* SPDX-License-Identifier: ISC */
/*
 * The bodies of the messages about access sections, master to broker: a part
 * of proto.h, which includes it, and explains.
 */
#ifndef VB_PROTO_ACCESS_H
#define VB_PROTO_ACCESS_H

#include "common/network.h"
#include "common/proto_auth.h"
#include "common/rule.h"
#include "common/schedule.h"
#include "common/target.h"

#define ACCESS_NAME_MAX	 64   /* with its NUL */
#define PROTO_RULE_MAX	 320  /* of a text that names an entry or a section */
#define PROTO_ACCESS_MAX 2048 /* of all sections; the queue has room */

/*
 * Structure for MSG_CONF_ACCESS: master to broker. A section begins; those that
 * follow are its own, up to the next.
 */
struct msg_conf_access {
	char name[ACCESS_NAME_MAX];
	struct schedule times; /* local time */
	uint32_t max_sessions; /* of each that it is for; 0: any number */
	uint32_t line;	       /* of the file; 0: unknown */
};

/* Structure for MSG_CONF_ACCESS_USER: master to broker. Without: anybody. */
struct msg_conf_access_user {
	char name[AUTH_NAME_MAX + 1]; /* "NAME", or "@GROUP" */
};

/* Structure for MSG_CONF_ACCESS_FROM: master to broker. Without: anywhere. */
struct msg_conf_access_from {
	struct network network;
};

/*
 * Structure for MSG_CONF_ACCESS_TARGET: master to broker. A configured target,
 * or, where name is "", an entry as those of allow.
 */
struct msg_conf_access_target {
	char name[TARGET_NAME_MAX];
	struct rule rule;
};

#endif
