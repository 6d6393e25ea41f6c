/* SPDX-License-Identifier: ISC */
/*
 * The bodies of the messages about what an operator orders, and sees of the
 * targets: a part of proto.h, which includes it, and explains.
 */
#ifndef VB_PROTO_ORDER_H
#define VB_PROTO_ORDER_H

#include <stdint.h>

#include "common/proto_auth.h"
#include "common/proto_lease.h"
#include "common/target.h"

#define ORDER_REASON_MAX 80 /* with "an administrator ...: " a close reason */

/*
 * Structure for MSG_CONF_LEASES: master to broker, once, before the first
 * CONF_END. fd passed: a memory file that each broker gets, where it keeps what
 * outlives it: see lease_memory.h.
 */
struct msg_conf_leases {
	uint32_t is_refusing; /* as after ORDER_REFUSE */
};

enum order_kind {
	ORDER_KICK = 1, /* ends sessions, with a reason */
	ORDER_LOCK,	/* a target, with a text: nobody new gets in */
	ORDER_UNLOCK,
	ORDER_MESSAGE, /* to who sees a target; without scope: to all */
	ORDER_REFUSE,  /* nobody new gets in anywhere */
	ORDER_ADMIT,   /* and again */
	ORDER_COUNT
};

/* What the word of an order may be. */
#define ORDER_SCOPE_SESSION 1u /* "CONN", or "WORKER/CONN" */
#define ORDER_SCOPE_USER    2u
#define ORDER_SCOPE_TARGET  4u
#define ORDER_SCOPES	    7u

enum order_code {
	ORDER_DONE,
	ORDER_UNKNOWN,	 /* there is no such target, user or session */
	ORDER_AMBIGUOUS, /* it is more than one of these */
	ORDER_BUSY,	 /* not all is known yet what is open: again */
	ORDER_FULL,	 /* no more locks are remembered */
	ORDER_CODE_COUNT
};

/* Structure for MSG_ORDER: master to broker. Answered by one ORDERED. */
struct msg_order {
	uint64_t cookie; /* given back */
	uint32_t kind;	 /* enum order_kind */
	uint32_t scopes; /* which what may be */
	char what[TARGET_TEXT_MAX];
	char text[LEASE_TEXT_MAX];
};

/* Structure for MSG_ORDERED: broker to master. */
struct msg_ordered {
	uint64_t cookie;
	uint32_t code;	 /* enum order_code */
	uint32_t scopes; /* what it is; of ORDER_AMBIGUOUS, all of them */
	uint32_t count;	 /* of sessions that were ended, or told */
	uint32_t left;	 /* that could not be: without a worker, or a page */
};

#define TARGETS_MAX 12 /* in one TARGETS_ARE */

/* Structure for MSG_TARGETS: master to broker. Answered by one TARGETS_ARE. */
struct msg_targets {
	uint64_t cookie; /* given back */
	uint64_t first;	 /* how many are known already */
};

struct target_entry {
	uint32_t mode;	  /* enum lease_mode */
	uint32_t most;	  /* of sessions; 0: any number */
	uint32_t open;	  /* sessions */
	uint32_t pending; /* that are being opened */
	uint32_t waiting; /* in its queue, or for an answer */
	uint32_t kept;	  /* places, for who lost the network */
	uint32_t is_locked;
	uint32_t zero;
	uint64_t since_sec; /* of the holder; 0: nobody has it */
	char name[TARGET_NAME_MAX];
	char holder[AUTH_NAME_MAX]; /* who has it longest, or an address */
	char lock_text[LEASE_TEXT_MAX];
};

/* Structure for MSG_TARGETS_ARE: broker to master. In the file's order. */
struct msg_targets_are {
	uint64_t cookie;
	uint32_t generation; /* of the configuration */
	uint32_t total;
	uint32_t count;
	uint32_t is_refusing; /* as after ORDER_REFUSE */
	struct target_entry entries[TARGETS_MAX];
};

/* Structure for MSG_CTL_ORDER: ctl to master. One CTL_ORDERED. */
struct msg_ctl_order {
	uint32_t proto_version;
	struct msg_order order; /* the cookie is 0 */
};

/* Structure for MSG_CTL_ORDERED: master to ctl. */
struct msg_ctl_ordered {
	uint32_t proto_version;
	uint32_t code; /* enum ctl_code: CTL_BUSY: no broker now */
	struct msg_ordered ordered;
};

/* Structure for MSG_CTL_TARGETS: ctl to master. One CTL_TARGETS_ARE. */
struct msg_ctl_targets {
	uint32_t proto_version;
	uint32_t first;
};

/* Structure for MSG_CTL_TARGETS_ARE: master to ctl. */
struct msg_ctl_targets_are {
	uint32_t proto_version;
	uint32_t code; /* CTL_DONE, or CTL_BUSY: no broker now */
	struct msg_targets_are targets;
};

#endif
