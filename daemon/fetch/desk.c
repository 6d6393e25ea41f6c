/* SPDX-License-Identifier: ISC */
/*
 * Invariants: a request is in one of the lists, and its deadline is pending. A
 * running one has a lookup or a transfer, but while it is begun or ended.
 */
#include <event2/event.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "daemon/fetch/desk.h"
#include "daemon/fetch/url.h"

struct request {
	TAILQ_ENTRY(request) entry;
	struct desk *desk;
	struct msg_fetch fetch;
	struct url url;
	uint64_t deadline_ms;
	struct event deadline_ev;
	struct lookup *lookup;
	struct transfer *transfer;
	uint8_t is_running;
};

static void
refuse(struct desk *desk, uint64_t id, const char *why)
{
	struct transfer_answer answer = {.error = why};

	desk->answer(desk->arg, id, &answer);
}

/* ---- the end of a request ---- */

static void
free_request(struct request *r)
{
	struct desk *desk = r->desk;

	if (r->is_running) {
		TAILQ_REMOVE(&desk->running, r, entry);
		desk->running_count--;
	} else {
		TAILQ_REMOVE(&desk->waiting, r, entry);
		desk->waiting_count--;
	}
	event_del(&r->deadline_ev);
	lookup_cancel(r->lookup);
	transfer_stop(r->transfer);
	explicit_bzero(r, sizeof(*r));
	free(r);
}

static void
end(struct request *r, const struct transfer_answer *answer)
{
	struct desk *desk = r->desk;

	desk->answer(desk->arg, r->fetch.id, answer);
	free_request(r);
	/* in the loop: what ends at once must not begin another from here */
	event_active(&desk->next_ev, EV_TIMEOUT, 0);
}

static void
fail(struct request *r, const char *why)
{
	struct transfer_answer answer = {.error = why};

	end(r, &answer);
}

static void
on_deadline_cb(evutil_socket_t fd, short what, void *arg)
{
	struct request *r = arg;
	char place[TARGET_TEXT_MAX], why[FETCH_ERROR_MAX];

	(void)fd;
	(void)what;
	url_format(&r->url, place);
	snprintf(why, sizeof(why),
	    r->is_running ? "no answer from %.100s in %d s"
			  : "%.100s was not asked in %d s: too many requests "
			    "are under way",
	    place, FETCH_TIMEOUT_MS / 1000);
	fail(r, why);
}

static void
on_transferred(void *arg, const struct transfer_answer *answer)
{
	struct request *r = arg;

	r->transfer = NULL; /* it goes by itself */
	end(r, answer);
}

/* ---- its way ---- */

/* Where no TLS is, nobody else may listen. */
static size_t
keep_loopback(struct addr *addrs, size_t count)
{
	size_t i, n = 0;

	for (i = 0; i < count; i++)
		if (addr_is_loopback(&addrs[i]))
			addrs[n++] = addrs[i];
	return n;
}

/* The configuration may be another than when it was asked. */
static void
ask_at(struct request *r, struct addr *addrs, size_t count)
{
	struct transfer_question question = {
	    .fetch = &r->fetch, .url = &r->url, .addrs = addrs};
	const struct providers *providers = r->desk->providers;
	const char *why = providers_judge(providers, r->fetch.source, &r->url);

	if (why != NULL) {
		fail(r, why);
		return;
	}
	question.addr_count =
	    r->url.is_plain ? keep_loopback(addrs, count) : count;
	if (question.addr_count == 0) {
		fail(r, "http is not encrypted: its host must be on loopback");
		return;
	}
	question.ca = providers_ca(providers, r->fetch.source);
	if (question.ca == NULL && !r->url.is_plain)
		why = "no certificate is known that vouches for the provider";
	else
		r->transfer = transfer_start(
		    r->desk->wires, &question, on_transferred, r);
	X509_STORE_free(question.ca);
	if (r->transfer == NULL)
		fail(r, why != NULL ? why : "libcurl does not take it");
}

static void
tell_lookup(struct request *r, enum resolve_status status, const char *detail)
{
	char why[FETCH_ERROR_MAX];

	if (status == RESOLVE_NOT_FOUND)
		snprintf(
		    why, sizeof(why), "there is no host %.150s", r->url.host);
	else
		snprintf(why, sizeof(why),
		    "the address of %.150s can't be found: %s", r->url.host,
		    status == RESOLVE_TIMEOUT || detail == NULL
			? "no name server answers"
			: detail);
	fail(r, why);
}

static void
on_found(void *arg, enum resolve_status status,
    const struct name_answer *answer, const char *detail)
{
	struct request *r = arg;
	struct addr addrs[NAMES_ADDRS_MAX];

	r->lookup = NULL;
	if (status != RESOLVE_OK) {
		tell_lookup(r, status, detail);
		return;
	}
	memcpy(addrs, answer->addrs, sizeof(addrs));
	ask_at(r, addrs, answer->count);
}

