/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/bundle/conf.h"

const char *
conf_place(const struct conf *conf, int line, char out[CONF_PLACE_MAX])
{
	out[0] = '\0';
	if (conf->file != NULL && line > 0)
		snprintf(out, CONF_PLACE_MAX, "%s:%d: ", conf->file, line);
	return out;
}

void
conf_add_place(const struct conf *conf, int line, char error[CONF_ERROR_MAX])
{
	char place[CONF_PLACE_MAX], text[CONF_ERROR_MAX];
	int saved = errno;

	if (error[0] != '\0' && conf_place(conf, line, place)[0] != '\0') {
		strlcpy(text, error, sizeof(text));
		snprintf(error, CONF_ERROR_MAX, "%.*s%.*s", CONF_ERROR_MAX / 2,
		    place, CONF_ERROR_MAX / 2 - 1, text);
	}
	errno = saved;
}

int
conf_check_count(const struct conf *conf, int line, const char *what, size_t n,
    size_t most, char error[CONF_ERROR_MAX])
{
	char place[CONF_PLACE_MAX];

	if (n <= most)
		return 0;
	snprintf(error, CONF_ERROR_MAX,
	    "%s%zu %s are configured, at most %zu are allowed",
	    conf_place(conf, line, place), n, what, most);
	return VB_EFULL;
}

const char *
conf_path(const struct conf_options *options)
{
	return options->file != NULL ? options->file : VB_CONF_FILE;
}

static void
free_tls(struct conf *conf)
{
	size_t i;

	for (i = 0; i < conf->cert_count; i++) {
		free(conf->certs[i].certificate);
		free(conf->certs[i].key);
	}
	for (i = 0; conf->tls != NULL && i < conf->listener_count; i++) {
		free(conf->tls[i].client_ca);
		free(conf->tls[i].client_crl);
	}
	free(conf->certs);
	free(conf->tls);
}

static void
free_target_tls(struct conf *conf)
{
	size_t i;

	for (i = 0; i < conf->target_ca_count; i++)
		free(conf->target_cas[i].path);
	free(conf->target_tls);
}

static void
free_access(struct conf *conf)
{
	size_t i;

	for (i = 0; i < conf->access_count; i++) {
		free(conf->access[i].users);
		free(conf->access[i].from);
		free(conf->access[i].targets);
	}
	free(conf->access);
}

static void
free_oidc(struct conf *conf)
{
	size_t i;

	for (i = 0; i < conf->oidc_count; i++)
		free(conf->oidc[i].secret_file);
	free(conf->oidc);
}

static void
free_fetch(struct conf *conf)
{
	size_t i;

	for (i = 0; i < conf->fetch_count; i++)
		free(conf->fetch[i].ca_file);
}

void
conf_free(struct conf *conf)
{
	if (conf == NULL)
		return;
	free_tls(conf);
	free_target_tls(conf);
	free(conf->listeners);
	free(conf->listener_lines);
	free(conf->file);
	free(conf->rules);
	free(conf->targets);
	free(conf->claims);
	free(conf->origins);
	free(conf->framers);
	free(conf->hosts);
	free(conf->nameservers);
	free(conf->proxies);
	free(conf->hooks);
	free(conf->hook_names);
	free_access(conf);
	free_fetch(conf);
	free(conf->users_file);
	free_oidc(conf);
	free(conf);
}
