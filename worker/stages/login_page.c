/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <event2/buffer.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "worker/parse/cookie.h"
#include "worker/stages/answer.h"
#include "worker/stages/login_page.h"
#include "worker/stages/pages.h"

#define COOKIE	    "vncbridge"
#define SEE_OTHER   303
#define FIELDS_MAX  (ANSWER_HEAD_MAX - 512)
#define ESCAPED_MAX (3 * TARGET_TEXT_MAX + 1)
#define UNRESERVED  "-._~:[]" /* RFC 3986, 2.3, and what addresses have */

static void
set_cookie_name(struct login_cookie *cookie)
{
	/* RFC 6265bis, 4.1.3: what each prefix promises */
	strlcpy(cookie->name,
	    !cookie->is_https		  ? COOKIE
		: cookie->path[0] == '\0' ? "__Host-" COOKIE
					  : "__Secure-" COOKIE,
	    sizeof(cookie->name));
}

void
login_cookie_of(const struct client *c, const struct http_head *head,
    struct login_cookie *out)
{
	const char *base = client_settings(c)->base_path;

	memset(out, 0, sizeof(*out));
	out->is_https = (uint8_t)client_is_https(c);
	if (head->prefix.len > 0)
		snprintf(out->path, sizeof(out->path), "%.*s",
		    (int)head->prefix.len, head->prefix.p);
	else
		strlcpy(out->path, base, sizeof(out->path));
	set_cookie_name(out);
}

void
login_cookie_again(const struct question *question, struct login_cookie *out)
{
	memset(out, 0, sizeof(*out));
	out->is_https = question->is_https;
	strlcpy(out->path, question->path, sizeof(out->path));
	set_cookie_name(out);
}

/* ---- the pages ---- */

static void
add_escaped(struct evbuffer *out, const char *text)
{
	static const char special[] = "&<>\"'";

	for (; *text != '\0'; text++)
		if (strchr(special, *text) != NULL)
			evbuffer_add_printf(out, "&#%d;", *text);
		else
			evbuffer_add(out, text, 1);
}

static void
add_problem(struct evbuffer *out, const struct login_page *page)
{
	if (page->problem[0] == '\0')
		return;
	evbuffer_add_printf(
	    out, "<p id=\"problem\" class=\"notice\" role=\"alert\"");
	if (page->wait_sec > 0)
		evbuffer_add_printf(out, " data-wait=\"%u\"", page->wait_sec);
	evbuffer_add_printf(out, ">");
	add_escaped(out, page->problem);
	evbuffer_add_printf(out, "</p>");
}

/* The marks of the pages' files. */
static const struct mark {
	const char *text;
	enum {
		MARK_PROBLEM,
		MARK_NEXT,
		MARK_NAME
	} kind;
} marks[] = {
    {"{{problem}}", MARK_PROBLEM},
    {"{{next}}", MARK_NEXT},
    {"{{name}}", MARK_NAME},
};

static const struct mark *
mark_at(const char *p, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (len >= strlen(marks[i].text) &&
		    memcmp(p, marks[i].text, strlen(marks[i].text)) == 0)
			return &marks[i];
	return NULL;
}

static void
add_page(struct evbuffer *out, const char *text, size_t len,
    const struct login_page *page)
{
	const char *end = text + len, *p = text, *next;
	const struct mark *mark;

	while ((next = memchr(p, '{', (size_t)(end - p))) != NULL) {
		evbuffer_add(out, p, (size_t)(next - p));
		p = next;
		if ((mark = mark_at(p, (size_t)(end - p))) == NULL) {
			evbuffer_add(out, p++, 1);
			continue;
		}
		if (mark->kind == MARK_PROBLEM)
			add_problem(out, page);
		else
			add_escaped(out,
			    mark->kind == MARK_NEXT ? page->next : page->name);
		p += strlen(mark->text);
	}
	evbuffer_add(out, p, (size_t)(end - p));
}

