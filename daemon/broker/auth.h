/* SPDX-License-Identifier: ISC */
/* The channel to auth, and what it says of logins that end. */
#ifndef VB_BROKER_AUTH_H
#define VB_BROKER_AUTH_H

#include "common/errors.h"
#include "daemon/broker/broker.h"

/* Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int auth_init(struct broker *broker);

/*
 * Another configuration applies: whether people log in, and how often auth
 * hears of logins in use. Before the open sessions are looked at.
 */
void auth_use_conf(struct broker *broker);

/*
 * A channel to auth: what waits is asked of it, and it hears which logins have
 * sessions. **Takes** fd. Returns 0 or VB_ENOMEM.
 */
VB_MUST_CHECK int auth_join(struct broker *broker, uint32_t fence, int fd);

/*
 * A session that was open before this broker is of that login, as its worker
 * says: asks who that is. Returns 0 or VB_ENOMEM.
 */
VB_MUST_CHECK int auth_add_held(
    struct broker *broker, struct session *session, uint64_t login_id);

#endif
