/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/metrics.h"
#include "daemon/master/accept.h"
#include "daemon/master/admit.h"
#include "daemon/master/children/balance.h"
#include "daemon/master/children/supervisor.h"

#define ACCEPTS_PER_TURN 64  /* of one listener, before others have a turn */
#define PAUSE_MS	 100 /* until accept is tried again */
#define REPEAT_LOG_MS	 10000

struct door {
	struct acceptor *acceptor;
	struct addr local;
	struct event ev;
};

struct acceptor {
	struct event_base *base;
	struct supervisor *sup;
	struct door *doors;
	size_t door_count;
	const struct conf *conf; /* of the bundle; NULL before the first */
	struct admit *admit;
	uint32_t max_connections;
	uint64_t last_conn_id;
	uint64_t logged_ms; /* when a pause was last in the log */
	struct event pause_ev;
	uint8_t is_paused;
	uint8_t is_stopped;
};

static void
set_doors(struct acceptor *a, int is_open)
{
	size_t i;

	for (i = 0; i < a->door_count; i++) {
		if (is_open)
			event_add(&a->doors[i].ev, NULL);
		else
			event_del(&a->doors[i].ev);
	}
}

static void
pause_for(struct acceptor *a, const char *why)
{
	struct timeval tv = {.tv_usec = PAUSE_MS * 1000};
	uint64_t now_ms = clock_now_ms();

	if (a->logged_ms == 0 || now_ms - a->logged_ms >= REPEAT_LOG_MS) {
		log_warn("accept pauses: %s conns=%llu", why,
		    (unsigned long long)supervisor_conns(a->sup));
		a->logged_ms = now_ms;
	}
	metrics_count(METRIC_ACCEPT_PAUSES);
	a->is_paused = 1;
	set_doors(a, 0);
	event_add(&a->pause_ev, &tv);
}

static void
on_pause_over_cb(evutil_socket_t fd, short what, void *arg)
{
	struct acceptor *a = arg;

	(void)fd;
	(void)what;
	a->is_paused = 0;
	if (!a->is_stopped)
		set_doors(a, 1);
}

/* Takes one connection. Returns 0, or -1 when this turn is over. */
static int
accept_one(struct door *door, int listener)
{
	struct acceptor *a = door->acceptor;
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct msg_client client;
	struct child *worker;
	uint64_t conns = supervisor_conns(a->sup);
	int fd;

	if (conns >= (uint64_t)a->max_connections + SUPERVISOR_REFUSED_MAX) {
		pause_for(a, "max-connections reached");
		return -1;
	}
	if ((worker = supervisor_pick(a->sup)) == NULL) {
		pause_for(a, "no worker can take more");
		return -1;
	}
	fd = accept4(listener, (struct sockaddr *)&ss, &len,
	    SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd == -1) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
		    errno == ENOMEM)
			pause_for(a, strerror(errno));
		else if (errno == EINTR || errno == ECONNABORTED)
			return 0; /* that one has gone; others wait */
		return -1;
	}
	memset(&client, 0, sizeof(client));
	client.conn_id = ++a->last_conn_id;
	client.local = door->local;
	addr_from_sockaddr((struct sockaddr *)&ss, &client.peer);
	if (conns >= a->max_connections) {
		client.flags = CLIENT_CROWDED;
		metrics_count(METRIC_CROWDED);
	}
	if (admit_client(a->admit, a->sup, a->conf, worker, fd, &client))
		supervisor_hand_over(a->sup, worker, &client, fd);
	else
		close(fd);
	return 0;
}

static void
on_connection_cb(evutil_socket_t fd, short what, void *arg)
{
	struct door *door = arg;
	int i;

	(void)what;
	for (i = 0; i < ACCEPTS_PER_TURN; i++)
		if (accept_one(door, fd) == -1)
			return;
}

struct acceptor *
acceptor_new(struct event_base *base, struct supervisor *sup)
{
	struct acceptor *a;

	if ((a = calloc(1, sizeof(*a))) == NULL)
		return NULL;
	a->base = base;
	a->sup = sup;
	if ((a->admit = admit_new(base)) == NULL ||
	    event_assign(&a->pause_ev, base, -1, 0, on_pause_over_cb, a) ==
		-1) {
		admit_free(a->admit);
		free(a);
		return NULL;
	}
	return a;
}

void
acceptor_free(struct acceptor *a)
{
	if (a == NULL)
		return;
	acceptor_stop(a);
	admit_free(a->admit);
	free(a->doors);
	free(a);
}

int
acceptor_use(struct acceptor *a, const struct bundle *bundle)
{
	struct door *doors;
	size_t i, n = bundle->listener_count;

	if ((doors = calloc(n, sizeof(*doors))) == NULL)
		return VB_ENOMEM;
	for (i = 0; i < n; i++) {
		doors[i].acceptor = a;
		doors[i].local = bundle->listeners[i].addr;
		if (event_assign(&doors[i].ev, a->base, bundle->listeners[i].fd,
			EV_READ | EV_PERSIST, on_connection_cb,
			&doors[i]) == -1) {
			free(doors);
			return VB_ENOMEM;
		}
	}
	set_doors(a, 0);
	free(a->doors);
	a->doors = doors;
	a->door_count = n;
	a->conf = bundle->conf;
	a->max_connections = bundle->conf->settings.max_connections;
	if (!a->is_stopped && !a->is_paused)
		set_doors(a, 1);
	return 0;
}

void
acceptor_resume(struct acceptor *a)
{
	if (!a->is_paused || a->is_stopped)
		return;
	event_del(&a->pause_ev);
	on_pause_over_cb(-1, 0, a);
}

void
acceptor_stop(struct acceptor *a)
{
	a->is_stopped = 1;
	set_doors(a, 0);
	event_del(&a->pause_ev);
}

uint64_t
acceptor_count(const struct acceptor *a)
{
	return a->last_conn_id;
}
