/* SPDX-License-Identifier: ISC */
#include "common/log.h"
#include "common/stamp.h"
#include "daemon/auth/certificates.h"
#include "daemon/auth/conf_certificates.h"

void
conf_forget_certificates(struct auth *auth)
{
	certificates_free(auth->staged_certificates);
	auth->staged_certificates = NULL;
}

int
conf_on_stamp(void *arg, const void *body, int *fd)
{
	struct auth *auth = arg;

	(void)body;
	if (*fd == -1 || auth->desk.stamp_key != NULL ||
	    (auth->desk.stamp_key = stamp_open(*fd)) == NULL)
		log_fatal("CONF_STAMP: twice, or the file can't be used");
	return 0;
}

int
conf_on_certificate(void *arg, const void *body, int *fd)
{
	const struct msg_conf_certificate *names = body;
	struct auth *auth = arg;

	(void)fd;
	if (!auth->is_staged || auth->staged_certificates != NULL ||
	    names->user >= CERT_PART_COUNT || names->groups >= CERT_PART_COUNT)
		log_fatal("CONF_CERTIFICATE: out of order, or of no kind");
	auth->staged_certificates = certificates_new(names);
	if (auth->staged_certificates == NULL)
		log_fatal("CONF_CERTIFICATE: %s", vb_strerror(VB_ENOMEM));
	return 0;
}

/* After the CONF_CERTIFICATE that they go with. */
static struct certificates *
staged_certificates(const struct auth *auth, const char *name)
{
	if (!auth->is_staged || auth->staged_certificates == NULL)
		log_fatal("%s: out of order", name);
	return auth->staged_certificates;
}

int
conf_on_cert(void *arg, const void *body, int *fd)
{
	struct certificates *to = staged_certificates(arg, "CONF_CERT");

	(void)body;
	if (*fd == -1 || certificates_add_own(to, *fd) < 0)
		log_fatal("CONF_CERT: it cannot be read");
	return 0;
}

int
conf_on_listener(void *arg, const void *body, int *fd)
{
	struct certificates *to = staged_certificates(arg, "CONF_LISTENER");

	(void)fd;
	if (certificates_add_listener(to, body) < 0)
		log_fatal("CONF_LISTENER: too many, or of no kind");
	return 0;
}

int
conf_on_ca(void *arg, const void *body, int *fd)
{
	struct certificates *to = staged_certificates(arg, "CONF_CA");

	if (*fd == -1 || certificates_add_ca(to, body, *fd) < 0)
		log_fatal("CONF_CA: it cannot be read");
	return 0;
}

void
conf_take_certificates(struct auth *auth)
{
	certificates_free(
	    (struct certificates *)(uintptr_t)auth->desk.certificates);
	if (auth->staged_certificates != NULL)
		certificates_end(auth->staged_certificates);
	auth->desk.certificates = auth->staged_certificates;
	auth->staged_certificates = NULL;
}
