/* SPDX-License-Identifier: ISC */
/*
 * Invariant: a socket that libcurl waits for has a watch, which libcurl keeps
 * for us (curl_multi_assign).
 */
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/log.h"
#include "daemon/fetch/wires.h"

struct wires {
	struct event_base *base;
	CURLM *multi;
	struct event timer;
	wires_done *done;
};

struct watch {
	struct wires *wires;
	struct event ev;
};

static void
take_results(struct wires *w)
{
	CURLMsg *msg;
	CURLcode result;
	CURL *easy;
	void *private;
	int left;

	while ((msg = curl_multi_info_read(w->multi, &left)) != NULL) {
		if (msg->msg != CURLMSG_DONE)
			continue;
		easy = msg->easy_handle;
		result = msg->data.result; /* msg goes with the handle */
		curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
		curl_multi_remove_handle(w->multi, easy);
		w->done(private, result);
	}
}

static void
act(struct wires *w, curl_socket_t fd, int what)
{
	int running;

	if (curl_multi_socket_action(w->multi, fd, what, &running) != CURLM_OK)
		log_error("libcurl has lost count of its sockets");
	take_results(w);
}

static void
on_timer_cb(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	act(arg, CURL_SOCKET_TIMEOUT, 0);
}

static void
on_socket_cb(evutil_socket_t fd, short what, void *arg)
{
	struct watch *watch = arg;

	act(watch->wires, fd,
	    (what & EV_READ ? CURL_CSELECT_IN : 0) |
		(what & EV_WRITE ? CURL_CSELECT_OUT : 0));
}

static int
set_timer(CURLM *multi, long timeout_ms, void *arg)
{
	struct wires *w = arg;
	struct timeval tv;

	(void)multi;
	if (timeout_ms < 0) {
		event_del(&w->timer);
		return 0;
	}
	tv = clock_timeval((uint64_t)timeout_ms);
	return event_add(&w->timer, &tv);
}

static void
drop_watch(struct watch *watch)
{
	if (watch != NULL)
		event_del(&watch->ev);
	free(watch);
}

/* Without memory the transfer runs into its time-out. */
static int
set_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *kept)
{
	struct wires *w = arg;
	struct watch *watch = kept;
	short events = EV_PERSIST;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		drop_watch(watch);
		return 0;
	}
	if (watch != NULL)
		event_del(&watch->ev);
	else if ((watch = calloc(1, sizeof(*watch))) == NULL)
		return 0;
	watch->wires = w;
	events |= what & CURL_POLL_IN ? EV_READ : 0;
	events |= what & CURL_POLL_OUT ? EV_WRITE : 0;
	event_assign(&watch->ev, w->base, fd, events, on_socket_cb, watch);
	event_add(&watch->ev, NULL);
	curl_multi_assign(w->multi, fd, watch);
	return 0;
}

struct wires *
wires_new(struct event_base *base, wires_done *done)
{
	struct wires *w = calloc(1, sizeof(*w));

	if (w == NULL || (w->multi = curl_multi_init()) == NULL) {
		free(w);
		return NULL;
	}
	w->base = base;
	w->done = done;
	evtimer_assign(&w->timer, base, on_timer_cb, w);
	curl_multi_setopt(w->multi, CURLMOPT_SOCKETFUNCTION, set_socket);
	curl_multi_setopt(w->multi, CURLMOPT_SOCKETDATA, w);
	curl_multi_setopt(w->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(w->multi, CURLMOPT_TIMERDATA, w);
	curl_multi_setopt(w->multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
	return w;
}

int
wires_add(struct wires *wires, CURL *easy)
{
	return curl_multi_add_handle(wires->multi, easy) == CURLM_OK
	    ? 0
	    : VB_ENOMEM;
}

void
wires_remove(struct wires *wires, CURL *easy)
{
	curl_multi_remove_handle(wires->multi, easy);
}
