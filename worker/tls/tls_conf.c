/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include <openssl/x509.h>

#include "common/log.h"
#include "common/pem_read.h"
#include "worker/tls/tls_conf.h"
#include "worker/tls/tls_key.h"
#include "worker/tls/tls_listener.h"
#include "worker/tls/tls_names.h"
#include "worker/tls/tls_target.h"

#define LISTENERS_MAX 256

struct draft {
	struct msg_conf_tls msg;
	STACK_OF(X509) * ca;
	STACK_OF(X509_CRL) * crl;
	struct tls_listener *built;
};

struct tls_conf {
	struct msg_conf_tls_text text;
	uint32_t cert_count;
	struct tls_cert certs[PROTO_CERTS_MAX];
	uint32_t draft_count;
	struct draft *drafts;
	struct tls_targets *targets;
	struct tls_targets *targets_before; /* NULL: none */
};

struct tls_conf *
tls_conf_new(void)
{
	struct tls_conf *conf = calloc(1, sizeof(*conf));

	if (conf == NULL || (conf->targets = tls_targets_new()) != NULL)
		return conf;
	free(conf);
	return NULL;
}

void
tls_conf_free(struct tls_conf *conf)
{
	uint32_t i;

	if (conf == NULL)
		return;
	for (i = 0; i < conf->cert_count; i++) {
		X509_free(conf->certs[i].cert);
		sk_X509_pop_free(conf->certs[i].chain, X509_free);
		EVP_PKEY_free(conf->certs[i].key);
	}
	for (i = 0; i < conf->draft_count; i++) {
		sk_X509_pop_free(conf->drafts[i].ca, X509_free);
		sk_X509_CRL_pop_free(conf->drafts[i].crl, X509_CRL_free);
		tls_listener_release(conf->drafts[i].built);
	}
	tls_targets_release(conf->targets);
	tls_targets_release(conf->targets_before);
	free(conf->drafts);
	free(conf);
}

int
tls_conf_add_cert(
    struct tls_conf *conf, const struct msg_conf_cert *msg, int fd)
{
	struct tls_cert *cert = &conf->certs[conf->cert_count];

	if (conf->cert_count == PROTO_CERTS_MAX)
		return VB_EBADMSG;
	if ((cert->chain = pem_read_certs(fd)) == NULL) {
		log_error("certificate %u cannot be read", msg->cert_id);
		return VB_EBADMSG;
	}
	conf->cert_count++; /* tls_conf_free() frees what it has */
	cert->cert_id = msg->cert_id;
	cert->cert = sk_X509_shift(cert->chain);
	cert->key = tls_key_new(msg->cert_id, X509_get0_pubkey(cert->cert));
	if (cert->key != NULL)
		return 0;
	log_error(
	    "certificate %u: its key is neither RSA nor EC", msg->cert_id);
	return VB_EBADMSG;
}

int
tls_conf_add_names(const struct tls_conf *conf, struct names *names)
{
	uint32_t i;

	for (i = 0; i < conf->cert_count; i++)
		if (tls_names_add(conf->certs[i].cert, names) < 0)
			return VB_ENOMEM;
	return 0;
}

int
tls_conf_add_listener(struct tls_conf *conf, const struct msg_conf_tls *msg)
{
	struct draft *grown;

	if (conf->draft_count == LISTENERS_MAX || msg->cert_count == 0 ||
	    msg->cert_count > PROTO_LISTENER_CERTS ||
	    msg->verify_client > VERIFY_CLIENT_REQUIRE)
		return VB_EBADMSG;
	grown =
	    reallocarray(conf->drafts, conf->draft_count + 1, sizeof(*grown));
	if (grown == NULL)
		return VB_ENOMEM;
	conf->drafts = grown;
	grown += conf->draft_count++;
	memset(grown, 0, sizeof(*grown));
	grown->msg = *msg;
	return 0;
}

