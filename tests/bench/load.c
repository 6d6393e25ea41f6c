/* SPDX-License-Identifier: ISC */
/*
 * load - the near end of the benchmark: holds sessions with one peer, and
 * says on stdout, one JSON object a line, when its window of measurement
 * begins and ends and what was done till then. At the end it stands still
 * until stdin has a line, or ends: the peer can be looked at. See usage().
 */
#include <sys/epoll.h>
#include <sys/prctl.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/bench.h"
#include "tests/bench/session.h"
#include "tests/bench/tls.h"

#define READ_BYTES	(256 * 1024)
#define BULK_BYTES	(256 * 1024) /* of one write, at least */
#define FRAME_BYTES_MAX (1024 * 1024)
#define MESSAGE_BYTES	32	/* of a round trip */
#define SAMPLES_MAX	4000000 /* round trip times kept */
#define EVENTS_MAX	256
#define OPENING_MAX	32 /* sessions being opened at a time */
#define OPENING_SEC_MAX 60
#define FAILURES_MAX	20 /* of short sessions */
#define ENDING_SEC_MAX	5

enum mode {
	MODE_DOWN,
	MODE_UP,
	MODE_RTT,
	MODE_DESKTOP,
	MODE_SHORT,
	MODE_IDLE,
	MODE_COUNT
};

static const struct {
	const char *name;
	char command;
} modes[MODE_COUNT] = {
    [MODE_DOWN] = {"down", BENCH_CMD_FLOOD},
    [MODE_UP] = {"up", BENCH_CMD_SINK},
    [MODE_RTT] = {"rtt", BENCH_CMD_ECHO},
    [MODE_DESKTOP] = {"desktop", BENCH_CMD_DESKTOP},
    [MODE_SHORT] = {"short", BENCH_CMD_BYTE},
    [MODE_IDLE] = {"idle", BENCH_CMD_NOTHING},
};

static struct {
	enum mode mode;
	struct session_peer peer;
	size_t session_count;
	uint64_t warm_ns, window_ns;
	uint64_t short_max; /* sessions to open and close, 0: by time */
	size_t frame_bytes;
	const char *counters_path;
} opt = {.session_count = 1,
    .warm_ns = BENCH_NS_PER_SEC / 2,
    .window_ns = 2 * BENCH_NS_PER_SEC,
    .frame_bytes = 64 * 1024};

enum phase {
	PHASE_OPENING,
	PHASE_WARMING,
	PHASE_MEASURING,
	PHASE_ENDING
};

static enum phase phase;
static uint64_t phase_end_ns;
static struct session *sessions;
static size_t started_count, open_count;
static uint64_t short_started, short_done, short_failed, trip_count;
static uint32_t *samples;
static size_t sample_count;
static char read_buffer[READ_BYTES], *bulk, message[MESSAGE_BYTES];
static size_t bulk_bytes;
static struct bench_counters *counters;
static int epoll_fd;

static void
set_events(struct session *s, int op, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.ptr = s};

	if (epoll_ctl(epoll_fd, op, s->fd, &ev) == -1)
		err(1, "epoll_ctl");
}

static void
start(struct session *s)
{
	if (session_start(s, &opt.peer) == -1)
		err(1, "connect");
	set_events(s, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT);
	short_started++;
}

static void
start_more(void)
{
	while (started_count < opt.session_count &&
	    started_count - open_count < OPENING_MAX)
		start(&sessions[started_count++]);
}

/* A short session is over: the next one takes its place. */
static void
restart(struct session *s)
{
	session_close(s);
	if (phase == PHASE_ENDING)
		return;
	if (opt.short_max == 0 || short_started < opt.short_max)
		start(s);
}

static void
on_failure(struct session *s)
{
	if (opt.mode != MODE_SHORT || ++short_failed > FAILURES_MAX)
		errx(1, "session %zu of %zu: %s", (size_t)(s - sessions) + 1,
		    opt.session_count, session_fault());
	warnx("short session: %s", session_fault());
	restart(s);
}

/* What is sent over and over: whole frames, one behind the other. */
static void
make_bulk(void)
{
	size_t frame_max = opt.frame_bytes + SESSION_MASK_HEAD_MAX, i;
	uint8_t head[SESSION_MASK_HEAD_MAX], mask[4];
	size_t head_bytes;

	if ((bulk = malloc(BULK_BYTES + frame_max)) == NULL)
		err(1, NULL);
	while (bulk_bytes < BULK_BYTES) {
		if (!opt.peer.is_raw) {
			for (i = 0; i < sizeof(mask); i++)
				mask[i] = (uint8_t)random();
			head_bytes =
			    session_frame_head(head, opt.frame_bytes, mask);
			memcpy(bulk + bulk_bytes, head, head_bytes);
			bulk_bytes += head_bytes;
		}
		/* any bytes are the masked form of some payload */
		for (i = 0; i < opt.frame_bytes; i++)
			bulk[bulk_bytes++] = (char)random();
	}
}

static void
send_message(struct session *s)
{
	s->sent_ns = bench_now_ns();
	if (session_send(s, message, sizeof(message)) == -1)
		on_failure(s);
}

