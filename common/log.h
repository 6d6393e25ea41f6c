/* SPDX-License-Identifier: ISC */
/*
 * The log: lower case, key=value, no full stop, never a secret. The master
 * writes to stderr or to a reader (syslogd.h); a sandboxed process hands its
 * lines to a sink (ipc.h), which passes them to the master.
 */
#ifndef VB_LOG_H
#define VB_LOG_H

#include <stdarg.h>
#include <stddef.h>

#include "common/errors.h"

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

#define LOG_LINE_MAX 640 /* bytes of a line, NUL included; longer is cut */

/* Takes one finished line, without process name, level or newline. */
typedef void log_sink(int level, const char *line, void *arg);

void log_to_stderr(const char *process);
void log_to_sink(log_sink *sink, void *arg);

/* A reader that takes lines, or does not: the system's log. */
struct log_reader {
	/* Whether it takes a line, now or within timeout_ms. */
	int (*has_room)(int timeout_ms);
	/* Returns 0 or a negative error; then the line is lost. */
	int (*put)(enum log_level level, const char *process, const char *line);
};

/* **Borrows** reader, **keeps** process. also_stderr: there as well. */
void log_to_reader(
    const struct log_reader *reader, const char *process, int also_stderr);

/* The most detailed level that is written; LOG_LEVEL_INFO at start. */
void log_set_level(enum log_level most);

/*
 * As often as -v was given: 0 for LOG_LEVEL_INFO, 1 for LOG_LEVEL_DEBUG, and
 * from 2 on log_trace(), too.
 */
void log_set_verbosity(unsigned verbosity);

/* Whether lines of that level are written. */
int log_has_level(enum log_level level);

/* Writes a finished line of this process. */
void log_at(enum log_level level, const char *line);

/* Writes a line on behalf of another process (the master, for children). */
void log_line(enum log_level level, const char *process, const char *line);

void log_error(const char *fmt, ...) VB_PRINTF(1, 2);
void log_warn(const char *fmt, ...) VB_PRINTF(1, 2);
void log_info(const char *fmt, ...) VB_PRINTF(1, 2);
void log_debug(const char *fmt, ...) VB_PRINTF(1, 2);

/* What happens within: messages, and states of clients; level debug. */
void log_trace(const char *fmt, ...) VB_PRINTF(1, 2);

/* libevent's warnings become lines; by itself it writes to stderr. */
void log_take_libevent(void);

/*
 * Logs and ends the process with status 1. Only for a broken invariant of
 * one's own, or nonsense from the master; never for what a peer sent.
 */
void log_fatal(const char *fmt, ...) VB_PRINTF(1, 2) __attribute__((noreturn));

/*
 * Copies foreign text so that it can be in a log line: anything but
 * printable ASCII, and '"' and '\', becomes \xNN; cut with "..." to fit.
 * Returns out.
 */
const char *
log_escape(const void *data, size_t len, char *out, size_t out_size);

#endif
