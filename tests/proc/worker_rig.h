/* SPDX-License-Identifier: ISC */
/*
 * Runs the real worker (the program that VB_WORKER names) and plays its
 * master, its broker and its clients. All waits are bounded; failures are
 * ck_asserts. rig_connect_worker() of broker_rig.h gives the worker a
 * channel to a broker, and returns the broker's end.
 */
#ifndef VB_TEST_WORKER_RIG_H
#define VB_TEST_WORKER_RIG_H

#include "tests/proc/broker_rig.h"

#define FRAME_MAX 4096

struct worker_rig {
	struct rig rig;
	struct settings settings;   /* changed, then worker_configure() */
	const char *const *targets; /* configured names, NULL ends them */
	/* what else a configuration has, with tell; or NULL */
	void (*tell_more)(struct worker_rig *w);
	struct addr local; /* the listener of all clients */
	const char *peer;  /* the clients' address; NULL: 192.0.2.7 */
	uint32_t taken;	   /* sums of the LOADs that came */
	uint32_t ended;
	uint32_t place;	   /* of the clients to come; 0: none */
	uint32_t left;	   /* how often LEFT has named that one */
	uint32_t sessions; /* of the last */
	uint32_t readies;
	uint32_t unjoined; /* UNJOINEDs that came, and the last's body */
	uint32_t unjoined_fence;
	uint32_t unjoined_reason;
	uint32_t unjoined_role;
	uint32_t is_metrics; /* the listener is, from worker_configure() on */
	uint32_t metrics;    /* METRICS that came, and the last's number */
	uint64_t metrics_number;
	char log[1024]; /* the last line */
};

/* Starts, configures, waits for READY. worker_spawn only starts. */
void worker_start(struct worker_rig *w);
void worker_spawn(struct worker_rig *w);

/* Sends a configuration with the next generation. */
void worker_configure(struct worker_rig *w);
void worker_wait_ready(struct worker_rig *w);

/* Reads the next message for the master, and notes it. Returns its type. */
int worker_hear(struct worker_rig *w);

/* A message of the master's. **Takes** fd, or -1. */
void
worker_tell(struct worker_rig *w, enum msg_type type, const void *body, int fd);

/* A sealed memory file of pages, and its size. */
int make_pages(uint64_t *size_bytes);

/* Asks for no more than is there: LOADs until these sums are reached. */
void worker_wait_load(struct worker_rig *w, uint32_t taken, uint32_t ended);
void worker_wait_sessions(struct worker_rig *w, uint32_t sessions);

/* The next line of its log, which is in w->log then. */
void worker_wait_log(struct worker_rig *w);

/* Until the worker has said UNJOINED so often. */
void worker_wait_unjoined(struct worker_rig *w, uint32_t count);

/* Hands a client over; returns the client's own end. */
int worker_give_client(struct worker_rig *w, uint64_t conn_id, uint32_t flags);

/* ---- the broker ---- */

/* The next message, which must be of that type. */
void broker_read(int broker, enum msg_type type, union proto_any *any);
void broker_expect_open(int broker, uint64_t conn_id, const char *target);

/* Sends OPENED; **takes** fd. */
void broker_opened(
    int broker, uint64_t conn_id, uint32_t code, const char *reason, int fd);

/* Asserts that nothing is there for the broker now. */
void broker_expect_silence(int broker);

/* Asserts that the worker has closed this channel. */
void broker_expect_closed(int broker);

/* ---- clients ---- */

void client_say(int client, const char *text);

/* Asks for a target and reads the 101. */
void client_upgrade(int client, const char *target);

/* Reads an HTTP answer's head and body to the end or to Content-Length. */
const char *client_http(int client, const char *request);

/* Masked frames. */
void client_send(int client, unsigned opcode, const void *data, size_t len);

/* Reads a frame. Returns its opcode; payload has a NUL behind it. */
unsigned client_read(int client, char payload[FRAME_MAX], size_t *len);

/* Reads frames up to Close, answers it. Returns its code. */
unsigned client_closed(int client, char reason[FRAME_MAX]);

/* True at the end of the connection. */
int is_at_end(int fd);

/* A session that relays: its client's and its target's end. */
struct session {
	uint64_t conn_id;
	int client;
	int target;
};

void session_open(
    struct worker_rig *w, int broker, uint64_t conn_id, struct session *s);

/* A byte goes each way. */
void session_check(const struct session *s);

#endif
