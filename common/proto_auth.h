/* SPDX-License-Identifier: ISC */
/*
 * The messages about people and their logins: part of proto.h, whose table
 * says who may send them. Those with a cookie, a password or a code in them are
 * wiped by who has sent or read them.
 */
#ifndef VB_PROTO_AUTH_H
#define VB_PROTO_AUTH_H

#include <stdint.h>

#include "common/addr.h"

#define AUTH_COOKIE_BYTES 32
#define AUTH_NAME_MAX	  64  /* of a user or group, with its NUL */
#define AUTH_GROUPS_MAX	  512 /* "a,b", with its NUL */
#define AUTH_CLAIMED_MAX \
	4096 /* of all that a proxy may name; most is left out */
#define AUTH_PASSWORD_MAX 257 /* with its NUL */
#define AUTH_CODE_MAX	  32  /* with its NUL */
#define AUTH_TEXT_MAX	  256
#define AUTH_REASON_MAX	  64
#define AUTH_USED_MAX	  64 /* logins in one USED */

/*
 * Structure for MSG_CONF_LOGINS: master to auth, once. fd passed: the memory
 * file of logins and codes, which outlives it; empty for the first.
 */
struct msg_conf_logins {
	uint64_t zero;
};

/*
 * Structure for MSG_CONF_USERS: master to auth. fd passed: a sealed copy of the
 * users' file, read with pread from 0.
 */
struct msg_conf_users {
	uint64_t size_bytes;
};

#define AUTH_FIELD_MAX 64  /* a header field's name, with its NUL */
#define AUTH_PATH_MAX  256 /* with its NUL */

/*
 * Structure for MSG_CONF_GROUP: master to auth and pam, one for each group that
 * an access section names, some more than once. Of nobody others are kept.
 */
struct msg_conf_group {
	char name[AUTH_NAME_MAX]; /* without '@' */
};

/*
 * Structure for MSG_CONF_HEADER: master to worker and auth, at most one: a
 * trusted proxy says who somebody is, in these fields.
 */
struct msg_conf_header {
	char user[AUTH_FIELD_MAX];
	char groups[AUTH_FIELD_MAX]; /* "": it says none */
	char logout[AUTH_PATH_MAX];  /* where to after a logout; "": here */
};

/*
 * Structure for MSG_KNOWN: auth to master, one for each CONF_END. It knows the
 * users and the providers, or says why it goes on with those it had.
 */
struct msg_known {
	uint32_t generation;
	uint32_t is_refused;
	uint32_t line;	   /* of the users' file; 0: it as a whole */
	uint32_t provider; /* 1 and more: of its secret, less 1; 0: none */
	char text[AUTH_TEXT_MAX];
};

/*
 * Structure for MSG_LOGIN: worker to auth. Answered by one LOGGED_IN. All
 * fields untrusted: what somebody has typed, and from where.
 */
struct msg_login {
	uint64_t id; /* given back */
	struct addr client;
	uint32_t is_basic; /* with each request: who asks keeps no cookie */
	uint32_t zero;
	char name[AUTH_NAME_MAX];
	char password[AUTH_PASSWORD_MAX];
};

/*
 * Structure for MSG_LOGIN_CODE: worker to auth, for the second factor. Answered
 * by one LOGGED_IN. All fields untrusted.
 */
struct msg_login_code {
	uint64_t id; /* given back */
	struct addr client;
	uint8_t cookie[AUTH_COOKIE_BYTES]; /* of CODE_WANTED */
	char code[AUTH_CODE_MAX];
};

enum login_code {
	LOGIN_OK,	   /* and a cookie */
	LOGIN_CODE_WANTED, /* and a cookie, for the code alone */
	LOGIN_WRONG,	   /* name, password or code */
	LOGIN_USED,	   /* the code was right once */
	LOGIN_LOCKED,	   /* the password was right */
	LOGIN_SHUT,	   /* the same; an account that may not log in */
	LOGIN_STALE,	   /* the same; the password has expired */
	LOGIN_WAIT,	   /* wait_sec, after wrong ones */
	LOGIN_BUSY,	   /* too many are under way */
	LOGIN_OVER,	   /* the half login has ended: begin again */
	LOGIN_FAILED	   /* of our own fault */
};

/* Structure for MSG_LOGGED_IN: auth to worker. */
struct msg_logged_in {
	uint64_t id;
	uint32_t code; /* enum login_code; another costs the channel */
	uint32_t wait_sec;
	uint8_t cookie[AUTH_COOKIE_BYTES]; /* OK and CODE_WANTED; else zero */
};

