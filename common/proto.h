/* SPDX-License-Identifier: ISC */
/*
 * The messages between the processes. PROTOCOL.md tells the life of a
 * session; this table says who may send what to whom.
 *
 * A message is one SOCK_SEQPACKET datagram: struct msg_head, then the body,
 * of exactly the size of its struct (but see MSG_LASTING_MAX), and at most one
 * descriptor. Bodies are
 * zeroed before they are filled. Strings end in NUL inside their array: a
 * handler checks those of a weaker process with PROTO_IS_TEXT().
 *
 * Trust: the master is trusted by all. The others distrust workers:
 * whatever a field says, the channel says who is speaking.
 */
#ifndef VB_PROTO_H
#define VB_PROTO_H

#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "common/addr.h"
#include "common/network.h"
#include "common/proto_access.h"
#include "common/proto_audit.h"
#include "common/proto_auth.h"
#include "common/proto_fetch.h"
#include "common/proto_board.h"
#include "common/proto_lease.h"
#include "common/proto_metrics.h"
#include "common/proto_names.h"
#include "common/proto_oidc.h"
#include "common/proto_order.h"
#include "common/proto_pam.h"
#include "common/proto_prove.h"
#include "common/proto_runner.h"
#include "common/proto_table.h"
#include "common/proto_tls.h"
#include "common/proto_why.h"
#include "common/rule.h"
#include "common/settings.h"
#include "common/target.h"

/*
 * Raised with any change below: a new program never talks to an old one, but
 * for vncbridgectl.
 */
#define PROTO_VERSION 15

/* name, bit, what it is called in the log */
#define PROTO_ROLES(X)            \
	X(MASTER, 1, "master")    \
	X(WORKER, 2, "worker")    \
	X(BROKER, 4, "broker")    \
	X(CTL, 8, "vncbridgectl") \
	X(KEEPER, 16, "keeper")   \
	X(AUTH, 32, "auth")       \
	X(FETCH, 64, "fetch")     \
	X(PAM, 128, "pam")        \
	X(RUNNER, 256, "runner")

enum proto_role {
#define X(name, bit, text) ROLE_##name = bit,
	PROTO_ROLES(X)
#undef X
	ROLE_CHILD = ROLE_WORKER | ROLE_BROKER | ROLE_KEEPER | ROLE_AUTH
	    | ROLE_FETCH | ROLE_PAM | ROLE_RUNNER,
	ROLE_RELAYING = ROLE_WORKER | ROLE_BROKER, /* know of targets */
	/* know of the bridge's certificates, and of listeners */
	ROLE_TLS = ROLE_WORKER | ROLE_KEEPER | ROLE_AUTH,
	ROLE_JUDGING = ROLE_WORKER | ROLE_BROKER | ROLE_AUTH,
	ROLE_STAMPING = ROLE_KEEPER | ROLE_AUTH,   /* have its key */
	ROLE_KNOWING = ROLE_WORKER | ROLE_AUTH,	   /* know of logins */
	ROLE_RESOLVING = ROLE_BROKER | ROLE_FETCH, /* look names up */
	ROLE_TRUSTING = ROLE_AUTH | ROLE_FETCH,	   /* know of providers */
	ROLE_PROVING = ROLE_AUTH | ROLE_PAM,	   /* know of people */
	ROLE_RECORDING = ROLE_BROKER | ROLE_AUTH,  /* have it in the audit */
	/* the broker asks auth and runner, and auth asks fetch and pam */
	ROLE_ASKING = ROLE_WORKER | ROLE_BROKER | ROLE_AUTH,
	/* are asked */
	ROLE_SERVING = ROLE_BROKER | ROLE_KEEPER | ROLE_AUTH | ROLE_FETCH |
	    ROLE_PAM | ROLE_RUNNER
};

enum proto_fd {
	FD_NONE,
	FD_MUST,
	FD_MAY
};

/* When a message may come: before READY, after it, or both. */
enum proto_phase {
	PHASE_SETUP = 1,
	PHASE_RUN = 2,
	PHASE_ANY = 3
};

enum msg_type {
	MSG_NONE = 0,
#define X(name, from, to, body, fd, phase) MSG_##name,
	PROTO_MESSAGES(X)
#undef X
	MSG_TYPE_COUNT
};

