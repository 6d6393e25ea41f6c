/* SPDX-License-Identifier: ISC */
/*
 * The second factor: a code of an authenticator (TOTP, RFC 6238: six digits of
 * SHA-1, a new one every 30 seconds), or a recovery code. Each is taken once.
 */
#ifndef VB_AUTH_CODE_H
#define VB_AUTH_CODE_H

#include <time.h>

#include "daemon/auth/spent.h"
#include "daemon/auth/user.h"

#define CODE_TEXT_MAX	  32 /* with its NUL; blanks and hyphens are nothing */
#define CODE_STEP_SEC	  30
#define CODE_WINDOW_STEPS 1 /* before and after now, for clocks that differ */

enum code_verdict {
	CODE_RIGHT,
	CODE_RECOVERY, /* right: one that is used up with this */
	CODE_USED,     /* right, and taken before */
	CODE_WRONG
};

/*
 * Judges what somebody has typed, and takes it if it is right. now is that of
 * the clock, boot_sec that of the table of spent ones.
 */
enum code_verdict code_check(struct spent *spent, const struct user *user,
    const char *text, time_t now, uint64_t boot_sec);

#endif
