/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "common/ipc.h"
#include "common/log.h"
#include "common/metrics.h"
#include "daemon/fetch/auth.h"

/* One part of it; the last has less behind it than there is. */
static int
tell_part(struct fetch *fetch, uint64_t id,
    const struct transfer_answer *answer, size_t at)
{
	struct msg_fetched said;
	size_t left = answer->len - at;
	int error;

	memset(&said, 0, sizeof(said));
	said.id = id;
	said.status = answer->status;
	said.has_more = left > FETCH_CHUNK_BYTES;
	said.len = (uint32_t)(said.has_more ? FETCH_CHUNK_BYTES : left);
	if (answer->error != NULL)
		strlcpy(said.error, answer->error, sizeof(said.error));
	if (said.len > 0)
		memcpy(said.data, answer->body + at, said.len);
	error = ipc_send(fetch->auth.ipc, MSG_FETCHED, &said, -1);
	explicit_bzero(&said, sizeof(said));
	return error;
}

/*
 * Without memory for all of it, it is lost with the channel; not from here,
 * where the desk still has the request in its hands.
 */
static void
tell_answer(void *arg, uint64_t id, const struct transfer_answer *answer)
{
	struct fetch *fetch = arg;
	size_t at = 0;
	int error;

	metrics_count(
	    answer->error == NULL ? METRIC_FETCH_DONE : METRIC_FETCH_FAILED);
	do {
		if ((error = tell_part(fetch, id, answer, at)) < 0)
			log_fatal(
			    "an answer cannot be sent: %s", vb_strerror(error));
		at += FETCH_CHUNK_BYTES;
	} while (at < answer->len);
}

static int
on_fetch(void *arg, const void *body, int *fd)
{
	const struct msg_fetch *asked = body;
	struct fetch *fetch = arg;

	(void)fd;
	if (!PROTO_IS_TEXT(asked->url) ||
	    !PROTO_IS_TEXT(asked->authorization) || !PROTO_IS_TEXT(asked->body))
		return VB_EBADMSG;
	desk_ask(&fetch->desk, asked);
	return 0;
}

static void
on_closed(void *arg, int reason)
{
	struct fetch *fetch = arg;

	asker_drop(&fetch->auth, reason);
	desk_clear(&fetch->desk);
}

static const struct ipc_ops auth_ops = {
    .on = {[MSG_FETCH] = on_fetch},
    .closed = on_closed,
};

void
auth_init(struct fetch *fetch)
{
	fetch->auth.self = ROLE_FETCH;
	fetch->auth.role = ROLE_AUTH;
	fetch->auth.master = &fetch->master;
	fetch->auth.ops = &auth_ops;
	fetch->auth.arg = fetch;
	fetch->desk.answer = tell_answer;
	fetch->desk.arg = fetch;
}

void
auth_join(struct fetch *fetch, const struct msg_peer *peer, int *fd)
{
	desk_clear(&fetch->desk);
	asker_join(&fetch->auth, fetch->base, peer, fd);
}
