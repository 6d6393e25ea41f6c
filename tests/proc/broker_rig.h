/* SPDX-License-Identifier: ISC */
/*
 * Runs the real broker (the program that VB_BROKER names) and plays its
 * master and its workers. All waits are bounded; failures are ck_asserts.
 */
#ifndef VB_TEST_BROKER_RIG_H
#define VB_TEST_BROKER_RIG_H

#include <sys/types.h>
#include <stdint.h>

#include "common/proto.h"

#define RIG_TARGETS_MAX 64
#define RIG_FENCE	700  /* of worker 0's channel */
#define RIG_AUTH_FENCE	9000 /* of auth's */

struct rig_target {
	const char *name; /* NULL ends the list */
	const char *address;
	int is_exclusive;
};

/* client-ca, or client-crl, of a listener. */
struct rig_ca {
	const char *local; /* a listener of rig_conf's */
	uint32_t kind;	   /* enum conf_ca_kind */
	int fd;		   /* of PEM; stays the caller's */
};

#define RIG_SOCKET_BUFFER_BYTES 98304 /* no kernel's default */

/* What the master tells; zero is a default that allows nothing. */
struct rig_conf {
	const char *rules; /* space between, "!" before a deny entry */
	/* space between, "?" and "!" before those that ask for a certificate
	 * and require one */
	const char *listeners;
	const struct rig_target *targets;
	uint32_t targets_max_sessions; /* of each; 0: not in the section */
	uint32_t targets_hooks;	       /* of each: CONF_TARGET's */
	const char *targets_watch;  /* who may look on at each; NULL: nobody */
	const char *takeover_who;   /* of the second; NULL: nobody */
	uint32_t start_timeout_sec; /* of each; 0: the setting's */
	uint32_t stop_after_sec;    /* the same */
	/* one access section; a space between, "=" before configured ones */
	const char *access_targets;   /* NULL: there is none */
	const char *access_from;      /* NULL: anywhere */
	const char *access_users;     /* space between; NULL: anybody */
	uint32_t access_max_sessions; /* 0: any number */
	uint32_t has_auth;	      /* people log in */
	uint32_t has_audit;	      /* records are wanted: AUDIT */
	struct addr nameserver;	      /* ADDR_NONE: none */
	const struct rig_ca *cas;     /* a NULL local ends the list */
	uint32_t worker_count;	      /* 0: 1 */
	uint32_t connect_timeout_sec; /* 0: 5 */
	uint32_t max_connections;     /* 0: 10000 */
	uint32_t max_sessions;
	uint32_t max_sessions_of_address; /* 0: any number */
	uint32_t max_sessions_of_target;
	uint32_t max_sessions_of_user;
	uint32_t is_unsandboxed;
	uint32_t proto_version;	  /* 0: the right one */
	uint32_t descriptors_max; /* 0: as it is */
};

struct rig {
	pid_t pid;
	int master;
	uint32_t generation;
	uint32_t worker_count;
	unsigned dropped_count; /* DROPPED, as far as read */
	uint32_t dropped_index; /* of the last */
	uint32_t dropped_fence;
	uint32_t dropped_asker;
	unsigned unjoined_count; /* UNJOINED, as far as read */
	struct msg_unjoined unjoined;
	int has_leases; /* CONF_LEASES was sent */
};

/* Sends a message as the master. */
void
rig_send_body(struct rig *rig, enum msg_type type, const void *body, int fd);

/*
 * Waits for a message of the master's channel; log lines are passed over,
 * workers that were dropped are counted.
 */
void
rig_read_master(struct rig *rig, enum msg_type wanted, union proto_any *any);

/*
 * CONF_LEASES, with this memory file, which stays the caller's; -1: a new one.
 * rig_configure() sends it the first time, if nobody has.
 */
void rig_leases(struct rig *rig, int fd, uint32_t is_refusing);

/* ORDER, and its answer. */
void rig_order(
    struct rig *rig, const struct msg_order *order, struct msg_ordered *said);

/* The targets from the first that is not known. */
void rig_targets(struct rig *rig, uint64_t first, struct msg_targets_are *are);

/* Starts, configures, and waits for READY. rig_spawn only starts. */
struct rig rig_start(const struct rig_conf *conf);
struct rig rig_spawn(const struct rig_conf *conf);

/* The same with the program that another variable names. */
struct rig rig_spawn_program(const char *variable, const struct rig_conf *conf);

