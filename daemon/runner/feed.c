/* SPDX-License-Identifier: ISC */
#include <sys/wait.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "daemon/runner/feed.h"

#define WAIT_FIRST_MS 1000
#define WAIT_MAX_MS   60000
#define HEALTHY_MS    10000 /* lived as long: it is started again soon */

struct feed_line {
	TAILQ_ENTRY(feed_line) entry;
	size_t len; /* with its end */
	char text[];
};

static void start(struct feed *feed);

static void
drop_first(struct feed *feed)
{
	struct feed_line *line = TAILQ_FIRST(&feed->lines);

	TAILQ_REMOVE(&feed->lines, line, entry);
	feed->bytes -= line->len;
	feed->sent = 0;
	free(line);
}

static void
say_lost(uint64_t count)
{
	log_error("on-event does not read, or not fast enough: lost=%llu",
	    (unsigned long long)count);
}

static void
close_input(struct feed *feed)
{
	if (feed->fd == -1)
		return;
	event_del(&feed->write_ev);
	close(feed->fd);
	feed->fd = -1;
	feed->sent = 0; /* the next one gets the line from its beginning */
}

/* Returns 0 when it takes no more now. */
static int
write_some(struct feed *feed)
{
	struct feed_line *line = TAILQ_FIRST(&feed->lines);
	ssize_t n;

	if (line == NULL || feed->fd == -1)
		return 0;
	n = write(feed->fd, line->text + feed->sent, line->len - feed->sent);
	if (n == -1 && errno != EAGAIN && errno != EINTR)
		close_input(feed); /* it has closed it; its end is heard of */
	if (n <= 0)
		return 0;
	feed->sent += (size_t)n;
	if (feed->sent == line->len)
		drop_first(feed);
	return 1;
}

static void
write_all(struct feed *feed)
{
	while (write_some(feed))
		continue;
	if (feed->fd == -1)
		return;
	if (TAILQ_EMPTY(&feed->lines)) {
		lost_tell(&feed->lost);
		event_del(&feed->write_ev);
	} else if (event_add(&feed->write_ev, NULL) == -1)
		close_input(feed);
}

static void
on_write_cb(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	write_all(arg);
}

static void
start_later(struct feed *feed)
{
	struct timeval tv = clock_timeval(feed->wait_ms);

	feed->is_paused = event_add(&feed->restart_ev, &tv) == 0;
	feed->wait_ms =
	    feed->wait_ms * 2 > WAIT_MAX_MS ? WAIT_MAX_MS : feed->wait_ms * 2;
}

static void
on_restart_cb(evutil_socket_t fd, short what, void *arg)
{
	struct feed *feed = arg;

	(void)fd;
	(void)what;
	feed->is_paused = 0;
	if (!TAILQ_EMPTY(&feed->lines))
		start(feed);
}

static int
begin(struct feed *feed, int input)
{
	struct command_start begin = {.outputs = feed->outputs,
	    .label = "command=on-event",
	    .input = input};
	struct hook_call *call =
	    hooks_call(feed->hooks, NULL, &feed->hooks->event);
	int result = VB_ENOMEM;

	begin.call = call;
	if (call != NULL)
		result = command_begin(&feed->command, &begin);
	free(call);
	return result;
}

static void
start(struct feed *feed)
{
	int ends[2], result;

	if (feed->command.monitor != 0 || feed->is_paused ||
	    feed->hooks->event.argc == 0)
		return;
	if (pipe2(ends, O_CLOEXEC) == -1) {
		log_error("on-event cannot be started: %s", strerror(errno));
		start_later(feed);
		return;
	}
	result = begin(feed, ends[0]);
	close(ends[0]);
	if (result < 0 || fcntl(ends[1], F_SETFL, O_NONBLOCK) == -1 ||
	    event_assign(&feed->write_ev, feed->base, ends[1],
		EV_WRITE | EV_PERSIST, on_write_cb, feed) == -1) {
		log_error("on-event cannot be started: %s", strerror(errno));
		close(ends[1]);
		start_later(feed);
		return;
	}
	feed->event = feed->hooks->event;
	feed->fd = ends[1];
	feed->begun_ms = clock_now_ms();
	log_info("hook command=on-event begins");
	write_all(feed);
}

void
feed_add(struct feed *feed, const char *text, size_t len)
{
	struct feed_line *line;

	if (feed->hooks->event.argc == 0)
		return;
	if (feed->bytes + len + 1 > FEED_BYTES_MAX ||
	    (line = malloc(sizeof(*line) + len + 1)) == NULL) {
		lost_note(&feed->lost);
		return;
	}
	memcpy(line->text, text, len);
	line->text[len] = '\n';
	line->len = len + 1;
	TAILQ_INSERT_TAIL(&feed->lines, line, entry);
	feed->bytes += line->len;
	if (feed->fd != -1)
		write_all(feed);
	else
		start(feed);
}

int
feed_reap(struct feed *feed, pid_t pid)
{
	uint64_t lived_ms = clock_now_ms() - feed->begun_ms;

	if (pid != feed->command.monitor)
		return 0;
	close_input(feed);
	command_end(&feed->command, 0);
	if (feed->hooks->event.argc == 0 ||
	    memcmp(&feed->event, &feed->hooks->event, sizeof(feed->event)) != 0)
		feed->wait_ms = 1; /* it is another's turn */
	else if (lived_ms >= HEALTHY_MS)
		feed->wait_ms = WAIT_FIRST_MS;
	(feed->wait_ms == 1 ? log_info : log_error)(
	    "hook command=on-event ended lived=%llus restart-in=%ums",
	    (unsigned long long)lived_ms / MS_PER_SEC, feed->wait_ms);
	lost_tell(&feed->lost);
	start_later(feed);
	if (feed->wait_ms < WAIT_FIRST_MS)
		feed->wait_ms = WAIT_FIRST_MS;
	return 1;
}

void
feed_use(struct feed *feed)
{
	if (feed->hooks->event.argc == 0)
		while (!TAILQ_EMPTY(&feed->lines))
			drop_first(feed);
	if (feed->command.monitor == 0 ||
	    memcmp(&feed->event, &feed->hooks->event, sizeof(feed->event)) == 0)
		return;
	close_input(feed);
	command_stop(&feed->command);
}

void
feed_end(struct feed *feed)
{
	close_input(feed);
	while (!TAILQ_EMPTY(&feed->lines))
		drop_first(feed);
	event_del(&feed->restart_ev);
	lost_end(&feed->lost);
	if (feed->command.monitor != 0)
		command_end(&feed->command, 0); /* its monitor sees to it */
}

int
feed_init(struct feed *feed)
{
	feed->fd = -1;
	feed->wait_ms = WAIT_FIRST_MS;
	TAILQ_INIT(&feed->lines);
	if (lost_init(&feed->lost, feed->base, METRIC_EVENTS_UNREAD, say_lost) <
	    0)
		return VB_ENOMEM;
	return event_assign(&feed->restart_ev, feed->base, -1, 0, on_restart_cb,
		   feed) == -1
	    ? VB_ENOMEM
	    : 0;
}
