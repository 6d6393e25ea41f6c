/* SPDX-License-Identifier: ISC */
/*
 * The configured targets that speak TLS: which authority must sign for them, or
 * which keys they have. One SSL_CTX serves all of a configuration.
 */
#ifndef VB_TLS_TARGET_H
#define VB_TLS_TARGET_H

#include <openssl/types.h>

#include "common/errors.h"
#include "common/proto.h"

struct tls_targets;

struct tls_target {
	struct tls_targets *set;
	struct msg_conf_target_tls msg;
	X509_STORE *store; /* the set's; NULL: it is known by its pins */
};

/* An empty set, held once. NULL without memory. */
struct tls_targets *tls_targets_new(void);

/* A session's hold on its target's set: it outlives the configuration. */
struct tls_targets *tls_targets_hold(struct tls_targets *set);
void tls_targets_release(struct tls_targets *set); /* NULL is none */

/*
 * What the messages of the same names bring. **Borrows** certs. Return 0,
 * VB_EBADMSG or VB_ENOMEM.
 */
VB_MUST_CHECK int tls_targets_add_ca(struct tls_targets *set,
    const struct msg_conf_target_ca *ca, const STACK_OF(X509) * certs);
VB_MUST_CHECK int tls_targets_add(
    struct tls_targets *set, const struct msg_conf_target_tls *target);

/* Makes them usable. 0, or what is wrong is in the log. */
VB_MUST_CHECK int tls_targets_build(struct tls_targets *set,
    const struct msg_conf_tls_text *text, const struct settings *settings);

/* The target of that id, or NULL. Borrows set; NULL has none. */
const struct tls_target *
tls_targets_find(const struct tls_targets *set, uint32_t tls_id);

/*
 * What a session begins with: its certificate will be judged by target's
 * rules. **Borrows** target, as long as the SSL lives. NULL without memory.
 */
SSL *tls_target_ssl(const struct tls_target *target);

#endif
