/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "common/log.h"
#include "worker/tls/tls_listener.h"
#include "worker/tls/tls_target.h"
#include "worker/tls/tls_verify.h"

/* What a target may send of certificates; a long chain has 10 KB. */
#define CHAIN_BYTES_MAX (64 * 1024)
#define CHAIN_DEPTH_MAX 8

struct ca {
	uint32_t ca_id;
	X509_STORE *store;
};

struct tls_targets {
	unsigned holds;
	SSL_CTX *ctx; /* NULL until it is built */
	uint32_t ca_count;
	struct ca cas[PROTO_TARGET_CAS_MAX];
	uint32_t count;
	struct tls_target *targets; /* stays where it is once it is built */
};

struct tls_targets *
tls_targets_new(void)
{
	struct tls_targets *set = calloc(1, sizeof(*set));

	if (set != NULL)
		set->holds = 1;
	return set;
}

struct tls_targets *
tls_targets_hold(struct tls_targets *set)
{
	set->holds++;
	return set;
}

void
tls_targets_release(struct tls_targets *set)
{
	uint32_t i;

	if (set == NULL || --set->holds > 0)
		return;
	for (i = 0; i < set->ca_count; i++)
		X509_STORE_free(set->cas[i].store);
	SSL_CTX_free(set->ctx);
	free(set->targets);
	free(set);
}

static X509_STORE *
find_store(const struct tls_targets *set, uint32_t ca_id)
{
	uint32_t i;

	for (i = 0; i < set->ca_count; i++)
		if (set->cas[i].ca_id == ca_id)
			return set->cas[i].store;
	return NULL;
}

int
tls_targets_add_ca(struct tls_targets *set, const struct msg_conf_target_ca *ca,
    const STACK_OF(X509) * certs)
{
	struct ca *added = &set->cas[set->ca_count];
	int i;

	if (set->ca_count == PROTO_TARGET_CAS_MAX || ca->ca_id == 0 ||
	    find_store(set, ca->ca_id) != NULL)
		return VB_EBADMSG;
	if ((added->store = X509_STORE_new()) == NULL)
		return VB_ENOMEM;
	added->ca_id = ca->ca_id;
	set->ca_count++;
	for (i = 0; i < sk_X509_num(certs); i++)
		if (!X509_STORE_add_cert(added->store, sk_X509_value(certs, i)))
			return VB_ENOMEM;
	/* what is in the file is trusted: a server's own certificate, too */
	X509_STORE_set_flags(added->store, X509_V_FLAG_PARTIAL_CHAIN);
	return 0;
}

int
tls_targets_add(
    struct tls_targets *set, const struct msg_conf_target_tls *target)
{
	X509_STORE *store = find_store(set, target->ca_id);
	struct tls_target *grown;

	if (set->count == PROTO_TARGETS_MAX || target->tls_id == 0 ||
	    target->pin_count > PROTO_PINS_MAX ||
	    !PROTO_IS_TEXT(target->host.name) ||
	    (store == NULL) != (target->ca_id == 0) ||
	    (store == NULL) != (target->pin_count > 0) ||
	    tls_targets_find(set, target->tls_id) != NULL)
		return VB_EBADMSG;
	grown = reallocarray(set->targets, set->count + 1, sizeof(*grown));
	if (grown == NULL)
		return VB_ENOMEM;
	set->targets = grown;
	grown += set->count++;
	grown->set = set;
	grown->msg = *target;
	grown->store = store;
	return 0;
}

int
tls_targets_build(struct tls_targets *set, const struct msg_conf_tls_text *text,
    const struct settings *settings)
{
	SSL_CTX *ctx;

	if (set->count == 0)
		return 0;
	if ((ctx = set->ctx = SSL_CTX_new(TLS_client_method())) == NULL)
		return VB_ENOMEM;
	SSL_CTX_set_options(ctx,
	    SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_max_cert_list(ctx, CHAIN_BYTES_MAX);
	SSL_CTX_set_verify_depth(ctx, CHAIN_DEPTH_MAX);
	tls_verify_use(ctx);
	if (tls_listener_set_policy(ctx, text, settings))
		return 0;
	log_error("target: the settings of TLS cannot be used");
	ERR_clear_error();
	return VB_ENOMEM;
}

const struct tls_target *
tls_targets_find(const struct tls_targets *set, uint32_t tls_id)
{
	uint32_t i;

	for (i = 0; set != NULL && i < set->count; i++)
		if (set->targets[i].msg.tls_id == tls_id)
			return &set->targets[i];
	return NULL;
}

SSL *
tls_target_ssl(const struct tls_target *target)
{
	SSL *ssl = SSL_new(target->set->ctx);

	if (ssl == NULL)
		return NULL;
	if (tls_verify_expect(ssl, &target->msg, target->store) == 0)
		return ssl;
	SSL_free(ssl);
	return NULL;
}
