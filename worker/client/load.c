/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <string.h>

#include "common/ipc.h"
#include "worker/client/load.h"

void
load_send(struct worker *w)
{
	struct msg_load load;

	memset(&load, 0, sizeof(load));
	load.taken = w->load.taken;
	load.ended = w->load.ended;
	load.sessions = w->session_count;
	if (ipc_send(w->master, MSG_LOAD, &load, -1) < 0)
		return; /* counted on, and told with the next one */
	w->load.taken = w->load.ended = 0;
}

static void
on_load_cb(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	load_send(arg);
}

int
load_open(struct worker *w)
{
	return event_assign(&w->load.ev, w->base, -1, 0, on_load_cb, w) == -1
	    ? VB_ENOMEM
	    : 0;
}

void
load_touch(struct worker *w)
{
	event_active(&w->load.ev, EV_TIMEOUT, 0);
}

void
load_tick(struct worker *w)
{
	if (w->load.taken > 0 || w->load.ended > 0)
		load_touch(w);
}
