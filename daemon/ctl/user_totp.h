/* SPDX-License-Identifier: ISC */
/*
 * The second factor of a user: a seed of a TOTP (RFC 6238) and codes for the
 * day on which the telephone is lost.
 */
#ifndef VB_CTL_USER_TOTP_H
#define VB_CTL_USER_TOTP_H

#include "common/errors.h"

#define USER_ISSUER_MAX	     64 /* bytes */
#define USER_FACTOR_MAX	     1024
#define USER_RECOVERY_COUNT  10
#define USER_RECOVERY_DIGITS 16 /* BASE32: 80 bits */

/* All of it is secret. */
struct user_totp {
	char seed[64]; /* BASE32 */
	char recovery[USER_RECOVERY_COUNT][USER_RECOVERY_DIGITS + 1];
};

/* True for what may stand as the issuer: UTF-8 without ':'. */
int user_totp_is_issuer(const char *text);

/* A new one, at random. Returns 0, or -1 after a message. */
int user_totp_make(struct user_totp *totp) VB_MUST_CHECK;

/* Shows what an app takes: an otpauth: URL, and as a QR code, if has_qr. */
void user_totp_show(const struct user_totp *totp, const char *issuer,
    const char *name, int has_qr);

/*
 * Asks on the terminal for a code of the app, three times at most. Returns 0
 * for a right one, or -1 after a message.
 */
int user_totp_confirm(const struct user_totp *totp) VB_MUST_CHECK;

/* The last field of the users' file. */
void user_totp_write(const struct user_totp *totp, char out[USER_FACTOR_MAX]);

/* Shows the recovery codes. */
void user_totp_show_recovery(const struct user_totp *totp);

#endif
