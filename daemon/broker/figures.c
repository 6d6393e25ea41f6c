/* SPDX-License-Identifier: ISC */
#include "common/metrics.h"
#include "daemon/broker/broker.h"
#include "daemon/broker/conf.h"
#include "daemon/broker/figures.h"

static void
fill_targets(const struct conf *conf, struct msg_counted *counted)
{
	uint64_t rest = 0;
	size_t i;

	counted->generation = conf->start.generation;
	for (i = 0; i < conf->target_count; i++)
		if (i < METRICS_TARGETS_MAX)
			counted->targets[i] =
			    (uint32_t)conf->targets[i].open_count;
		else
			rest += conf->targets[i].open_count;
	metrics_set(METRIC_TARGETS_REST, rest);
}

static void
fill(void *arg, struct msg_counted *counted)
{
	const struct broker *b = arg;

	if (b->conf != NULL)
		fill_targets(b->conf, counted);
	metrics_set(METRIC_PENDING, b->sessions.count - b->sessions.open_count);
}

void
figures_open(struct broker *b)
{
	metrics_fill_by(fill, b);
}
