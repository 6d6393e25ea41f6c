/* SPDX-License-Identifier: ISC */
/*
 * The open files of a configuration's certificates and keys, for the keeper
 * and the workers. The master reads none of them.
 */
#ifndef VB_CERTS_H
#define VB_CERTS_H

#include <stddef.h>
#include <stdint.h>

#include "common/errors.h"
#include "daemon/bundle/conf.h"
#include "daemon/bundle/source.h"

struct certs {
	uint32_t first_id; /* of conf->certs[0]; the others follow */
	size_t count;
	struct {
		int chain_fd; /* a sealed copy of the public part */
		int key_fd;   /* one of the private key */
	} certs[PROTO_CERTS_MAX];
	size_t listener_count;
	struct {
		int ca_fd; /* sealed copies; -1: none */
		int crl_fd;
	} * listeners;	      /* as conf->listeners */
	uint32_t tls_id_base; /* conf's count from 1; that many were before */
	size_t target_ca_count;
	int target_ca_fds[PROTO_TARGET_CAS_MAX]; /* sealed copies */
};

/*
 * Opens all of them. **Gives** certs its files: certs_close. On failure error
 * says what and why, and certs_close is due as well. Warns of keys that too
 * many can read. Returns 0 or a negative error.
 */
VB_MUST_CHECK int
certs_open(const struct conf *conf, const struct source *source,
    struct certs *certs, char error[CONF_ERROR_MAX]);

/*
 * A sealed copy of a file of authorities that a setting names. **Gives** *out,
 * -1 in a check that had no right to it. Returns 0 or a negative error, with
 * error set.
 */
VB_MUST_CHECK int certs_copy_authorities(const struct conf *conf,
    const struct source *source, const char *setting, const char *path,
    int line, int *out, char error[CONF_ERROR_MAX]);

void certs_close(struct certs *certs);

/*
 * Says what is wrong with a certificate, as FILE:LINE: certificate "PATH":
 * why. Returns 0, or VB_ENOTFOUND if it has none of that id.
 */
VB_MUST_CHECK int
certs_describe(const struct certs *certs, const struct conf *conf,
    uint32_t cert_id, const char *why, char error[CONF_ERROR_MAX]);

#endif
