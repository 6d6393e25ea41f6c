/* SPDX-License-Identifier: ISC */
/*
 * STANDARDS  RFC 6143, 7.1.1 and 7.1.2. The version that the client answers
 *            with is not awaited: those of 3.7 and later read the same, and
 *            find it behind the greeting; stock noVNC, if it is in a message
 *            of its own. One that knows RFB 3.3 alone sees only that it ends.
 */
#include "worker/client/write.h"
#include "worker/parse/rfb_refusal.h"
#include "worker/stages/refusal.h"

void
refusal_say(struct client *c)
{
	static uint8_t greeting[] = RFB_REFUSAL_GREETING;
	uint8_t refusal[RFB_REFUSAL_MAX];
	uint8_t heads[2][WS_SERVER_HEAD_MAX];
	struct iovec iov[] = {{heads[0], 0},
	    {greeting, RFB_REFUSAL_GREETING_BYTES}, {heads[1], 0},
	    {refusal, 0}};

	if (!c->closing.is_refusal || client_is_page(c) || c->reason == NULL)
		return;
	iov[0].iov_len =
	    ws_encode_head(heads[0], WS_BINARY, RFB_REFUSAL_GREETING_BYTES);
	iov[3].iov_len = rfb_encode_refusal(refusal, c->reason);
	iov[2].iov_len = ws_encode_head(heads[1], WS_BINARY, iov[3].iov_len);
	if (leg_is_open(&c->client)) /* the Close goes with it */
		client_after_write(c, leg_write_more(&c->client, iov, 4));
}
