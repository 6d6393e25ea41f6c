/* SPDX-License-Identifier: ISC */
/*
 * A signature takes from 20 us (P-256) to some ms (RSA of 4096 bits), and a
 * worker may ask for as many as it likes: each that has asked gets one in
 * turn, and after a while the loop sees to everything else.
 *
 * Invariant: a worker is in the keeper's queue exactly while it has requests.
 */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/ipc.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/stamp.h"
#include "daemon/keeper/keeper.h"
#include "daemon/keeper/recognise.h"
#include "daemon/keeper/sign.h"
#include "daemon/keeper/worker.h"

#define TURN_MS	       5     /* of signing, then others are heard */
#define REFUSED_LOG_MS 10000 /* one line of a worker in this time */

struct request {
	STAILQ_ENTRY(request) entry;
	uint64_t came_ms;
	struct msg_sign sign;
};

static void
drop_first(struct worker *w)
{
	struct request *request = STAILQ_FIRST(&w->requests);

	STAILQ_REMOVE_HEAD(&w->requests, entry);
	free(request);
	if (--w->request_count == 0)
		TAILQ_REMOVE(&w->keeper->busy, w, busy_entry);
}

static void
forget_requests(struct worker *w)
{
	while (w->request_count > 0)
		drop_first(w);
}

static void
drop(struct worker *w, int reason)
{
	forget_requests(w);
	asker_drop(&w->asker, reason);
}

static void
on_closed_channel(void *arg, int reason)
{
	drop(arg, reason);
}

/* Of a worker that asks for what it must not, one line now and then. */
static void
log_refused(struct worker *w, const struct msg_sign *sign, uint32_t code)
{
	static const char *const reasons[] = {
	    [SIGNED_NO_KEY] = "no such key",
	    [SIGNED_SCHEME] = "scheme does not fit the key",
	    [SIGNED_CONTENT] = "not what a handshake signs",
	    [SIGNED_BUSY] = "too many wait",
	    [SIGNED_LATE] = "waited too long",
	    [SIGNED_FAILED] = "failed",
	};
	uint64_t now_ms = clock_now_ms();

	w->refused++;
	if (w->refused_logged_ms != 0 &&
	    now_ms - w->refused_logged_ms < REFUSED_LOG_MS)
		return;
	log_warn("signature refused worker=%u reason=\"%s\" cert=%u "
		 "scheme=0x%04x length=%u refused=%u",
	    w->asker.index, reasons[code], sign->cert_id, sign->scheme,
	    sign->length, w->refused);
	w->refused_logged_ms = now_ms;
	w->refused = 0;
}

/* Returns 0 if the worker was dropped. */
static int
answer(struct worker *w, const struct msg_sign *sign,
    const struct msg_signature *signature)
{
	int error;

	metrics_count(
	    signature->code == SIGNED_OK ? METRIC_SIGNED : METRIC_SIGN_REFUSED);
	if (signature->code != SIGNED_OK)
		log_refused(w, sign, signature->code);
	if ((error = ipc_send(w->asker.ipc, MSG_SIGNED, signature, -1)) == 0)
		return 1;
	drop(w, error);
	return 0;
}

/* Where a certificate is a login, auth wants to know when this was. */
static void
stamp(const struct keeper *k, const struct msg_sign *sign,
    struct msg_signature *out)
{
	uint64_t now_sec = clock_ms_of(CLOCK_BOOTTIME) / MS_PER_SEC;
	size_t len;
	const uint8_t *hash = recognise_hash(sign->content, sign->length, &len);

	if (hash == NULL || k->stamp_key == NULL)
		return;
	if (stamp_make(k->stamp_key, now_sec, hash, len, &out->stamp) < 0)
		memset(&out->stamp, 0, sizeof(out->stamp));
}

static void
sign_for(
    struct keeper *k, const struct request *request, struct msg_signature *out)
{
	uint64_t most_ms =
	    (uint64_t)k->settings.handshake_timeout_sec * MS_PER_SEC;
	const struct msg_sign *sign = &request->sign;
	EVP_PKEY *key = keys_find(&k->keys, sign->cert_id);

	if (key == NULL)
		key = keys_find(&k->before, sign->cert_id);
	if (key == NULL)
		out->code = SIGNED_NO_KEY;
	else if (clock_now_ms() - request->came_ms > most_ms)
		out->code = SIGNED_LATE;
	else
		sign_content(key, sign, k->settings.tls_minimum, out);
	if (out->code == SIGNED_OK && k->settings.has_certificate)
		stamp(k, sign, out);
}

