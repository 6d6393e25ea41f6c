/* SPDX-License-Identifier: ISC */
/* Whose certificate a client has shown, as a worker passes it on. */
#ifndef VB_PRESENTED_H
#define VB_PRESENTED_H

#include "common/errors.h"
#include "common/proto.h"

struct authorities;
struct presented;

/*
 * What a worker passes on. **Gives** *out, NULL where that listener asks for
 * no certificates: then not a byte of it is looked at. Returns 0, VB_EBADMSG
 * (no certificates) or VB_ENOMEM.
 */
VB_MUST_CHECK int presented_parse(const struct authorities *authorities,
    const struct msg_presented *msg, struct presented **out);

void presented_free(struct presented *presented); /* NULL is allowed */

/*
 * **Gives** *out what was presented for that OPEN, NULL if nothing was; it is
 * no longer at *kept then. Returns 0, or VB_EBADMSG: another listener's.
 */
VB_MUST_CHECK int presented_take(struct presented **kept,
    const struct msg_open *open, struct presented **out);

enum presented_verdict {
	PRESENTED_GOOD,
	PRESENTED_ENDED,      /* not in its dates, or revoked */
	PRESENTED_UNKNOWN,    /* not signed by client-ca */
	PRESENTED_MISSING,    /* required, and not shown */
	PRESENTED_NO_LISTENER /* none is at local any more */
};

/*
 * Judges a client that came to the listener at local by the rules that apply
 * now, and what it presented, NULL: nothing. Fills out if that is good; with
 * zeroes if no one is named. *why is set to a constant text otherwise.
 */
enum presented_verdict
presented_judge(const struct authorities *authorities, const struct addr *local,
    const struct presented *presented, struct subject *out, const char **why);

#endif
