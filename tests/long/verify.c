/* SPDX-License-Identifier: ISC */
/*
 * verify [-c | -t] PORT BYTES - sends BYTES through the bridge at that port of
 * loopback, and as many back at the same time, and compares the hashes. It
 * is both ends: the target, in a process of its own, and the client, whose
 * frames have 0 bytes to 64 MiB, are fragmented, with pings between the
 * fragments, and are written in pieces that end at every place of a head.
 * With -c the client, with -t the target reads nothing until SIGUSR1 comes.
 */
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/long/stream.h"

#define BUFFER_BYTES  (256 * 1024)
#define FRAME_MAX     (64 * 1024 * 1024)
#define STOPS_MAX     1024
#define HEAD_MAX      14
#define LARGEST_AFTER 20 /* frames */
#define PING_BYTES    8	 /* the number of the ping */

enum opcode {
	OP_CONT = 0,
	OP_BINARY = 2,
	OP_CLOSE = 8,
	OP_PING = 9,
	OP_PONG = 10
};

/* What we send. */
static struct stream made;
static uint8_t out[BUFFER_BYTES + HEAD_MAX + PING_BYTES];
static size_t out_at, out_end;
static size_t stops[STOPS_MAX], stop_at, stop_count; /* where writes end */
static uint64_t payload_left, frames, fragments, pings;
static uint8_t mask[4];
static size_t mask_at;
static int is_in_message, has_sent_largest, has_asked_to_close;

/* What comes. */
static struct stream taken;
static uint8_t in[BUFFER_BYTES], head[HEAD_MAX], control[125];
static size_t head_len, control_len;
static uint64_t in_left, last_pong;
static int in_opcode, is_closed;
static size_t greeting_len;

static pid_t target_pid;

static uint64_t
number_of(const char *text)
{
	char *end;
	unsigned long long n = strtoull(text, &end, 10);

	if (*text == '\0' || *end != '\0' || n == 0)
		errx(2, "not a number: %s", text);
	return n;
}

static void
put_head(int fin, enum opcode opcode, uint64_t len)
{
	uint8_t *p = out + out_end;
	size_t n = 2, bytes = len < 126 ? 0 : len < 65536 ? 2 : 8, i;

	p[0] = (uint8_t)((fin ? 0x80 : 0) | opcode);
	p[1] = (uint8_t)(0x80 | (bytes == 0 ? len : bytes == 2 ? 126 : 127));
	for (i = 0; i < bytes; i++)
		p[n++] = (uint8_t)(len >> (8 * (bytes - 1 - i)));
	for (i = 0; i < sizeof(mask); i++)
		p[n++] = mask[i] = (uint8_t)stream_random(&made, 256);
	mask_at = 0;
	/* a write ends somewhere in this head: each place has its turn */
	if (stop_count < STOPS_MAX)
		stops[stop_count++] = out_end + frames % (n + 1);
	out_end += n;
	frames++;
}

static void
put_masked(const void *data, size_t len)
{
	const uint8_t *from = data;
	size_t i;

	for (i = 0; i < len; i++)
		out[out_end++] = from[i] ^ mask[mask_at++ % 4];
}

/* Any size may come, the small ones and the edges more often. */
static uint64_t
frame_size(void)
{
	static const uint64_t edges[] = {0, 1, 125, 126, 127, 65535, 65536};
	uint64_t dice = stream_random(&made, 100), size;

	if (dice < 20)
		size = edges[stream_random(
		    &made, sizeof(edges) / sizeof(edges[0]))];
	else
		size = stream_random(&made,
		    1ull << stream_random(&made, 1 + stream_random(&made, 27)));
	if (!has_sent_largest && frames > LARGEST_AFTER) {
		has_sent_largest = 1;
		size = FRAME_MAX;
	}
	return size < made.left_bytes ? size : made.left_bytes;
}

static void
put_ping(void)
{
	pings++;
	put_head(1, OP_PING, PING_BYTES);
	put_masked(&pings, PING_BYTES);
}

static void
begin_frame(void)
{
	int is_first = !is_in_message, fin;

	if (stream_random(&made, 4) == 0) {
		put_ping();
		return;
	}
	payload_left = frame_size();
	fin = payload_left == made.left_bytes || stream_random(&made, 3) > 0;
	is_in_message = !fin;
	fragments += !fin || !is_first;
	put_head(fin, is_first ? OP_BINARY : OP_CONT, payload_left);
}

static void
put_payload(void)
{
	size_t room = BUFFER_BYTES - out_end, i;
	size_t part = payload_left < room ? (size_t)payload_left : room;
	uint8_t *p = out + out_end;

	stream_make(&made, p, part);
	for (i = 0; i < part; i++)
		p[i] ^= mask[(mask_at + i) % 4];
	mask_at = (mask_at + part) % 4;
	out_end += part;
	payload_left -= part;
}

