/* SPDX-License-Identifier: ISC */
#include <unistd.h>

#include "common/proto.h"
#include "daemon/auth/trust.h"

#define PART_BYTES 16384

/* What was said before is a part of what is said now. */
static void
begin(struct digest *d, const struct trust *trust, uint32_t source,
    const char *kind)
{
	digest_begin(d);
	digest_add_bytes(d, trust->marks[source], DIGEST_BYTES);
	digest_add(d, kind);
}

int
trust_add_host(struct trust *trust, const struct msg_conf_fetch_host *host)
{
	struct digest d;

	if (host->source >= FETCH_SOURCES_MAX || !PROTO_IS_TEXT(host->host))
		return VB_EBADMSG;
	begin(&d, trust, host->source, "host");
	digest_add_bytes(&d, &host->port, sizeof(host->port));
	digest_add_bytes(&d, &host->is_plain, sizeof(host->is_plain));
	digest_add(&d, host->host);
	return digest_end(&d, trust->marks[host->source]);
}

int
trust_add_ca(struct trust *trust, const struct msg_conf_fetch_ca *ca, int fd)
{
	char part[PART_BYTES];
	struct digest d;
	off_t at = 0;
	ssize_t n;
	int result;

	if (ca->source >= FETCH_SOURCES_MAX)
		return VB_EBADMSG;
	begin(&d, trust, ca->source, "ca");
	while ((n = pread(fd, part, sizeof(part), at)) > 0) {
		digest_add_bytes(&d, part, (size_t)n);
		at += n;
	}
	result = digest_end(&d, trust->marks[ca->source]);
	return n < 0 ? VB_ESYS : result;
}