static void
begin(struct request *r)
{
	struct desk *desk = r->desk;
	struct name_answer answer;
	int n = 1;

	TAILQ_REMOVE(&desk->waiting, r, entry);
	desk->waiting_count--;
	TAILQ_INSERT_TAIL(&desk->running, r, entry);
	desk->running_count++;
	r->is_running = 1;
	if (!r->url.is_address)
		n = finder_find(&desk->finder, r->url.host, r->deadline_ms,
		    &answer, &r->lookup, on_found, r);
	else if (addr_parse_ip(r->url.host, &answer.addrs[0]) < 0)
		n = VB_ESYNTAX;
	if (n < 0)
		fail(r, vb_strerror(n));
	else if (n > 0)
		ask_at(r, answer.addrs, (size_t)n);
}

/*
 * auth has a configuration that is still to come here: by that one it is asked,
 * and verified.
 */
static int
is_early(const struct desk *desk, const struct msg_fetch *fetch)
{
	return fetch->generation > desk->generation;
}

static int
has_place(const struct desk *desk, uint32_t source)
{
	const struct request *r;
	unsigned n = 0;

	TAILQ_FOREACH (r, &desk->running, entry)
		n += r->fetch.source == source;
	return n < DESK_OF_PROVIDER;
}

static void
on_next_cb(evutil_socket_t fd, short what, void *arg)
{
	struct desk *desk = arg;
	struct request *r, *next;

	(void)fd;
	(void)what;
	for (r = TAILQ_FIRST(&desk->waiting);
	     r != NULL && desk->running_count < DESK_RUNNING_MAX; r = next) {
		next = TAILQ_NEXT(r, entry);
		if (!is_early(desk, &r->fetch) &&
		    has_place(desk, r->fetch.source))
			begin(r);
	}
}

/* ---- the desk ---- */

/* What RFC 9110, 5.5, lets a field have; and no octets beyond ASCII. */
static int
is_field(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			return 0;
	return 1;
}

static const char *
find_fault(
    const struct desk *desk, const struct msg_fetch *fetch, struct url *url)
{
	static char why[FETCH_ERROR_MAX];
	const char *fault;

	if (desk->waiting_count == DESK_WAITING_MAX)
		return "too many requests are under way";
	if (!is_field(fetch->authorization))
		return "the authorization has characters that no field may "
		       "have";
	if ((fault = url_read(fetch->url, url)) == NULL)
		return is_early(desk, fetch)
		    ? NULL
		    : providers_judge(desk->providers, fetch->source, url);
	snprintf(why, sizeof(why), "the URL %s", fault);
	return why;
}

void
desk_ask(struct desk *desk, const struct msg_fetch *fetch)
{
	struct timeval tv = clock_timeval(FETCH_TIMEOUT_MS);
	struct request *r;
	struct url url;
	const char *why = find_fault(desk, fetch, &url);

	if (why != NULL) {
		refuse(desk, fetch->id, why);
		return;
	}
	if ((r = calloc(1, sizeof(*r))) == NULL) {
		refuse(desk, fetch->id, vb_strerror(VB_ENOMEM));
		return;
	}
	r->desk = desk;
	r->fetch = *fetch;
	r->url = url;
	r->deadline_ms = clock_now_ms() + FETCH_TIMEOUT_MS;
	TAILQ_INSERT_TAIL(&desk->waiting, r, entry);
	desk->waiting_count++;
	evtimer_assign(&r->deadline_ev, desk->base, on_deadline_cb, r);
	if (event_add(&r->deadline_ev, &tv) == -1)
		fail(r, vb_strerror(VB_ENOMEM));
	else
		event_active(&desk->next_ev, EV_TIMEOUT, 0);
}

void
desk_clear(struct desk *desk)
{
	struct request *r;

	while ((r = TAILQ_FIRST(&desk->waiting)) != NULL)
		free_request(r);
	while ((r = TAILQ_FIRST(&desk->running)) != NULL)
		free_request(r);
}

int
desk_init(struct desk *desk, struct event_base *base)
{
	desk->base = base;
	TAILQ_INIT(&desk->waiting);
	TAILQ_INIT(&desk->running);
	finder_init(&desk->finder, base);
	desk->providers = providers_new();
	desk->wires = wires_new(base, transfer_over);
	return desk->providers == NULL || desk->wires == NULL ||
		event_assign(&desk->next_ev, base, -1, 0, on_next_cb, desk) ==
		    -1
	    ? VB_ENOMEM
	    : 0;
}

void
desk_use(struct desk *desk, struct providers *providers, uint32_t generation)
{
	providers_free(desk->providers);
	desk->providers = providers;
	desk->generation = generation;
	event_active(&desk->next_ev, EV_TIMEOUT, 0);
}
