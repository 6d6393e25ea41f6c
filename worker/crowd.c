/* SPDX-License-Identifier: ISC */
#include "common/log.h"
#include "worker/client/client.h"
#include "worker/crowd.h"
#include "worker/spine.h"
#include "worker/stages/board.h"

int
crowd_make_room(struct worker *w)
{
	struct client *c = TAILQ_FIRST(&w->idle);
	int had_place;

	if (c == NULL)
		c = TAILQ_FIRST(&w->large);
	if (c == NULL)
		c = board_oldest(w); /* it comes again, when there is room */
	if (c == NULL)
		return 0;
	had_place = !c->http.is_refused;
	w->displaced++;
	client_cut(c);
	return had_place;
}

void
crowd_report(struct worker *w)
{
	if (w->displaced == 0)
		return;
	log_warn("max-connections reached: closed=%u idle", w->displaced);
	w->displaced = 0;
}
