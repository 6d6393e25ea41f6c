/* SPDX-License-Identifier: ISC */
/*
 * c-ares cannot cancel a single query, and it may call back from inside
 * ares_getaddrinfo. So a lookup is freed, and its answer delivered, only by
 * its own event, outside of c-ares: when c-ares is done with it. Until then
 * a lookup that timed out or was cancelled goes on with done = NULL.
 */
#include <sys/queue.h>
#include <sys/socket.h>

#include <ares.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/clock.h"
#include "daemon/names/dns_socket.h"
#include "daemon/names/resolve.h"

/*
 * The first wait for a server, and how often all are asked: a silent first
 * server leaves time for the second within the default connect-timeout.
 */
#define SERVER_TIMEOUT_MS 2000
#define SERVER_TRIES	  3
#define SERVERS_TEXT_MAX  4096

struct resolver_socket {
	LIST_ENTRY(resolver_socket) entry;
	struct resolver *resolver;
	int fd;
	struct event ev;
};

struct resolver {
	struct event_base *base;
	ares_channel channel;
	struct event timer;
	LIST_HEAD(, resolver_socket) sockets;
	unsigned refs;
};

struct lookup {
	struct resolver *resolver;
	struct event ev; /* the deadline; then: c-ares is done */
	unsigned *in_use[2];
	resolve_done *done; /* NULL: no one waits any more */
	void *arg;
	int is_finished; /* by c-ares */
	enum resolve_status status;
	const char *detail;
	struct name_answer answer;
};

static void
arm_timer(struct resolver *r)
{
	struct timeval tv;

	if (ares_timeout(r->channel, NULL, &tv) != NULL)
		event_add(&r->timer, &tv);
	else
		event_del(&r->timer);
}