static void
on_opened(struct session *s)
{
	open_count++;
	if (session_send(s, &modes[opt.mode].command, 1) == -1) {
		on_failure(s);
		return;
	}
	if (opt.mode == MODE_UP)
		set_events(s, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
}

static void
on_reply(struct session *s)
{
	if (s->got_bytes % MESSAGE_BYTES != 0)
		return;
	trip_count++;
	if (phase == PHASE_MEASURING && sample_count < SAMPLES_MAX)
		samples[sample_count++] =
		    (uint32_t)(bench_now_ns() - s->sent_ns);
	send_message(s);
}

static void
on_readable(struct session *s)
{
	switch (session_read(s, read_buffer, sizeof(read_buffer))) {
	case SESSION_FAILED:
		on_failure(s);
		break;
	case SESSION_OPENED:
		on_opened(s);
		break;
	case SESSION_DATA:
		if (opt.mode == MODE_RTT)
			on_reply(s);
		/* only now: some peers lose what a Close frame follows */
		else if (opt.mode == MODE_SHORT && session_end(s) == -1)
			on_failure(s);
		break;
	case SESSION_CLOSED:
		short_done++;
		restart(s);
		break;
	case SESSION_NOTHING:
		break;
	}
}

static void
on_connected(struct session *s)
{
	if (session_connected(s) == -1)
		on_failure(s);
	else
		set_events(s, EPOLL_CTL_MOD, EPOLLIN);
}

static void
send_bulk(struct session *s)
{
	ssize_t n;

	n = session_send_bulk(s, bulk + s->bulk_at, bulk_bytes - s->bulk_at);
	if (n > 0)
		s->bulk_at = (s->bulk_at + (size_t)n) % bulk_bytes;
	else if (n == -1 && errno != EAGAIN && errno != EINTR)
		errx(1, "send: %s", strerror(errno));
}

static void
on_event(struct session *s, uint32_t events)
{
	if (s->state == SESSION_CONNECTING) {
		on_connected(s);
		return;
	}
	if (events & ~(uint32_t)EPOLLOUT)
		on_readable(s);
	if (opt.mode == MODE_UP && (events & EPOLLOUT))
		send_bulk(s);
}

static uint64_t
units_done(void)
{
	uint64_t bytes = 0;
	size_t i;

	switch (opt.mode) {
	case MODE_UP: /* what has arrived, not what is on its way */
		return counters->sunk_bytes;
	case MODE_RTT:
		return trip_count;
	case MODE_SHORT:
		return short_done;
	case MODE_IDLE:
		return open_count;
	default:
		for (i = 0; i < started_count; i++)
			bytes += sessions[i].got_bytes;
		return opt.mode == MODE_DOWN ? bytes
					     : bytes / BENCH_DESKTOP_BYTES;
	}
}

static int
compare_samples(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void
print_quantiles(void)
{
	if (sample_count == 0)
		return;
	qsort(samples, sample_count, sizeof(samples[0]), compare_samples);
	printf(", \"p50_ns\": %u, \"p99_ns\": %u", samples[sample_count / 2],
	    samples[sample_count * 99 / 100]);
}

static void
print_event(const char *name)
{
	printf("{\"event\": \"%s\", \"now_ns\": %llu, \"units\": %llu, "
	       "\"failed\": %llu, \"commands\": %llu, \"desktop_sent\": %llu",
	    name, (unsigned long long)bench_now_ns(),
	    (unsigned long long)units_done(), (unsigned long long)short_failed,
	    (unsigned long long)counters->commands,
	    (unsigned long long)counters->desktop_count);
	if (phase == PHASE_ENDING)
		print_quantiles();
	puts("}");
	fflush(stdout);
}

static int
is_short_done(void)
{
	return opt.short_max != 0 && short_done + short_failed >= opt.short_max;
}

static int
is_all_open(void)
{
	if (opt.peer.resumes)
		return sessions_have_tickets(sessions, opt.session_count);
	return opt.mode == MODE_SHORT || open_count == opt.session_count;
}

/* Returns 0 when all is done. */
static int
step_phase(uint64_t now_ns)
{
	size_t i;
	int c;

	if (phase == PHASE_OPENING && !is_all_open()) {
		if (now_ns >= phase_end_ns)
			errx(1, "%zu of %zu sessions open after %d s",
			    open_count, opt.session_count, OPENING_SEC_MAX);
	} else if (phase == PHASE_OPENING) {
		phase = PHASE_WARMING;
		opt.peer.must_resume = opt.peer.resumes;
		phase_end_ns = now_ns + opt.warm_ns;
		for (i = 0; opt.mode == MODE_RTT && i < opt.session_count; i++)
			send_message(&sessions[i]);
	} else if (phase == PHASE_WARMING && now_ns >= phase_end_ns) {
		print_event("begin");
		phase = PHASE_MEASURING;
		phase_end_ns = now_ns + opt.window_ns;
	} else if (phase == PHASE_MEASURING &&
	    (now_ns >= phase_end_ns || is_short_done())) {
		print_event("end");
		while ((c = getchar()) != EOF && c != '\n')
			continue;
		phase = PHASE_ENDING; /* quantiles come then: sorting is slow */
		phase_end_ns = now_ns;
		if (opt.mode == MODE_SHORT)
			phase_end_ns += ENDING_SEC_MAX * BENCH_NS_PER_SEC;
	} else if (phase == PHASE_ENDING) {
		/* the last short sessions close in good order too */
		return opt.mode == MODE_SHORT && now_ns < phase_end_ns &&
		    short_done + short_failed < short_started;
	}
	return 1;
}

static int
wait_ms(uint64_t now_ns)
{
	if (phase == PHASE_OPENING)
		return 10;
	if (phase_end_ns <= now_ns)
		return 0;
	return (int)((phase_end_ns - now_ns) / BENCH_NS_PER_MS) + 1;
}

static void
run(void)
{
	struct epoll_event events[EVENTS_MAX];
	uint64_t now_ns = bench_now_ns();
	int count, i;

	phase_end_ns = now_ns + OPENING_SEC_MAX * BENCH_NS_PER_SEC;
	while (step_phase(now_ns)) {
		if (phase == PHASE_OPENING || opt.mode == MODE_SHORT)
			start_more();
		count =
		    epoll_wait(epoll_fd, events, EVENTS_MAX, wait_ms(now_ns));
		if (count == -1 && errno != EINTR)
			err(1, "epoll_wait");
		for (i = 0; i < count; i++) {
			on_event(events[i].data.ptr, events[i].events);
		}
		now_ns = bench_now_ns();
	}
	print_event("done");
}

static void
usage(void)
{
	fputs("usage: load -c COUNTERS -p PORT -m MODE [-u PATH [-C COOKIE]]\n"
	      "            [-n SESSIONS] [-f FRAME_BYTES]\n"
	      "            [-w WARM_MS] [-t WINDOW_MS] [-k SHORT_SESSIONS] [-S "
	      "[-R]]\n"
	      "MODE is down, up, rtt, desktop, short or idle;"
	      " no PATH means plain TCP\n"
	      "-S is TLS, -R with tickets of the sessions before\n",
	    stderr);
	exit(2);
}

static uint64_t
number(const char *text, uint64_t most)
{
	char *end;
	unsigned long long n;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (*text == '\0' || *end != '\0' || errno != 0 || n == 0 || n > most)
		errx(2, "not a number from 1 to %llu: %s",
		    (unsigned long long)most, text);
	return n;
}

static enum mode
mode_of(const char *name)
{
	size_t i;

	for (i = 0; i < MODE_COUNT; i++)
		if (strcmp(name, modes[i].name) == 0)
			return (enum mode)i;
	usage();
	return MODE_COUNT;
}

static void
parse_options(int argc, char *argv[])
{
	int c;

	opt.mode = MODE_COUNT;
	opt.peer.is_raw = 1;
	opt.peer.addr.sin_family = AF_INET;
	opt.peer.addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	while ((c = getopt(argc, argv, "c:f:k:m:n:p:t:u:w:C:RS")) != -1) {
		if (c == 'c')
			opt.counters_path = optarg;
		else if (c == 'f')
			opt.frame_bytes = number(optarg, FRAME_BYTES_MAX);
		else if (c == 'k')
			opt.short_max = number(optarg, UINT32_MAX);
		else if (c == 'm')
			opt.mode = mode_of(optarg);
		else if (c == 'n')
			opt.session_count = number(optarg, UINT16_MAX);
		else if (c == 'p')
			opt.peer.addr.sin_port =
			    htons((uint16_t)number(optarg, UINT16_MAX));
		else if (c == 'C')
			opt.peer.cookie = optarg;
		else if (c == 'R')
			opt.peer.resumes = 1;
		else if (c == 'S')
			opt.peer.is_tls = 1;
		else if (c == 't')
			opt.window_ns =
			    number(optarg, UINT32_MAX) * BENCH_NS_PER_MS;
		else if (c == 'u') {
			opt.peer.path = optarg;
			opt.peer.is_raw = 0;
		} else if (c == 'w')
			opt.warm_ns =
			    number(optarg, UINT32_MAX) * BENCH_NS_PER_MS;
		else
			usage();
	}
	if (optind != argc || opt.counters_path == NULL ||
	    opt.mode == MODE_COUNT || opt.peer.addr.sin_port == 0 ||
	    (opt.peer.resumes && !opt.peer.is_tls))
		usage();
}

int
main(int argc, char *argv[])
{
	parse_options(argc, argv);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	counters = bench_map_counters(opt.counters_path);
	sessions = calloc(opt.session_count, sizeof(*sessions));
	samples = malloc(SAMPLES_MAX * sizeof(*samples));
	epoll_fd = epoll_create1(0);
	if (sessions == NULL || samples == NULL || epoll_fd == -1)
		err(1, NULL);
	memset(message, 'm', sizeof(message));
	if (opt.mode == MODE_UP)
		make_bulk();
	if (opt.peer.is_tls)
		tls_setup();
	run();
	return 0;
}
