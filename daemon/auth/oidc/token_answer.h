/* SPDX-License-Identifier: ISC */
/*
 * What a token endpoint answers (RFC 6749, 5.1 and 5.2; OpenID Connect Core
 * 1.0, 3.1.3.3). Pure.
 */
#ifndef VB_OIDC_TOKEN_ANSWER_H
#define VB_OIDC_TOKEN_ANSWER_H

#include "daemon/auth/oidc/object.h"

#define TOKEN_ACCESS_MAX      16384 /* bytes of an access token */
#define TOKEN_ERROR_MAX	      64    /* with its NUL */
#define TOKEN_DESCRIPTION_MAX 200   /* with its NUL */
#define TOKEN_HIDDEN	      "it repeats what it was asked"

struct token_answer {
	char *id_token; /* for jwt_verify() */
	char *access_token;
	/* for the log, printable ASCII alone, cut where they are too long */
	char error[TOKEN_ERROR_MAX];
	char description[TOKEN_DESCRIPTION_MAX]; /* "": none */
};

/*
 * Reads it, whatever the status was; **borrows** text, which is the caller's to
 * wipe. Returns 0, and **gives** both tokens; VB_ENOTFOUND where the provider
 * says why it gives none, in error and description: each is TOKEN_HIDDEN if it
 * has a text of hidden in it, which ends with NULL ("" hides nothing);
 * VB_ESYNTAX for what is no such answer, or VB_ENOMEM. *fault is a constant
 * text for the log, unless it returns 0. Whatever it returns,
 * token_answer_clear() takes it back.
 */
VB_MUST_CHECK int token_answer_parse(const char *text, size_t len,
    const char *const *hidden, struct token_answer *out, const char **fault);

/* Wipes and frees what it has. */
void token_answer_clear(struct token_answer *answer);

#endif
