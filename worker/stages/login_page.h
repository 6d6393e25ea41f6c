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
 * The page with all the ways to log in, or the one for a code. problem is a
 * sentence, or ""; wait_sec is in it, or 0. next and name are what the form is
 * filled with. left: 1 and more offer to leave that provider, less 1, too.
 */
struct login_page {
	int is_code;
	int is_calm; /* the problem is none */
	int status;
	int is_head;
	const char *problem;
	uint32_t wait_sec;
	uint32_t left;
	const char *next;
	const char *name;
	const char *host; /* the request's, for the policy; or "" */
};
void login_page_answer(struct client *c, const struct login_page *page);

/*
 * 303 to the page where it goes on: "login" with next, if is_login, else the
 * desktop that next names, or the start page.
 */
struct login_go {
	int is_login;
	int depth;	  /* how many '/' the request's path has beyond one */
	const char *said; /* a word for the query of "login", or NULL */
	uint32_t left;	  /* as in struct login_page */
	const char *next; /* or "" */
	const struct login_cookie *cookie; /* NULL: none is set */
	const uint8_t *number;		   /* NULL: it is cleared */
	uint32_t max_sec; /* 0: the browser forgets it when it ends */
};
void login_page_go(struct client *c, const struct login_go *go);

/* 303 to somebody else's page, with a cookie for who comes back, or NULL. */
void login_page_leave(struct client *c, const char *url,
    const struct login_cookie *cookie, const uint8_t *number);

/* A password must not be read by everybody on its way. */
int login_page_is_safe(const struct client *c);

/* 503: auth can't be asked. */
void login_page_fail(struct client *c, int is_head);

#endif
