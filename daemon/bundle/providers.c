/* SPDX-License-Identifier: ISC */
#include "daemon/bundle/certs.h"
#include "daemon/bundle/providers.h"

static int
speaks_tls(const struct conf_fetch *fetch)
{
	size_t i;

	for (i = 0; i < fetch->host_count; i++)
		if (!fetch->hosts[i].is_plain)
			return 1;
	return 0;
}

int
providers_open(const struct conf *conf, const struct source *source,
    int fds[FETCH_SOURCES_MAX], char error[CONF_ERROR_MAX])
{
	const struct conf_fetch *fetch;
	size_t i;
	int result = 0;

	for (i = 0; i < FETCH_SOURCES_MAX; i++)
		fds[i] = -1;
	for (i = 0; i < conf->fetch_count && result == 0; i++) {
		fetch = &conf->fetch[i];
		if (speaks_tls(fetch))
			result = certs_copy_authorities(conf, source, "ca-file",
			    providers_ca_file(fetch), fetch->line, &fds[i],
			    error);
	}
	return result;
}
