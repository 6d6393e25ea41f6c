/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "daemon/bundle/certs.h"
#include "daemon/bundle/conf_tls.h"
#include "daemon/bundle/pem.h"

#define WHY_MAX (PATH_MAX + 256)

/* FILE:LINE: setting "PATH": why */
static void
describe(const struct conf *conf, int line, const char *setting,
    const char *path, const char *why, char error[CONF_ERROR_MAX])
{
	char place[PATH_MAX + 16] = "";

	if (conf->file != NULL && line > 0)
		snprintf(place, sizeof(place), "%s:%d: ", conf->file, line);
	else if (conf->file != NULL)
		snprintf(place, sizeof(place), "%s: ", conf->file);
	snprintf(error, CONF_ERROR_MAX, "%.*s%s \"%s\": %s", CONF_ERROR_MAX / 2,
	    place, setting, path, why);
}

int
certs_describe(const struct certs *certs, const struct conf *conf,
    uint32_t cert_id, const char *why, char error[CONF_ERROR_MAX])
{
	uint32_t i = cert_id - certs->first_id;
	const struct conf_cert *cert;
	char both[WHY_MAX];

	if (cert_id < certs->first_id || i >= certs->count)
		return VB_ENOTFOUND;
	cert = &conf->certs[i];
	snprintf(both, sizeof(both), "key \"%s\": %s", cert->key, why);
	describe(conf, cert->line, "certificate", cert->certificate,
	    strcmp(cert->key, cert->certificate) == 0 ? why : both, error);
	return 0;
}

/* *fd is -1 in a check that had no right to it. */
static int
open_file(
    const struct source *source, const char *path, int *fd, struct stat *st)
{
	int result = source->file(source->arg, path, fd);

	if (result == 0 && *fd != -1 && fstat(*fd, st) == -1)
		return VB_ESYS;
	return result;
}

/* Only root and the daemon's own user and group have a key to read. */
static void
check_mode(const struct conf *conf, const char *path, const struct stat *st)
{
	/* root at the start; later it is the user already */
	struct passwd *pw = geteuid() == 0 ? getpwnam(conf->user) : NULL;
	uid_t uid = pw == NULL ? geteuid() : pw->pw_uid;
	gid_t gid = pw == NULL ? getegid() : pw->pw_gid;

	if ((st->st_mode & (S_IROTH | S_IWOTH)) != 0 ||
	    ((st->st_mode & (S_IRGRP | S_IWGRP)) != 0 && st->st_gid != 0 &&
		st->st_gid != gid) ||
	    (st->st_uid != 0 && st->st_uid != uid))
		log_warn(
		    "key %s mode=%04o uid=%d gid=%d: users other than root and "
		    "the daemon can read it; make it root's, with mode 0600",
		    path, (unsigned)st->st_mode & 07777, (int)st->st_uid,
		    (int)st->st_gid);
}

static const char *
name_of(enum pem_use use)
{
	return use == PEM_KEY ? "private key"
	    : use == PEM_CRLS ? "revocation list"
			      : "certificate";
}

/* In an operator's words. */
static void
explain(enum pem_use use, int result, const char *detail, char why[WHY_MAX])
{
	char more[PEM_WHY_MAX + 2] = "";

	if (detail[0] != '\0')
		snprintf(more, sizeof(more), ": %s", detail);
	if (result == VB_ENOTFOUND)
		snprintf(why, WHY_MAX, "there is no %s in it (in PEM)%s%s",
		    name_of(use), more,
		    use == PEM_KEY && more[0] == '\0'
			? "; key = { ... } names another"
			: "");
	else if (result == VB_ERANGE)
		snprintf(why, WHY_MAX, "the file is too large");
	else if (result == VB_EWEAK)
		snprintf(why, WHY_MAX,
		    "its key, or a signature in its chain, is too weak for the "
		    "security level of OpenSSL (SHA-1, or too few bits)");
	else if (result == VB_ESYNTAX)
		snprintf(why, WHY_MAX, "%s",
		    detail[0] != '\0' ? detail : "it is cut off, or not PEM");
	else
		snprintf(why, WHY_MAX, "%s", vb_strerror(result));
}

/*
 * A sealed copy: a file that is rewritten must not spoil the key that a keeper
 * which is started later is to have. On failure why says it. *st is of the
 * file, where there is one.
 */
static int
copy_file(const struct source *source, const char *path, enum pem_use use,
    const char *ciphers, int *out, struct stat *st, char why[WHY_MAX])
{
	char detail[PEM_WHY_MAX] = "";
	int fd, result;

	memset(st, 0, sizeof(*st));
	if ((result = open_file(source, path, &fd, st)) == 0 && fd != -1)
		result = pem_copy(fd, use, ciphers, out, detail);
	if (result < 0)
		explain(use, result, detail, why);
	else if (detail[0] != '\0')
		log_warn("%s: %s", path, detail);
	if (fd != -1)
		close(fd);
	return result;
}

