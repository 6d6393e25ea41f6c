/* SPDX-License-Identifier: ISC */
#include "common/metrics.h"
#include "daemon/auth/auth.h"
#include "daemon/auth/figures.h"

static void
fill(void *arg, struct msg_counted *counted)
{
	const struct auth *auth = arg;
	const struct login_desk *desk = &auth->desk;

	(void)counted;
	if (desk->logins != NULL)
		metrics_set(METRIC_LOGINS_OPEN, logins_count(desk->logins));
	if (desk->pool != NULL)
		metrics_set(METRIC_HASHES_WAIT, pool_waiting(desk->pool));
}

void
figures_open(struct auth *auth)
{
	metrics_fill_by(fill, auth);
}
