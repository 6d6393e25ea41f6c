/* SPDX-License-Identifier: ISC */
/* What the runner is told: the commands of the configuration. */
#ifndef VB_CONF_SEND_HOOKS_H
#define VB_CONF_SEND_HOOKS_H

#include "common/errors.h"
#include "daemon/bundle/conf.h"

struct ipc;

/* Returns 0, or an error of ipc_send(). */
VB_MUST_CHECK int conf_send_hooks(const struct conf *conf, struct ipc *ipc);

#endif
