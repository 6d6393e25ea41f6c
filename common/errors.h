/* SPDX-License-Identifier: ISC */
/*
 * Library errors: 0 or more is success, one of these is failure. errno is
 * meaningful only with VB_ESYS.
 */
#ifndef VB_ERRORS_H
#define VB_ERRORS_H

#define VB_MUST_CHECK	__attribute__((warn_unused_result))
#define VB_PRINTF(f, a) __attribute__((format(printf, f, a)))

enum vb_error {
	VB_ESYS = -1,	   /* a system call failed: see errno */
	VB_ENOMEM = -2,	   /* no memory */
	VB_ESYNTAX = -3,   /* text that does not follow its grammar */
	VB_ERANGE = -4,	   /* a number, port or length out of range */
	VB_EBADMSG = -5,   /* a message that breaks the table in proto.h */
	VB_ENOFD = -6,	   /* a message that lost its descriptor */
	VB_ECLOSED = -7,   /* the other end has closed */
	VB_EFULL = -8,	   /* a bounded queue or table is full */
	VB_ENOTFOUND = -9, /* no such thing */
	VB_EWEAK = -10	   /* a key or signature that OpenSSL does not trust */
};

/* The text of an error, lower case; never NULL. VB_ESYS gives strerror. */
const char *vb_strerror(int error);

#endif
