/* SPDX-License-Identifier: ISC */
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/pem_read.h"
#include "daemon/fetch/providers.h"

struct providers {
	struct {
		struct msg_conf_fetch_host hosts[FETCH_HOSTS_MAX];
		size_t host_count;
		X509_STORE *ca; /* owned; or NULL */
	} of[FETCH_SOURCES_MAX];
};

struct providers *
providers_new(void)
{
	return calloc(1, sizeof(struct providers));
}

void
providers_free(struct providers *providers)
{
	uint32_t i;

	if (providers == NULL)
		return;
	for (i = 0; i < FETCH_SOURCES_MAX; i++)
		X509_STORE_free(providers->of[i].ca);
	free(providers);
}

int
providers_add_host(
    struct providers *providers, const struct msg_conf_fetch_host *host)
{
	size_t n;

	if (host->source >= FETCH_SOURCES_MAX || host->port == 0 ||
	    host->port > UINT16_MAX || !PROTO_IS_TEXT(host->host) ||
	    host->host[0] == '\0')
		return VB_EBADMSG;
	n = providers->of[host->source].host_count;
	if (n == FETCH_HOSTS_MAX)
		return VB_EFULL;
	providers->of[host->source].hosts[n] = *host;
	providers->of[host->source].host_count++;
	return 0;
}

/* The same one twice is no fault. */
static X509_STORE *
make_store(const STACK_OF(X509) * certs)
{
	X509_STORE *store = X509_STORE_new();
	int i;

	if (store == NULL)
		return NULL;
	/* the operator may name the provider's own, or one between */
	X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
	for (i = 0; i < sk_X509_num(certs); i++)
		if (X509_STORE_add_cert(store, sk_X509_value(certs, i)) != 1) {
			X509_STORE_free(store);
			return NULL;
		}
	return store;
}

int
providers_set_ca(struct providers *providers, uint32_t source, int fd)
{
	STACK_OF(X509) * certs;
	X509_STORE *store;

	if (source >= FETCH_SOURCES_MAX || providers->of[source].ca != NULL)
		return VB_EBADMSG;
	if ((certs = pem_read_certs(fd)) == NULL)
		return 0;
	store = make_store(certs);
	sk_X509_pop_free(certs, X509_free);
	providers->of[source].ca = store;
	return store == NULL ? VB_ENOMEM : 0;
}

static int
is_same_place(const struct msg_conf_fetch_host *host, const struct url *url)
{
	return host->port == url->port && strcmp(host->host, url->host) == 0;
}

const char *
providers_judge(
    const struct providers *providers, uint32_t source, const struct url *url)
{
	static char why[FETCH_ERROR_MAX];
	const struct msg_conf_fetch_host *host = NULL;
	char place[TARGET_TEXT_MAX];
	size_t i;

	if (source >= FETCH_SOURCES_MAX)
		return "there is no such provider";
	for (i = 0; i < providers->of[source].host_count; i++) {
		host = &providers->of[source].hosts[i];
		if (is_same_place(host, url) &&
		    (!url->is_plain || host->is_plain))
			return NULL;
		if (is_same_place(host, url))
			break;
	}
	url_format(url, place);
	if (i < providers->of[source].host_count)
		snprintf(why, sizeof(why),
		    "http is not encrypted: %.200s is asked by https alone",
		    place);
	else
		snprintf(why, sizeof(why),
		    "%.180s is not one of the provider's hosts: add it to "
		    "hosts",
		    place);
	return why;
}

X509_STORE *
providers_ca(const struct providers *providers, uint32_t source)
{
	X509_STORE *ca = providers->of[source].ca;

	return ca != NULL && X509_STORE_up_ref(ca) == 1 ? ca : NULL;
}

size_t
providers_ports(
    const struct providers *providers, uint16_t ports[PROVIDERS_PORTS_MAX])
{
	size_t i, j, k, n = 0;
	uint16_t port;

	for (i = 0; i < FETCH_SOURCES_MAX; i++)
		for (j = 0; j < providers->of[i].host_count; j++) {
			port = (uint16_t)providers->of[i].hosts[j].port;
			for (k = 0; k < n && ports[k] != port; k++)
				continue;
			if (k == n)
				ports[n++] = port;
		}
	return n;
}
