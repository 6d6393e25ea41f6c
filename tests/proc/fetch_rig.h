/* SPDX-License-Identifier: ISC */
/*
 * The real fetch over socket pairs, with the test as its master and its auth.
 * VB_FETCH names the program, and VB_CONFINED_FETCH the one that runs it in the
 * sandbox of the daemon's master, as most tests have it.
 */
#ifndef VB_TEST_FETCH_RIG_H
#define VB_TEST_FETCH_RIG_H

#include "tests/proc/broker_rig.h"

#define FETCH_HOSTS_TEXT 1024

struct fetch_host {
	uint32_t source;
	const char *host; /* NULL ends the list */
	uint16_t port;
	int is_plain;
};

struct fetch_answer {
	uint64_t id;
	uint32_t status;
	unsigned parts;
	size_t len;
	char error[FETCH_ERROR_MAX];
	char data[FETCH_ANSWER_MAX + 1]; /* a NUL behind it */
};

struct fetch_rig {
	struct rig rig;
	int auth;
	uint32_t fence;
	struct settings settings;     /* of the next CONF_START */
	struct addr nameserver;	      /* ADDR_NONE: none */
	char hosts[FETCH_HOSTS_TEXT]; /* the hosts file */
	unsigned dropped;	      /* DROPPEDs that came */
	struct msg_dropped last_dropped;
	char log[65536]; /* lines that came, as far as they fit */
};

/* The parts of a start, in their order. */
void fetch_begin(struct fetch_rig *f);
void fetch_spawn(struct fetch_rig *f);
void fetch_host_files(struct fetch_rig *f);
void fetch_conf_start(struct fetch_rig *f);
void fetch_conf_host(struct fetch_rig *f, const struct fetch_host *host);
void fetch_conf_ca(struct fetch_rig *f, uint32_t source, int ca_fd);
void fetch_conf_end(struct fetch_rig *f);
void fetch_wait_ready(struct fetch_rig *f);

/* A configuration: ca_fd is of all of its providers; -1: there is none. */
void
fetch_configure(struct fetch_rig *f, const struct fetch_host *hosts, int ca_fd);

/* A channel; the end of the one that asks is f->auth. */
void fetch_join(struct fetch_rig *f);

/* All but the first of it; and the end. */
void fetch_run(struct fetch_rig *f, const struct fetch_host *hosts, int ca_fd);
void fetch_stop(struct fetch_rig *f);

/* Asks for a sign of life, and reads all that was said before it. */
void fetch_probe(struct fetch_rig *f);

/* Asks source 0; body NULL is a GET. */
void fetch_ask(struct fetch_rig *f, uint64_t id, const char *url,
    const char *authorization, const char *body);

/* Waits for all of an answer. */
void fetch_read(struct fetch_rig *f, struct fetch_answer *answer);

/* Both, by GET. */
void
fetch_get(struct fetch_rig *f, const char *url, struct fetch_answer *answer);

/* The same, of "http://127.0.0.1:port" with that path. */
void fetch_get_path(struct fetch_rig *f, uint16_t port, const char *path,
    struct fetch_answer *answer);

#endif
