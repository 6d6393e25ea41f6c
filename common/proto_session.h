/* SPDX-License-Identifier: ISC */
/*
 * The bodies of the messages about sessions, between workers, broker and
 * master: a part of proto.h, which includes it, and explains.
 */
#ifndef VB_PROTO_H
#include "common/proto.h" /* and that this */
#endif
#ifndef VB_PROTO_SESSION_H
#define VB_PROTO_SESSION_H

/*
 * Structure for MSG_OPEN: worker to broker. Answered by exactly one OPENED.
 * All fields untrusted: conn_id must be new on this channel and not 0, target
 * is what the client wrote, client is for display and the log only.
 */
struct msg_open {
	uint64_t conn_id;
	struct addr client;
	struct addr local; /* CLIENT's: which listener's rules apply */
	uint8_t cookie[AUTH_COOKIE_BYTES]; /* as it came; zeroes: none */
	uint32_t can_wait;		   /* its page shows what TELL says */
	uint8_t intent[INTENT_BYTES];	   /* INTENDED's; zeroes: none */
	char target[TARGET_TEXT_MAX];
};

/*
 * Structure for MSG_OPENED: broker to worker. fd passed if, and only if,
 * code is 0: the connected, nonblocking socket.
 */
struct msg_opened {
	uint64_t conn_id;
	uint32_t code;		       /* 0, or the close code for the client */
	uint32_t tls_id;	       /* CONF_TARGET_TLS's, 0: it is plain */
	uint32_t has_send_proxy;       /* a PROXY header goes first */
	uint32_t greeting_timeout_sec; /* of what was dialled */
	uint32_t idle_timeout_sec;     /* as in CONF_TARGET */
	uint32_t max_session_sec;
	char repeater_id[PROTO_REPEATER_ID_MAX]; /* as in CONF_TARGET */
	struct addr addr;	      /* what was dialled, if anything was */
	char target[TARGET_TEXT_MAX]; /* in canonical form, for the log */
	char reason[PROTO_REASON_MAX];
	struct subject subject; /* of PRESENTED, for the log */
	uint64_t login_id;	/* VOUCHED's, 0: nobody logs in here */
	uint64_t fence;		/* of its lease; for HELD */
	uint32_t is_watching;	/* it looks on: nothing it does goes on */
	char user[AUTH_NAME_MAX];
};

#define PROTO_WAIT_MAX_SEC 7200 /* longer than any setting lets one wait */

/*
 * Structure for MSG_WAIT: broker to worker, before OPENED. That may take so
 * much longer, from now on: its target is being started, or in use.
 */
struct msg_wait {
	uint64_t conn_id;
	uint32_t seconds; /* to PROTO_WAIT_MAX_SEC */
};

/*
 * Structure for MSG_END: broker to worker. A session that is open has lost its
 * right: the worker ends it, and CLOSED follows. One that it does not know has
 * ended by itself.
 */
struct msg_end {
	uint64_t conn_id;
	uint32_t code; /* the close code for the client */
	char reason[PROTO_REASON_MAX];
};

/*
 * Structure for MSG_CLOSED: worker to broker. The session is over, or the
 * client has gone before OPENED came (which still comes, once).
 */
struct msg_closed {
	uint64_t conn_id; /* untrusted: another worker's is none */
	uint32_t is_lost; /* by a fault of the client's network */
	/* OPENED has not come: of a socket that it brings, CLOSED comes again,
	 * when that is closed */
	uint32_t is_early;
	uint64_t to_client_bytes;
	uint64_t to_target_bytes;
	uint32_t code; /* the close code, or 0; for the audit trail only */
};

/*
 * Structure for MSG_HELD: worker to a new broker, one for each session that
 * is open. Untrusted: conn_id must be new on this channel and not 0, and
 * subject is for display only. Whose login_id is, the broker asks auth.
 */
