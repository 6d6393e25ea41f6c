/* SPDX-License-Identifier: ISC */
/*
 * The broker where people log in, with two workers and an auth that the test
 * plays.
 */
#ifndef VB_TEST_BROKER_LOGIN_RIG_H
#define VB_TEST_BROKER_LOGIN_RIG_H

#include <stdint.h>

#include "tests/proc/broker_rig.h"

#define ALICE	11 /* login ids */
#define ALICE_2 12
#define BOB	13
#define COOKIE	0xa5 /* each byte of what a worker shows */

extern struct login_rig {
	struct pair pair;
	int auth;
	uint32_t fence;		  /* of its channel */
	union proto_any any;	  /* the last message, but for OPENED */
	struct msg_opened opened; /* the last one */
} login;

/* A fixture: one auth is joined. */
void login_setup(void);
void login_teardown(void);

/*
 * Sends login.pair.conf. What was said before is known to the broker then, and
 * after login_join_auth, which brings another auth, too.
 */
void login_configure(void);
void login_join_auth(void);

/* The next that auth hears; what is in use is told at any time. */
int login_hear(void);

/* Returns the number of the next VOUCH, which asks about that. */
uint64_t login_expect_vouch(uint64_t login_id, uint8_t cookie);
void login_say_vouched(
    uint64_t number, uint64_t login_id, const char *name, const char *groups);
void login_say_over(uint64_t login_id, const char *reason);

/* Opens as that login. Returns the code. */
uint32_t login_open_as(int worker, uint64_t conn_id, uint64_t login_id,
    const char *name, const char *groups);
void login_expect_end(
    int worker, uint64_t conn_id, uint32_t code, const char *reason);

/* The broker has done what it was told, and has asked nothing. */
void login_expect_no_question(void);

#endif
