/* SPDX-License-Identifier: ISC */
/*
 * The real keeper over a socket pair, with the test as its master and as its
 * workers. VB_KEEPER names the program.
 */
#ifndef VB_TEST_KEEPER_RIG_H
#define VB_TEST_KEEPER_RIG_H

#include <openssl/types.h>

#include "tests/proc/broker_rig.h"

#define KEEPER_EC_ID  1
#define KEEPER_RSA_ID 2

struct keeper_rig {
	struct rig rig;
	int workers[2];
	EVP_PKEY *ec_key;  /* P-256 */
	EVP_PKEY *rsa_key; /* 4096 bits */
	int ec_cert_fd;
	int ec_key_fd;
	int rsa_cert_fd;
	int rsa_key_fd;
	int stamp_fd;		  /* of CONF_STAMP */
	struct settings settings; /* of the next CONF_START */
	struct msg_kept kept;	  /* the last */
	unsigned dropped;	  /* DROPPEDs that came */
	uint32_t dropped_index;	  /* of the last */
	uint32_t dropped_fence;
	unsigned refusals; /* lines of the log that tell of one */
};

/* Starts the program; no message is sent but CONF_STAMP. */
void keeper_spawn(struct keeper_rig *k);

/* The parts of a configuration; descriptors stay the caller's. */
void keeper_conf_start(struct keeper_rig *k);
void keeper_conf_cert(
    struct keeper_rig *k, uint32_t cert_id, int certificate, int key);
void keeper_conf_end(struct keeper_rig *k);

/* Reads up to KEPT, which is for the last CONF_END. */
void keeper_wait_kept(struct keeper_rig *k);
void keeper_wait_ready(struct keeper_rig *k);

/* Asks for a sign of life, and reads all that was said before it. */
void keeper_probe(struct keeper_rig *k);

/* A worker's end of a new channel; its TICKETS have been read. */
int keeper_add_worker(
    struct keeper_rig *k, uint32_t index, struct msg_tickets *tickets);

/* Waits for the next SIGNED of a worker. */
void keeper_read_signed(int worker, struct msg_signature *out);
void keeper_ask(int worker, const struct msg_sign *sign);

/* Two keys and their certificates, as files. */
void keeper_make_keys(struct keeper_rig *k);

/* A configuration with both, which is kept. */
void keeper_configure(struct keeper_rig *k);

/* All of it: ready, with two workers; and the end, the second still served. */
void keeper_start(struct keeper_rig *k);
void keeper_stop(struct keeper_rig *k);

/* That worker gets signatures of both kinds; id is any. */
void keeper_expect_served(struct keeper_rig *k, int worker, uint64_t id);

#endif
