/* SPDX-License-Identifier: ISC */
#include <netinet/in.h>
#include <sys/socket.h>

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/metrics.h"
#include "common/tcp.h"
#include "daemon/broker/dial.h"

#define ATTEMPT_DELAY_MS 250  /* RFC 8305, 5 */
#define ATTEMPT_LIFE_MS	 1000 /* RFC 6298, 2: a SYN is sent again */

struct attempt {
	struct dial *dial;
	struct addr addr;
	int fd; /* -1: not begun, or failed */
	struct event ev;
};

struct dial {
	struct event_base *base;
	uint64_t began_ms;
	uint64_t deadline_ms;
	uint32_t socket_buffer_bytes;
	dial_done *done;
	void *arg;
	struct event timer; /* the next attempt, or the end */
	struct dial_outcome outcome;
	size_t count;
	size_t next;  /* the first that has not begun */
	size_t alive; /* begun and not failed */
	struct attempt attempts[];
};

static void begin_next(struct dial *);

/* How much an error says about why no one answers. */
static int
telling(int error)
{
	switch (error) {
	case 0:
		return 0;
	case ENETUNREACH:
	case EADDRNOTAVAIL:
	case EAFNOSUPPORT:
	case EINVAL:
		return 1; /* this host has no route to it: not even tried */
	case ETIMEDOUT:
		return 2;
	case ECONNREFUSED:
	case ECONNRESET:
		return 4; /* someone answered */
	default:
		return 3;
	}
}

static void
note_error(struct dial *d, const struct addr *a, int error)
{
	if (telling(error) <= telling(d->outcome.error))
		return;
	d->outcome.error = error;
	d->outcome.addr = *a;
}

static void
end_attempt(struct attempt *t)
{
	if (t->fd == -1)
		return;
	event_del(&t->ev);
	close(t->fd);
	t->fd = -1;
	t->dial->alive--;
}

void
dial_cancel(struct dial *d)
{
	size_t i;

	if (d == NULL)
		return;
	for (i = 0; i < d->next; i++)
		end_attempt(&d->attempts[i]);
	event_del(&d->timer);
	free(d);
}

/* Frees the dial, then tells. */
static void
finish(struct dial *d)
{
	struct dial_outcome outcome = d->outcome;
	dial_done *done = d->done;
	void *arg = d->arg;

	dial_cancel(d);
	done(arg, &outcome);
}

/*
 * A port of this host that no one listens on, but that the kernel has just
 * given to this very socket, connects to itself (RFC 9293, 3.5).
 */
static int
is_self_connected(int fd, const struct addr *a)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct addr local;

	if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1)
		return 0;
	addr_from_sockaddr((struct sockaddr *)&ss, &local);
	return local.port == a->port && addr_is_same_ip(&local, a);
}

static void
on_attempt_cb(evutil_socket_t fd, short what, void *arg)
{
	struct attempt *t = arg;
	struct dial *d = t->dial;
	socklen_t len = sizeof(int);
	int error = 0;

	if (!(what & EV_WRITE))
		error = ETIMEDOUT;
	else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		error = errno;
	if (error == 0 && is_self_connected(fd, &t->addr))
		error = ECONNREFUSED;
	if (error == 0) {
		event_del(&t->ev);
		t->fd = -1;
		d->outcome.fd = fd;
		d->outcome.addr = t->addr;
		d->outcome.error = 0;
		metrics_observe(METRIC_CONNECT, clock_now_ms() - d->began_ms);
		finish(d);
		return;
	}
	note_error(d, &t->addr, error);
	end_attempt(t);
	begin_next(d);
}