/* All that is to be sent was made: a last ping, then Close. */
static void
put_end(void)
{
	static const uint8_t normal[2] = {0x03, 0xe8}; /* 1000 */

	if (last_pong < pings || pings == 0) {
		if (pings == 0)
			put_ping();
		return;
	}
	/* everything of the target must be here before it is told to end */
	if (taken.left_bytes > 0)
		return;
	put_head(1, OP_CLOSE, sizeof(normal));
	put_masked(normal, sizeof(normal));
	has_asked_to_close = 1;
}

static void
fill(void)
{
	out_at = out_end = stop_at = stop_count = 0;
	while (out_end < BUFFER_BYTES - HEAD_MAX && made.left_bytes > 0) {
		if (payload_left > 0)
			put_payload();
		else
			begin_frame();
	}
	if (made.left_bytes == 0 && payload_left == 0 && out_end == 0 &&
	    !has_asked_to_close)
		put_end();
}

static void
write_some(int fd)
{
	size_t stop;
	ssize_t n;

	if (out_at == out_end)
		fill();
	if (out_at == out_end)
		return;
	while (stop_at < stop_count && stops[stop_at] <= out_at)
		stop_at++;
	stop = stop_at < stop_count ? stops[stop_at] : out_end;
	n = send(fd, out + out_at, stop - out_at, MSG_NOSIGNAL);
	if (n == -1 && errno != EAGAIN)
		err(1, "send");
	if (n > 0)
		out_at += (size_t)n;
}

static void
take_control(void)
{
	uint64_t number;

	if (in_opcode == OP_CLOSE) {
		if (!has_asked_to_close || control_len != 2 ||
		    control[0] != 0x03 || control[1] != 0xe8)
			errx(1, "closed: %.*s", (int)control_len - 2,
			    (const char *)control + 2);
		is_closed = 1;
	} else if (in_opcode == OP_PONG) {
		memcpy(&number, control, sizeof(number));
		if (control_len != PING_BYTES || number <= last_pong ||
		    number > pings)
			errx(1, "a pong that belongs to no ping");
		last_pong = number;
	}
	control_len = 0;
}

/* A byte of a head. When it is whole, in_left says what comes. */
static void
take_head(uint8_t byte)
{
	size_t need, i;

	head[head_len++] = byte;
	if (head_len < 2)
		return;
	need = head[1] == 127 ? 10 : head[1] == 126 ? 4 : 2;
	if (head_len < need)
		return;
	in_opcode = head[0] & 0x0f;
	in_left = need == 2 ? head[1] : 0;
	for (i = 2; i < need; i++)
		in_left = in_left << 8 | head[i];
	head_len = 0;
	if (in_opcode >= OP_CLOSE && in_left > sizeof(control))
		errx(1, "a control frame of %llu bytes",
		    (unsigned long long)in_left);
	if (in_opcode >= OP_CLOSE && in_left == 0)
		take_control();
}

static void
take_payload(const uint8_t *data, size_t len)
{
	static const char greeting[] = STREAM_GREETING;

	for (; len > 0 && greeting_len < STREAM_GREETING_BYTES; len--)
		if (*data++ != (uint8_t)greeting[greeting_len++])
			errx(1, "no greeting");
	stream_take(&taken, data, len);
}

static void
take(const uint8_t *data, size_t len)
{
	size_t part;

	while (len > 0) {
		if (in_left == 0) {
			take_head(*data++);
			len--;
			continue;
		}
		part = len < in_left ? len : (size_t)in_left;
		in_left -= part;
		if (in_opcode < OP_CLOSE)
			take_payload(data, part);
		else {
			memcpy(control + control_len, data, part);
			control_len += part;
			if (in_left == 0)
				take_control();
		}
		data += part;
		len -= part;
	}
}

