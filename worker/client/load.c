/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <string.h>

#include "common/ipc.h"
#include "common/log.h"
#include "worker/client/load.h"

static int
send_left(struct worker *w)
{
	if (w->load.left.count == 0)
		return 0;
	if (ipc_send(w->master, MSG_LEFT, &w->load.left, -1) < 0)
		return -1;
	memset(&w->load.left, 0, sizeof(w->load.left));
	return 0;
}

void
load_send(struct worker *w)
{
	struct msg_load load;

	if (send_left(w) == -1)
		return;
	memset(&load, 0, sizeof(load));
	load.taken = w->load.taken;
	load.ended = w->load.ended;
	load.sessions = w->session_count;
	if (ipc_send(w->master, MSG_LOAD, &load, -1) < 0)
		return; /* counted on, and told with the next one */
	w->load.taken = w->load.ended = 0;
}

void
load_end(struct worker *w, uint32_t place)
{
	struct msg_left *left = &w->load.left;

	if (place != 0 && left->count == LEFT_MAX && send_left(w) == -1) {
		/* neither is told: a conn keeps its place */
		log_error("out of memory: the master counts a connection on");
		return;
	}
	if (place != 0)
		left->places[left->count++] = place;
	w->load.ended++;
	load_touch(w);
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
