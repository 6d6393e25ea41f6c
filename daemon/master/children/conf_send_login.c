/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <string.h>

#include "common/ipc.h"
#include "daemon/master/children/conf_send_login.h"

int
conf_send_file(struct ipc *ipc, enum msg_type type, const void *body, int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	return copy == -1 ? VB_ESYS : ipc_send(ipc, type, body, copy);
}

int
conf_send_buttons(const struct conf *conf, struct ipc *ipc)
{
	struct msg_conf_button button;
	size_t i;
	int result = 0;

	for (i = 0; i < conf->oidc_count && result == 0; i++) {
		memset(&button, 0, sizeof(button));
		strlcpy(button.text, conf->oidc[i].head.button,
		    sizeof(button.text));
		result = ipc_send(ipc, MSG_CONF_BUTTON, &button, -1);
	}
	return result;
}

static int
send_group(const char *name, struct ipc *ipc)
{
	struct msg_conf_group group;

	memset(&group, 0, sizeof(group));
	strlcpy(group.name, name, sizeof(group.name));
	return ipc_send(ipc, MSG_CONF_GROUP, &group, -1);
}

int
conf_send_groups(const struct conf *conf, struct ipc *ipc)
{
	const struct conf_access *access;
	size_t i, j;
	int result = 0;

	for (i = 0; i < conf->access_count; i++) {
		access = &conf->access[i];
		for (j = 0; j < access->user_count && result == 0; j++)
			if (access->users[j].name[0] == '@')
				result =
				    send_group(access->users[j].name + 1, ipc);
	}
	for (i = 0; i < conf->claim_count && result == 0; i++)
		if (conf->claims[i].who[0] == '@')
			result = send_group(conf->claims[i].who + 1, ipc);
	return result;
}

int
conf_send_header(const struct conf *conf, struct ipc *ipc)
{
	return conf->header.user[0] == '\0'
	    ? 0
	    : ipc_send(ipc, MSG_CONF_HEADER, &conf->header, -1);
}

int
conf_send_pam(const struct conf *conf, struct ipc *ipc)
{
	return conf->pam.service[0] == '\0'
	    ? 0
	    : ipc_send(ipc, MSG_CONF_PAM, &conf->pam, -1);
}

int
conf_send_provider(const struct bundle *bundle, size_t i, struct ipc *ipc)
{
	const struct conf_fetch *from = &bundle->conf->fetch[i];
	struct msg_conf_fetch_host host;
	struct msg_conf_fetch_ca ca = {(uint32_t)i};
	size_t j;
	int result = 0;

	for (j = 0; j < from->host_count && result == 0; j++) {
		host = from->hosts[j];
		host.source = (uint32_t)i;
		result = ipc_send(ipc, MSG_CONF_FETCH_HOST, &host, -1);
	}
	if (result < 0 || bundle->provider_fds[i] == -1)
		return result;
	return conf_send_file(
	    ipc, MSG_CONF_FETCH_CA, &ca, bundle->provider_fds[i]);
}

int
conf_send_providers(const struct bundle *bundle, struct ipc *ipc)
{
	const struct secrets *secrets = &bundle->secrets;
	struct msg_conf_oidc oidc;
	size_t i;
	int result = 0;

	for (i = 0; i < bundle->conf->oidc_count && result == 0; i++) {
		if ((result = conf_send_provider(bundle, i, ipc)) < 0)
			break;
		oidc = bundle->conf->oidc[i].head;
		oidc.secret_bytes = secrets->bytes[i];
		result = secrets->fds[i] == -1
		    ? ipc_send(ipc, MSG_CONF_OIDC, &oidc, -1)
		    : conf_send_file(
			  ipc, MSG_CONF_OIDC, &oidc, secrets->fds[i]);
	}
	return result;
}
