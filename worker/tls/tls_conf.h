/* SPDX-License-Identifier: ISC */
/*
 * The TLS part of a worker's configuration: collected between CONF_START
 * and CONF_END, then made into what sessions begin with.
 */
#ifndef VB_TLS_CONF_H
#define VB_TLS_CONF_H

#include <openssl/types.h>

#include "common/errors.h"
#include "common/proto.h"

struct names;
struct tls_conf;
struct tls_listener;
struct tls_target;

/* An empty one. NULL without memory. */
struct tls_conf *tls_conf_new(void);

/* Sessions that began with it go on. NULL is none. */
void tls_conf_free(struct tls_conf *conf);

/*
 * What the messages of the same names bring. **Borrows** fd. Return 0,
 * VB_EBADMSG or VB_ENOMEM.
 */
VB_MUST_CHECK int tls_conf_add_cert(
    struct tls_conf *conf, const struct msg_conf_cert *cert, int fd);
VB_MUST_CHECK int tls_conf_add_listener(
    struct tls_conf *conf, const struct msg_conf_tls *listener);
VB_MUST_CHECK int
tls_conf_add_ca(struct tls_conf *conf, const struct msg_conf_ca *ca, int fd);
VB_MUST_CHECK int tls_conf_add_target_ca(
    struct tls_conf *conf, const struct msg_conf_target_ca *ca, int fd);
VB_MUST_CHECK int tls_conf_add_target(
    struct tls_conf *conf, const struct msg_conf_target_tls *target);
VB_MUST_CHECK int
tls_conf_set_text(struct tls_conf *conf, const struct msg_conf_tls_text *text);

/*
 * Adds the names of all certificates to those that this bridge answers to.
 * Returns 0 or VB_ENOMEM.
 */
VB_MUST_CHECK int
tls_conf_add_names(const struct tls_conf *conf, struct names *names);

/* Makes the listeners usable. 0, or what is wrong is in the log. */
VB_MUST_CHECK int
tls_conf_build(struct tls_conf *conf, const struct settings *settings);

/*
 * Targets of the one before can still be found: the broker may have begun
 * with them. old NULL is none.
 */
void tls_conf_remember(struct tls_conf *conf, const struct tls_conf *old);

/* The target of that id, or NULL. Borrows conf. */
const struct tls_target *
tls_conf_find_target(const struct tls_conf *conf, uint32_t tls_id);

/*
 * The listener of that address, or NULL: it is plain. Borrows conf; NULL has
 * none.
 */
struct tls_listener *
tls_conf_find(struct tls_conf *conf, const struct addr *local);

#endif
