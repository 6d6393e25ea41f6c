/* SPDX-License-Identifier: ISC */
#include "common/metrics.h"
#include "daemon/pam/figures.h"
#include "daemon/pam/pam.h"

static void
fill(void *arg, struct msg_counted *counted)
{
	const struct pam *pam = arg;

	(void)counted;
	metrics_set(METRIC_PAM_TALKS, pam->talks.count);
}

void
figures_open(struct pam *pam)
{
	metrics_fill_by(fill, pam);
}
