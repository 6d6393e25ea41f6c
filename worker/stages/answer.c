/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "common/metrics.h"
#include "common/tcp.h"
#include "worker/leg/leg_tls.h"
#include "worker/stages/answer.h"

#define DATE_SIZE   32
#define HSTS_SIZE   64
#define LENGTH_SIZE 48
#define NO_LENGTH   SIZE_MAX

#define LINGER_MS   2000

#define MISDIRECTED 421

/* its Upgrade is named in Connection too (RFC 9110, 7.8) */
#define UPGRADE_REQUIRED 426

struct status {
	int status;
	const char *reason;
	const char *text;
};

static const struct status malformed = {
    400, "Bad Request", "The request is malformed."};

static const struct status statuses[] = {
    {200, "OK", ""},
    {303, "See Other", ""},
    {304, "Not Modified", ""},
    {308, "Permanent Redirect", ""},
    {401, "Unauthorized", "You are not logged in."},
    {403, "Forbidden",
	"This page may not open connections here: its origin is not listed."},
    {404, "Not Found",
	"There is nothing here. A desktop is at /HOST or /HOST:PORT."},
    {405, "Method Not Allowed", "Only GET and HEAD are served."},
    {408, "Request Timeout", "The request took too long to arrive."},
    {411, "Length Required", "The request does not say how long it is."},
    {413, "Content Too Large", "Requests with a body are not served."},
    {414, "URI Too Long", "The address is too long."},
    {415, "Unsupported Media Type", "That is not what a form sends."},
    {MISDIRECTED, "Misdirected Request",
	"This bridge is not known by that name. If it should be, list the name "
	"in hosts."},
    {426, "Upgrade Required", "This address is for WebSockets, version 13."},
    {429, "Too Many Requests", ""},
    {431, "Request Header Fields Too Large", "The request head is too long."},
    {503, "Service Unavailable",
	"The bridge has no room for this connection. Try again in a moment."},
    {505, "HTTP Version Not Supported", "Only HTTP/1.1 is served."},
};

static const char plain_text[] = "Content-Type: text/plain; charset=utf-8\r\n"
				 "Cache-Control: no-store\r\n"
				 "Content-Security-Policy: default-src 'none'"
				 "\r\n";

/* What has no row of its own is malformed. */
static const struct status *
find_status(int status)
{
	size_t i, n = sizeof(statuses) / sizeof(statuses[0]);

	for (i = 0; i < n; i++)
		if (statuses[i].status == status)
			return &statuses[i];
	return &malformed;
}

/* What some statuses must have (RFC 9110, 15.5.6, 15.5.22; RFC 6455, 4.4). */
static const char *
status_fields(int status)
{
	switch (status) {
	case 401: /* RFC 9110, 15.5.2: what it takes */
		return "WWW-Authenticate: Cookie realm=\"vncbridge\"\r\n";
	case 405:
		return "Allow: GET, HEAD\r\n";
	case UPGRADE_REQUIRED:
		return "Upgrade: websocket\r\n"
		       "Sec-WebSocket-Version: 13\r\n";
	case 503:
		return "Retry-After: 5\r\n";
	default:
		return "";
	}
}

static const char *
date_now(char out[DATE_SIZE])
{
	time_t now = time(NULL);
	struct tm tm;

	if (gmtime_r(&now, &tm) == NULL ||
	    strftime(out, DATE_SIZE, "%a, %d %b %Y %H:%M:%S GMT", &tm) == 0)
		out[0] = '\0';
	return out;
}

int
answer_may_name(const struct http_span *host)
{
	size_t i;

	for (i = 0; i < host->len; i++)
		if (!isalnum((unsigned char)host->p[i]) &&
		    memchr("-.:[]_", host->p[i], 6) == NULL)
			return 0;
	return host->len > 0 && host->len < TARGET_TEXT_MAX;
}

/* RFC 6797, 7.2: never over plain HTTP. */
static const char *
format_hsts(const struct client *c, char out[HSTS_SIZE])
{
	uint32_t sec = client_settings(c)->hsts_sec;

	out[0] = '\0';
	if (sec != 0 && client_is_https(c))
		snprintf(out, HSTS_SIZE,
		    "Strict-Transport-Security: max-age=%u\r\n", sec);
	return out;
}

/* RFC 9112, 6.3: without one the answer ends with the connection. */
static const char *
format_length(size_t len, char out[LENGTH_SIZE])
{
	out[0] = '\0';
	if (len != NO_LENGTH)
		snprintf(out, LENGTH_SIZE, "Content-Length: %zu\r\n", len);
	return out;
}

