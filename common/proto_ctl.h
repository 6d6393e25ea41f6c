/* SPDX-License-Identifier: ISC */
/*
 * The bodies of vncbridgectl's messages: a part of proto.h, which includes
 * it, and explains. Up to CTL_CERTS_ARE a field always stays where it is,
 * and a new one goes to the end: programs of other versions read them. The
 * others are for the same version; what begins with proto_version says so.
 */
#ifndef VB_PROTO_H
#include "common/proto.h" /* and that this */
#endif
#ifndef VB_PROTO_CTL_H
#define VB_PROTO_CTL_H

#include <stddef.h>

/* Structure for MSG_CTL_STATUS: ctl to master. One CTL_STATUS_IS. */
struct msg_ctl_status {
	uint32_t proto_version;
};

#define CTL_PROCESS_MAX 263 /* master, six that are asked, 256 workers */
#define CTL_VERSION_MAX 32

struct ctl_process {
	uint32_t role; /* enum proto_role */
	uint32_t index;
	uint32_t pid;
	uint32_t is_ready;
	uint32_t restarts;
	uint32_t conns;	   /* workers: handed over and not ended */
	uint32_t sessions; /* workers */
	uint64_t since_sec;
};

/* The audit trail, since the start of the daemon. */
struct ctl_audit {
	uint32_t is_on;
	uint32_t error;	  /* errno of the last write; 0: it went well */
	uint64_t seq;	  /* of the last record */
	uint64_t opened;  /* records */
	uint64_t ended;	  /* records */
	uint64_t running; /* sessions that are open, by the records */
	uint64_t lost;	  /* records */
	char hash[72];	  /* of the last record's line, in hex */
};

/* Structure for MSG_CTL_STATUS_IS: master to ctl. */
struct msg_ctl_status_is {
	uint32_t proto_version;
	uint32_t generation;
	uint64_t since_sec;
	uint64_t now_sec;
	uint64_t conns_accepted; /* since start */
	uint32_t is_draining;
	uint32_t max_connections;
	char version[CTL_VERSION_MAX];
	uint32_t count;
	struct ctl_process processes[CTL_PROCESS_MAX];
	struct ctl_audit audit;
	uint32_t is_refusing; /* as after ORDER_REFUSE */
	uint32_t zero;
};

_Static_assert(MSG_CTL_STATUS == 1 && MSG_CTL_STATUS_IS == 2 &&
	MSG_CTL_STOP == 3 && MSG_CTL_STOPPING == 4 && MSG_CTL_REREAD == 5 &&
	MSG_CTL_RELOADED == 6 && MSG_CTL_UNKNOWN == 7 && MSG_CTL_CERTS == 8 &&
	MSG_CTL_CERTS_ARE == 9 && MSG_CTL_SESSIONS == 10 &&
	MSG_CTL_SESSIONS_ARE == 11 && MSG_CTL_RELOAD == 12 &&
	MSG_CTL_RELOAD_GO == 13,
    "numbers that programs of other versions know");
_Static_assert(sizeof(struct ctl_process) == 40 &&
	offsetof(struct msg_ctl_status_is, version) == 40 &&
	offsetof(struct msg_ctl_status_is, processes) == 80,
    "offsets that programs of other versions know");

/* Structure for MSG_CTL_SESSIONS: ctl to master. One CTL_SESSIONS_ARE. */
struct msg_ctl_sessions {
	uint32_t proto_version;
	uint64_t after_conn_id; /* as in LIST */
	uint32_t after_worker;
};

/* Structure for MSG_CTL_SESSIONS_ARE: master to ctl. */
struct msg_ctl_sessions_are {
	uint32_t proto_version;
	uint32_t is_unavailable; /* no broker now: ask again */
	struct msg_listed listed;
};

/* Structure for MSG_CTL_CERTS: ctl to master. One CTL_CERTS_ARE. */
struct msg_ctl_certs {
	uint32_t proto_version;
	uint32_t first; /* how many are known already */
};

#define CTL_CERTS_MAX	  8   /* in one CTL_CERTS_ARE */
#define CTL_CERT_PATH_MAX 512 /* a longer path is cut */

/* Structure for MSG_CTL_CERTS_ARE: master to ctl. */
struct msg_ctl_certs_are {
	uint32_t proto_version;
	uint32_t total;
	uint32_t count;
	struct ctl_cert {
		uint64_t ends_sec; /* since 1970, 0: unknown */
		char path[CTL_CERT_PATH_MAX];
	} certs[CTL_CERTS_MAX];
};

/* What a request that changes something has come to. */
enum ctl_code {
	CTL_DONE,
	CTL_FORBIDDEN, /* not for this user */
	CTL_BUSY,      /* another one is under way: try again */
	CTL_FAILED     /* nothing has changed */
};

#define CTL_TEXT_MAX	   6144 /* an error with a path in it */
#define CTL_PATH_MAX	   4096 /* PATH_MAX */
#define CTL_RELOAD_FDS_MAX 512	/* descriptors that one reload may send */

/*
 * Structure for MSG_CTL_RELOAD: ctl to master. A new bundle is to come; one
 * CTL_RELOAD_GO answers. One at a time; it is dropped if it takes too long.
 */
struct msg_ctl_reload {
	uint32_t proto_version;
};

/*
 * Structure for MSG_CTL_RELOAD_GO: master to ctl. With CTL_DONE the bundle
 * may come; which listeners are open already, and need not be sent.
 */
