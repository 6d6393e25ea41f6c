/* SPDX-License-Identifier: ISC */
/*
 * Logins of those who prove themselves with each request, and keep no cookie:
 * by a proxy's word, or by HTTP Basic. The same one from the same address has
 * the same login, by a cookie that is derived from both; it stays between auth
 * and the worker.
 */
#ifndef VB_AUTH_DERIVED_H
#define VB_AUTH_DERIVED_H

#include "daemon/auth/logins.h"

/*
 * Finds it, or begins it; **gives** its cookie. *is_new: it was begun now.
 * Returns 0, VB_ESYS without random numbers, or VB_ENOMEM. *out is borrowed,
 * until it ends.
 */
VB_MUST_CHECK int
derived_login(struct logins *logins, const struct login_who *who,
    const struct login_limits *limits, uint8_t cookie[LOGIN_COOKIE_BYTES],
    const struct login_record **out, int *is_new);

#endif
