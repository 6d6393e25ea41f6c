/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/bundle/secret_file.h"
#include "daemon/bundle/secrets.h"

void
secrets_init(struct secrets *secrets)
{
	size_t i;

	memset(secrets, 0, sizeof(*secrets));
	for (i = 0; i < OIDC_PROVIDERS_MAX; i++)
		secrets->fds[i] = -1;
}

static int
open_one(const struct conf_oidc *oidc, const struct source *source, int *fd,
    uint32_t *bytes)
{
	const struct secret_file file = {
	    .path = oidc->secret_file,
	    .what = "client-secret-file",
	    .max_bytes = OIDC_SECRET_MAX - 1,
	};
	uint64_t size;
	int result = secret_file_copy(&file, source, fd, &size);

	if (result == 0 && *fd != -1 && size == 0) {
		errno = ENODATA;
		return VB_ESYS;
	}
	*bytes = (uint32_t)size;
	return result;
}

void
secrets_describe(const struct conf *conf, const struct conf_oidc *oidc,
    const char *why, char error[CONF_ERROR_MAX])
{
	char place[CONF_PLACE_MAX];

	snprintf(error, CONF_ERROR_MAX, "%.*sclient-secret-file %.*s: %s",
	    CONF_ERROR_MAX / 3, conf_place(conf, oidc->line, place),
	    CONF_ERROR_MAX / 3,
	    oidc->secret_file == NULL ? "" : oidc->secret_file, why);
}

int
secrets_open(const struct conf *conf, const struct source *source,
    struct secrets *out, char error[CONF_ERROR_MAX])
{
	const struct conf_oidc *oidc;
	size_t i;
	int result;

	for (i = 0; i < conf->oidc_count; i++) {
		oidc = &conf->oidc[i];
		if (oidc->secret_file == NULL)
			continue;
		result = open_one(oidc, source, &out->fds[i], &out->bytes[i]);
		if (result == 0)
			continue;
		secrets_describe(conf, oidc,
		    errno == EFBIG	   ? "it is larger than a secret is"
			: errno == ENODATA ? "it is empty"
					   : strerror(errno),
		    error);
		return result;
	}
	return 0;
}

void
secrets_close(struct secrets *secrets)
{
	size_t i;

	for (i = 0; i < OIDC_PROVIDERS_MAX; i++)
		if (secrets->fds[i] != -1)
			close(secrets->fds[i]);
	secrets_init(secrets);
}
