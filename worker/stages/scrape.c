/* SPDX-License-Identifier: ISC */
#include <event2/buffer.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/ipc.h"
#include "worker/client/line.h"
#include "worker/stages/answer.h"
#include "worker/stages/openmetrics.h"
#include "worker/stages/scrape.h"
#include "worker/stages/standing.h"

#define SCRAPE_MS   3000 /* the master gives its children one second */
#define ANSWERS_MAX 64	 /* of one METRICS_ARE: each copies the page */
#define PAGE_TYPE   "text/plain; version=0.0.4; charset=utf-8"

/* Without memory for it those who wait are late. */
static void
ask(struct worker *w)
{
	struct msg_metrics metrics = {w->scrape_number + 1};

	if (ipc_send(w->master, MSG_METRICS, &metrics, -1) < 0)
		return;
	w->scrape_number++;
	w->is_scrape_asked = 1;
}

void
scrape_begin(struct client *c, int is_head)
{
	struct worker *w = c->worker;

	c->http.is_head_query = (uint8_t)is_head;
	c->http.is_health = 0;
	if (leg_watch(&c->client, LEG_NOTHING) < 0) {
		c->state = CLIENT_OVER;
		return;
	}
	client_enter(c, CLIENT_QUERY, SCRAPE_MS);
	line_join(&w->scrapers, c);
	if (!w->is_scrape_asked)
		ask(w);
}

/* The whole page, malloc'd; or NULL. */
static char *
read_page(const struct msg_metrics_are *are, int fd)
{
	size_t at = 0, size = are->size_bytes;
	char *text;
	ssize_t n;

	if (fd == -1 || size == 0 || size > METRICS_TEXT_MAX ||
	    (text = malloc(size)) == NULL)
		return NULL;
	while (
	    at < size && (n = pread(fd, text + at, size - at, (off_t)at)) > 0)
		at += (size_t)n;
	if (at == size)
		return text;
	free(text);
	return NULL;
}

/* The page, as it came, and as OpenMetrics, once somebody wants that. */
struct page {
	char *text; /* or NULL: there is none */
	size_t len;
	struct evbuffer *open; /* or NULL */
};

/* Returns 0 without memory for it. */
static int
make_open(struct page *page)
{
	if (page->open != NULL)
		return 1;
	if ((page->open = evbuffer_new()) == NULL)
		return 0;
	if (openmetrics_write(page->text, page->len, page->open) == 0 &&
	    evbuffer_pullup(page->open, -1) != NULL)
		return 1;
	evbuffer_free(page->open);
	page->open = NULL;
	return 0;
}

static void
answer_with(struct client *c, struct page *page)
{
	if (c->http.is_openmetrics && make_open(page))
		answer_text(c, c->http.is_head_query, OPENMETRICS_TYPE,
		    (const char *)evbuffer_pullup(page->open, -1),
		    evbuffer_get_length(page->open));
	else
		answer_text(
		    c, c->http.is_head_query, PAGE_TYPE, page->text, page->len);
}

static void
answer(struct client *c, struct page *page)
{
	line_leave(c);
	/* a reload may have come while the master was asked */
	if (standing_of(c, REQUEST_METRICS) != STANDING_GOOD ||
	    !standing_is_metrics(c->worker->conf, &c->local)) {
		c->http.keeps_alive = 0;
		answer_outdated(c, c->http.is_head_query);
	} else if (page->text == NULL)
		answer_unavailable(c, c->http.is_head_query,
		    "The metrics can't be had now. Try again in a moment.");
	else
		answer_with(c, page);
}

int
scrape_take(struct worker *w, const struct msg_metrics_are *are, int fd)
{
	struct page page = {.len = are->size_bytes};
	struct client *c;
	unsigned n;

	if (!w->is_scrape_asked || are->number != w->scrape_number)
		return VB_EBADMSG;
	w->is_scrape_asked = 0;
	page.text = read_page(are, fd);
	for (n = 0; n < ANSWERS_MAX; n++) {
		if ((c = TAILQ_FIRST(&w->scrapers)) == NULL)
			break;
		answer(c, &page);
		w->go_on(c);
	}
	free(page.text);
	if (page.open != NULL)
		evbuffer_free(page.open);
	if (!w->is_scrape_asked && !TAILQ_EMPTY(&w->scrapers))
		ask(w);
	return 0;
}

void
scrape_miss(struct client *c)
{
	struct page none = {NULL, 0, NULL};

	answer(c, &none);
}
