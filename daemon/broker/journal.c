/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdio.h>

#include "common/quota.h"
#include "daemon/broker/logins.h"
#include "daemon/broker/journal.h"

#define USER_TEXT_MAX (AUTH_NAME_MAX + 9) /* what is around it */

/* "" where nobody has logged in, or auth has not said yet who it is. */
static const char *
format_user(const struct session *s, char out[USER_TEXT_MAX])
{
	out[0] = '\0';
	if (s->login != NULL && s->login->is_known)
		snprintf(out, USER_TEXT_MAX, " user=\"%s\"", s->login->name);
	return out;
}

void
journal_refused(const struct session *s, const char *fmt, ...)
{
	char client[ADDR_TEXT_MAX], user[USER_TEXT_MAX], what[LOG_LINE_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	quota_log(LOG_LEVEL_INFO, &s->client,
	    "refused conn=%llu client=%s%s %s", (unsigned long long)s->conn_id,
	    addr_format(&s->client, client), format_user(s, user), what);
}

void
journal_revoked(const struct session *s, const char *why)
{
	char client[ADDR_TEXT_MAX], user[USER_TEXT_MAX];

	quota_log(LOG_LEVEL_INFO, &s->client,
	    "session revoked conn=%llu client=%s%s target=\"%s\" why=\"%s\"",
	    (unsigned long long)s->conn_id, addr_format(&s->client, client),
	    format_user(s, user), s->target == NULL ? "" : s->target, why);
}

void
journal_answered(const struct session *s, const char *target, uint32_t code,
    const char *reason)
{
	static const char fmt[] =
	    "open conn=%llu%s target=\"%s\" code=%u reason=\"%s\"";
	unsigned long long conn = s->conn_id;
	char user[USER_TEXT_MAX];

	if (code == 0)
		log_debug(
		    fmt, conn, format_user(s, user), target, code, reason);
	else
		quota_log(LOG_LEVEL_DEBUG, &s->client, fmt, conn,
		    format_user(s, user), target, code, reason);
}