static void
send_page(
    struct client *c, const struct login_page *page, struct evbuffer *body)
{
	struct http_head head = {.host = {page->host, strlen(page->host)}};
	char fields[FIELDS_MAX], wait[64] = "", csp[ANSWER_POLICY_MAX];
	const char *text = (const char *)evbuffer_pullup(body, -1);

	if (page->wait_sec > 0)
		snprintf(
		    wait, sizeof(wait), "Retry-After: %u\r\n", page->wait_sec);
	answer_policy(&head, csp);
	snprintf(fields, sizeof(fields),
	    "Content-Type: text/html; charset=utf-8\r\n"
	    "Cache-Control: no-store\r\n"
	    "%s"
	    "Content-Security-Policy: %s",
	    wait, csp);
	c->http.is_form = 1;
	answer_send(c, page->status, fields, c->worker->conf->framers,
	    evbuffer_get_length(body), page->is_head ? NULL : text);
	c->http.is_form = 0;
	answer_done(c);
}

void
login_page_answer(struct client *c, const struct login_page *page)
{
	const struct pages *pages = c->worker->conf->pages;
	const struct pages_entry *entry =
	    pages_find(pages, page->is_code ? PAGE_CODE : PAGE_LOGIN);
	struct evbuffer *body = evbuffer_new();

	if (entry == NULL || body == NULL) {
		answer_error(c, entry == NULL ? 404 : 503, page->is_head);
		if (body != NULL)
			evbuffer_free(body);
		return;
	}
	add_page(body, (const char *)pages_bytes(pages, entry->offset),
	    entry->len, page);
	if (evbuffer_pullup(body, -1) == NULL)
		answer_error(c, 503, page->is_head);
	else
		send_page(c, page, body);
	evbuffer_free(body);
}

/* ---- redirects ---- */

/* As a segment of a path, or in a query: nothing that means anything there. */
static const char *
escape(const char *text, char out[ESCAPED_MAX])
{
	size_t n = 0;

	for (; *text != '\0' && n + 4 < ESCAPED_MAX; text++)
		if (isalnum((unsigned char)*text) ||
		    strchr(UNRESERVED, *text) != NULL)
			out[n++] = *text;
		else
			n += (size_t)snprintf(out + n, ESCAPED_MAX - n,
			    "%%%02X", (unsigned char)*text);
	out[n] = '\0';
	return out;
}

static void
format_cookie(char *out, size_t size, const struct login_cookie *cookie,
    const uint8_t *number, uint32_t max_sec)
{
	char text[COOKIE_TEXT + 1] = "", age[32] = "";

	if (number != NULL)
		cookie_format(number, text);
	if (number == NULL || max_sec != 0)
		snprintf(age, sizeof(age), "; Max-Age=%u",
		    number == NULL ? 0 : max_sec);
	snprintf(out, size,
	    "Set-Cookie: %s=%s; Path=%s/%s%s; HttpOnly; SameSite=Lax\r\n",
	    cookie->name, text, cookie->path, age,
	    cookie->is_https ? "; Secure" : "");
	explicit_bzero(text, sizeof(text));
}

void
login_page_go(struct client *c, int is_login, const char *next,
    const struct login_cookie *cookie, const uint8_t *number, uint32_t max_sec)
{
	char escaped[ESCAPED_MAX], set[512] = "", fields[FIELDS_MAX];

	escape(next, escaped);
	if (cookie != NULL)
		format_cookie(set, sizeof(set), cookie, number, max_sec);
	/* relative: it stays within the site, whatever a proxy took off */
	snprintf(fields, sizeof(fields),
	    "Location: %s%s%s\r\n"
	    "Cache-Control: no-store\r\n"
	    "%s",
	    is_login ? "login" : "./",
	    is_login && next[0] != '\0' ? "?next=" : "", escaped, set);
	answer_send(c, SEE_OTHER, fields, NULL, 0, NULL);
	explicit_bzero(set, sizeof(set));
	explicit_bzero(fields, sizeof(fields));
	answer_done(c);
}
