/* SPDX-License-Identifier: ISC */
#include "common/clock.h"
#include "common/log.h"
#include "worker/stages/warn.h"

void
control_say_warning(struct client *c, uint32_t seconds, enum warn_kind kind)
{
	if (!client_is_page(c))
		return;
	log_debug("conn=%llu warned of=%s seconds=%u",
	    (unsigned long long)c->conn_id, kind == WARN_IDLE ? "idle" : "time",
	    seconds);
}

void
warn_stay(struct client *c)
{
	if (c->state == CLIENT_RELAY)
		c->input_ms = clock_tick_ms();
}
