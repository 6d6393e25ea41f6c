/* SPDX-License-Identifier: ISC */
/*
 * The worker's side of CONF_*: collected, then applied whole.
 */
#ifndef VB_WORKER_CONF_H
#define VB_WORKER_CONF_H

#include "common/errors.h"
#include "worker/worker.h"

/*
 * Message handlers, ipc.h; arg is the struct worker. Without memory they
 * fail, which ends the worker: one that lived on with what it has would be
 * the only one to serve by the old rules. The next has the new ones.
 */
int conf_on_start(void *arg, const void *body, int *fd);
int conf_on_pages(void *arg, const void *body, int *fd);
int conf_on_listener(void *arg, const void *body, int *fd);
int conf_on_origin(void *arg, const void *body, int *fd);
int conf_on_host(void *arg, const void *body, int *fd);
int conf_on_proxy(void *arg, const void *body, int *fd);
int conf_on_button(void *arg, const void *body, int *fd);
int conf_on_header(void *arg, const void *body, int *fd);
int conf_on_target(void *arg, const void *body, int *fd);
int conf_on_cert(void *arg, const void *body, int *fd);
int conf_on_tls(void *arg, const void *body, int *fd);
int conf_on_ca(void *arg, const void *body, int *fd);
int conf_on_tls_text(void *arg, const void *body, int *fd);
int conf_on_target_ca(void *arg, const void *body, int *fd);
int conf_on_target_tls(void *arg, const void *body, int *fd);

/*
 * CONF_END: the staged configuration takes the place of the current one.
 * Returns 0, or VB_EBADMSG if none was staged whole.
 */
VB_MUST_CHECK int conf_apply(struct worker *w, const struct msg_conf_end *end);

#endif
