/* SPDX-License-Identifier: ISC */
/*
 * Who may say whom a client's certificate names: the client-ca and client-crl
 * of each listener. A worker's TLS has verified a certificate before; what is
 * checked here is true even if a worker lies, and at the moment at which it is
 * asked. The broker has one, and auth, where certificates are logins.
 */
#ifndef VB_AUTHORITY_H
#define VB_AUTHORITY_H

#include <openssl/x509.h>

#include "common/errors.h"
#include "common/proto.h"

struct authority;   /* of one listener */
struct authorities; /* of a configuration */

/* Once, before the sandbox is entered. Ends the process if it can't. */
void authority_init(void);

/* Empty. NULL without memory; free NULL is allowed. */
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

/* That of the listener at local, borrowed; or NULL: there is none. */
const struct authority *authorities_find(
    const struct authorities *authorities, const struct addr *local);

uint32_t authority_verify_client(const struct authority *authority);
int authority_has_ca(const struct authority *authority);

/*
 * Whether client-ca has signed the first of the chain, for clients, and it is
 * in its dates and not revoked. Returns X509_V_OK, or OpenSSL's reason.
 * **Borrows** chain, of at least one. **Gives** *verified where that is good
 * and verified is not NULL: from the client's to the authority's.
 */
VB_MUST_CHECK int authority_verify(const struct authority *authority,
    STACK_OF(X509) * chain, STACK_OF(X509) * *verified);

/* A reason that says: it was good, or will be. */
int authority_is_ended(int error);

#endif