static void
add_part(struct iovec *iov, int *count, const char *text, size_t len)
{
	iov[*count].iov_base = (void *)(uintptr_t)text;
	iov[(*count)++].iov_len = len;
}

void
answer_send(struct client *c, int status, const char *extra, const char *more,
    size_t body_len, const char *body)
{
	char head[ANSWER_HEAD_MAX], date[DATE_SIZE], hsts[HSTS_SIZE];
	char length[LENGTH_SIZE];
	struct iovec iov[5];
	int len, count = 0;

	len = snprintf(head, sizeof(head),
	    "HTTP/1.1 %d %s\r\n"
	    "Date: %s\r\n"
	    "%s%s"
	    "X-Content-Type-Options: nosniff\r\n"
	    "Referrer-Policy: %s\r\n"
	    "%s"
	    "Connection: %s%s\r\n"
	    "%s",
	    status, find_status(status)->reason, date_now(date),
	    status_fields(status), format_hsts(c, hsts),
	    /* without one, a browser says "Origin: null" of its form */
	    c->http.is_form ? "same-origin" : "no-referrer",
	    format_length(body_len, length),
	    status == UPGRADE_REQUIRED ? "Upgrade, " : "",
	    c->http.keeps_alive ? "keep-alive" : "close", extra);
	if (len < 0 || (size_t)len >= sizeof(head)) {
		c->state = CLIENT_OVER;
		return;
	}
	add_part(iov, &count, head, (size_t)len);
	if (more != NULL) {
		add_part(iov, &count, more, strlen(more));
		add_part(iov, &count, "\r\n", 2);
	}
	add_part(iov, &count, "\r\n", 2);
	if (body != NULL)
		add_part(iov, &count, body, body_len);
	metrics_count_status(status);
	/* it may have a cookie in it */
	c->client.is_secret = client_settings(c)->has_auth != 0;
	if (leg_write(&c->client, iov, count) < 0)
		c->state = CLIENT_OVER;
	c->client.is_secret = 0;
	if (client_settings(c)->has_auth) {
		explicit_bzero(head, (size_t)len);
		leg_tls_forget();
	}
}

static void
send_answer(struct client *c, int status, const char *extra, size_t body_len,
    const char *body)
{
	answer_send(c, status, extra, NULL, body_len, body);
}

void
answer_done(struct client *c)
{
	const struct settings *s = client_settings(c);
	enum leg_watch what = LEG_READ;
	int has_more;

	if (c->state == CLIENT_OVER)
		return;
	if (leg_queued(&c->client) > 0) {
		/* no request is read while an answer waits: back pressure */
		client_enter(c, CLIENT_ANSWER, ANSWER_MS);
		c->count.acked = tcp_acknowledged(c->client.fd, &has_more);
		what = LEG_NOTHING;
	} else if (c->http.keeps_alive) {
		client_enter(c, CLIENT_HEAD,
		    (uint64_t)s->keepalive_timeout_sec * MS_PER_SEC);
	} else {
		leg_shutdown_write(&c->client);
		client_enter(c, CLIENT_LINGER, LINGER_MS);
	}
	if (leg_watch(&c->client, what) < 0)
		c->state = CLIENT_OVER;
}

void
answer_text(struct client *c, int is_head, const char *type, const char *text,
    size_t len)
{
	char extra[256];

	snprintf(extra, sizeof(extra),
	    "Content-Type: %s\r\n"
	    "Cache-Control: no-store\r\n"
	    "Content-Security-Policy: default-src 'none'\r\n",
	    type);
	send_answer(c, 200, extra, len, is_head ? NULL : text);
	answer_done(c);
}

void
answer_begin_stream(struct client *c, const char *type)
{
	char extra[256];

	c->http.keeps_alive = 0;
	snprintf(extra, sizeof(extra),
	    "Content-Type: %s\r\n"
	    "Cache-Control: no-store\r\n"
	    "X-Accel-Buffering: no\r\n" /* nginx would keep it back */
	    "Content-Security-Policy: default-src 'none'\r\n",
	    type);
	send_answer(c, 200, extra, NO_LENGTH, NULL);
}

static void
answer_plain(struct client *c, const struct status *status, const char *fields,
    const char *text, int is_head)
{
	char body[256];
	int len;

	len = snprintf(body, sizeof(body), "%d %s\n%s\n", status->status,
	    status->reason, text);
	send_answer(
	    c, status->status, fields, (size_t)len, is_head ? NULL : body);
	answer_done(c);
}

