/* SPDX-License-Identifier: ISC */
/*
 * What a bundle says of the ways to log in, as messages: part of conf_send.h.
 * All return 0 or what ipc_send said; **borrow** all.
 */
#ifndef VB_CONF_SEND_LOGIN_H
#define VB_CONF_SEND_LOGIN_H

#include "common/errors.h"
#include "common/proto.h"
#include "daemon/bundle/bundle.h"

struct ipc;

/* A copy of the descriptor goes, ours stays. */
VB_MUST_CHECK int
conf_send_file(struct ipc *ipc, enum msg_type type, const void *body, int fd);

/* To a worker: what the login page has to choose from. */
/* The groups that access sections name, to auth. */
VB_MUST_CHECK int conf_send_groups(const struct conf *conf, struct ipc *ipc);
VB_MUST_CHECK int conf_send_buttons(const struct conf *conf, struct ipc *ipc);

/* To a worker, and to auth: whether, and where, a proxy says who it is. */
VB_MUST_CHECK int conf_send_header(const struct conf *conf, struct ipc *ipc);

/* To auth, and to pam: which service, if there is one. */
VB_MUST_CHECK int conf_send_pam(const struct conf *conf, struct ipc *ipc);

/* To auth: all of them, with their secrets. */
VB_MUST_CHECK int
conf_send_providers(const struct bundle *bundle, struct ipc *ipc);

/* To fetch: where the i-th may be asked, and who vouches for it. */
VB_MUST_CHECK int
conf_send_provider(const struct bundle *bundle, size_t i, struct ipc *ipc);

#endif