struct msg_held {
	uint64_t conn_id;
	struct addr client;
	struct addr addr;
	uint64_t since_sec; /* seconds since the epoch */
	uint64_t to_client_bytes;
	uint64_t to_target_bytes;
	char target[TARGET_TEXT_MAX]; /* canonical, as OPENED gave it */
	struct subject subject;	      /* as OPENED gave it */
	uint64_t login_id;	      /* as OPENED gave it */
	uint64_t fence;		      /* as OPENED gave it */
	uint32_t can_wait;	      /* as in OPEN */
	uint32_t is_watching;	      /* as OPENED gave it */
};

/* Structure for MSG_HELD_END: worker to broker. All HELDs were sent. */
struct msg_held_end {
	uint32_t count; /* of HELDs */
};

/* One of a session's two connections, as the kernel knows it. */
struct session_way {
	uint32_t rtt_us;      /* smoothed, RFC 6298; 0: unknown */
	uint32_t resent;      /* segments, in all */
	uint32_t stalled_sec; /* takes nothing since then, the epoch's; or 0 */
};

/* Whose fault it is that a session is slow. */
struct session_ways {
	uint32_t has_ping;
	uint32_t ping_ms; /* the last, to the browser and back */
	struct session_way client;
	struct session_way target;
};

/*
 * Structure for MSG_TRAFFIC: worker to broker, every few seconds, only the
 * sessions that moved, or have begun or ceased to stall. Untrusted; unknown ids
 * are passed over.
 */
struct msg_traffic {
	uint32_t count;
	struct {
		uint64_t conn_id;
		uint64_t to_client_bytes; /* in all */
		uint64_t to_target_bytes;
		uint64_t input_sec; /* the user's last deed, the epoch's */
		struct session_ways ways;
	} entries[PROTO_TRAFFIC_MAX];
};

/*
 * Structure for MSG_STATE: worker to broker, one at a time. Answered by one
 * STATED.
 */
struct msg_state {
	uint64_t number;    /* given back */
	struct addr client; /* untrusted: for whom, if access sections apply */
	uint8_t cookie[AUTH_COOKIE_BYTES]; /* the same; zeroes: nobody's */
};

/*
 * Structure for MSG_STATED: broker to worker. How many sessions each
 * configured target has, in the order of CONF_TARGET. As many follow each other
 * as these take, one at least; of the last, first + count is total.
 */
struct msg_stated {
	uint64_t number;     /* of the STATE */
	uint32_t generation; /* of the configuration that is counted */
	uint32_t total;
	uint32_t first;
	uint32_t count;
	uint16_t sessions[PROTO_STATED_MAX]; /* 65535: that or more */
	/* a bit for each, the lowest first: no section grants it to client */
	uint8_t hidden[PROTO_STATED_MAX / 8];
};

/* Structure for MSG_LIST: master to broker. Answered by one LISTED. */
struct msg_list {
	uint64_t cookie;	/* given back */
	uint64_t after_conn_id; /* only sessions after this one of */
	uint32_t after_worker;	/* this worker; 0, 0: from the first */
};

struct list_entry {
	uint64_t conn_id;
	uint64_t since_sec;
	uint64_t to_client_bytes;
	uint64_t to_target_bytes;
	uint32_t worker; /* index */
	struct addr client;
	struct addr addr;
	char target[TARGET_TEXT_MAX];
	struct subject subject;
	char user[AUTH_NAME_MAX];
	struct session_ways ways;
	uint64_t fence;	   /* of its lease */
	uint32_t mode;	   /* enum lease_mode; LEASE_MODE_COUNT: no target's */
	uint32_t idle_sec; /* since a byte moved; LIST_IDLE_UNKNOWN */
	uint32_t is_watching;
};

#define LIST_IDLE_UNKNOWN UINT32_MAX

/*
 * Structure for MSG_LISTED: broker to master. Sessions by rising conn_id, and
 * those of the same by rising worker.
 */
struct msg_listed {
	uint64_t cookie;
	uint32_t count;
	uint32_t has_more;
	uint32_t total; /* sessions in all */
	struct list_entry entries[PROTO_LIST_MAX];
};

#endif