static int
copy_key(const struct conf *conf, const struct source *source,
    const struct conf_cert *cert, int *out, char why[WHY_MAX])
{
	char reason[WHY_MAX];
	struct stat st;
	int result;

	result = copy_file(source, cert->key, PEM_KEY, NULL, out, &st, reason);
	if (result == 0 && *out != -1)
		check_mode(conf, cert->key, &st);
	else if (result < 0)
		snprintf(why, WHY_MAX, "key \"%s\": %.*s", cert->key,
		    PEM_WHY_MAX, reason);
	return result;
}

static int
open_cert(const struct conf *conf, const struct source *source,
    struct certs *certs, size_t i, char error[CONF_ERROR_MAX])
{
	const struct conf_cert *cert = &conf->certs[i];
	char why[WHY_MAX], ciphers[CONF_CIPHERS_MAX];
	struct stat st;
	int result;

	conf_tls_ciphers(conf->tls_text.ciphers, ciphers);
	result = copy_file(source, cert->certificate, PEM_CHAIN, ciphers,
	    &certs->certs[i].chain_fd, &st, why);
	if (result == 0)
		result =
		    copy_key(conf, source, cert, &certs->certs[i].key_fd, why);
	if (result < 0)
		describe(conf, cert->line, "certificate", cert->certificate,
		    why, error);
	return result;
}

static int
open_public(const struct conf *conf, const struct source *source,
    const char *setting, const char *path, int line, int *out,
    char error[CONF_ERROR_MAX])
{
	char why[WHY_MAX];
	struct stat st;
	int result;

	if (path == NULL)
		return 0;
	result = copy_file(source, path,
	    strcmp(setting, "client-ca") == 0 ? PEM_CLIENT_CA : PEM_CRLS, NULL,
	    out, &st, why);
	if (result < 0)
		describe(conf, line, setting, path, why, error);
	return result;
}

int
certs_copy_authorities(const struct conf *conf, const struct source *source,
    const char *setting, const char *path, int line, int *out,
    char error[CONF_ERROR_MAX])
{
	char why[WHY_MAX];
	struct stat st;
	int result;

	*out = -1;
	result = copy_file(source, path, PEM_TARGET_CA, NULL, out, &st, why);
	if (result < 0)
		describe(conf, line, setting, path, why, error);
	return result;
}

static int
open_listener(const struct conf *conf, const struct source *source,
    struct certs *certs, size_t i, char error[CONF_ERROR_MAX])
{
	const struct conf_tls *tls = &conf->tls[i];
	int result;

	result = open_public(conf, source, "client-ca", tls->client_ca,
	    tls->ca_line, &certs->listeners[i].ca_fd, error);
	if (result < 0)
		return result;
	return open_public(conf, source, "client-crl", tls->client_crl,
	    tls->crl_line, &certs->listeners[i].crl_fd, error);
}

int
certs_open(const struct conf *conf, const struct source *source,
    struct certs *certs, char error[CONF_ERROR_MAX])
{
	static uint32_t last_id, last_tls_id;
	size_t i;
	int result;

	memset(certs, 0, sizeof(*certs));
	certs->first_id = last_id + 1;
	certs->listeners =
	    calloc(conf->listener_count, sizeof(*certs->listeners));
	if (certs->listeners == NULL)
		return VB_ENOMEM;
	for (i = 0; i < conf->cert_count; i++)
		certs->certs[i].chain_fd = certs->certs[i].key_fd = -1;
	for (i = 0; i < conf->listener_count; i++)
		certs->listeners[i].ca_fd = certs->listeners[i].crl_fd = -1;
	for (i = 0; i < conf->target_ca_count; i++)
		certs->target_ca_fds[i] = -1;
	certs->tls_id_base = last_tls_id;
	certs->target_ca_count = conf->target_ca_count;
	certs->count = conf->cert_count;
	certs->listener_count = conf->listener_count;
	for (i = 0; i < certs->count; i++)
		if ((result = open_cert(conf, source, certs, i, error)) < 0)
			return result;
	for (i = 0; i < certs->listener_count; i++)
		if ((result = open_listener(conf, source, certs, i, error)) < 0)
			return result;
	for (i = 0; i < certs->target_ca_count; i++)
		if ((result = certs_copy_authorities(conf, source, "tls-ca",
			 conf->target_cas[i].path, conf->target_cas[i].line,
			 &certs->target_ca_fds[i], error)) < 0)
			return result;
	last_id += (uint32_t)certs->count;
	last_tls_id += (uint32_t)conf->target_count;
	return 0;
}

static void
close_if(int fd)
{
	if (fd != -1)
		close(fd);
}

void
certs_close(struct certs *certs)
{
	size_t i;

	for (i = 0; i < certs->count; i++) {
		close_if(certs->certs[i].chain_fd);
		close_if(certs->certs[i].key_fd);
	}
	for (i = 0; i < certs->listener_count; i++) {
		close_if(certs->listeners[i].ca_fd);
		close_if(certs->listeners[i].crl_fd);
	}
	for (i = 0; i < certs->target_ca_count; i++)
		close_if(certs->target_ca_fds[i]);
	free(certs->listeners);
	memset(certs, 0, sizeof(*certs));
}
