/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdio.h>

#include "common/quota.h"
#include "daemon/broker/journal.h"

void
journal_refused(const struct session *s, const char *fmt, ...)
{
	char client[ADDR_TEXT_MAX], what[LOG_LINE_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	quota_log(LOG_LEVEL_INFO, &s->client, "refused conn=%llu client=%s %s",
	    (unsigned long long)s->conn_id, addr_format(&s->client, client),
	    what);
}

void
journal_answered(const struct session *s, const char *target, uint32_t code,
    const char *reason)
{
	static const char fmt[] =
	    "open conn=%llu target=\"%s\" code=%u reason=\"%s\"";

	if (code == 0)
		log_debug(
		    fmt, (unsigned long long)s->conn_id, target, code, reason);
	else
		quota_log(LOG_LEVEL_DEBUG, &s->client, fmt,
		    (unsigned long long)s->conn_id, target, code, reason);
}