struct msg_ctl_reload_go {
	uint32_t proto_version;
	uint32_t code; /* enum ctl_code */
	uint32_t count;
	struct addr listeners[PROTO_LISTENERS_MAX];
	char text[CTL_TEXT_MAX]; /* why not */
	char file[CTL_PATH_MAX]; /* the daemon's own: to compare, not to open */
};

/*
 * Structure for MSG_CTL_RELOAD_TEXT: ctl to master, first. fd passed: the
 * configuration's text, a sealed memory file, which the master parses again.
 */
struct msg_ctl_reload_text {
	char file[CTL_PATH_MAX]; /* its name, for messages: never opened */
};

/*
 * Structure for MSG_CTL_RELOAD_LISTENER: ctl to master. fd passed: a socket
 * that listens there.
 */
struct msg_ctl_reload_listener {
	struct addr addr;
};

/* Structure for MSG_CTL_RELOAD_PAGES: ctl to master. fd passed: pages.h. */
struct msg_ctl_reload_pages {
	uint64_t size_bytes;
};

/*
 * Structure for MSG_CTL_RELOAD_FILE: ctl to master. fd passed: a regular
 * file that the configuration names, open for reading.
 */
struct msg_ctl_reload_file {
	char path[CTL_PATH_MAX]; /* as the configuration has it */
};

/*
 * Structure for MSG_CTL_RELOAD_AUDIT: ctl to master. fd passed: the audit
 * trail's file, open to read and to append.
 */
struct msg_ctl_reload_audit {
	uint32_t zero;
};

/* Structure for MSG_CTL_RELOAD_END: ctl to master. One CTL_RELOADED. */
struct msg_ctl_reload_end {
	uint32_t count; /* of descriptors that were sent */
};

/*
 * Structure for MSG_CTL_REREAD: ctl to master, of another version: it reads
 * its configuration as after SIGHUP, with its own rights. One CTL_RELOADED.
 */
struct msg_ctl_reread {
	uint32_t proto_version;
	char file[CTL_PATH_MAX]; /* the one that is meant; empty: any */
};

/*
 * Structure for MSG_CTL_UNKNOWN: master to ctl. It was asked something that it
 * does not know.
 */
struct msg_ctl_unknown {
	uint32_t proto_version;
	uint32_t type;
	char version[CTL_VERSION_MAX];
};

/* Structure for MSG_CTL_RELOADED: master to ctl. */
struct msg_ctl_reloaded {
	uint32_t proto_version;
	uint32_t code; /* enum ctl_code */
	uint32_t generation;
	char text[CTL_TEXT_MAX]; /* why not; or warnings, a line each */
};

/* Structure for MSG_CTL_LOGINS: ctl to master. One CTL_LOGINS_ARE. */
struct msg_ctl_logins {
	uint32_t proto_version;
	uint64_t after_id; /* as in LOGINS */
};

/* Structure for MSG_CTL_LOGINS_ARE: master to ctl. */
struct msg_ctl_logins_are {
	uint32_t proto_version;
	uint32_t code; /* CTL_DONE, CTL_BUSY, or CTL_FAILED: no one logs in */
	struct msg_logins_are logins;
};

/* Structure for MSG_CTL_LOGOUT: ctl to master. One CTL_LOGGED_OUT. */
struct msg_ctl_logout {
	uint32_t proto_version;
	char user[AUTH_NAME_MAX];
};

/* Structure for MSG_CTL_LOGGED_OUT: master to ctl. */
struct msg_ctl_logged_out {
	uint32_t proto_version;
	uint32_t code; /* enum ctl_code, as in CTL_LOGINS_ARE */
	uint32_t count;
};

/* Structure for MSG_CTL_WHY: ctl to master. One CTL_WHY_IS. */
struct msg_ctl_why {
	uint32_t proto_version;
	struct addr client;
	char user[AUTH_NAME_MAX]; /* "": nobody has logged in */
	char target[TARGET_TEXT_MAX];
};

/* Structure for MSG_CTL_WHY_IS: master to ctl. */
struct msg_ctl_why_is {
	uint32_t proto_version;
	uint32_t code;		 /* CTL_DONE, CTL_BUSY, or CTL_FAILED */
	uint32_t has_no_logins;	 /* nobody logs in: user does not matter */
	char file[CTL_PATH_MAX]; /* whose line it is; "": none */
	struct msg_whyed whyed;
};

/* Structure for MSG_CTL_METRICS: ctl to master. One CTL_METRICS_ARE. */
struct msg_ctl_metrics {
	uint32_t proto_version;
};

/*
 * Structure for MSG_CTL_METRICS_ARE: master to ctl. fd passed: the text, a
 * sealed memory file; or there is none.
 */
struct msg_ctl_metrics_are {
	uint32_t proto_version;
	uint32_t code; /* CTL_DONE, or CTL_BUSY */
	uint64_t size_bytes;
};

/* Structure for MSG_CTL_STOP: ctl to master. One CTL_STOPPING. */
struct msg_ctl_stop {
	uint32_t proto_version;
	uint32_t is_now; /* 0: as SIGTERM; 1: as a second one */
};

/* Structure for MSG_CTL_STOPPING: master to ctl; then it closes at its end. */
struct msg_ctl_stopping {
	uint32_t proto_version;
	uint32_t code;	      /* enum ctl_code */
	uint32_t timeout_sec; /* most that it takes */
};

#endif
