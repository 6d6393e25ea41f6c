/* SPDX-License-Identifier: ISC */
/*
 * The part of a configuration that is of TLS: certificates and keys, listeners,
 * the authorities of clients' certificates. All send copies of descriptors, and
 * return 0 or a negative error.
 */
#ifndef VB_CONF_SEND_TLS_H
#define VB_CONF_SEND_TLS_H

#include "daemon/bundle/bundle.h"

struct ipc;

/* To the keeper: each certificate with its key. */
VB_MUST_CHECK int conf_send_keys(const struct bundle *bundle, struct ipc *ipc);

/* To whoever judges clients; before the client-ca of any of them. */
VB_MUST_CHECK int conf_send_listeners(const struct conf *conf, struct ipc *ipc);

/* The client-ca and client-crl of one listener. */
VB_MUST_CHECK int
conf_send_cas(const struct bundle *bundle, size_t i, struct ipc *ipc);

/* To a worker: certificates before what uses them. */
VB_MUST_CHECK int conf_send_tls(const struct bundle *bundle, struct ipc *ipc);

/* To auth: by what a client's certificate is judged, where it is a login. */
VB_MUST_CHECK int
conf_send_certificates(const struct bundle *bundle, struct ipc *ipc);

#endif