static int
open_session(uint16_t port, uint16_t target_port)
{
	static const char end[] = "\r\n\r\n";
	struct sockaddr_in sin = {
	    .sin_family = AF_INET, .sin_port = htons(port)};
	char text[1024] = "";
	size_t n = 0;
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1, len;

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd == -1 || connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		err(1, "port %u", port);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	len = snprintf(text, sizeof(text),
	    "GET /proxy?target=127.0.0.1:%u HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
	    "Upgrade: websocket\r\nConnection: Upgrade\r\n"
	    "Sec-WebSocket-Version: 13\r\n"
	    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
	    target_port, port);
	if (send(fd, text, (size_t)len, 0) != len)
		err(1, "send");
	memset(text, 0, sizeof(text));
	while (strstr(text, end) == NULL && n < sizeof(text) - 1 &&
	    recv(fd, text + n, 1, 0) == 1)
		n++;
	if (strncmp(text, "HTTP/1.1 101 ", 13) != 0)
		errx(1, "no upgrade: %.*s", (int)strcspn(text, "\r"), text);
	if (fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
		err(1, "fcntl");
	return fd;
}

static int
listen_on_loopback(uint16_t *port)
{
	struct sockaddr_in sin = {.sin_family = AF_INET};
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd == -1 || bind(fd, (struct sockaddr *)&sin, len) == -1 ||
	    listen(fd, 1) == -1 ||
	    getsockname(fd, (struct sockaddr *)&sin, &len) == -1)
		err(1, "listener");
	*port = ntohs(sin.sin_port);
	return fd;
}

static void
run_client(int fd)
{
	struct pollfd p = {.fd = fd};
	ssize_t n;

	while (!is_closed) {
		p.events = POLLIN;
		/* with nothing to say, only what comes can change that */
		if (out_at < out_end || made.left_bytes > 0 || pings == 0 ||
		    (last_pong == pings && taken.left_bytes == 0 &&
			!has_asked_to_close))
			p.events |= POLLOUT;
		stream_poll(&p);
		if (p.revents & POLLOUT)
			write_some(fd);
		if (!(p.revents & ~POLLOUT))
			continue;
		n = recv(fd, in, sizeof(in), 0);
		if (n == 0 || (n == -1 && errno != EAGAIN))
			errx(1, "the bridge has closed: %s",
			    n == 0 ? "no error" : strerror(errno));
		if (n > 0)
			take(in, (size_t)n);
	}
	if (recv(fd, in, 1, 0) > 0)
		errx(1, "bytes behind the Close frame");
	close(fd);
}

static void
on_resume(int sig)
{
	stream_is_stalled = stream_is_silent = 0;
	if (target_pid > 0)
		kill(target_pid, sig);
}

static void
compare(const uint8_t far[2][STREAM_HASH_BYTES])
{
	uint8_t near[2][STREAM_HASH_BYTES];

	stream_finish(&taken, near[0]);
	stream_finish(&made, near[1]);
	if (memcmp(near[0], far[0], STREAM_HASH_BYTES) != 0)
		errx(1, "to the client: the hashes differ");
	if (memcmp(near[1], far[1], STREAM_HASH_BYTES) != 0)
		errx(1, "to the target: the hashes differ");
}

int
main(int argc, char *argv[])
{
	uint8_t far[2][STREAM_HASH_BYTES];
	struct timespec began, ended;
	uint64_t bytes;
	uint16_t target_port;
	int result[2], listener, status, c, stalls = 0;
	double sec;

	while ((c = getopt(argc, argv, "ct")) != -1)
		stalls = c;
	if (argc - optind != 2 || stalls == '?')
		errx(2, "usage: verify [-c | -t] PORT BYTES");
	bytes = number_of(argv[optind + 1]);
	listener = listen_on_loopback(&target_port);
	signal(SIGUSR1, on_resume);
	stream_is_silent = stalls != 0;
	if (pipe(result) == -1 || (target_pid = fork()) == -1)
		err(1, "fork");
	if (target_pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(result[0]);
		stream_is_stalled = stalls == 't';
		stream_run_target(listener, result[1], bytes);
		exit(0);
	}
	close(result[1]);
	stream_is_stalled = stalls == 'c';
	stream_init(&made, 1, bytes);
	stream_init(&taken, 1, bytes);
	clock_gettime(CLOCK_MONOTONIC, &began);
	run_client(
	    open_session((uint16_t)number_of(argv[optind]), target_port));
	clock_gettime(CLOCK_MONOTONIC, &ended);
	if (read(result[0], far, sizeof(far)) != sizeof(far) ||
	    waitpid(target_pid, &status, 0) == -1 || status != 0)
		errx(1, "the target has failed");
	compare((const uint8_t(*)[STREAM_HASH_BYTES])far);
	sec = (double)(ended.tv_sec - began.tv_sec) +
	    (double)(ended.tv_nsec - began.tv_nsec) / 1e9;
	printf("bytes each way %llu: the same SHA-256 at both ends; frames "
	       "%llu, fragments %llu, pings %llu; %.1f s, %.0f MB/s each way\n",
	    (unsigned long long)bytes, (unsigned long long)frames,
	    (unsigned long long)fragments, (unsigned long long)pings, sec,
	    (double)bytes / sec / 1e6);
	return 0;
}
