/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "daemon/master/syslogd.h"

static struct {
	struct sockaddr_un address;
	int fd;
	int type; /* SOCK_DGRAM, or SOCK_STREAM with a NUL after each line */
} syslogd = {.fd = -1};

static void
disconnect(void)
{
	if (syslogd.fd != -1)
		close(syslogd.fd);
	syslogd.fd = -1;
}

static int
connect_as(int type)
{
	syslogd.type = type;
	syslogd.fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (syslogd.fd == -1)
		return -1;
	if (connect(syslogd.fd, (const struct sockaddr *)&syslogd.address,
		sizeof(syslogd.address)) == 0)
		return 0;
	disconnect();
	return -1;
}

static int
reconnect(void)
{
	disconnect();
	if (connect_as(SOCK_DGRAM) == 0)
		return 0;
	return errno == EPROTOTYPE ? connect_as(SOCK_STREAM) : -1;
}

void
syslogd_open(const char *path)
{
	tzset(); /* before a sandbox is in the way */
	memset(&syslogd.address, 0, sizeof(syslogd.address));
	syslogd.address.sun_family = AF_UNIX;
	strncpy(syslogd.address.sun_path, path,
	    sizeof(syslogd.address.sun_path) - 1);
	reconnect();
}

int
syslogd_has_room(int timeout_ms)
{
	struct pollfd pfd = {-1, POLLOUT, 0};

	if (syslogd.fd == -1 && reconnect() == -1)
		return 0;
	pfd.fd = syslogd.fd;
	return poll(&pfd, 1, timeout_ms) == 1;
}

static int
put(const char *text, size_t len)
{
	ssize_t n;

	if (syslogd.fd == -1)
		return VB_ESYS;
	if (syslogd.type == SOCK_STREAM)
		len++;
	n = send(syslogd.fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n == (ssize_t)len)
		return 0;
	if (n == -1 && (errno == EAGAIN || errno == ENOBUFS))
		return VB_EFULL;
	/* half a line, which a stream may take, ends with its connection */
	disconnect();
	return n == -1 ? VB_ESYS : VB_EFULL;
}

int
syslogd_send(int priority, const char *process, const char *line)
{
	char stamp[32], text[LOG_LINE_MAX + 128];
	time_t now = time(NULL);
	struct tm tm;
	int n, result;

	if (localtime_r(&now, &tm) == NULL ||
	    strftime(stamp, sizeof(stamp), "%b %e %T ", &tm) == 0)
		stamp[0] = '\0';
	n = snprintf(text, sizeof(text), "<%d>%svncbridged[%d]: %s: %s",
	    priority, stamp, (int)getpid(), process, line);
	if (n < 0)
		return VB_ESYS;
	if ((size_t)n >= sizeof(text))
		n = sizeof(text) - 1;
	result = put(text, (size_t)n);
	/* it may have been restarted since */
	if (result == VB_ESYS && reconnect() == 0)
		result = put(text, (size_t)n);
	return result;
}

static int
put_line(enum log_level level, const char *process, const char *line)
{
	static const int priorities[] = {
	    LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG};

	return syslogd_send(LOG_DAEMON | priorities[level], process, line);
}

void
syslogd_take_log(const char *process, int also_stderr)
{
	static const struct log_reader reader = {syslogd_has_room, put_line};

	log_to_reader(&reader, process, also_stderr);
	syslogd_open(_PATH_LOG);
}
