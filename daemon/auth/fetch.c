/* SPDX-License-Identifier: ISC */
/*
 * Invariants: an ask is in the list until fetch owes nothing for it, and its
 * deadline is pending until done() was called. One whose time is over stays,
 * empty, so that what still comes of it is no nonsense.
 */
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/ipc.h"
#include "common/log.h"
#include "common/unjoined.h"
#include "daemon/auth/fetch.h"

#define TRIES_MAX  2
#define STATUS_MAX 999

struct fetch_ask {
	TAILQ_ENTRY(fetch_ask) entry;
	struct fetcher *fetcher;
	struct msg_fetch fetch;
	struct event deadline_ev;
	fetch_done *done; /* NULL: it was called */
	void *arg;
	unsigned tries;
	uint8_t is_sent; /* on the channel that there is */
	uint32_t status; /* of what has come; 0: nothing has */
	uint8_t *answer; /* owned, with room for a NUL; NULL: nothing */
	size_t len;
};

static void
wipe_answer(struct fetch_ask *ask)
{
	if (ask->answer != NULL)
		explicit_bzero(ask->answer, ask->len);
	free(ask->answer);
	ask->answer = NULL;
	ask->len = 0;
}

/* Its number stays, for what fetch still says of it. */
static void
wipe_question(struct fetch_ask *ask)
{
	struct msg_fetch *fetch = &ask->fetch;

	explicit_bzero(fetch->url, sizeof(fetch->url));
	explicit_bzero(fetch->authorization, sizeof(fetch->authorization));
	explicit_bzero(fetch->body, sizeof(fetch->body));
}

/* Once; what it was about is wiped. */
static void
tell(struct fetch_ask *ask, uint32_t status, const char *error)
{
	fetch_done *done = ask->done;
	struct fetch_answer answer;

	ask->done = NULL;
	event_del(&ask->deadline_ev);
	wipe_question(ask);
	if (status == 0)
		wipe_answer(ask);
	answer.status = status;
	answer.error = error;
	answer.body = ask->answer != NULL ? (const char *)ask->answer : "";
	answer.len = ask->len;
	if (done != NULL)
		done(ask->arg, &answer);
	wipe_answer(ask);
}

static void
forget(struct fetch_ask *ask)
{
	struct fetcher *fetcher = ask->fetcher;

	TAILQ_REMOVE(&fetcher->asks, ask, entry);
	fetcher->count--;
	free(ask);
}

static void
on_deadline_cb(evutil_socket_t fd, short what, void *arg)
{
	struct fetch_ask *ask = arg;

	(void)fd;
	(void)what;
	tell(ask, 0, "the process that asks providers has not answered");
	if (!ask->is_sent)
		forget(ask);
}

/* ---- the channel ---- */

static void
tell_unjoined(struct fetcher *fetcher, uint32_t reason)
{
	const struct unjoined who = {
	    ROLE_FETCH, fetcher->fence, &fetcher->unjoined_fence};

	unjoined_tell(*fetcher->master, &who, reason);
}

/* Another one is asked what this one has not begun to answer. */
static void
disconnect(struct fetcher *fetcher)
{
	struct fetch_ask *ask, *next;

	ipc_free(fetcher->ipc);
	fetcher->ipc = NULL;
	TAILQ_FOREACH_SAFE (ask, &fetcher->asks, entry, next) {
		if (!ask->is_sent)
			continue;
		ask->is_sent = 0;
		if (ask->done != NULL && ask->status == 0 &&
		    ask->tries < TRIES_MAX)
			continue;
		tell(ask, 0, "the process that asks providers has ended");
		forget(ask);
	}
}

/* Without memory now, it waits for the next channel, or its deadline. */
static void
send_ask(struct fetch_ask *ask)
{
	struct ipc *ipc = ask->fetcher->ipc;

	if (ipc == NULL || ask->is_sent)
		return;
	if (ipc_send(ipc, MSG_FETCH, &ask->fetch, -1) < 0) {
		log_error("fetch cannot be asked");
		return;
	}
	ask->is_sent = 1;
	ask->tries++;
}

/* ---- answers ---- */

static int
is_plain(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			return 0;
	return 1;
}

static int
is_sound(const struct fetch_ask *ask, const struct msg_fetched *said)
{
	if (said->len > FETCH_CHUNK_BYTES || said->status > STATUS_MAX ||
	    !PROTO_IS_TEXT(said->error) || !is_plain(said->error))
		return 0;
	if (said->status == 0)
		return ask->status == 0 && said->len == 0 && !said->has_more &&
		    said->error[0] != '\0';
	/* no part of nothing: they would have no end */
	return (ask->status == 0 || ask->status == said->status) &&
	    (said->len > 0 || (!said->has_more && ask->status == 0)) &&
	    ask->len + said->len <= FETCH_ANSWER_MAX;
}

