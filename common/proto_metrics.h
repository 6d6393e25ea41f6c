/* SPDX-License-Identifier: ISC */
/*
 * What the processes count, a part of proto.h. A process says numbers, and
 * nothing else: what they are called, the master alone knows
 * (daemon/master/metrics). Each is of one role; from any other it must be 0.
 */
#ifndef VB_PROTO_METRICS_H
#define VB_PROTO_METRICS_H

#include <stdint.h>

#include "common/close_code.h"

/* name, role, whether it is a gauge: what is now, and not since the start */
#define METRICS_PLAIN(X)                   \
	X(ACCEPT_PAUSES, MASTER, 0)        \
	X(REFUSED_CONNECTIONS, MASTER, 0)  \
	X(REFUSED_RATE, MASTER, 0)         \
	X(CROWDED, MASTER, 0)              \
	X(RELOADS_DONE, MASTER, 0)         \
	X(RELOADS_FAILED, MASTER, 0)       \
	X(HANGS, MASTER, 0)                \
	X(EVENTS_UNTOLD, MASTER, 0)        \
	X(BYTES_TO_CLIENT, WORKER, 0)      \
	X(BYTES_TO_TARGET, WORKER, 0)      \
	X(SESSIONS_OPENED, WORKER, 0)      \
	X(TLS_FULL, WORKER, 0)             \
	X(TLS_RESUMED, WORKER, 0)          \
	X(TLS_FAILED, WORKER, 0)           \
	X(TLS_TARGET, WORKER, 0)           \
	X(QUEUED_CLIENT, WORKER, 1)        \
	X(QUEUED_TARGET, WORKER, 1)        \
	X(BLOCKED_CLIENT, WORKER, 1)       \
	X(BLOCKED_TARGET, WORKER, 1)       \
	X(WAIT_BROKER, WORKER, 1)          \
	X(WAIT_STATE, WORKER, 1)           \
	X(BOARDS, WORKER, 1)               \
	X(WAIT_KEEPER, WORKER, 1)          \
	X(WAIT_AUTH, WORKER, 1)            \
	X(RESENT_CLIENT, WORKER, 0)        \
	X(RESENT_TARGET, WORKER, 0)        \
	X(LOOKUP_FOUND, BROKER, 0)         \
	X(LOOKUP_NOT_FOUND, BROKER, 0)     \
	X(LOOKUP_TIMEOUT, BROKER, 0)       \
	X(LOOKUP_FAILED, BROKER, 0)        \
	X(PENDING, BROKER, 1)              \
	X(TARGETS_REST, BROKER, 1)         \
	X(LOGINS_PASSWORD_OK, AUTH, 0)     \
	X(LOGINS_PASSWORD_BAD, AUTH, 0)    \
	X(LOGINS_PASSWORD_NONE, AUTH, 0)   \
	X(LOGINS_PAM_OK, AUTH, 0)          \
	X(LOGINS_PAM_BAD, AUTH, 0)         \
	X(LOGINS_PAM_NONE, AUTH, 0)        \
	X(LOGINS_OIDC_OK, AUTH, 0)         \
	X(LOGINS_OIDC_BAD, AUTH, 0)        \
	X(LOGINS_OIDC_NONE, AUTH, 0)       \
	X(LOGINS_HEADER_OK, AUTH, 0)       \
	X(LOGINS_HEADER_BAD, AUTH, 0)      \
	X(LOGINS_CERTIFICATE_OK, AUTH, 0)  \
	X(LOGINS_CERTIFICATE_BAD, AUTH, 0) \
	X(LOGINS_OPEN, AUTH, 1)            \
	X(HASHES_WAIT, AUTH, 1)            \
	X(SIGNED, KEEPER, 0)               \
	X(SIGN_REFUSED, KEEPER, 0)         \
	X(SIGN_WAIT, KEEPER, 1)            \
	X(FETCH_DONE, FETCH, 0)            \
	X(FETCH_FAILED, FETCH, 0)          \
	X(FETCH_WAIT, FETCH, 1)            \
	X(PAM_ANSWERED, PAM, 0)            \
	X(PAM_TALKS, PAM, 1)               \
	X(EVENTS_UNREAD, RUNNER, 0)        \
	X(COMMANDS_STUCK, RUNNER, 1)

