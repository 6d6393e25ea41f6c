/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "common/ipc.h"
#include "common/log.h"
#include "daemon/fetch/auth.h"

static void
disconnect(struct fetch *fetch)
{
	desk_clear(&fetch->desk);
	ipc_free(fetch->auth);
	fetch->auth = NULL;
}

static void
drop(struct fetch *fetch, int reason)
{
	struct msg_dropped dropped = {0, fetch->auth_fence, ROLE_AUTH};

	if (reason == VB_ECLOSED)
		log_debug("auth gone");
	else if (reason == VB_ENOMEM) /* not its fault: it joins again */
		log_error("out of memory for auth");
	else {
		log_warn("auth dropped reason=\"%s\"", vb_strerror(reason));
		if (ipc_send(fetch->master, MSG_DROPPED, &dropped, -1) < 0)
			log_error("master not told of auth");
	}
	disconnect(fetch);
}

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
	error = ipc_send(fetch->auth, MSG_FETCHED, &said, -1);
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
	drop(arg, reason);
}

static const struct ipc_ops auth_ops = {
    .on = {[MSG_FETCH] = on_fetch},
    .closed = on_closed,
};

void
auth_init(struct fetch *fetch)
{
	fetch->desk.answer = tell_answer;
	fetch->desk.arg = fetch;
}

int
auth_join(struct fetch *fetch, uint32_t fence, int fd)
{
	disconnect(fetch);
	fetch->auth_fence = fence;
	fetch->auth =
	    ipc_new(fetch->base, fd, ROLE_FETCH, ROLE_AUTH, &auth_ops, fetch);
	if (fetch->auth == NULL)
		return VB_ENOMEM;
	ipc_set_phase(fetch->auth, PHASE_RUN);
	/* what waits is bounded by what the desk takes */
	ipc_set_bound(fetch->auth, SIZE_MAX);
	ipc_serve(fetch->auth, IPC_ANSWERS_BYTES);
	return 0;
}
