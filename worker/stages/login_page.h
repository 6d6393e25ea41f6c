/* SPDX-License-Identifier: ISC */
/* The pages of a login, and the cookie that it is known by. */
#ifndef VB_LOGIN_PAGE_H
#define VB_LOGIN_PAGE_H

#include "worker/client/person.h"
#include "worker/parse/http_value.h"

#define LOGIN_COOKIE_NAME_MAX 32

/* Which cookie a request of that client has, and for which path. */
struct login_cookie {
	char name[LOGIN_COOKIE_NAME_MAX];
	char path[PERSON_PATH_MAX]; /* without the last '/' */
	uint8_t is_https;
};

/*
 * By what the request came by: the prefix of a trusted proxy, else base-path.
 */
void login_cookie_of(const struct client *c, const struct http_head *head,
    struct login_cookie *out);

/* As it was when the question was asked. */
void
login_cookie_again(const struct question *question, struct login_cookie *out);

/*
 * The page for name and password, or the one for a code. problem is a sentence,
 * or ""; wait_sec is in it, or 0. next and name are what the form is filled
 * with.
 */
struct login_page {
	int is_code;
	int status;
	int is_head;
	const char *problem;
	uint32_t wait_sec;
	const char *next;
	const char *name;
	const char *host; /* the request's, for the policy; or "" */
};
void login_page_answer(struct client *c, const struct login_page *page);

/*
 * 303 to the page where it goes on: "login" with next, if is_login, else the
 * desktop that next names, or the start page. cookie NULL: none is set; number
 * NULL: it is cleared; max_sec 0: the browser forgets it when it ends.
 */
void login_page_go(struct client *c, int is_login, const char *next,
    const struct login_cookie *cookie, const uint8_t *number, uint32_t max_sec);

#endif