/*
 * Structure for MSG_WHO: worker to auth. Answered by one WHO_IS. All fields
 * untrusted.
 */
struct msg_who {
	uint64_t id; /* given back */
	uint8_t cookie[AUTH_COOKIE_BYTES];
	uint32_t is_use; /* the time without use begins anew */
};

/*
 * Structure for MSG_NAMED: worker to auth. A trusted proxy says who it is.
 * Answered by one WHO_IS, whose cookie is that of their login. All fields
 * untrusted.
 */
struct msg_named {
	uint64_t id; /* given back */
	struct addr client;
	char name[AUTH_NAME_MAX];
	char groups[AUTH_CLAIMED_MAX]; /* as it stands there */
};

enum who_state {
	WHO_NOBODY,
	WHO_HALF, /* the second factor is awaited */
	WHO_USER
};

/* Structure for MSG_WHO_IS: auth to worker. */
struct msg_who_is {
	uint64_t id;
	uint32_t state;	   /* enum who_state; another costs the channel */
	uint32_t ends_sec; /* from now, if nobody uses it; 0: it does not */
	uint32_t max_sec;  /* from now, in any case; 0: it does not */
	uint8_t cookie[AUTH_COOKIE_BYTES]; /* of NAMED, PROVE; else zero */
	char name[AUTH_NAME_MAX];
	char reason[AUTH_REASON_MAX]; /* PROVE: why it is nobody; or "" */
};

/*
 * Structure for MSG_LOGOUT: worker to auth. Answered by one LOGGED_OUT. All
 * fields untrusted.
 */
struct msg_logout {
	uint64_t id; /* given back */
	struct addr client;
	uint8_t cookie[AUTH_COOKIE_BYTES];
};

/* Structure for MSG_LOGGED_OUT: auth to worker. */
struct msg_logged_out {
	uint64_t id;
	/* 1 and more: that provider, less 1, can be left too; 0: none can */
	uint32_t provider;
	uint32_t zero;
};

/*
 * Structure for MSG_VOUCH: broker to auth. Answered by one VOUCHED. By cookie,
 * or, for a session that was open before this broker, by the login's id.
 */
struct msg_vouch {
	uint64_t number;   /* given back */
	uint64_t login_id; /* 0: by cookie */
	uint8_t cookie[AUTH_COOKIE_BYTES];
};

/* Structure for MSG_VOUCHED: auth to broker. */
struct msg_vouched {
	uint64_t number;
	uint64_t login_id; /* never another one's; 0: it is nobody's */
	char name[AUTH_NAME_MAX];
	char groups[AUTH_GROUPS_MAX];
	/* of a login that has ended, which was asked for by id: why */
	char reason[AUTH_REASON_MAX];
};

/*
 * Structure for MSG_USED: broker to auth. These logins have sessions. Of one
 * that has ended, LOGIN_OVER comes.
 */
struct msg_used {
	uint32_t count;
	uint64_t login_ids[AUTH_USED_MAX];
};

/* Structure for MSG_LOGIN_OVER: auth to broker. Its sessions are to end. */
struct msg_login_over {
	uint64_t login_id;
	char reason[AUTH_REASON_MAX]; /* for a person */
};

/* Structure for MSG_LOGINS: master to auth. Answered by one LOGINS_ARE. */
struct msg_logins {
	uint64_t cookie;   /* given back */
	uint64_t after_id; /* only logins after this one; 0: from the first */
};

#define AUTH_LOGINS_MAX 8 /* in one LOGINS_ARE */

struct login_entry {
	uint64_t id;
	uint64_t since_sec; /* since 1970 */
	uint32_t idle_sec;
	uint32_t ends_sec; /* from now, if nobody uses it; 0: it does not */
	struct addr client;
	char name[AUTH_NAME_MAX];
	char groups[AUTH_GROUPS_MAX];
};

/* Structure for MSG_LOGINS_ARE: auth to master. Logins by rising id. */
struct msg_logins_are {
	uint64_t cookie;
	uint32_t count;
	uint32_t has_more;
	struct login_entry entries[AUTH_LOGINS_MAX];
};

/*
 * Structure for MSG_EXPEL: master to auth. All logins of that user end.
 * Answered by one EXPELLED.
 */
struct msg_expel {
	uint64_t cookie; /* given back */
	char user[AUTH_NAME_MAX];
};

/* Structure for MSG_EXPELLED: auth to master. */
struct msg_expelled {
	uint64_t cookie;
	uint32_t count; /* of logins that have ended */
	uint32_t zero;
};

#endif