/*
 * The last of those that a program of another version is to understand: each
 * begins with the sender's PROTO_VERSION, and may be longer or shorter than
 * here. What is missing is zero, what is beyond it is passed over. So do
 * CTL_LOGINS to CTL_TARGETS_ARE, which came later.
 */
#define MSG_LASTING_MAX	  MSG_CTL_RELOAD_GO
#define LASTING_BYTES_MIN sizeof(uint32_t)

struct msg_head {
	uint32_t type; /* enum msg_type */
	uint32_t zero;
};

/* True if the array has a NUL in it. */
#define PROTO_IS_TEXT(array)  (memchr((array), '\0', sizeof(array)) != NULL)

#define PROTO_REASON_MAX      124 /* WS_REASON_MAX and the NUL */
#define PROTO_ORIGIN_MAX      288
#define PROTO_HOST_MAX	      (TARGET_NAME_MAX + 2) /* "*." in front */
#define PROTO_DESCRIPTION_MAX 128
#define PROTO_NO_LIMIT	      UINT32_MAX /* of a time; 0: the setting's */
#define PROTO_REPEATER_ID_MAX 33	 /* the NUL included */
#define PROTO_TARGETS_MAX     16384	 /* configured targets */
#define PROTO_STATED_MAX      512	 /* of them in one STATED */
#define PROTO_TRAFFIC_MAX     64	 /* sessions in one TRAFFIC */
#define PROTO_LIST_MAX	      12	 /* sessions in one LISTED */
#define PROTO_LISTENERS_MAX   256
#define PROTO_ORIGINS_MAX     1024
#define PROTO_FRAMERS_BYTES   49152 /* of a field's line */
#define PROTO_HOSTS_MAX	      1024
#define PROTO_PROXIES_MAX     512
#define PROTO_WORKERS_MAX     256
#define PROTO_NAMESERVERS_MAX 16
#define PROTO_RULES_MAX	      4096 /* what a channel's queue has room for */

/*
 * Structure for MSG_CONF_START: master to worker and broker and keeper and auth
 * and fetch and pam and runner, no answer. A configuration begins; those that
 * follow are collected, and apply only from CONF_END on, all at once. Sent at
 * start and at each reload.
 */
struct msg_conf_start {
	uint32_t proto_version; /* PROTO_VERSION, else the child ends */
	uint32_t generation;	/* 1, and one more with each reload */
	uint32_t index;		/* this worker's number, from 0 */
	uint32_t worker_count;	/* how many PEERs a broker will get */
	/* workers' processes that have not ended, a bit each: what they hold a
	 * new broker must hear first, or that they are GONE */
	uint8_t living[PROTO_WORKERS_MAX / CHAR_BIT];
	struct settings settings;
};

/*
 * Structure for MSG_CONF_PAGES: master to worker. fd passed: the sealed
 * memory file of pages.h. No answer.
 */
struct msg_conf_pages {
	uint64_t size_bytes;
};

#define CONF_ORIGIN_OPENS  1 /* its pages may open sessions */
#define CONF_ORIGIN_FRAMES 2 /* its pages may have the bridge's in a frame */

/* Structure for MSG_CONF_ORIGIN: master to worker. See common/origin.h. */
struct msg_conf_origin {
	uint32_t flags;
	char origin[PROTO_ORIGIN_MAX];
};

/* Structure for MSG_CONF_HOST: master to worker. A name of the bridge's own. */
struct msg_conf_host {
	char name[PROTO_HOST_MAX]; /* lower case, "name" or "*.name" */
};

/*
 * Structure for MSG_CONF_PROXY: master to worker. What a peer of this network
 * says of its clients is believed.
 */
struct msg_conf_proxy {
	struct network network;
};

/*
 * Structure for MSG_CONF_TARGET: master to worker and broker. A configured
 * target, in the file's order.
 */
