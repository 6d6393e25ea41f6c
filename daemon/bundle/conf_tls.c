/* SPDX-License-Identifier: ISC */
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/bundle/conf_lines.h"
#include "daemon/bundle/conf_tls.h"

int
conf_verify_client(const char *text)
{
	static const char *const names[] = {
	    [VERIFY_CLIENT_NO] = "no",
	    [VERIFY_CLIENT_OPTIONAL] = "optional",
	    [VERIFY_CLIENT_REQUIRE] = "require",
	};
	int i;

	for (i = VERIFY_CLIENT_NO; i <= VERIFY_CLIENT_REQUIRE; i++)
		if (strcmp(names[i], text) == 0)
			return i;
	return VB_ESYNTAX;
}

void
conf_tls_ciphers(const char *words, char out[CONF_CIPHERS_MAX])
{
	snprintf(out, CONF_CIPHERS_MAX, "%s" CONF_CIPHERS_NEVER, words);
}

int
conf_tls_knows(const char *setting, const char *words)
{
	char ciphers[CONF_CIPHERS_MAX];
	SSL_CTX *ctx = NULL;
	int result = 0;

	/* a file of OpenSSL's settings is not what a worker goes by */
	if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1 ||
	    (ctx = SSL_CTX_new(TLS_server_method())) == NULL)
		return 1; /* no memory: that is said elsewhere */
	if (strcmp(setting, "ciphers") == 0) {
		conf_tls_ciphers(words, ciphers);
		result = SSL_CTX_set_cipher_list(ctx, ciphers);
	} else if (strcmp(setting, "ciphersuites") == 0)
		result = SSL_CTX_set_ciphersuites(ctx, words);
	else
		result = SSL_CTX_set1_groups_list(ctx, words) == 1;
	SSL_CTX_free(ctx);
	ERR_clear_error();
	return result == 1;
}

const char *
conf_tls_fault(cfg_t *section)
{
	unsigned certs = cfg_size(section, "certificate");
	unsigned keys = cfg_size(section, "key");
	int verifies = strcmp(cfg_getstr(section, "verify-client"), "no") != 0;

	if (certs > PROTO_LISTENER_CERTS)
		return "has too many certificates";
	if (certs == 0 && keys != 0)
		return "has a key without a certificate";
	if (certs == 0 && cfg_size(section, "redirect") != 0)
		return "has redirect without a certificate: it speaks plain "
		       "HTTP";
	if (keys != 0 && keys != certs)
		return "needs one key for each certificate, or none";
	if (certs == 0 && (verifies || cfg_size(section, "client-ca") > 0))
		return "verifies clients without a certificate of its own";
	if (verifies && cfg_size(section, "client-ca") == 0)
		return "has verify-client without client-ca";
	if (!verifies && cfg_size(section, "client-ca") > 0)
		return "has client-ca without verify-client = \"require\" or "
		       "\"optional\"";
	if (cfg_size(section, "client-crl") > 0 &&
	    cfg_size(section, "client-ca") == 0)
		return "has client-crl without client-ca";
	return NULL;
}

/* The index of a pair of files; those of another listener are found again. */
static int
find_cert(struct conf *conf, const char *certificate, const char *key,
    uint32_t *index, char error[CONF_ERROR_MAX])
{
	struct conf_cert *cert;
	size_t i;

	for (i = 0; i < conf->cert_count; i++)
		if (strcmp(conf->certs[i].certificate, certificate) == 0 &&
		    strcmp(conf->certs[i].key, key) == 0)
			break;
	*index = (uint32_t)i;
	if (i < conf->cert_count)
		return 0;
	if (i == PROTO_CERTS_MAX) {
		snprintf(error, CONF_ERROR_MAX,
		    "more than %d certificates are configured",
		    PROTO_CERTS_MAX);
		return VB_EFULL;
	}
	cert = &conf->certs[i];
	cert->line = conf_line_of(certificate);
	cert->certificate = strdup(certificate);
	cert->key = strdup(key);
	conf->cert_count++; /* conf_free() frees what it has */
	return cert->certificate == NULL || cert->key == NULL ? VB_ENOMEM : 0;
}

static int
take_file(cfg_t *section, const char *name, char **out, int *line)
{
	const char *path;

	if (cfg_size(section, name) == 0 ||
	    (path = cfg_getstr(section, name)) == NULL)
		return 0;
	*line = conf_line_of(path);
	return (*out = strdup(path)) == NULL ? VB_ENOMEM : 0;
}

static int
take_listener(cfg_t *section, struct conf *conf, struct conf_tls *tls,
    char error[CONF_ERROR_MAX])
{
	unsigned i, n = cfg_size(section, "certificate");
	const char *certificate, *key;
	int result;

	for (i = 0; i < n; i++) {
		certificate = cfg_getnstr(section, "certificate", i);
		key = cfg_size(section, "key") == 0
		    ? certificate
		    : cfg_getnstr(section, "key", i);
		result =
		    find_cert(conf, certificate, key, &tls->certs[i], error);
		if (result < 0)
			return result;
	}
	tls->cert_count = n;
	tls->verify_client =
	    (uint32_t)conf_verify_client(cfg_getstr(section, "verify-client"));
	tls->proxy_protocol = cfg_getbool(section, "proxy-protocol") ? 1 : 0;
	tls->metrics = cfg_getbool(section, "metrics") ? 1 : 0;
	tls->redirect = cfg_size(section, "redirect") == 0 ||
	    cfg_getbool(section, "redirect");
	result =
	    take_file(section, "client-ca", &tls->client_ca, &tls->ca_line);
	if (result < 0)
		return result;
	return take_file(
	    section, "client-crl", &tls->client_crl, &tls->crl_line);
}

int
conf_take_tls(
    cfg_t *cfg, int from_file, struct conf *conf, char error[CONF_ERROR_MAX])
{
	struct msg_conf_tls_text *text = &conf->tls_text;
	size_t i;
	int result;

	conf->tls = calloc(conf->listener_count, sizeof(*conf->tls));
	conf->certs = calloc(PROTO_CERTS_MAX, sizeof(*conf->certs));
	if (conf->tls == NULL || conf->certs == NULL)
		return VB_ENOMEM;
	conf->settings.tls_minimum =
	    strcmp(cfg_getstr(cfg, "tls-minimum"), "1.3") == 0
	    ? SETTINGS_TLS_1_3
	    : SETTINGS_TLS_1_2;
	strlcpy(
	    text->ciphers, cfg_getstr(cfg, "ciphers"), sizeof(text->ciphers));
	strlcpy(text->ciphersuites, cfg_getstr(cfg, "ciphersuites"),
	    sizeof(text->ciphersuites));
	strlcpy(text->curves, cfg_getstr(cfg, "curves"), sizeof(text->curves));
	for (i = 0; from_file && i < cfg_size(cfg, "listen"); i++) {
		result = take_listener(cfg_getnsec(cfg, "listen", (unsigned)i),
		    conf, &conf->tls[i], error);
		if (result < 0)
			return result;
	}
	return 0;
}
