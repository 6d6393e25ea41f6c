/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "common/metrics.h"
#include "worker/client/client.h"
#include "worker/figures.h"

static void
note_line(const struct client *c)
{
	const struct worker *w = c->worker;
	const struct {
		const struct client_list *line;
		enum metric metric;
	} lines[] = {
	    {&w->unopened, METRIC_WAIT_BROKER},
	    {&w->askers, METRIC_WAIT_STATE},
	    {&w->signing.waiting, METRIC_WAIT_KEEPER},
	    {&w->unasked, METRIC_WAIT_AUTH},
	};
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (c->line == lines[i].line)
			metrics_count(lines[i].metric);
}

/* Bytes that the kernel does not take wait for who should read them. */
static void
note_blocked(const struct client *c)
{
	if (leg_queued(&c->client) > 0)
		metrics_count(METRIC_BLOCKED_CLIENT);
	if (leg_queued(&c->target) > 0)
		metrics_count(METRIC_BLOCKED_TARGET);
}

static void
fill(void *arg, struct msg_counted *counted)
{
	static const enum metric gauges[] = {METRIC_WAIT_BROKER,
	    METRIC_WAIT_STATE, METRIC_WAIT_KEEPER, METRIC_WAIT_AUTH,
	    METRIC_BLOCKED_CLIENT, METRIC_BLOCKED_TARGET, METRIC_BOARDS};
	const struct worker *w = arg;
	uint64_t to_client = w->gone.to_client, to_target = w->gone.to_target;
	uint64_t queued_client = 0, queued_target = 0;
	const struct client *c;
	size_t i;

	(void)counted;
	for (i = 0; i < sizeof(gauges) / sizeof(gauges[0]); i++)
		metrics_set(gauges[i], 0);
	TAILQ_FOREACH (c, &w->clients, entry) {
		to_client += c->count.to_client;
		to_target += c->count.to_target;
		queued_client += leg_queued(&c->client);
		queued_target += leg_queued(&c->target);
		if (c->line != NULL)
			note_line(c);
		if (c->state == CLIENT_RELAY)
			note_blocked(c);
		else if (c->state == CLIENT_BOARD)
			metrics_count(METRIC_BOARDS);
	}
	metrics_set(METRIC_BYTES_TO_CLIENT, to_client);
	metrics_set(METRIC_BYTES_TO_TARGET, to_target);
	metrics_set(METRIC_QUEUED_CLIENT, queued_client);
	metrics_set(METRIC_QUEUED_TARGET, queued_target);
}

void
figures_open(struct worker *w)
{
	metrics_fill_by(fill, w);
}

void
figures_keep(const struct client *c)
{
	c->worker->gone.to_client += c->count.to_client;
	c->worker->gone.to_target += c->count.to_target;
	if (c->opened_ms != 0)
		metrics_count_ended(c->close_code);
}
