/* SPDX-License-Identifier: ISC */
/*
 * testcard - a VNC server that shows a test picture, tells what it gets,
 * and misbehaves when asked to. For tests, benchmarks and the demo; serves
 * any number of connections from one loop. See README.md.
 */
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/testcard/testcard.h"

#define EVENTS_MAX	64
#define BACKLOG		1024
#define RATE_DEFAULT	10 /* pictures a second */
#define RATE_MAX	1000
#define ADDRESS_DEFAULT "127.0.0.1:0"

struct server {
	struct card card;
	struct conn *conns;
	unsigned conn_count; /* since start: the next one's number */
	int epoll_fd, listen_fd, signal_fd, timer_fd;
	bool is_done;
};

void
report(const struct conn *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("conn=%u ", c->id);
	vprintf(fmt, ap);
	putchar('\n');
	va_end(ap);
	fflush(stdout);
}

static void
usage(void)
{
	fprintf(stderr,
	    "usage: testcard [-l ADDR:PORT] [-p PASSWORD] "
	    "[-g WxH] [-n NAME] [-r FPS] [-x KNOB]...\n");
	exit(2);
}

static void
watch(const struct server *s, int fd, void *what)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = what};

	if (epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, fd, &ev) == -1)
		err(1, "epoll_ctl");
}

static void
print_address(int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	char host[INET6_ADDRSTRLEN], port[8];

	if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1)
		err(1, "getsockname");
	if (getnameinfo((struct sockaddr *)&ss, len, host, sizeof(host), port,
		sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		errx(1, "getnameinfo");
	printf(ss.ss_family == AF_INET6 ? "listening on [%s]:%s\n"
					: "listening on %s:%s\n",
	    host, port);
	fflush(stdout);
}

/* Binds "ADDR:PORT" or "[V6]:PORT", numeric, and says where. */
static int
listen_on(const char *text)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
	    .ai_socktype = SOCK_STREAM};
	struct addrinfo *ai;
	char host[128], *port;
	int fd, on = 1;

	if (snprintf(host, sizeof(host), "%s", text) >= (int)sizeof(host) ||
	    (port = strrchr(host, ':')) == NULL)
		errx(1, "%s: not ADDR:PORT", text);
	*port++ = '\0';
	if (host[0] == '[' && port[-2] == ']') {
		port[-2] = '\0';
		memmove(host, host + 1, strlen(host + 1) + 1);
	}
	if (getaddrinfo(host, port, &hints, &ai) != 0)
		errx(1, "%s: not ADDR:PORT", text);
	fd = socket(
	    ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		err(1, "socket");
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1)
		err(1, "SO_REUSEADDR");
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) == -1 ||
	    listen(fd, BACKLOG) == -1)
		err(1, "%s", text);
	freeaddrinfo(ai);
	print_address(fd);
	return fd;
}

static int
catch_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGUSR1);
	if (sigprocmask(SIG_BLOCK, &set, NULL) == -1)
		err(1, "sigprocmask");
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd == -1)
		err(1, "signalfd");
	return fd;
}

/* A tick for each picture; rate 0 is a picture that stands still. */
static int
start_timer(long rate)
{
	struct itimerspec every;
	int fd;

	memset(&every, 0, sizeof(every));
	fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (fd == -1)
		err(1, "timerfd_create");
	if (rate > 0) {
		every.it_interval.tv_sec = rate == 1;
		every.it_interval.tv_nsec = rate == 1 ? 0 : 1000000000L / rate;
		every.it_value = every.it_interval;
	}
	if (timerfd_settime(fd, 0, &every, NULL) == -1)
		err(1, "timerfd_settime");
	return fd;
}

/* Watches for what the connection waits for now. */
static void
update_events(const struct server *s, struct conn *c)
{
	struct epoll_event ev;

	ev.events = conn_wanted_events(c);
	ev.data.ptr = c;
	if (ev.events == c->events || c->is_dead)
		return;
	c->events = ev.events;
	if (epoll_ctl(s->epoll_fd, EPOLL_CTL_MOD, c->fd, &ev) == -1)
		err(1, "epoll_ctl");
}

static void
run_conn(const struct server *s, struct conn *c, uint32_t events)
{
	if (c->is_dead)
		return;
	conn_run(c, events);
	update_events(s, c);
}

static void
run_all(const struct server *s)
{
	struct conn *c;

	for (c = s->conns; c != NULL; c = c->next)
		run_conn(s, c, 0);
}

