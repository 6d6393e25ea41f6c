/* SPDX-License-Identifier: ISC */
/*
 * Somebody at a client, where people log in: what they have shown, what auth
 * was asked of it, and what it has said. None of it is believed by anybody
 * else: the broker asks auth itself.
 *
 * Whoever asks waits in ASKING. A question that auth has not answered is asked
 * again of the next one.
 */
#ifndef VB_PERSON_H
#define VB_PERSON_H

#include "worker/client/client.h"

#define PERSON_PATH_MAX (2 * BASE_PATH_MAX)

/* What the answer to a question needs. */
struct question {
	enum msg_type type;
	uint8_t is_asked; /* and not only in the line */
	uint8_t is_head;
	uint8_t is_https;
	uint8_t is_of_script;	    /* which can't see where a redirect leads */
	char next[TARGET_TEXT_MAX]; /* where to go on; "": the start page */
	char path[PERSON_PATH_MAX]; /* of the cookie, without the last '/' */
	size_t size; /* of all of it: the body is as long as its type's */
	union {
		struct msg_login login;
		struct msg_login_code code;
		struct msg_who who;
		struct msg_named named;
		struct msg_logout logout;
		struct msg_oidc_begin begin;
		struct msg_oidc_back back;
		struct msg_oidc_token token;
	} body;
};

struct person {
	uint8_t cookie[AUTH_COOKIE_BYTES]; /* that it has shown; or zeroes */
	uint8_t is_known; /* WHO_IS has come, for the head that is kept */
	uint8_t is_named; /* by a proxy: the cookie is auth's, not shown */
	uint8_t is_spent; /* the certificate's login is over: no other is
			   * to be had of this connection */
	uint8_t state;	  /* enum who_state, of the last WHO_IS */
	uint32_t ends_sec;
	uint32_t max_sec;
	uint64_t login_id; /* of a session, as the broker has said */
	char name[AUTH_NAME_MAX];
	char reason[AUTH_REASON_MAX];	/* why the certificate is nobody's */
	uint8_t own[AUTH_COOKIE_BYTES]; /* of its certificate; or zeroes */
	struct question *question;	/* or NULL */
};

/* The client's, made if there is none. **Borrows** c. NULL without memory. */
struct person *person_of(struct client *c);

/* Wipes what it has shown. NULL is allowed, as in all of these. */
void person_forget_cookie(struct person *person);

/* A head is read: what the one before has shown and was told is forgotten, but
 * not what was asked for this one. */
void person_begin(struct person *person);

/* The request is served, or refused: the next one may be somebody else's. */
void person_end_request(struct person *person);

/* Wipes and frees. */
void person_free(struct client *c);

/*
 * Makes a question of that type, with the conn id and, where it has them, the
 * cookie and the address in its body. NULL without memory.
 */
struct question *person_question(struct client *c, enum msg_type type);

/*
 * Asks it, now or when the channel has room: the client waits in ASKING, for
 * that time at most.
 */
void person_ask(struct client *c, uint64_t timeout_ms);

/* Asks it again: there is another auth. */
void person_ask_again(struct client *c);

/*
 * Asks for the next that waits for room. Returns whose it was; NULL if none
 * waits, or there is no room.
 */
struct client *person_next(struct worker *w);

/* The question is answered, or nobody waits for it any more: wiped, freed. */
void person_end_question(struct person *person);

#endif