/* The oldest of one worker, which then goes after the others. */
static void
serve(struct worker *w)
{
	struct request *request = STAILQ_FIRST(&w->requests);
	struct keeper *k = w->keeper;
	struct msg_signature signature;

	memset(&signature, 0, sizeof(signature));
	signature.id = request->sign.id;
	sign_for(k, request, &signature);
	TAILQ_REMOVE(&k->busy, w, busy_entry);
	TAILQ_INSERT_TAIL(&k->busy, w, busy_entry);
	if (answer(w, &request->sign, &signature))
		drop_first(w);
}

/* In the loop's next turn: what has come until then is read first. */
static void
work_soon(struct keeper *k)
{
	static const struct timeval at_once = {0, 0};

	if (!event_pending(&k->work_ev, EV_TIMEOUT, NULL) &&
	    event_add(&k->work_ev, &at_once) == -1)
		log_fatal("no memory for the event loop");
}

static void
on_work_cb(evutil_socket_t fd, short what, void *arg)
{
	struct keeper *k = arg;
	uint64_t end_ms = clock_now_ms() + TURN_MS;
	struct worker *w;

	(void)fd;
	(void)what;
	while ((w = TAILQ_FIRST(&k->busy)) != NULL && clock_now_ms() < end_ms)
		serve(w);
	if (w != NULL)
		work_soon(k);
}

static int
on_sign(void *arg, const void *body, int *fd)
{
	const struct msg_sign *sign = body;
	struct worker *w = arg;
	struct msg_signature busy;
	struct request *request;

	(void)fd;
	if (sign->length > SIGN_CONTENT_MAX)
		return VB_EBADMSG;
	if (w->request_count == REQUESTS_MAX ||
	    (request = malloc(sizeof(*request))) == NULL) {
		memset(&busy, 0, sizeof(busy));
		busy.id = sign->id;
		busy.code = SIGNED_BUSY;
		answer(w, sign, &busy);
		return 0;
	}
	request->sign = *sign;
	request->came_ms = clock_now_ms();
	STAILQ_INSERT_TAIL(&w->requests, request, entry);
	if (w->request_count++ == 0)
		TAILQ_INSERT_TAIL(&w->keeper->busy, w, busy_entry);
	work_soon(w->keeper);
	return 0;
}

static const struct ipc_ops worker_ops = {
    .on =
	{
	    [MSG_SIGN] = on_sign,
	},
    .closed = on_closed_channel,
};

static void
init_asker(struct worker *w, uint32_t index)
{
	w->asker.self = ROLE_KEEPER;
	w->asker.role = ROLE_WORKER;
	w->asker.index = index;
	w->asker.has_index = 1;
	w->asker.master = &w->keeper->master;
	w->asker.ops = &worker_ops;
	w->asker.arg = w;
}

int
workers_init(struct keeper *k)
{
	uint32_t i;

	TAILQ_INIT(&k->busy);
	if ((k->workers = calloc(WORKERS_MAX, sizeof(*k->workers))) == NULL)
		return VB_ENOMEM;
	for (i = 0; i < WORKERS_MAX; i++) {
		k->workers[i].keeper = k;
		init_asker(&k->workers[i], i);
		STAILQ_INIT(&k->workers[i].requests);
	}
	return evtimer_assign(&k->work_ev, k->base, on_work_cb, k) == -1
	    ? VB_ENOMEM
	    : 0;
}

uint64_t
workers_waiting(const struct keeper *k)
{
	const struct worker *w;
	uint64_t n = 0;

	TAILQ_FOREACH (w, &k->busy, busy_entry)
		n += w->request_count;
	return n;
}

int
worker_connect(struct worker *w, uint32_t fence, int fd)
{
	int result;

	forget_requests(w);
	w->refused = 0;
	w->refused_logged_ms = 0;
	result = asker_connect(&w->asker, w->keeper->base, fence, fd);
	if (result < 0)
		return result;
	worker_send_tickets(w);
	return 0;
}

void
worker_send_tickets(struct worker *w)
{
	int error =
	    ipc_send(w->asker.ipc, MSG_TICKETS, &w->keeper->tickets, -1);

	if (error < 0)
		drop(w, error);
}

void
workers_send_tickets(struct keeper *k)
{
	uint32_t i;

	for (i = 0; i < WORKERS_MAX; i++)
		if (k->workers[i].asker.ipc != NULL)
			worker_send_tickets(&k->workers[i]);
}
