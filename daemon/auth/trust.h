/* SPDX-License-Identifier: ISC */
/*
 * What decides whether fetch believes a provider: hosts, and certificates. auth
 * gets the same messages as fetch, only to know when they say something else:
 * what was heard of a provider before is worth nothing then.
 */
#ifndef VB_AUTH_TRUST_H
#define VB_AUTH_TRUST_H

#include "common/errors.h"
#include "common/proto_fetch.h"
#include "daemon/auth/digest.h"

struct trust {
	uint8_t marks[FETCH_SOURCES_MAX][DIGEST_BYTES]; /* zero: of nothing */
};

/* Each returns 0, VB_EBADMSG, VB_ESYS or VB_ENOMEM. fd is **borrowed**. */
VB_MUST_CHECK int
trust_add_host(struct trust *trust, const struct msg_conf_fetch_host *host);
VB_MUST_CHECK int
trust_add_ca(struct trust *trust, const struct msg_conf_fetch_ca *ca, int fd);

#endif
