/* SPDX-License-Identifier: ISC */
/*
 * Whom clients' certificates name, and who may say so: the client-ca and
 * client-crl of each listener. The worker has verified a certificate before;
 * what is checked here is true even if a worker lies, and at the moment at
 * which a session is opened.
 */
#ifndef VB_AUTHORITY_H
#define VB_AUTHORITY_H

#include "common/errors.h"
#include "common/proto.h"

struct authorities;
struct presented;

/* Once, before the sandbox is entered. Ends the process if it can't. */
void authority_init(void);

/* Of a configuration, empty. NULL without memory; free NULL is allowed. */
struct authorities *authorities_new(void);
void authorities_free(struct authorities *authorities);

/* Adds a CONF_LISTENER. Returns 0, VB_EBADMSG or VB_ENOMEM. */
VB_MUST_CHECK int authorities_add_listener(
    struct authorities *authorities, const struct msg_conf_listener *msg);

/*
 * Adds a CONF_CA, of a listener that was added. **Borrows** fd. Returns 0,
 * VB_EBADMSG or VB_ENOMEM.
 */
VB_MUST_CHECK int authorities_add(
    struct authorities *authorities, const struct msg_conf_ca *msg, int fd);

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

enum authority_verdict {
	AUTHORITY_GOOD,
	AUTHORITY_ENDED,      /* not in its dates, or revoked */
	AUTHORITY_UNKNOWN,    /* not signed by client-ca */
	AUTHORITY_MISSING,    /* required, and not shown */
	AUTHORITY_NO_LISTENER /* none is at local any more */
};

/*
 * Judges a client that came to the listener at local by the rules that apply
 * now, and what it presented, NULL: nothing. Fills out if that is good; with
 * zeroes if no one is named. *why is set to a constant text otherwise.
 */
enum authority_verdict
authority_check(const struct authorities *authorities, const struct addr *local,
    const struct presented *presented, struct subject *out, const char **why);

/* The texts end, and are printable ASCII: for what a worker says in HELD. */
int subject_is_clean(const struct subject *subject);

#endif
