/* SPDX-License-Identifier: ISC */
/*
 * The course of a login at a provider of OpenID Connect (Core 1.0, 3.1): there
 * (sso_go.c), back with a code that becomes an ID token and a login
 * (sso_back.c), and its end by the provider (sso_token.c).
 */
#ifndef VB_AUTH_SSO_H
#define VB_AUTH_SSO_H

#include "daemon/auth/login.h"

#define SSO_SKEW_SEC 60	 /* by which the provider's clock may differ */
#define SSO_AGE_SEC  600 /* of a token, at most */
#define SSO_WHY_MAX  320

/* Borrowed for the call, and wiped after it. */
struct sso_answer {
	enum oidc_code code;
	uint8_t cookie[LOGIN_COOKIE_BYTES];
	const struct login_record *login; /* IN; else NULL */
	const char *next;		  /* or "" */
	const char *url;		  /* GO; else "" */
	const char *provider;		  /* its button, for the log, or "" */
	const char *why;		  /* for the log, or "" */
	/* TAKEN: which logins end; session NULL: all of that subject */
	const uint8_t *subject;
	const uint8_t *session;
};

/* Called once for each that is asked. */
typedef void
sso_answered(const struct login_asker *asker, const struct sso_answer *answer);

/*
 * Each **borrows** what it is asked; answered is called from within, or later.
 */
void sso_begin(struct login_desk *desk, const struct login_asker *asker,
    const struct msg_oidc_begin *begin, sso_answered *answered);
void sso_back(struct login_desk *desk, const struct login_asker *asker,
    const struct msg_oidc_back *back, sso_answered *answered);
void sso_token(struct login_desk *desk, const struct login_asker *asker,
    const char *token, sso_answered *answered);

/* 1 and more: the login's provider can be left, and its number is this less 1;
 * 0: it can't. */
uint32_t
sso_exit_of(const struct login_desk *desk, const struct login_record *login);

#endif
