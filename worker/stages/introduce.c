/* SPDX-License-Identifier: ISC */
#include <errno.h>

#include "worker/parse/proxy_header.h"
#include "worker/stages/introduce.h"
#include "worker/stages/relay.h"

void
introduce_client(struct client *c)
{
	uint8_t header[PROXY_HEADER_SENT_MAX];
	struct iovec iov = {header, 0};

	iov.iov_len = proxy_header_format(&c->peer, &c->local, header);
	if (leg_write(&c->target, &iov, 1) < 0)
		relay_target_failed(c, errno);
}
