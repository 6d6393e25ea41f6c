/* SPDX-License-Identifier: ISC */
/*
 * Lines to the system's log, as syslog(3) would send them (RFC 3164 in the
 * form of local sockets), but never waiting: syslog(3) waits for as long as no
 * one reads /dev/log, so a syslogd that is stopped would stop every desktop.
 */
#ifndef VB_SYSLOGD_H
#define VB_SYSLOGD_H

#include "common/errors.h"

/*
 * From here on lines go to the socket at path, which is copied. A syslogd that
 * isn't running, or is replaced, is looked for again with every line.
 */
void syslogd_open(const char *path);

/* The log's lines go to the system's log from here on; see log_to_reader(). */
void syslogd_take_log(const char *process, int also_stderr);

/* Whether it takes a line, now or within timeout_ms. */
int syslogd_has_room(int timeout_ms);

/*
 * Sends "vncbridged[PID]: process: line"; priority is facility and severity.
 * Returns 0, VB_EFULL or VB_ESYS; then the line is lost.
 */
int syslogd_send(int priority, const char *process, const char *line);

#endif
