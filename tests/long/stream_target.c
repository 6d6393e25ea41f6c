/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "tests/long/stream.h"

#define BUFFER_BYTES (256 * 1024)

static uint8_t in[BUFFER_BYTES], out[BUFFER_BYTES];

/* Takes what has come. Returns 0 at the end of the stream. */
static int
read_some(int fd, struct stream *taken)
{
	ssize_t n = recv(fd, in, sizeof(in), 0);

	if (n == -1 && errno == EAGAIN)
		return 1;
	if (n == -1)
		err(1, "target: recv");
	if (n > 0)
		stream_take(taken, in, (size_t)n);
	return n > 0;
}

/* Sends pieces of any size, and what is left of one first. */
static void
write_some(int fd, struct stream *made, size_t *at, size_t *end)
{
	ssize_t n;

	if (*at == *end) {
		*at = 0;
		*end = 1 + (size_t)stream_random(made, sizeof(out));
		if (*end > made->left_bytes)
			*end = (size_t)made->left_bytes;
		stream_make(made, out, *end);
	}
	n = send(fd, out + *at, *end - *at, MSG_NOSIGNAL);
	if (n == -1 && errno != EAGAIN)
		err(1, "target: send");
	if (n > 0)
		*at += (size_t)n;
}

void
stream_run_target(int listener, int result_fd, uint64_t bytes)
{
	uint8_t hashes[2][STREAM_HASH_BYTES];
	struct stream made, taken;
	struct pollfd p = {.events = POLLIN};
	size_t at = 0, end = 0;

	stream_init(&made, 0x7461726765740001ull, bytes);
	stream_init(&taken, 1, bytes);
	if ((p.fd = accept(listener, NULL, NULL)) == -1 ||
	    write(p.fd, STREAM_GREETING, STREAM_GREETING_BYTES) !=
		STREAM_GREETING_BYTES ||
	    fcntl(p.fd, F_SETFL, O_NONBLOCK) == -1)
		err(1, "target");
	for (;;) {
		p.events = POLLIN;
		if (made.left_bytes > 0 || at < end)
			p.events |= POLLOUT;
		stream_poll(&p);
		if ((p.revents & ~POLLOUT) && !read_some(p.fd, &taken))
			break;
		if (p.revents & POLLOUT)
			write_some(p.fd, &made, &at, &end);
	}
	if (taken.left_bytes > 0 || made.left_bytes > 0 || at < end)
		errx(1, "target: the end came early");
	stream_finish(&made, hashes[0]);
	stream_finish(&taken, hashes[1]);
	if (write(result_fd, hashes, sizeof(hashes)) != sizeof(hashes))
		err(1, "target: result");
}
