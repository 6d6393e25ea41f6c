/* SPDX-License-Identifier: ISC */
/* The audit trail's file, which is only appended to. */
#ifndef VB_AUDIT_FILE_H
#define VB_AUDIT_FILE_H

#include <fcntl.h>

#include "common/errors.h"

/* How it is opened: the master's sandbox knows of no other way to write. */
#define AUDIT_FILE_FLAGS                                                    \
	(O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | \
	    O_CLOEXEC)

/*
 * Opens it, or makes it. One that root makes is given to user, who then can
 * open what a reload finds there. **Gives** *fd. Returns 0, or VB_ESYS with
 * errno: EINVAL, it is no regular file, or has a second name.
 */
VB_MUST_CHECK int audit_file_open(const char *path, const char *user, int *fd);

/* Whether it could be opened; nothing is made. Returns as audit_file_open(). */
VB_MUST_CHECK int audit_file_check(const char *path);

/* Why it could not be opened, by errno. */
const char *audit_file_why(void);

/* What upload.c and audit_file_open() take for one. */
int audit_file_is(int fd);

#endif