/* No read or write on this socket waits longer than a test may. */
void rig_bound_waits(int fd);

/* Sends a configuration. The first makes it READY. */
void rig_configure(struct rig *rig, const struct rig_conf *conf);
void rig_wait_ready(struct rig *rig);

/* Closes the master's channel, waits, and asserts status 0. */
void rig_stop(struct rig *rig);

/* Waits for its end; returns the status of waitpid(2). */
int rig_wait(struct rig *rig);

/* Gives the broker a channel to a worker and returns the worker's end. */
int rig_connect_worker(struct rig *rig, uint32_t index);

/* The same, and says that this worker holds nothing. */
int rig_add_worker(struct rig *rig, uint32_t index);

/* Gives the broker a channel to auth and returns auth's end. */
int rig_connect_auth(struct rig *rig, uint32_t fence);

/* Gives the broker a channel to the runner and returns the runner's end. */
int rig_connect_runner(struct rig *rig, uint32_t fence);

void rig_drain(struct rig *rig);

/* Asks for the sessions behind an id, or behind that of a worker's. */
void rig_list(struct rig *rig, uint64_t after, struct msg_listed *listed);
void rig_list_behind(struct rig *rig, uint64_t after, uint32_t worker,
    struct msg_listed *listed);

/* Asks WHY, and waits for the answer. */
void
rig_why(struct rig *rig, const struct msg_why *why, struct msg_whyed *whyed);

/* The process of that worker has ended, the master says. */
void rig_gone(struct rig *rig, uint32_t index);

/* How many sessions the broker knows. */
unsigned rig_count(struct rig *rig);

/* A broker with workers 0 and 1, and a target that both may reach. */
struct pair {
	struct rig rig;
	struct rig_conf conf;
	int workers[2];
	int listener;
	uint16_t port;
	char rules[256]; /* conf.rules */
	char text[64];	 /* the target */
};

void pair_start(struct pair *pair, const struct rig_target *targets);

#define RIG_LOCAL  "192.0.2.1:80" /* a listener of every rig_conf's */
#define RIG_CLIENT "192.0.2.7"
#define RIG_HOLDER "192.0.2.8" /* whose sessions are held */

/* What a worker says; its clients came to RIG_LOCAL, or the last that was
 * named, from RIG_CLIENT or the last that was named. */
void worker_use_local(const char *local);
void worker_use_client(const char *address);
/* The cookie is 32 of these; 0, as at first: none. */
void worker_use_cookie(uint8_t byte);
void worker_open(int worker, uint64_t conn_id, const char *target);
void worker_close(int worker, uint64_t conn_id);
void
worker_held(int worker, uint64_t conn_id, const char *target, const char *addr);
void worker_held_as(int worker, uint64_t conn_id, const char *target,
    const char *addr, const char *subject);
/* The next HELDs are of that login; 0: of none. */
void worker_use_login(uint64_t login_id);
void worker_held_end(int worker, uint32_t count);

/* Waits for the next OPENED. Returns its code; *fd is -1 unless it is 0. */
uint32_t worker_opened(int worker, struct msg_opened *opened, int *fd);

/* Opens and waits; closes the descriptor. Returns the code. */
uint32_t worker_try(
    int worker, uint64_t conn_id, const char *target, struct msg_opened *o);

/* Asks how many sessions each target has; the two halves of it. */
void worker_state(int worker, struct msg_stated *stated);
void worker_ask_state(int worker);
void worker_stated(int worker, struct msg_stated *stated);

/*
 * Asserts that nothing more waits for the worker: that the answer to a
 * STATE sent now is the next message.
 */
void worker_expect_silence(int worker);

/* Asserts that the broker has closed this channel. */
void worker_expect_closed(int worker);

/* Sends bytes as they are. Returns 0 or -1 (the channel is closed). */
int rig_send_raw(int channel, const void *bytes, size_t len, int fd);

/* A listening socket on ip, with a port that is free. */
int listen_on(const char *ip, uint16_t *port);

/* A socket on ip and port that answers nobody: its queue is full. */
struct silent_target {
	int fd;
	int fillers[8];
};
void silent_on(struct silent_target *silent, const char *ip, uint16_t *port);

/* A port of ip that nobody listens on. */
uint16_t dead_port(const char *ip);

/* Accepts one connection, waiting; the connection's descriptor. */
int accept_on(int listener);

/* True if a connection waits for accept. */
int has_connection(int listener);

#endif