static void
free_dead(struct server *s)
{
	struct conn **at = &s->conns, *c;

	while ((c = *at) != NULL) {
		if (c->is_dead) {
			*at = c->next;
			conn_free(c);
		} else {
			at = &c->next;
		}
	}
}

static void
on_accept(struct server *s)
{
	struct conn *c;
	int fd, on = 1;

	fd = accept4(s->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd == -1) {
		if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR)
			err(1, "accept4");
		return;
	}
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == -1)
		warn("TCP_NODELAY");
	c = conn_new(&s->card, fd, ++s->conn_count);
	c->next = s->conns;
	s->conns = c;
	report(c, "accepted");
	watch(s, fd, c);
	c->events = EPOLLIN;
	run_conn(s, c, 0);
}

static void
on_signal(struct server *s)
{
	struct signalfd_siginfo info;
	struct conn *c;

	if (read(s->signal_fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo != SIGUSR1) {
		s->is_done = true;
		return;
	}
	for (c = s->conns; c != NULL; c = c->next)
		conn_resume(c);
	run_all(s);
}

static void
on_timer(struct server *s)
{
	uint64_t ticks;

	if (read(s->timer_fd, &ticks, sizeof(ticks)) != sizeof(ticks))
		return;
	s->card.frame++;
	run_all(s);
}

static void
serve(struct server *s)
{
	struct epoll_event evs[EVENTS_MAX];
	int i, n;

	while (!s->is_done) {
		n = epoll_wait(s->epoll_fd, evs, EVENTS_MAX, -1);
		if (n == -1 && errno != EINTR)
			err(1, "epoll_wait");
		for (i = 0; i < n; i++) {
			if (evs[i].data.ptr == &s->listen_fd)
				on_accept(s);
			else if (evs[i].data.ptr == &s->signal_fd)
				on_signal(s);
			else if (evs[i].data.ptr == &s->timer_fd)
				on_timer(s);
			else
				run_conn(s, evs[i].data.ptr, evs[i].events);
		}
		free_dead(s);
	}
}

static void
parse_geometry(struct card *card, const char *text)
{
	unsigned w, h;
	char end;

	if (sscanf(text, "%ux%u%c", &w, &h, &end) != 2 || w < CARD_SIDE_MIN ||
	    h < CARD_SIDE_MIN || w > CARD_SIDE_MAX || h > CARD_SIDE_MAX)
		errx(1, "%s: not WxH from %d to %d", text, CARD_SIDE_MIN,
		    CARD_SIDE_MAX);
	card->width = (uint16_t)w;
	card->height = (uint16_t)h;
}

static long
parse_rate(const char *text)
{
	char *end;
	long rate = strtol(text, &end, 10);

	if (end == text || *end != '\0' || rate < 0 || rate > RATE_MAX)
		errx(1, "%s: not a rate from 0 to %d", text, RATE_MAX);
	return rate;
}

int
main(int argc, char **argv)
{
	struct server s = {
	    .card = {.width = 640, .height = 480, .name = "testcard"}};
	const char *address = ADDRESS_DEFAULT;
	long rate = RATE_DEFAULT;
	int opt;

	knobs_init(&s.card.knobs);
	while ((opt = getopt(argc, argv, "g:l:n:p:r:x:")) != -1) {
		switch (opt) {
		case 'g':
			parse_geometry(&s.card, optarg);
			break;
		case 'l':
			address = optarg;
			break;
		case 'n':
			s.card.name = optarg;
			break;
		case 'p':
			s.card.password = optarg;
			break;
		case 'r':
			rate = parse_rate(optarg);
			break;
		case 'x':
			if (!knobs_set(&s.card.knobs, optarg))
				errx(1, "%s: no such knob", optarg);
			break;
		default:
			usage();
		}
	}
	if (argc != optind)
		usage();
	s.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (s.epoll_fd == -1)
		err(1, "epoll_create1");
	s.signal_fd = catch_signals();
	s.timer_fd = start_timer(rate);
	s.listen_fd = listen_on(address);
	watch(&s, s.signal_fd, &s.signal_fd);
	watch(&s, s.timer_fd, &s.timer_fd);
	watch(&s, s.listen_fd, &s.listen_fd);
	serve(&s);
	while (s.conns != NULL) {
		s.conns->is_dead = true;
		free_dead(&s);
	}
	return 0;
}
