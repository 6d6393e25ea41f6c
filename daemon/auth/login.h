/* SPDX-License-Identifier: ISC */
/*
 * The course of a login: a name and a password become a cookie, or half of
 * one until the second factor has come. Who asks learns nothing from how long
 * an answer takes: a name that nobody has is hashed as well.
 */
#ifndef VB_AUTH_LOGIN_H
#define VB_AUTH_LOGIN_H

#include "common/proto_auth.h"
#include "daemon/auth/attempts.h"
#include "daemon/auth/code.h"
#include "daemon/auth/flow.h"
#include "daemon/auth/oidc/group_list.h"
#include "common/group_names.h"
#include "daemon/auth/logins.h"
#include "daemon/auth/pam.h"
#include "daemon/auth/pool.h"
#include "daemon/auth/providers.h"
#include "daemon/auth/users.h"

struct certificates; /* certificates.h */
struct login_answer;
struct login_asker;

/* What people are known by. flows_init() and login_pam_init() it. */
struct login_desk {
	const struct users *users; /* the current ones; or NULL */
	struct logins *logins;
	struct spent *spent;
	struct attempts *attempts;
	struct pool *pool;
	struct providers providers;
	struct group_names group_names;
	struct flows flows;		    /* at a provider */
	LIST_HEAD(errands, errand) errands; /* under way: errand.h */
	int has_header;			    /* a proxy says who somebody is */
	const struct certificates *certificates; /* or NULL: none is one */
	const uint8_t *stamp_key; /* the keeper's, of when it has signed */
	uint8_t header_proof[LOGIN_PROOF_BYTES];
	struct pam_desk pam;
	TAILQ_HEAD(pam_halves, pam_trial) halves; /* login_pam.h */
	unsigned half_count;
	/* what has ended while nobody waited for an answer; for the log */
	void (*unheard)(
	    const struct login_asker *asker, const struct login_answer *answer);
	int has_pam; /* it is asked for who is not in the users' file */
	uint8_t pam_proof[LOGIN_PROOF_BYTES];
	int has_pam_basic; /* with each request, too */
	int no_file_basic; /* while those of the users' file may not */
	struct login_limits limits;
};

struct login_answer {
	enum login_code code;
	uint32_t wait_sec;
	uint8_t cookie[LOGIN_COOKIE_BYTES];
	/* the login, OK or CODE_WANTED; borrowed for the call */
	const struct login_record *login;
	const char *name; /* whom it was for, as it was typed */
	const char *said; /* by PAM, not escaped; NULL: it was not asked */
	int is_recovery;  /* a recovery code was used up */
	int is_again;	  /* the login was there: is_basic */
};

/* Who asks: given back with the answer. */
struct login_asker {
	void *arg;
	uint64_t id;
	uint32_t peer;
	uint32_t fence;
	uint8_t is_basic; /* has a password with each request (RFC 7617) */
	struct addr client;
};

/* Called exactly once for each try. **Borrows** the answer: wiped after it. */
typedef void login_answered(
    const struct login_asker *asker, const struct login_answer *answer);

/*
 * Tries a name and a password, which are **borrowed**. answered is called from
 * within, or later, when a helper has hashed it.
 */
void login_try(struct login_desk *desk, const struct login_asker *asker,
    const char *name, const char *password, login_answered *answered);

/* Tries a code, for the half login with that cookie. */
void login_try_code(struct login_desk *desk, const struct login_asker *asker,
    const uint8_t cookie[LOGIN_COOKIE_BYTES], const char *code,
    login_answered *answered);

/*
 * Whether too many were wrong just now: it is answered then, with LOGIN_WAIT.
 */
int login_must_wait(struct login_desk *desk, const struct login_asker *asker,
    const char *name, login_answered *answered);

/* Whose cookie that is, or NULL. Where is_use, it is used now. */
const struct login_record *login_of(struct login_desk *desk,
    const uint8_t cookie[LOGIN_COOKIE_BYTES], int is_use);

/*
 * Whether a login still has what it was given for: its time, and a user whose
 * line has not changed. Returns NULL, or why it is over, in words.
 */
const char *
login_fault(const struct login_desk *desk, const struct login_record *login);

/*
 * Writes those groups of a user that the configuration names. Returns 0 where
 * they do not fit: fewer are not what was meant, so that one can't log in.
 */
int login_join_groups(const struct login_desk *desk, const struct user *user,
    struct group_list *out);

/*
 * Writes the groups of a login: those that were kept when it began, or, of
 * somebody in the users' file, whose line is as it was then, those that the
 * configuration names now.
 */
void login_groups(const struct login_desk *desk,
    const struct login_record *login, struct group_list *out);

/* As login_fault(), but for what changes only with the configuration. */
const char *
login_expiry(const struct login_desk *desk, const struct login_record *login);

#endif
