/* SPDX-License-Identifier: ISC */
#include "common/metrics.h"
#include "daemon/keeper/figures.h"
#include "daemon/keeper/keeper.h"
#include "daemon/keeper/worker.h"

static void
fill(void *arg, struct msg_counted *counted)
{
	const struct keeper *keeper = arg;

	(void)counted;
	metrics_set(METRIC_SIGN_WAIT, workers_waiting(keeper));
}

void
figures_open(struct keeper *keeper)
{
	metrics_fill_by(fill, keeper);
}