static void
answer_fault(struct client *c, const struct status *status, const char *text,
    int is_head)
{
	answer_plain(c, status, plain_text, text, is_head);
}

void
answer_error(struct client *c, int status, int is_head)
{
	const struct status *found = find_status(status);

	answer_fault(c, found, found->text, is_head);
}

void
answer_too_soon(struct client *c, uint32_t wait_sec)
{
	char fields[sizeof(plain_text) + 32];

	snprintf(fields, sizeof(fields), "Retry-After: %u\r\n%s", wait_sec,
	    plain_text);
	answer_plain(c, find_status(429), fields,
	    "Too many attempts were wrong. Try again later.", 0);
}

void
answer_limited(struct client *c, int is_head)
{
	char fields[sizeof(plain_text) + 32];

	snprintf(fields, sizeof(fields), "Retry-After: 5\r\n%s", plain_text);
	answer_plain(c, find_status(429), fields,
	    "Your address has as many connections to this bridge as it may. "
	    "Try again in a moment.",
	    is_head);
}

void
answer_unavailable(struct client *c, int is_head, const char *text)
{
	answer_fault(c, find_status(503), text, is_head);
}

void
answer_insecure(struct client *c, int is_head)
{
	answer_fault(c, find_status(403),
	    "Logging in needs https, so that nobody on the way can read the "
	    "password.",
	    is_head);
}

void
answer_outdated(struct client *c, int is_head)
{
	answer_fault(c, find_status(MISDIRECTED),
	    "This connection is older than the bridge's configuration, which "
	    "would not accept it like this. Try again.",
	    is_head);
}

void
answer_moved(struct client *c, const char *location)
{
	char extra[PATH_LOCATION_MAX + sizeof("Location: \r\n")];

	snprintf(extra, sizeof(extra), "Location: %s\r\n", location);
	send_answer(c, 308, extra, 0, NULL);
	answer_done(c);
}

/*
 * What it says is for the one who set the bridge up: its users got this address
 * from them. The name is shown only if it has nothing but what names have.
 */
void
answer_misdirected(struct client *c, const struct http_head *head, int is_head)
{
	struct http_span host;
	char body[1024];
	int len, port;

	if (http_split_host(&head->host, &host, &port) < 0 ||
	    !answer_may_name(&host)) {
		c->http.keeps_alive = 0;
		answer_error(c, MISDIRECTED, is_head);
		return;
	}
	len = snprintf(body, sizeof(body),
	    "421 Misdirected Request\n"
	    "This bridge is not known by the name %.*s.\n"
	    "If it should be, add this name to its configuration "
	    "(" VB_CONF_FILE "):\n\n"
	    "\thosts = { \"%.*s\" }\n\n"
	    "and apply it: vncbridgectl reload\n",
	    (int)host.len, host.p, (int)host.len, host.p);
	c->http.keeps_alive = 0;
	send_answer(
	    c, MISDIRECTED, plain_text, (size_t)len, is_head ? NULL : body);
	answer_done(c);
}

/*
 * Plain HTTP where TLS is spoken. The Host is a name of the bridge's.
 */
void
answer_misplaced(struct client *c, const struct http_head *head, int is_head)
{
	static const char text[] =
	    "This port speaks https, and the request was plain http.\n";
	char extra[ANSWER_HEAD_MAX - 512];
	int len, status = 400;

	c->http.keeps_alive = 0;
	extra[0] = '\0';
	/* a proxy that was asked by https would be sent round in a circle */
	if (c->http.is_redirected && c->http.scheme != SCHEME_HTTPS &&
	    answer_may_name(&head->host) &&
	    (head->target.len == 0 || head->target.p[0] != '*')) {
		len = snprintf(extra, sizeof(extra),
		    "Location: https://%.*s%.*s%s%.*s\r\n", (int)head->host.len,
		    head->host.p, (int)head->prefix.len, head->prefix.p,
		    head->target.len > 0 && head->target.p[0] == '/' ? "" : "/",
		    (int)head->target.len, head->target.p);
		if (len > 0 && (size_t)len < sizeof(extra))
			status = 308;
		else
			extra[0] = '\0';
	}
	strlcat(extra,
	    status == 308 ? "" : "Content-Type: text/plain; charset=utf-8\r\n",
	    sizeof(extra));
	send_answer(c, status, extra, status == 308 ? 0 : sizeof(text) - 1,
	    is_head || status == 308 ? NULL : text);
	answer_done(c);
}
