/* SPDX-License-Identifier: ISC */
#include "common/metrics.h"
#include "daemon/fetch/fetch.h"
#include "daemon/fetch/figures.h"

static void
fill(void *arg, struct msg_counted *counted)
{
	const struct fetch *fetch = arg;

	(void)counted;
	metrics_set(METRIC_FETCH_WAIT,
	    fetch->desk.waiting_count + fetch->desk.running_count);
}

void
figures_open(struct fetch *fetch)
{
	metrics_fill_by(fill, fetch);
}
