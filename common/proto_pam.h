/* SPDX-License-Identifier: ISC */
/*
 * The messages about people whom the system's PAM knows: part of proto.h, whose
 * table says who may send them. Those with a password or a code in them are
 * wiped by who has sent or read them.
 */
#ifndef VB_PROTO_PAM_H
#define VB_PROTO_PAM_H

#include <stdint.h>

#include "common/addr.h"
#include "common/proto_auth.h"

#define PAM_SERVICE_NAME_MAX 64	    /* with its NUL */
#define PAM_TEXT_MAX	     256    /* with its NUL */
#define PAM_RUNNING_MAX	     8	    /* conversations that do not wait */
#define PAM_LOOKS_MAX	     4	    /* is_look, besides */
#define PAM_HALVES_MAX	     64	    /* that wait for somebody to type */
#define PAM_TIMEOUT_MS	     30000  /* of a module, until it asks or is done */
#define PAM_CODE_TIMEOUT_MS  300000 /* of a person; LOGIN_HALF_SEC */
#define PAM_DELAY_MAX_MS     5000

/* Structure for MSG_CONF_PAM: master to auth and pam, at most one. */
struct msg_conf_pam {
	char service[PAM_SERVICE_NAME_MAX]; /* a file of /etc/pam.d */
};

/*
 * Structure for MSG_PAM_ASK: auth to pam. Answered by one PAM_SAID; but after
 * one that is PAM_ASKS, PAM_CODE or PAM_LEAVE is awaited, and another comes.
 * All fields untrusted: somebody has typed them.
 */
struct msg_pam_ask {
	uint64_t id;	     /* given back */
	struct addr client;  /* PAM_RHOST; of is_look none */
	uint32_t is_look;    /* without a password: may it still log in? */
	uint32_t may_ask;    /* for more than the password */
	uint32_t generation; /* auth's: pam waits until it has it, too */
	uint32_t zero;
	char name[AUTH_NAME_MAX];
	char password[AUTH_PASSWORD_MAX];
};

/*
 * Structure for MSG_PAM_CODE: auth to pam, what was typed for PAM_ASKS.
 * Answered by one PAM_SAID. Untrusted.
 */
struct msg_pam_code {
	uint64_t id; /* PAM_ASK's */
	char code[AUTH_CODE_MAX];
};

/*
 * Structure for MSG_PAM_LEAVE: auth to pam, after PAM_ASKS. Nobody will type
 * anything any more. No answer.
 */
struct msg_pam_leave {
	uint64_t id; /* PAM_ASK's */
};

enum pam_verdict {
	PAM_IS_RIGHT,
	PAM_ASKS,	  /* for something else than the password */
	PAM_IS_WRONG,	  /* name, password or code */
	PAM_IS_UNKNOWN,	  /* of is_look: nobody has that name */
	PAM_IS_SHUT,	  /* the account has expired, or may not log in here */
	PAM_IS_STALE,	  /* the password has expired */
	PAM_HAS_TOO_MANY, /* groups */
	PAM_HAS_FAILED	  /* what was asked is not known */
};

/* Structure for MSG_PAM_SAID: pam to auth. */
struct msg_pam_said {
	uint64_t id;
	uint32_t verdict;  /* enum pam_verdict; another costs the channel */
	uint32_t delay_ms; /* before it is told, after a wrong one */
	char name[AUTH_NAME_MAX];     /* RIGHT: whom PAM means by it */
	char groups[AUTH_GROUPS_MAX]; /* RIGHT: "a,b" */
	char text[PAM_TEXT_MAX];      /* for the log; a module's, perhaps */
};

#endif
