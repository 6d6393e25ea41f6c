/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "common/ipc.h"
#include "daemon/master/children/conf_send_login.h"
#include "daemon/master/children/conf_send_tls.h"

static int
send_cert(const struct certs *certs, size_t i, struct ipc *ipc)
{
	struct msg_conf_cert cert = {certs->first_id + (uint32_t)i};

	return conf_send_file(
	    ipc, MSG_CONF_CERT, &cert, certs->certs[i].chain_fd);
}

int
conf_send_keys(const struct bundle *bundle, struct ipc *ipc)
{
	const struct certs *certs = &bundle->certs;
	struct msg_conf_key key;
	size_t i;
	int result = 0;

	for (i = 0; i < certs->count && result == 0; i++) {
		memset(&key, 0, sizeof(key));
		key.cert_id = certs->first_id + (uint32_t)i;
		key.flags = bundle->is_current ? CONF_KEY_KNOWN : 0;
		if ((result = send_cert(certs, i, ipc)) == 0)
			result = conf_send_file(
			    ipc, MSG_CONF_KEY, &key, certs->certs[i].key_fd);
	}
	return result;
}

static int
send_ca(struct ipc *ipc, const struct addr *local, uint32_t kind, int fd)
{
	struct msg_conf_ca ca;

	if (fd == -1)
		return 0;
	memset(&ca, 0, sizeof(ca));
	ca.local = *local;
	ca.kind = kind;
	return conf_send_file(ipc, MSG_CONF_CA, &ca, fd);
}

int
conf_send_cas(const struct bundle *bundle, size_t i, struct ipc *ipc)
{
	const struct addr *local = &bundle->conf->listeners[i];
	const struct certs *certs = &bundle->certs;
	int result = send_ca(
	    ipc, local, CONF_CA_CERTIFICATES, certs->listeners[i].ca_fd);

	if (result < 0)
		return result;
	return send_ca(ipc, local, CONF_CA_REVOKED, certs->listeners[i].crl_fd);
}

static int
send_listener(const struct bundle *bundle, size_t i, struct ipc *ipc)
{
	const struct conf_tls *from = &bundle->conf->tls[i];
	const struct certs *certs = &bundle->certs;
	struct msg_conf_tls tls;
	uint32_t j;
	int result;

	if (from->cert_count == 0)
		return 0;
	memset(&tls, 0, sizeof(tls));
	tls.local = bundle->conf->listeners[i];
	tls.cert_count = from->cert_count;
	for (j = 0; j < from->cert_count; j++)
		tls.cert_ids[j] = certs->first_id + from->certs[j];
	tls.verify_client = from->verify_client;
	tls.redirect = from->redirect;
	result = ipc_send(ipc, MSG_CONF_TLS, &tls, -1);
	return result < 0 ? result : conf_send_cas(bundle, i, ipc);
}

/* How targets are known: the authorities before the targets that name them. */
static int
send_target_tls(const struct bundle *bundle, struct ipc *ipc)
{
	const struct conf *conf = bundle->conf;
	const struct certs *certs = &bundle->certs;
	struct msg_conf_target_tls tls;
	struct msg_conf_target_ca ca;
	size_t i;
	int result = 0;

	for (i = 0; i < certs->target_ca_count && result == 0; i++) {
		ca.ca_id = (uint32_t)i + 1;
		result = conf_send_file(
		    ipc, MSG_CONF_TARGET_CA, &ca, certs->target_ca_fds[i]);
	}
	for (i = 0; i < conf->target_count && result == 0; i++) {
		if (conf->target_tls[i].tls_id == 0)
			continue;
		tls = conf->target_tls[i];
		tls.tls_id += certs->tls_id_base;
		result = ipc_send(ipc, MSG_CONF_TARGET_TLS, &tls, -1);
	}
	return result;
}

/* What a worker needs for TLS: certificates before what uses them. */
int
conf_send_tls(const struct bundle *bundle, struct ipc *ipc)
{
	const struct certs *certs = &bundle->certs;
	size_t i;
	int result =
	    ipc_send(ipc, MSG_CONF_TLS_TEXT, &bundle->conf->tls_text, -1);

	for (i = 0; i < certs->count && result == 0; i++)
		result = send_cert(certs, i, ipc);
	for (i = 0; i < certs->listener_count && result == 0; i++)
		result = send_listener(bundle, i, ipc);
	return result < 0 ? result : send_target_tls(bundle, ipc);
}

/* Before the client-ca of any of them. */
int
conf_send_listeners(const struct conf *conf, struct ipc *ipc)
{
	struct msg_conf_listener listener;
	size_t i;
	int result = 0;

	for (i = 0; i < conf->listener_count && result == 0; i++) {
		memset(&listener, 0, sizeof(listener));
		listener.addr = conf->listeners[i];
		listener.verify_client = conf->tls[i].verify_client;
		listener.has_proxy_protocol = conf->tls[i].proxy_protocol;
		listener.is_metrics = conf->tls[i].metrics;
		result = ipc_send(ipc, MSG_CONF_LISTENER, &listener, -1);
	}
	return result;
}

/* By what a client's certificate is judged, where it is a login. */
int
conf_send_certificates(const struct bundle *bundle, struct ipc *ipc)
{
	const struct certs *certs = &bundle->certs;
	size_t i;
	int result;

	if (!bundle->conf->settings.has_certificate)
		return 0;
	result =
	    ipc_send(ipc, MSG_CONF_CERTIFICATE, &bundle->conf->certificate, -1);
	for (i = 0; i < certs->count && result == 0; i++)
		result = send_cert(certs, i, ipc);
	if (result == 0)
		result = conf_send_listeners(bundle->conf, ipc);
	for (i = 0; i < certs->listener_count && result == 0; i++)
		result = conf_send_cas(bundle, i, ipc);
	return result;
}