/* Returns 0, or an errno. */
static int
begin(struct attempt *t, uint64_t now_ms)
{
	struct dial *d = t->dial;
	struct timeval tv = clock_until(d->deadline_ms, now_ms);
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(&t->addr, &ss);
	int error;

	t->fd = socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    IPPROTO_TCP);
	if (t->fd == -1)
		return errno;
	/* before connect: the handshake is bounded by them, too */
	if (tcp_set_options(t->fd, &t->addr) < 0 ||
	    tcp_set_buffers(t->fd, TCP_TARGET, d->socket_buffer_bytes) < 0) {
		error = errno;
		goto fail;
	}
	if (connect(t->fd, (struct sockaddr *)&ss, len) == -1 &&
	    errno != EINPROGRESS) {
		error = errno;
		goto fail;
	}
	error = ENOMEM;
	if (event_assign(&t->ev, d->base, t->fd, EV_WRITE, on_attempt_cb, t) ==
	    -1)
		goto fail;
	if (event_add(&t->ev, &tv) == -1)
		goto fail;
	d->alive++;
	return 0;
fail:
	close(t->fd);
	t->fd = -1;
	return error;
}

/* The one that has waited longest gives way. */
static void
end_oldest(struct dial *d)
{
	struct attempt *t = d->attempts;

	while (t->fd == -1)
		t++;
	note_error(d, &t->addr, ETIMEDOUT);
	end_attempt(t);
}

/*
 * How long until the next attempt. One that would end another comes later:
 * each is to have its time, and the last one, too.
 */
static uint64_t
delay_ms(const struct dial *d, uint64_t now_ms)
{
	uint64_t part;

	if (d->alive < DIAL_SOCKETS_MAX || now_ms >= d->deadline_ms)
		return ATTEMPT_DELAY_MS;
	part = (d->deadline_ms - now_ms) / (d->count - d->next + 1);
	if (part < ATTEMPT_DELAY_MS)
		return ATTEMPT_DELAY_MS;
	return part < ATTEMPT_LIFE_MS ? part : ATTEMPT_LIFE_MS;
}

/*
 * Begins attempts until one is under way. Sets the timer for the one after it,
 * or, if none is left alive, for the end.
 */
static void
begin_next(struct dial *d)
{
	uint64_t now_ms = clock_now_ms();
	struct timeval tv;
	struct attempt *t;
	int error = -1;

	if (d->alive == DIAL_SOCKETS_MAX && d->next < d->count)
		end_oldest(d);
	while (d->next < d->count && error != 0) {
		t = &d->attempts[d->next++];
		if (now_ms >= d->deadline_ms)
			error = ETIMEDOUT;
		else
			error = begin(t, now_ms);
		note_error(d, &t->addr, error);
	}
	if (d->alive == 0) {
		event_active(&d->timer, EV_TIMEOUT, 0);
	} else if (d->next < d->count) {
		tv = clock_timeval(delay_ms(d, now_ms));
		event_add(&d->timer, &tv);
	}
}

static void
on_timer_cb(evutil_socket_t fd, short what, void *arg)
{
	struct dial *d = arg;

	(void)fd;
	(void)what;
	if (d->next < d->count)
		begin_next(d);
	else if (d->alive == 0)
		finish(d);
}

/* RFC 8305, 4: every other one is of the other family, as long as it lasts. */
static void
interleave(struct dial *d, const struct addr *addrs, size_t count)
{
	uint8_t family = addrs[0].family;
	size_t same = 0, other = 0, n;

	for (n = 0; n < count; n++) {
		while (same < count && addrs[same].family != family)
			same++;
		while (other < count && addrs[other].family == family)
			other++;
		if (same < count && (n % 2 == 0 || other == count))
			d->attempts[n].addr = addrs[same++];
		else
			d->attempts[n].addr = addrs[other++];
		d->attempts[n].dial = d;
		d->attempts[n].fd = -1;
	}
}

struct dial *
dial_start(struct event_base *base, const struct addr *addrs, size_t count,
    uint32_t socket_buffer_bytes, uint64_t deadline_ms, dial_done *done,
    void *arg)
{
	struct dial *d = calloc(1, sizeof(*d) + count * sizeof(struct attempt));

	if (d == NULL)
		return NULL;
	d->base = base;
	d->began_ms = clock_now_ms();
	d->deadline_ms = deadline_ms;
	d->socket_buffer_bytes = socket_buffer_bytes;
	d->done = done;
	d->arg = arg;
	d->outcome.fd = -1;
	d->count = count;
	evtimer_assign(&d->timer, base, on_timer_cb, d);
	interleave(d, addrs, count);
	begin_next(d);
	return d;
}