struct msg_conf_target {
	char name[TARGET_NAME_MAX]; /* lower case */
	uint8_t mode;		    /* enum lease_mode */
	uint8_t ask_answer;	    /* of a holder who says nothing */
	uint32_t slots;		    /* 0: as many as mode has of itself */
	uint32_t ask_timeout_sec;
	uint32_t grace_sec;	       /* it waits for whose network was lost */
	uint8_t has_send_proxy;	       /* as in OPENED */
	uint32_t tls_id;	       /* CONF_TARGET_TLS's, 0: it is plain */
	uint32_t greeting_timeout_sec; /* 0: the setting's */
	uint32_t idle_timeout_sec;     /* 0: the setting's; or NO_LIMIT */
	uint32_t max_session_sec;      /* the same */
	uint32_t max_sessions;	       /* 0: max-sessions-of-target's */
	char repeater_id[PROTO_REPEATER_ID_MAX]; /* "": not a repeater */
	struct target address;			 /* where it is; port set */
	char description[PROTO_DESCRIPTION_MAX];
	char group[LEASE_GROUP_MAX]; /* on the board, or "" */
	uint32_t hooks;		     /* HOOK_BIT of each; or of START: wake */
	uint32_t start_timeout_sec;  /* 0: the setting's */
	uint32_t stop_after_sec;     /* the same */
};

/* How many may use it at a time; most: max-sessions-of-target. 0: any. */
static inline uint32_t
conf_target_places(const struct msg_conf_target *target, uint32_t most)
{
	uint32_t n = target->slots;

	if (n == 0 && target->mode != LEASE_MODE_SHARE)
		n = 1;
	if (target->max_sessions != 0)
		most = target->max_sessions;
	return most != 0 && (n == 0 || most < n) ? most : n;
}

/* Structure for MSG_CONF_RULE: master to broker. An allow or deny entry. */
struct msg_conf_rule {
	struct rule rule;
};

/*
 * Structure for MSG_CONF_LISTENER: master to worker and broker and auth. Never
 * dialled; a connection that came to another than these opens nothing any more.
 */
struct msg_conf_listener {
	struct addr addr;	/* family, ip, port; as in CLIENT */
	uint32_t verify_client; /* enum verify_client */
	uint32_t has_proxy_protocol;
	uint32_t is_metrics; /* its only path is /metrics, beside /healthz */
};

/*
 * Structure for MSG_CONF_END: master to worker and broker and keeper and auth
 * and fetch and pam and runner. Apply.
 */
struct msg_conf_end {
	uint32_t generation;
};

/*
 * Structure for MSG_READY: worker or broker or keeper or auth or fetch
 * or pam or runner to master, once: the sandbox is entered, requests may come.
 */
struct msg_ready {
	uint32_t proto_version;
};

/*
 * Structure for MSG_LOG: worker or broker or keeper or auth or fetch
 * or pam or runner to master. A line for the log; untrusted text, the master
 * escapes what a terminal could obey.
 */
struct msg_log {
	uint32_t level;	  /* enum log_level */
	uint32_t dropped; /* lines lost before this one */
	char line[640];	  /* LOG_LINE_MAX */
};

/*
 * Structure for MSG_PEER: master to worker and broker and keeper and auth and
 * fetch and pam and runner. fd passed: a channel between asker, who asks, and
 * role, who answers. For the asker it is that of role, for the other that of
 * the asker with that index; it replaces any before.
 */
struct msg_peer {
	uint32_t index; /* of a worker; else 0 */
	uint32_t fence; /* of this channel, never used again */
	uint32_t role;	/* of ROLE_SERVING */
	uint32_t asker; /* ROLE_WORKER; or who asks auth, fetch... */
};

/*
 * flags: max-connections reached. It takes the place of one that has not
 * asked for anything, or else is answered 503.
 */
#define CLIENT_CROWDED 1
#define CLIENT_LIMITED 2 /* its address has too many: answered 429 */

/*
 * Structure for MSG_CLIENT: master to worker. fd passed: an accepted
 * socket, nonblocking. Answered by the counts in LOAD.
 */
struct msg_client {
	uint64_t conn_id;
	struct addr peer;  /* the client's, as accept4 told */
	struct addr local; /* the listener's, port set */
	uint32_t flags;
	uint32_t place; /* LEFT's; 0: its address is not limited */
};

#define LEFT_MAX 128 /* in one LEFT */