static void
on_timer_cb(evutil_socket_t fd, short what, void *arg)
{
	struct resolver *r = arg;

	(void)fd;
	(void)what;
	ares_process_fd(r->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	arm_timer(r);
}

static void
on_socket_cb(evutil_socket_t fd, short what, void *arg)
{
	struct resolver *r = ((struct resolver_socket *)arg)->resolver;

	ares_process_fd(r->channel, what & EV_READ ? fd : ARES_SOCKET_BAD,
	    what & EV_WRITE ? fd : ARES_SOCKET_BAD);
	arm_timer(r);
}

static struct resolver_socket *
find_socket(struct resolver *r, int fd)
{
	struct resolver_socket *s;

	LIST_FOREACH (s, &r->sockets, entry) {
		if (s->fd == fd)
			break;
	}
	return s;
}

/* c-ares tells what it waits for; nothing means that it closes fd now. */
static void
on_socket_state_cb(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct resolver *r = arg;
	struct resolver_socket *s = find_socket(r, fd);
	short what = EV_PERSIST;

	if (s != NULL)
		event_del(&s->ev);
	if (!readable && !writable) {
		if (s != NULL) {
			LIST_REMOVE(s, entry);
			free(s);
		}
		return;
	}
	if (s == NULL) {
		/* without memory, the query runs into its time-out */
		if ((s = calloc(1, sizeof(*s))) == NULL)
			return;
		s->resolver = r;
		s->fd = fd;
		LIST_INSERT_HEAD(&r->sockets, s, entry);
	}
	what |= (readable ? EV_READ : 0) | (writable ? EV_WRITE : 0);
	event_assign(&s->ev, r->base, fd, what, on_socket_cb, s);
	event_add(&s->ev, NULL);
}

/* The servers as ares_set_servers_ports_csv wants them. */
static int
set_servers(ares_channel channel, const struct name_servers *servers)
{
	char csv[SERVERS_TEXT_MAX] = "", text[ADDR_TEXT_MAX];
	size_t i, len = 0;
	int n;

	for (i = 0; i < servers->count; i++) {
		n = snprintf(csv + len, sizeof(csv) - len, "%s%s",
		    i > 0 ? "," : "", addr_format(&servers->addrs[i], text));
		if (n < 0 || (size_t)n >= sizeof(csv) - len)
			return ARES_ENOMEM;
		len += (size_t)n;
	}
	return ares_set_servers_ports_csv(channel, csv);
}

/*
 * All that c-ares would read from files is given: it reads none. No search
 * domains, no aliases of its own.
 */
static int
init_channel(struct resolver *r, const struct name_servers *servers)
{
	struct ares_options options;
	char lookups[] = "b"; /* DNS */
	int status,
	    mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
	    ARES_OPT_NDOTS | ARES_OPT_SERVERS | ARES_OPT_DOMAINS |
	    ARES_OPT_SORTLIST | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB;

	memset(&options, 0, sizeof(options));
	options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES;
	options.timeout = SERVER_TIMEOUT_MS;
	options.tries = SERVER_TRIES;
	options.lookups = lookups;
	options.sock_state_cb = on_socket_state_cb;
	options.sock_state_cb_data = r;
	mask |= servers->is_rotated ? ARES_OPT_ROTATE : ARES_OPT_NOROTATE;
	status = ares_init_options(&r->channel, &options, mask);
	if (status != ARES_SUCCESS)
		log_error("resolver error=\"%s\"", ares_strerror(status));
	return status;
}

struct resolver *
resolver_new(struct event_base *base, const struct name_servers *servers)
{
	struct resolver *r;
	int status;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		return NULL;
	r->base = base;
	r->refs = 1;
	LIST_INIT(&r->sockets);
	evtimer_assign(&r->timer, base, on_timer_cb, r);
	if (init_channel(r, servers) != ARES_SUCCESS) {
		free(r);
		return NULL;
	}
	dns_socket_use(r->channel);
	if ((status = set_servers(r->channel, servers)) != ARES_SUCCESS) {
		log_error("nameserver error=\"%s\"", ares_strerror(status));
		resolver_unref(r);
		return NULL;
	}
	return r;
}

void
resolver_unref(struct resolver *r)
{
	if (r == NULL || --r->refs > 0)
		return;
	ares_destroy(r->channel);
	event_del(&r->timer);
	free(r);
}

static enum resolve_status
status_of(int ares_status)
{
	switch (ares_status) {
	case ARES_SUCCESS:
		return RESOLVE_OK;
	case ARES_ENOTFOUND:
	case ARES_ENODATA:
	case ARES_ENONAME:
	case ARES_EBADNAME:
		return RESOLVE_NOT_FOUND;
	case ARES_ETIMEOUT:
		return RESOLVE_TIMEOUT;
	default:
		return RESOLVE_FAILED;
	}
}

static const char *
detail_of(int ares_status)
{
	switch (ares_status) {
	case ARES_ECONNREFUSED: /* c-ares says so for SERVFAIL, too */
	case ARES_ESERVFAIL:
	case ARES_EREFUSED:
		return "no name server has an answer";
	case ARES_ENOMEM:
		return "out of memory";
	default:
		return "the name server sent a malformed answer";
	}
}

static void
copy_addrs(struct name_answer *answer, const struct ares_addrinfo *result)
{
	const struct ares_addrinfo_node *node;
	struct addr *a;

	for (node = result->nodes; node != NULL; node = node->ai_next) {
		if (answer->count == NAMES_ADDRS_MAX)
			break;
		a = &answer->addrs[answer->count];
		addr_from_sockaddr(node->ai_addr, a);
		a->port = 0;
		if (a->family != ADDR_NONE)
			answer->count++;
	}
}

/* Every name on the way is to be judged: none is left out. */
static int
copy_aliases(struct name_answer *answer, const struct ares_addrinfo *result)
{
	const struct ares_addrinfo_cname *c;

	for (c = result->cnames; c != NULL; c = c->next) {
		if (c->name != NULL &&
		    name_answer_add_alias(answer, c->name, strlen(c->name)) < 0)
			return VB_EFULL;
	}
	return 0;
}

static void
on_answer_cb(
    void *arg, int ares_status, int timeouts, struct ares_addrinfo *result)
{
	struct lookup *l = arg;

	(void)timeouts;
	l->status = status_of(ares_status);
	if (l->status == RESOLVE_FAILED)
		l->detail = detail_of(ares_status);
	if (result != NULL) {
		copy_addrs(&l->answer, result);
		if (copy_aliases(&l->answer, result) < 0) {
			l->status = RESOLVE_FAILED;
			l->detail = "the name has too many aliases";
		}
		ares_freeaddrinfo(result);
	}
	if (l->status == RESOLVE_OK && l->answer.count == 0)
		l->status = RESOLVE_NOT_FOUND;
	l->is_finished = 1;
	event_active(&l->ev, EV_TIMEOUT, 0);
}

static void
deliver(struct lookup *l, enum resolve_status status)
{
	resolve_done *done = l->done;

	l->done = NULL;
	if (done != NULL)
		done(l->arg, status, &l->answer, l->detail);
}

/* The deadline has passed, or c-ares is done. */
static void
on_lookup_cb(evutil_socket_t fd, short what, void *arg)
{
	struct lookup *l = arg;

	(void)fd;
	(void)what;
	if (!l->is_finished) {
		deliver(l, RESOLVE_TIMEOUT);
		return;
	}
	deliver(l, l->status);
	event_del(&l->ev);
	(*l->in_use[0])--;
	(*l->in_use[1])--;
	resolver_unref(l->resolver);
	free(l);
}

struct lookup *
resolver_start(struct resolver *r, const char *name, uint64_t deadline_ms,
    unsigned *const in_use[2], resolve_done *done, void *arg)
{
	struct ares_addrinfo_hints hints;
	struct timeval tv = clock_until(deadline_ms, clock_now_ms());
	struct lookup *l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return NULL;
	evtimer_assign(&l->ev, r->base, on_lookup_cb, l);
	if (event_add(&l->ev, &tv) == -1) {
		free(l);
		return NULL;
	}
	l->resolver = r;
	memcpy(l->in_use, in_use, sizeof(l->in_use));
	l->done = done;
	l->arg = arg;
	r->refs++;
	(*in_use[0])++;
	(*in_use[1])++;
	memset(&hints, 0, sizeof(hints));
	hints.ai_family = AF_UNSPEC;
	hints.ai_socktype = SOCK_STREAM;
	ares_getaddrinfo(r->channel, name, NULL, &hints, on_answer_cb, l);
	arm_timer(r);
	return l;
}

void
lookup_cancel(struct lookup *l)
{
	if (l != NULL)
		l->done = NULL;
}
