/* SPDX-License-Identifier: ISC */
/* What a command line of vncbridgectl user asks for. */
#ifndef VB_CTL_USER_REQUEST_H
#define VB_CTL_USER_REQUEST_H

#include <getopt.h>

#include "common/errors.h"

struct user_request {
	const char *file;
	const char *name;   /* NULL: all of them */
	const char *groups; /* NULL: not given */
	const char *issuer;
	int fd; /* of the password; -1: the terminal */
	int is_json;
	int has_qr;
	int is_confirmed;
	int is_off;
};

/* Which long options a verb has. */
extern const struct option user_request_none[];
extern const struct option user_request_password[];
extern const struct option user_request_totp[];

/*
 * Reads the options and the name behind the verb, argv[0], into *request,
 * which has the defaults; **keeps** argv. may_be_all: there may be no name.
 * Returns 0, or -1: it can't be understood.
 */
int user_request_read(struct user_request *request, int argc,
    char *const argv[], const char *letters, const struct option *longs,
    int may_be_all) VB_MUST_CHECK;

/* Says "FILE: WHAT", and the name in quotes behind it, unless it is NULL. */
void user_request_complain(
    const struct user_request *request, const char *what, const char *name);

#endif