/*
 * Structure for MSG_LEFT: worker to master, before the LOAD that counts them.
 * Which of its conns that have a place have ended. Untrusted: a place that it
 * was not given costs the channel, and so does a LOAD after which it has more
 * places than conns.
 */
struct msg_left {
	uint32_t count;
	uint32_t places[LEFT_MAX]; /* CLIENT's */
};

/*
 * Structure for MSG_LOAD: worker to master, at most once a turn of its
 * loop. Untrusted: counts that exceed what was handed over cost the
 * channel.
 */
struct msg_load {
	uint32_t taken;	   /* CLIENTs taken since the last LOAD */
	uint32_t ended;	   /* conns ended since the last LOAD */
	uint32_t sessions; /* sessions now */
};

/*
 * Structure for MSG_DRAIN: master to worker and broker and keeper and auth and
 * fetch and pam and runner. A worker tells every session code and reason, ends
 * the rest, takes no more, and exits 0 when it is empty or the time is over. A
 * broker refuses new OPENs with 4580. The others go on.
 */
struct msg_drain {
	uint32_t timeout_sec;
};

#include "common/proto_session.h"

/*
 * Structure for MSG_DROPPED: broker or keeper or auth or fetch
 * or pam or runner to master. It has closed the channel of one that asks it,
 * who broke a rule or does not read: the master replaces that one. No answer.
 */
struct msg_dropped {
	uint32_t index; /* PEER's */
	uint32_t fence; /* PEER's: a late message is of one long gone */
	uint32_t asker; /* PEER's */
};

#define UNJOINED_NONSENSE 1 /* the one that is asked broke a rule */
#define UNJOINED_LOST	  2 /* it was closed, or did not arrive */

/*
 * Structure for MSG_UNJOINED: worker or broker or auth to master. It no longer
 * has a channel to one that it asks, or did not get the one of a PEER: the
 * master sends another, to another process where this one broke a rule. No
 * answer. Untrusted: said once for a PEER, and of nonsense not twice in an
 * hour, else it costs the channel.
 */
struct msg_unjoined {
	uint32_t fence; /* PEER's */
	uint32_t reason;
	uint32_t role; /* PEER's */
};

/*
 * Structure for MSG_PROBE: master to worker and broker and keeper and auth and
 * fetch and pam and runner. Answered by one ALIVE from the loop; a child that
 * owes it for watchdog-timeout is hanging, and is replaced.
 */
struct msg_probe {
	uint64_t number; /* rises with each PROBE of a child */
};

/*
 * Structure for MSG_ALIVE: worker or broker or keeper or auth or fetch
 * or pam or runner to master.
 */
struct msg_alive {
	uint64_t number; /* given back; another costs the channel */
};

#include "common/proto_ctl.h"

struct proto_row {
	const char *name;
	uint16_t from; /* enum proto_role, a set */
	uint16_t to;
	uint8_t fd;    /* enum proto_fd */
	uint8_t phase; /* enum proto_phase, a set */
	uint8_t is_lasting;
	size_t body_size; /* of a lasting one: as this program knows it */
};

/* What a role is called, or "unknown". */
const char *proto_role_name(uint32_t role);

/* The table's row, or NULL if there is no such type. */
const struct proto_row *proto_row(uint32_t type);

/*
 * Checks a received datagram's head, sender, receiver, phase, exact size
 * and descriptor. Returns its type, VB_EBADMSG, or VB_ENOFD when a
 * descriptor that must be there is missing.
 */
VB_MUST_CHECK int proto_check(const void *datagram, size_t len, int has_fd,
    unsigned from, unsigned to, unsigned phase);

/*
 * Whether a received datagram is a message that the table does not have for
 * this sender and receiver, and nothing else is wrong with its head: that of
 * another version, perhaps. Gives *type.
 */
VB_MUST_CHECK int proto_is_foreign(const void *datagram, size_t len,
    unsigned from, unsigned to, uint32_t *type);

#define PROTO_DATAGRAM_MAX (sizeof(struct msg_head) + sizeof(union proto_any))

union proto_any {
#define X(name, from, to, body, fd, phase) struct msg_##body body;
	PROTO_MESSAGES(X)
#undef X
};

#endif