static struct draft *
find_draft(struct tls_conf *conf, const struct addr *local)
{
	uint32_t i;

	for (i = 0; i < conf->draft_count; i++)
		if (addr_is_same_endpoint(&conf->drafts[i].msg.local, local))
			return &conf->drafts[i];
	return NULL;
}

int
tls_conf_add_ca(struct tls_conf *conf, const struct msg_conf_ca *msg, int fd)
{
	struct draft *draft = find_draft(conf, &msg->local);
	int is_ca = msg->kind == CONF_CA_CERTIFICATES;

	if (draft == NULL || msg->kind > CONF_CA_REVOKED ||
	    (is_ca ? draft->ca != NULL : draft->crl != NULL))
		return VB_EBADMSG;
	if (is_ca)
		draft->ca = pem_read_certs(fd);
	else
		draft->crl = pem_read_crls(fd);
	if (is_ca ? draft->ca != NULL : draft->crl != NULL)
		return 0;
	log_error("%s cannot be read", is_ca ? "client-ca" : "client-crl");
	return VB_EBADMSG;
}

int
tls_conf_add_target_ca(
    struct tls_conf *conf, const struct msg_conf_target_ca *ca, int fd)
{
	STACK_OF(X509) *certs = pem_read_certs(fd);
	int result;

	if (certs == NULL) {
		log_error("tls-ca cannot be read");
		return VB_EBADMSG;
	}
	result = tls_targets_add_ca(conf->targets, ca, certs);
	sk_X509_pop_free(certs, X509_free);
	return result;
}

int
tls_conf_add_target(
    struct tls_conf *conf, const struct msg_conf_target_tls *target)
{
	return tls_targets_add(conf->targets, target);
}

int
tls_conf_set_text(struct tls_conf *conf, const struct msg_conf_tls_text *text)
{
	if (!PROTO_IS_TEXT(text->ciphers) ||
	    !PROTO_IS_TEXT(text->ciphersuites) || !PROTO_IS_TEXT(text->curves))
		return VB_EBADMSG;
	conf->text = *text;
	return 0;
}

static const struct tls_cert *
find_cert(const struct tls_conf *conf, uint32_t cert_id)
{
	uint32_t i;

	for (i = 0; i < conf->cert_count; i++)
		if (conf->certs[i].cert_id == cert_id)
			return &conf->certs[i];
	return NULL;
}

int
tls_conf_build(struct tls_conf *conf, const struct settings *settings)
{
	struct tls_plan plan;
	struct draft *draft;
	uint32_t i, j;

	for (i = 0; i < conf->draft_count; i++) {
		draft = &conf->drafts[i];
		memset(&plan, 0, sizeof(plan));
		plan.msg = &draft->msg;
		plan.text = &conf->text;
		plan.settings = settings;
		plan.ca = draft->ca;
		plan.crl = draft->crl;
		for (j = 0; j < draft->msg.cert_count; j++) {
			plan.certs[j] = find_cert(conf, draft->msg.cert_ids[j]);
			if (plan.certs[j] == NULL)
				return VB_EBADMSG;
		}
		if ((draft->built = tls_listener_new(&plan)) == NULL)
			return VB_ENOMEM;
	}
	return tls_targets_build(conf->targets, &conf->text, settings);
}

void
tls_conf_remember(struct tls_conf *conf, const struct tls_conf *old)
{
	if (old != NULL)
		conf->targets_before = tls_targets_hold(old->targets);
}

const struct tls_target *
tls_conf_find_target(const struct tls_conf *conf, uint32_t tls_id)
{
	const struct tls_target *target =
	    tls_targets_find(conf->targets, tls_id);

	return target != NULL ? target
			      : tls_targets_find(conf->targets_before, tls_id);
}

struct tls_listener *
tls_conf_find(struct tls_conf *conf, const struct addr *local)
{
	struct draft *draft = conf == NULL ? NULL : find_draft(conf, local);

	return draft == NULL ? NULL : draft->built;
}
