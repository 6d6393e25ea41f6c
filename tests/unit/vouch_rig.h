/* SPDX-License-Identifier: ISC */
/* A broker's questions, and the auth that a test plays to them. */
#ifndef VB_TEST_VOUCH_RIG_H
#define VB_TEST_VOUCH_RIG_H

#include <stdint.h>

#include "daemon/broker/vouch.h"

#define ASKERS_MAX  (VOUCHES_MAX + 50)
#define VOUCH_LOGIN 77

/* Who asks, and what it was told. */
struct asker {
	struct vouch *vouch;
	unsigned told;
	uint64_t login_id; /* of the answer; UINT64_MAX: there was none */
	char name[AUTH_NAME_MAX];
	struct asker *drops; /* when it is told, that one waits no more */
	int asks_again;	     /* then: about VOUCH_LOGIN */
};

extern struct vouch_rig {
	struct event_base *base;
	struct vouches vouches;
	int auth;	 /* its end of the channel */
	unsigned closed; /* how often nonsense has cost it the channel */
	struct asker askers[ASKERS_MAX];
} vouching;

/* A fixture: an auth is joined, nobody asks; at the end, nothing is left. */
void vouching_setup(void);
void vouching_teardown(void);

/* There is no auth any more; and there is another one. */
void vouching_leave(void);
void vouching_join(void);

/* By a cookie, whose first bytes say which asker it is; or by a login. */
void vouching_ask(struct asker *asker, uint64_t login_id);
void vouching_done(void *asker, const struct msg_vouched *who);

/* Runs what is ready, until nothing is. */
void vouching_turn(void);

/* The next question, by that asker; returns its number. */
uint64_t vouching_hear(const struct asker *asker, uint64_t login_id);
void vouching_hear_nothing(void);

/* That is alice's login; 0: nobody's. */
void vouching_answer(uint64_t number, uint64_t login_id);

#endif