/* HTTP answers of a worker; STATUS_OTHER is what is none of these */
#define METRICS_STATUSES(X)      \
	X(101, SWITCHED)         \
	X(200, OK)               \
	X(303, SEE_OTHER)        \
	X(304, NOT_MODIFIED)     \
	X(308, MOVED)            \
	X(400, BAD_REQUEST)      \
	X(401, UNAUTHORIZED)     \
	X(403, FORBIDDEN)        \
	X(404, NOT_FOUND)        \
	X(405, METHOD)           \
	X(408, TIMEOUT)          \
	X(411, LENGTH_REQUIRED)  \
	X(413, TOO_LARGE)        \
	X(414, URI_TOO_LONG)     \
	X(415, TYPE)             \
	X(421, MISDIRECTED)      \
	X(426, UPGRADE)          \
	X(429, TOO_MANY)         \
	X(431, FIELDS_TOO_LARGE) \
	X(503, UNAVAILABLE)      \
	X(505, VERSION)

/* how sessions end, but by CLOSE_CODES: of WebSocket (RFC 6455, 7.4.1) */
#define METRICS_WS_CODES(X) \
	X(1000, NORMAL)     \
	X(1001, GOING_AWAY) \
	X(1002, PROTOCOL)   \
	X(1005, NO_STATUS)  \
	X(1006, ABNORMAL)   \
	X(1009, TOO_BIG)

/* name, role: METRICS_BUCKETS counts, and the sum in milliseconds */
#define METRICS_HISTOGRAMS(X) \
	X(PING, WORKER)       \
	X(FIRST_BYTE, WORKER) \
	X(RTT_CLIENT, WORKER) \
	X(RTT_TARGET, WORKER) \
	X(CONNECT, BROKER)    \
	X(HASH, AUTH)

/* the most of each bucket in milliseconds, and in seconds; then the rest */
#define METRICS_BOUNDS(X) \
	X(1, "0.001")     \
	X(2, "0.002")     \
	X(5, "0.005")     \
	X(10, "0.01")     \
	X(25, "0.025")    \
	X(50, "0.05")     \
	X(100, "0.1")     \
	X(250, "0.25")    \
	X(500, "0.5")     \
	X(1000, "1")      \
	X(2500, "2.5")    \
	X(5000, "5")      \
	X(10000, "10")

enum metrics_bucket {
#define X(ms, text) METRICS_TO_##ms,
	METRICS_BOUNDS(X)
#undef X
	METRICS_ABOVE,
	METRICS_BUCKETS,
	METRICS_HISTOGRAM_SIZE /* the sum is behind them */
};

enum metric {
#define X(name, role, is_gauge) METRIC_##name,
	METRICS_PLAIN(X)
#undef X
#define X(status, name) METRIC_STATUS_##name,
	METRICS_STATUSES(X)
#undef X
	    METRIC_STATUS_OTHER,
#define X(code, name) METRIC_ENDED_##name,
	METRICS_WS_CODES(X)
#undef X
#define X(code, name, cause) METRIC_ENDED_##name,
	CLOSE_CODES(X)
#undef X
	    METRIC_ENDED_OTHER,
	METRIC_OPENED, /* what the broker has answered, and with which code */
#define X(code, name, cause) METRIC_REFUSED_##name,
	CLOSE_CODES(X)
#undef X
	METRIC_REFUSED_OTHER,
#define X(name, role)  \
	METRIC_##name, \
	    METRIC_##name##_LAST = METRIC_##name + METRICS_HISTOGRAM_SIZE - 1,
	METRICS_HISTOGRAMS(X)
#undef X
	METRICS_COUNT
};

#define METRICS_TARGETS_MAX 64 /* of the configured ones; then TARGETS_REST */

/*
 * Structure for MSG_COUNT: master to worker and broker and keeper and auth and
 * fetch and pam and runner. One COUNTED; but while that is awaited, no other
 * COUNT.
 */
struct msg_count {
	uint64_t number; /* rises with each COUNT of a child */
};

/*
 * Structure for MSG_COUNTED: worker or broker or keeper or auth or fetch or
 * pam or runner to master. What it has counted since it was started. Untrusted:
 * a count that falls, or is of another role, costs the channel.
 */
struct msg_counted {
	uint64_t number;      /* given back; another costs the channel */
	uint32_t descriptors; /* that it has open */
	uint32_t generation;  /* broker: of these targets */
	uint64_t values[METRICS_COUNT];
	uint32_t targets[METRICS_TARGETS_MAX]; /* broker: sessions of each */
};

/*
 * Structure for MSG_METRICS: worker to master. One METRICS_ARE; untrusted: a
 * second one before that costs the channel.
 */
struct msg_metrics {
	uint64_t number;
};

#define METRICS_TEXT_MAX (1024 * 1024)

/*
 * Structure for MSG_METRICS_ARE: master to worker. fd passed: the text, a
 * sealed memory file; or there is none, and it could not be made.
 */
struct msg_metrics_are {
	uint64_t number; /* METRICS' */
	uint64_t size_bytes;
};

#endif
