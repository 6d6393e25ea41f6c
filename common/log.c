/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"

#define OUT_MAX (LOG_LINE_MAX + 96)

/*
 * How long a line waits for a reader (syslogd, or one of stderr's pipe) that is
 * slow, and not at all for one that has already lost lines: a reader that does
 * not read must not stop the daemon. One line is less than PIPE_BUF, so where
 * poll(2) sees room in a pipe, write(2) does not wait.
 */
#define READER_MS 100

enum log_way {
	WAY_STDERR,
	WAY_READER,
	WAY_SINK
};

static struct {
	enum log_way way;
	enum log_level most;
	const char *process;
	int also_stderr; /* beside the reader */
	log_sink *sink;
	void *arg;
	int traces;
} log_state = {WAY_STDERR, LOG_LEVEL_INFO, "vncbridged", 0, NULL, NULL, 0};

struct reader {
	struct log_reader calls;
	unsigned long lost;
};

static const char *const level_names[] = {"error", "warning", "info", "debug"};
void
log_to_stderr(const char *process)
{
	log_state.way = WAY_STDERR;
	log_state.process = process;
}

void
log_to_sink(log_sink *sink, void *arg)
{
	log_state.way = WAY_SINK;
	log_state.sink = sink;
	log_state.arg = arg;
}

void
log_set_level(enum log_level most)
{
	log_state.most = most;
}

void
log_set_verbosity(unsigned verbosity)
{
	log_state.most = verbosity > 0 ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO;
	log_state.traces = verbosity > 1;
}

int
log_has_level(enum log_level level)
{
	return level <= log_state.most;
}

/* One write a line: lines of several processes never mix. */
static int
put_stderr(enum log_level level, const char *process, const char *line)
{
	char stamp[32], out[OUT_MAX];
	time_t now = time(NULL);
	struct tm tm;
	int n;

	if (gmtime_r(&now, &tm) == NULL ||
	    strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		stamp[0] = '\0';
	n = snprintf(out, sizeof(out), "%s %s %s: %s\n", stamp, process,
	    level_names[level], line);
	if (n < 0)
		return VB_ESYS;
	if ((size_t)n >= sizeof(out))
		n = sizeof(out) - 1;
	if (write(STDERR_FILENO, out, (size_t)n) == -1)
		return VB_ESYS;
	return 0;
}

static int
stderr_has_room(int timeout_ms)
{
	struct pollfd pfd = {STDERR_FILENO, POLLOUT, 0};

	return poll(&pfd, 1, timeout_ms) == 1;
}

static struct reader stderr_reader = {{stderr_has_room, put_stderr}, 0};
static struct reader other_reader;

void
log_to_reader(
    const struct log_reader *reader, const char *process, int also_stderr)
{
	log_state.way = WAY_READER;
	log_state.process = process;
	log_state.also_stderr = also_stderr;
	other_reader.calls = *reader;
}

static void
write_to(struct reader *reader, enum log_level level, const char *process,
    const char *line)
{
	char lost[64];

	if (!reader->calls.has_room(reader->lost == 0 ? READER_MS : 0))
		goto lose;
	if (reader->lost > 0) {
		snprintf(lost, sizeof(lost),
		    "lost %lu log lines: they were not read", reader->lost);
		if (reader->calls.put(LOG_LEVEL_WARN, log_state.process, lost) <
		    0)
			goto lose;
		reader->lost = 0;
		if (!reader->calls.has_room(0))
			goto lose;
	}
	if (reader->calls.put(level, process, line) == 0)
		return;
lose:
	reader->lost++;
}

void
log_line(enum log_level level, const char *process, const char *line)
{
	if (level > log_state.most)
		return;
	switch (log_state.way) {
	case WAY_STDERR:
		write_to(&stderr_reader, level, process, line);
		break;
	case WAY_READER:
		write_to(&other_reader, level, process, line);
		if (log_state.also_stderr)
			write_to(&stderr_reader, level, process, line);
		break;
	case WAY_SINK:
		log_state.sink((int)level, line, log_state.arg);
		break;
	}
}

void
log_at(enum log_level level, const char *line)
{
	log_line(level, log_state.process, line);
}

static void
log_format(enum log_level level, const char *fmt, va_list ap)
{
	char line[LOG_LINE_MAX];

	if (level > log_state.most)
		return;
	vsnprintf(line, sizeof(line), fmt, ap);
	log_at(level, line);
}

void
log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_format(LOG_LEVEL_ERROR, fmt, ap);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_format(LOG_LEVEL_WARN, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_format(LOG_LEVEL_INFO, fmt, ap);
	va_end(ap);
}

void
log_debug(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_format(LOG_LEVEL_DEBUG, fmt, ap);
	va_end(ap);
}

void
log_trace(const char *fmt, ...)
{
	va_list ap;

	if (!log_state.traces)
		return;
	va_start(ap, fmt);
	log_format(LOG_LEVEL_DEBUG, fmt, ap);
	va_end(ap);
}

void
log_fatal(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_format(LOG_LEVEL_ERROR, fmt, ap);
	va_end(ap);
	exit(1);
}

const char *
log_escape(const void *data, size_t len, char *out, size_t out_size)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *p = data;
	size_t i, n = 0, width;
	int is_plain;

	for (i = 0; i < len; i++) {
		is_plain =
		    p[i] >= 0x20 && p[i] < 0x7f && p[i] != '"' && p[i] != '\\';
		width = is_plain ? 1 : 4;
		if (n + width + sizeof("...") > out_size)
			break;
		if (is_plain) {
			out[n++] = (char)p[i];
			continue;
		}
		out[n++] = '\\';
		out[n++] = 'x';
		out[n++] = hex[p[i] >> 4];
		out[n++] = hex[p[i] & 15];
	}
	if (i < len && n + sizeof("...") <= out_size) {
		memcpy(out + n, "...", 3);
		n += 3;
	}
	if (out_size > 0)
		out[n] = '\0';
	return out;
}

static void
on_libevent_cb(int severity, const char *text)
{
	if (severity == EVENT_LOG_ERR)
		log_error("libevent: %s", text);
	else if (severity == EVENT_LOG_WARN)
		log_warn("libevent: %s", text);
	else
		log_debug("libevent: %s", text);
}

void
log_take_libevent(void)
{
	event_set_log_callback(on_libevent_cb);
}