/* realloc(3) might leave a copy behind. */
static int
add(struct fetch_ask *ask, const struct msg_fetched *said)
{
	size_t len = ask->len + said->len;
	uint8_t *grown = malloc(len + 1);

	if (grown == NULL)
		return VB_ENOMEM;
	if (ask->len > 0)
		memcpy(grown, ask->answer, ask->len);
	memcpy(grown + ask->len, said->data, said->len);
	grown[len] = '\0';
	wipe_answer(ask);
	ask->answer = grown;
	ask->len = len;
	return 0;
}

static struct fetch_ask *
find(struct fetcher *fetcher, uint64_t id)
{
	struct fetch_ask *ask;

	TAILQ_FOREACH (ask, &fetcher->asks, entry) {
		if (ask->fetch.id == id && ask->is_sent)
			break;
	}
	return ask;
}

/* What comes when its time is over is nobody's; but its length counts. */
static void
take(struct fetch_ask *ask, const struct msg_fetched *said)
{
	if (ask->status == 0)
		wipe_question(ask); /* nobody else is asked it now */
	ask->status = said->status;
	if (ask->done == NULL)
		ask->len += said->len;
	else if (said->status != 0 && add(ask, said) < 0)
		tell(ask, 0, vb_strerror(VB_ENOMEM));
}

static int
on_fetched(void *arg, const void *body, int *fd)
{
	const struct msg_fetched *said = body;
	struct fetch_ask *ask = find(arg, said->id);

	(void)fd;
	if (ask == NULL || !is_sound(ask, said))
		return VB_EBADMSG;
	take(ask, said);
	if (said->has_more)
		return 0;
	tell(ask, said->status, said->error);
	forget(ask);
	return 0;
}

static void
on_closed(void *arg, int reason)
{
	log_debug("no fetch: %s", vb_strerror(reason));
	tell_unjoined(
	    arg, reason == VB_EBADMSG ? UNJOINED_NONSENSE : UNJOINED_LOST);
	disconnect(arg);
}

static const struct ipc_ops fetch_ops = {
    .on = {[MSG_FETCHED] = on_fetched},
    .closed = on_closed,
};

/* ---- for the rest of auth ---- */

void
fetch_init(
    struct fetcher *fetcher, struct event_base *base, struct ipc *const *master)
{
	memset(fetcher, 0, sizeof(*fetcher));
	fetcher->base = base;
	fetcher->master = master;
	TAILQ_INIT(&fetcher->asks);
}

static int
copy(char *to, size_t size, const char *from)
{
	return from == NULL || strlcpy(to, from, size) < size;
}

static int
fill(struct fetch_ask *ask, const struct fetch_question *query)
{
	struct msg_fetch *fetch = &ask->fetch;

	fetch->source = query->source;
	fetch->is_post = query->is_post != 0;
	fetch->generation = ask->fetcher->generation;
	return copy(fetch->url, sizeof(fetch->url), query->url) &&
		copy(fetch->authorization, sizeof(fetch->authorization),
		    query->authorization) &&
		copy(fetch->body, sizeof(fetch->body), query->body)
	    ? 0
	    : VB_ERANGE;
}

int
fetch_ask(struct fetcher *fetcher, const struct fetch_question *query,
    fetch_done *done, void *arg)
{
	struct timeval tv = clock_timeval(FETCH_ASK_MS);
	struct fetch_ask *ask;
	int result;

	if (fetcher->count == FETCH_ASKS_MAX)
		return VB_EFULL;
	if ((ask = calloc(1, sizeof(*ask))) == NULL)
		return VB_ENOMEM;
	ask->fetcher = fetcher;
	ask->done = done;
	ask->arg = arg;
	if ((result = fill(ask, query)) == 0 &&
	    (event_assign(&ask->deadline_ev, fetcher->base, -1, 0,
		 on_deadline_cb, ask) == -1 ||
		event_add(&ask->deadline_ev, &tv) == -1))
		result = VB_ENOMEM;
	if (result < 0) {
		explicit_bzero(ask, sizeof(*ask));
		free(ask);
		return result;
	}
	ask->fetch.id = ++fetcher->last_id;
	TAILQ_INSERT_TAIL(&fetcher->asks, ask, entry);
	fetcher->count++;
	send_ask(ask);
	return 0;
}

int
fetch_join(struct fetcher *fetcher, uint32_t fence, int fd)
{
	struct fetch_ask *ask;

	disconnect(fetcher);
	fetcher->fence = fence;
	fetcher->ipc = ipc_new(
	    fetcher->base, fd, ROLE_AUTH, ROLE_FETCH, &fetch_ops, fetcher);
	if (fetcher->ipc == NULL)
		return VB_ENOMEM;
	ipc_set_phase(fetcher->ipc, PHASE_RUN);
	TAILQ_FOREACH (ask, &fetcher->asks, entry)
		send_ask(ask);
	return 0;
}
