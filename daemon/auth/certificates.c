/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "daemon/auth/certificates.h"
#include "daemon/auth/digest.h"
#include "daemon/authority/authority.h"

/* Which names count is a part of what a login was given for. */
static int
prove(const struct msg_conf_certificate *names, uint8_t out[LOGIN_PROOF_BYTES])
{
	struct digest digest;

	digest_begin(&digest);
	digest_add(&digest, "certificate");
	digest_add_bytes(&digest, names, sizeof(*names));
	return digest_end(&digest, out);
}

struct certificates *
certificates_new(const struct msg_conf_certificate *names)
{
	struct certificates *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->names = *names;
	c->authorities = authorities_new();
	if (c->authorities == NULL || prove(names, c->proof) < 0) {
		certificates_free(c);
		return NULL;
	}
	return c;
}

void
certificates_free(struct certificates *c)
{
	if (c == NULL)
		return;
	authorities_free(c->authorities);
	marks_clear(&c->own);
	marks_clear(&c->anchors);
	marks_clear(&c->revoked);
	free(c);
}

int
certificates_add_own(struct certificates *to, int fd)
{
	return marks_add_first_cert(&to->own, fd);
}

int
certificates_add_listener(
    struct certificates *to, const struct msg_conf_listener *listener)
{
	return authorities_add_listener(to->authorities, listener);
}

int
certificates_add_ca(
    struct certificates *to, const struct msg_conf_ca *ca, int fd)
{
	int result = authorities_add(to->authorities, ca, fd);

	if (result < 0)
		return result;
	return ca->kind == CONF_CA_REVOKED ? marks_add_revoked(&to->revoked, fd)
					   : marks_add_certs(&to->anchors, fd);
}

void
certificates_end(struct certificates *c)
{
	marks_sort(&c->own);
	marks_sort(&c->anchors);
	marks_sort(&c->revoked);
}

const char *
certificates_fault(
    const struct certificates *c, const struct login_record *login)
{
	if (c == NULL || memcmp(c->proof, login->proof, sizeof(c->proof)) != 0)
		return "your way to log in was removed or changed";
	if (marks_has(&c->revoked, login->subject))
		return "your certificate was revoked";
	return marks_has(&c->anchors, login->session)
	    ? NULL
	    : "who signed your certificate is not trusted now";
}
