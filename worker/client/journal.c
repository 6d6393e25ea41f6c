/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/quota.h"
#include "worker/client/journal.h"
#include "worker/client/person.h"

#define TLS_TEXT_MAX	(CLIENT_REASON_MAX + 64)
#define USER_TEXT_MAX	(4 * AUTH_NAME_MAX + sizeof(" user=\"\""))
#define CLIENT_TEXT_MAX (2 * ADDR_TEXT_MAX + sizeof(" via=") + USER_TEXT_MAX)

/* Who has logged in there; "" where nobody has. */
static const char *
user_text(const struct client *c, char out[USER_TEXT_MAX])
{
	char name[4 * AUTH_NAME_MAX + 1];

	out[0] = '\0';
	if (c->person == NULL || c->person->name[0] == '\0')
		return out;
	log_escape(
	    c->person->name, strlen(c->person->name), name, sizeof(name));
	snprintf(out, USER_TEXT_MAX, " user=\"%s\"", name);
	return out;
}

/* The client's address, the proxy's that has told it, and who it is. */
static const char *
client_text(const struct client *c, char out[CLIENT_TEXT_MAX])
{
	char peer[ADDR_TEXT_MAX], hop[ADDR_TEXT_MAX], user[USER_TEXT_MAX];
	int is_direct = addr_is_same_endpoint(&c->peer, client_hop(c));

	snprintf(out, CLIENT_TEXT_MAX, "%s%s%s%s", addr_format(&c->peer, peer),
	    is_direct ? "" : " via=",
	    is_direct ? "" : addr_format(client_hop(c), hop),
	    user_text(c, user));
	return out;
}

/* The versions, and whom the client's certificate names. */
static const char *
tls_text(const struct client *c, char out[TLS_TEXT_MAX])
{
	char subject[CLIENT_REASON_MAX];

	strlcpy(
	    out, c->tls_version == NULL ? "-" : c->tls_version, TLS_TEXT_MAX);
	if (c->lease.subject != NULL) {
		log_escape(c->lease.subject->name,
		    strlen(c->lease.subject->name), subject, sizeof(subject));
		strlcat(out, " subject=\"", TLS_TEXT_MAX);
		strlcat(out, subject, TLS_TEXT_MAX);
		strlcat(out, "\"", TLS_TEXT_MAX);
	}
	if (c->target_tls_version != NULL) {
		strlcat(out, " target-tls=", TLS_TEXT_MAX);
		strlcat(out, c->target_tls_version, TLS_TEXT_MAX);
	}
	return out;
}

void
journal_opened(struct client *c)
{
	char client[CLIENT_TEXT_MAX], address[ADDR_TEXT_MAX], tls[TLS_TEXT_MAX];
	char target[TARGET_TEXT_MAX * 2];

	c->has_opened = 1;
	metrics_count(METRIC_SESSIONS_OPENED);
	log_escape(c->lease.target_text, strlen(c->lease.target_text), target,
	    sizeof(target) / 2);
	log_info("session opened conn=%llu client=%s target=\"%s\" address=%s "
		 "tls=%s%s",
	    (unsigned long long)c->conn_id, client_text(c, client), target,
	    addr_format(&c->lease.target_addr, address), tls_text(c, tls),
	    c->is_watching ? " watch=yes" : "");
}

void
journal_ended(const struct client *c)
{
	char client[CLIENT_TEXT_MAX], address[ADDR_TEXT_MAX], tls[TLS_TEXT_MAX];
	char target[TARGET_TEXT_MAX * 2], reason[CLIENT_REASON_MAX * 2];
	uint64_t ms = clock_now_ms() - c->opened_ms;

	if (!c->has_opened && !quota_take(&c->peer))
		return;
	log_escape(c->lease.target_text, strlen(c->lease.target_text), target,
	    sizeof(target) / 2);
	log_escape(c->reason == NULL ? "" : c->reason,
	    c->reason == NULL ? 0 : strlen(c->reason), reason,
	    sizeof(reason) / 2);
	log_info("session ended conn=%llu client=%s target=\"%s\" address=%s "
		 "tls=%s seconds=%llu.%03llu to_client=%llu to_target=%llu "
		 "code=%u "
		 "reason=\"%s\"",
	    (unsigned long long)c->conn_id, client_text(c, client), target,
	    c->lease.target_addr.family == ADDR_NONE
		? "-"
		: addr_format(&c->lease.target_addr, address),
	    tls_text(c, tls), (unsigned long long)ms / MS_PER_SEC,
	    (unsigned long long)ms % MS_PER_SEC,
	    (unsigned long long)c->count.to_client,
	    (unsigned long long)c->count.to_target, c->close_code, reason);
}

void
journal_refused(const struct client *c, int status, const char *fmt, ...)
{
	char client[CLIENT_TEXT_MAX], why[LOG_LINE_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	quota_log(LOG_LEVEL_INFO, &c->peer,
	    "refused conn=%llu client=%s status=%d: %s",
	    (unsigned long long)c->conn_id, client_text(c, client), status,
	    why);
}

void
journal_insecure(const struct client *c, const char *why)
{
	char client[CLIENT_TEXT_MAX];

	if (c->securing.has_begun)
		metrics_count(METRIC_TLS_FAILED);
	quota_log(c->securing.has_begun ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG,
	    &c->peer, "handshake failed conn=%llu client=%s reason=\"%s\"",
	    (unsigned long long)c->conn_id, client_text(c, client), why);
}

void
journal_strange(const struct client *c, const char *why)
{
	char client[CLIENT_TEXT_MAX];

	quota_log(LOG_LEVEL_INFO, &c->peer,
	    "no proxy conn=%llu client=%s reason=\"%s\"",
	    (unsigned long long)c->conn_id, client_text(c, client), why);
}
