/* SPDX-License-Identifier: ISC */
/* What clients' certificates are judged by, where they are logins. */
#ifndef VB_AUTH_CERTIFICATES_H
#define VB_AUTH_CERTIFICATES_H

#include "common/proto.h"
#include "daemon/auth/certificate/marks.h"
#include "daemon/auth/logins.h"

struct authorities;

struct certificates {
	struct msg_conf_certificate names; /* user CERT_NOTHING: not wanted */
	struct authorities *authorities;   /* owned */
	struct marks own;		   /* the bridge's certificates */
	struct marks anchors;		   /* what client-ca has */
	struct marks revoked;
	uint8_t proof[LOGIN_PROOF_BYTES];
};

/* NULL without memory. Free: NULL is allowed. */
struct certificates *certificates_new(const struct msg_conf_certificate *names);
void certificates_free(struct certificates *certificates);

/*
 * As configured: CONF_CERT, CONF_LISTENER, CONF_CA. **Borrow** fd. Return 0,
 * VB_EBADMSG or VB_ENOMEM.
 */
VB_MUST_CHECK int certificates_add_own(struct certificates *to, int fd);
VB_MUST_CHECK int certificates_add_listener(
    struct certificates *to, const struct msg_conf_listener *listener);
VB_MUST_CHECK int certificates_add_ca(
    struct certificates *to, const struct msg_conf_ca *ca, int fd);

/* All of it was added. */
void certificates_end(struct certificates *certificates);

/* What a login by a certificate has lost; or NULL. certificates NULL: all. */
const char *certificates_fault(
    const struct certificates *certificates, const struct login_record *login);

#endif
