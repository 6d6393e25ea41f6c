/* SPDX-License-Identifier: ISC */
/*
 * The real worker where people log in, with the test as auth, as broker and as
 * browsers.
 */
#ifndef VB_TEST_LOGIN_RIG_H
#define VB_TEST_LOGIN_RIG_H

#include "tests/proc/worker_rig.h"

#define LOGIN_TEST_SEC 60
#define LOGIN_FENCE    900
#define LOGIN_KEY      "dGhlIHNhbXBsZSBub25jZQ=="
#define LOGIN_FORM     "Content-Type: application/x-www-form-urlencoded\r\n"

extern struct worker_rig login_w;
extern union proto_any login_any;    /* the last message of the worker */
extern int login_broker, login_auth; /* our ends; -1: closed */
extern uint32_t login_fence;	     /* of the last PEER */
extern uint64_t login_last_id;	     /* of the last client */
extern uint8_t login_alice[AUTH_COOKIE_BYTES], login_bob[AUTH_COOKIE_BYTES];

/* Starts it, with change to its settings or NULL; joined with both. */
void login_begin_with(void (*change)(void));
void login_begin(void);
void login_end(void);

/* Another auth. */
void login_join_auth(void);

/* The next message to auth, which must be that. Returns its id. */
uint64_t login_hear(enum msg_type type);

/* What auth says. cookie NULL: none. */
void login_say(enum msg_type type, const void *body);
void login_say_who(uint64_t id, enum who_state state, const char *name);
void
login_say_logged_in(uint64_t id, enum login_code code, const uint8_t *cookie);

/* With the cookie of login_bob, as every OIDC_SAID might have. */
void login_say_oidc(
    uint64_t id, enum oidc_code code, const char *next, const char *url);

/* Providers: "Example", and one whose name has what HTML escapes. */
void login_name_buttons(struct worker_rig *w); /* for tell_more */
void login_have_providers(void);	       /* for login_begin_with() */

/* A browser's end. */
int login_new_client(void);

/* A request, and a form's; cookie NULL: none. **Return** static texts. */
const char *
login_request(const char *line, const uint8_t *cookie, const char *more);
const char *
login_form(const char *path, const uint8_t *cookie, const char *body);

/* The answer has that status, and that part; or not. */
void login_expect(const char *answer, const char *status, const char *part);
void login_expect_no(const char *answer, const char *part);

#endif
