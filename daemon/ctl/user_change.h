/* SPDX-License-Identifier: ISC */
/*
 * Changes of the users' file by a request: with the file locked and read anew,
 * a change is made, and the new text is put in its place if the daemon will
 * read it. Each function says what went wrong, and returns an exit status.
 */
#ifndef VB_CTL_USER_CHANGE_H
#define VB_CTL_USER_CHANGE_H

#include "daemon/auth/users.h"
#include "daemon/ctl/user_file.h"
#include "daemon/ctl/user_request.h"
#include "daemon/ctl/user_text.h"

/* What is to be done with the text, and said then. */
struct user_change {
	const struct user_request *request;
	/* as those of user_text.h; VB_EFULL: there is such a user already */
	int (*edit)(const struct user_change *change,
	    const struct user_text *text, struct user_text *out);
	const char *value; /* of the field that is changed; or the hash */
	enum user_field field;
	int is_locked;
	const char *done;
};

/*
 * Before a person is asked for anything: the file can be read, and the user of
 * the request is there, or not.
 */
int user_change_expect(const struct user_request *request,
    enum user_file_use use, int is_there) VB_MUST_CHECK;

/* Makes it; then says so. */
int user_change_make(
    const struct user_change *change, enum user_file_use use) VB_MUST_CHECK;

/* Reads a text as the daemon will. **Gives** *users, or NULL there. */
int user_change_parse(const struct user_request *request,
    const struct user_text *text, struct users **users) VB_MUST_CHECK;

#endif
