/* SPDX-License-Identifier: ISC */
#include <malloc.h>

#include "worker/trim.h"

#define CHURN_MIN 256 /* worth a look through the heap: milliseconds */

void
trim_tick(struct worker *w)
{
	if (w->churn == w->churn_seen &&
	    w->churn - w->churn_trimmed >= CHURN_MIN) {
		(void)malloc_trim(0);
		w->churn_trimmed = w->churn;
	}
	w->churn_seen = w->churn;
}
