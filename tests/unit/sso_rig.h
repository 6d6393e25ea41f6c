/* SPDX-License-Identifier: ISC */
/*
 * A provider of OpenID Connect for tests of auth: it has keys, signs tokens,
 * and is asked through a fetch_ask() that only remembers the questions. The
 * test answers each, when it wants.
 */
#ifndef VB_TEST_SSO_RIG_H
#define VB_TEST_SSO_RIG_H

#include "daemon/auth/fetch.h"
#include "daemon/auth/sso.h"

#define RIG_ISSUER   "https://id.example.com"
#define RIG_CLIENT   "bridge"
#define RIG_SECRET   "s3cret +"
#define RIG_REDIRECT "https://bridge.example.com/login/oidc"
#define RIG_CODE     "the code/1"
#define RIG_SUB	     "248289761001"
#define RIG_SID	     "session-7"
#define RIG_ID	     42 /* of the question */
#define RIG_WORD_MAX 44 /* of state and nonce, with the NUL */
#define RIG_TEXT_MAX 8192

enum rig_key {
	RIG_FIRST_KEY,
	RIG_SECOND_KEY, /* in the key set after rig_rotate() */
	RIG_KEYS
};

struct rig_question {
	uint32_t source;
	int is_post;
	char url[OIDC_URL_MAX];
	char authorization[RIG_TEXT_MAX];
	char body[RIG_TEXT_MAX];
	fetch_done *done;
	void *arg;
};

/* What auth has said last, copied. */
struct rig_said {
	unsigned count; /* of answers */
	enum oidc_code code;
	uint8_t cookie[LOGIN_COOKIE_BYTES];
	char next[TARGET_TEXT_MAX];
	char url[OIDC_URL_MAX];
	char provider[OIDC_BUTTON_MAX];
	char why[SSO_WHY_MAX];
	int has_login;
	struct login_record login;
	int has_subject, has_session;
	uint8_t subject[LOGIN_PROOF_BYTES], session[LOGIN_PROOF_BYTES];
};

/* A claim, or a member, that is other than usual. */
struct rig_change {
	const char *name;  /* NULL: there is none */
	const char *value; /* as JSON; "": it is left out */
};

extern struct login_desk rig_desk;
extern struct rig_said rig_said;
extern int rig_is_full;			/* fetch_ask() returns VB_EFULL */
extern uint32_t rig_peer;		/* the worker that asks */
extern uint8_t rig_trust[DIGEST_BYTES]; /* of the next rig_reload() */

/* Makes keys, a desk, and one provider, of which auth knows nothing yet. */
void rig_open(void);
void rig_close(void); /* nothing may be unanswered */

/* The configuration that rig_open() has, for others. */
void rig_conf(struct msg_conf_oidc *conf);

/* The desk has only this one, as after a reload; NULL: none. */
void rig_reload(const struct msg_conf_oidc *conf);
/* An access section names one more than students, staff, admins. */
void rig_name_group(const char *name);
void rig_add(const struct msg_conf_oidc *conf);

/* Questions that are not answered; the oldest of them. */
unsigned rig_count(void);
const struct rig_question *rig_question(void);

/* Answers the oldest. */
void rig_answer(uint32_t status, const char *body);
void rig_fail(const char *error);
void rig_answer_metadata(const struct rig_change *change);
void rig_answer_keys(void);
void rig_rotate(void);
void rig_answer_tokens(const char *id_token);

/* Signed texts; they last until the next. key: who signs it. */
const char *rig_sign(const char *header, const char *claims, enum rig_key key);
const char *rig_id_token(const struct rig_change *change);
const char *rig_id_token_of(const struct rig_change *change, enum rig_key key);
const char *rig_logout_token(const struct rig_change *changes, size_t count);

/* The course: somebody goes there, and comes back. */
void rig_begin(uint32_t provider, enum oidc_step step);
void rig_begin_with(const struct msg_oidc_begin *begin);
void rig_go(void); /* all of it: until GO */
void rig_back(void);
void rig_back_with(const struct msg_oidc_back *back);
void rig_fill_back(struct msg_oidc_back *back);
void rig_token(const char *token);

/* All of it: the last answer is whether there is a login. */
void rig_log_in(const struct rig_change *change);

/* The value of a parameter of the last GO's address, as it stands there. */
const char *rig_parameter(const char *name);

/* The last answer is that one, with a reason, and there is no login. */
void rig_is_refused(enum oidc_code code);

/* It is a login of that name and groups, the only one. */
void rig_is_in(const char *name, const char *groups);

#endif
