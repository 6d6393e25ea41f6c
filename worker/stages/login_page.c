/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <event2/buffer.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "worker/parse/cookie.h"
#include "worker/stages/answer.h"
#include "worker/stages/believe.h"
#include "worker/stages/login_page.h"
#include "worker/stages/pages.h"

#define COOKIE	     "vncbridge"
#define OK	     200
#define SEE_OTHER    303
#define FIELDS_MAX   (ANSWER_HEAD_MAX - 512)
#define LOCATION_MAX (ESCAPED_MAX + 64)
#define ESCAPED_MAX  (3 * TARGET_TEXT_MAX + 1)
#define UNRESERVED   "-._~:[]" /* RFC 3986, 2.3, and what addresses have */

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
	evbuffer_add_printf(out,
	    "<p id=\"problem\" class=\"notice\" role=\"%s\"",
	    page->is_calm ? "status\" data-kind=\"calm" : "alert");
	if (page->wait_sec > 0)
		evbuffer_add_printf(out, " data-wait=\"%u\"", page->wait_sec);
	evbuffer_add_printf(out, ">");
	add_escaped(out, page->problem);
	evbuffer_add_printf(out, "</p>");
}

/* What to do with a certificate, where one would be a login. */
static void
add_certificate(struct evbuffer *out, const struct client *c)
{
	if (!client_settings(c)->has_certificate || c->client.tls == NULL ||
	    believe_is_proxy(c))
		return;
	if (c->person->is_spent)
		evbuffer_add_printf(out,
		    "<p class=\"way\">Your login is over. Your certificate "
		    "logs you in again when you <a class=\"link\" "
		    "href=\"./\">go on</a>; close the browser to stay logged "
		    "out.</p>\n");
	else if (c->person->reason[0] == '\0')
		evbuffer_add_printf(out,
		    "<p class=\"way\">Your browser has shown no certificate. "
		    "With one, you need not log in here: see that the browser "
		    "has it, and open the page again.</p>\n");
}

/* The other ways: of each provider a link. */
static void
add_ways(
    struct evbuffer *out, const struct client *c, const struct login_page *page)
{
	const struct worker_conf *conf = c->worker->conf;
	char next[ESCAPED_MAX];
	size_t i;

	escape(page->next, next);
	for (i = 0; i < conf->button_count; i++) {
		evbuffer_add_printf(out,
		    "<p class=\"way\"><a class=\"button%s\" "
		    "href=\"login/oidc?provider=%zu%s%s\">Log in with ",
		    client_settings(c)->has_password ? "" : " main", i,
		    next[0] == '\0' ? "" : "&amp;next=", next);
		add_escaped(out, conf->buttons[i].text);
		evbuffer_add_printf(out, "</a></p>\n");
	}
	add_certificate(out, c);
	if (page->left == 0 || page->left > conf->button_count)
		return;
	evbuffer_add_printf(out,
	    "<p class=\"way\"><a class=\"link\" href=\"login/oidc?logout=%u\">"
	    "Log out of ",
	    page->left - 1);
	add_escaped(out, conf->buttons[page->left - 1].text);
	evbuffer_add_printf(out, " too</a></p>\n");
}

/* The marks of the pages' files. */
static const struct mark {
	const char *text;
	enum {
		MARK_PROBLEM,
		MARK_NEXT,
		MARK_NAME,
		MARK_WAYS,
		MARK_PASSWORD, /* what is before its end is for passwords */
		MARK_END
	} kind;
} marks[] = {
    {"{{problem}}", MARK_PROBLEM},
    {"{{next}}", MARK_NEXT},
    {"{{name}}", MARK_NAME},
    {"{{ways}}", MARK_WAYS},
    {"{{password}}", MARK_PASSWORD},
    {"{{/password}}", MARK_END},
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
add_mark(struct evbuffer *out, const struct client *c,
    const struct login_page *page, const struct mark *mark)
{
	switch (mark->kind) {
	case MARK_PROBLEM:
		add_problem(out, page);
		break;
	case MARK_NEXT:
		add_escaped(out, page->next);
		break;
	case MARK_NAME:
		add_escaped(out, page->name);
		break;
	case MARK_WAYS:
		add_ways(out, c, page);
		break;
	case MARK_PASSWORD:
	case MARK_END:
		break;
	}
}

static void
add_page(struct evbuffer *out, const struct client *c, const char *text,
    size_t len, const struct login_page *page)
{
	const char *end = text + len, *p = text, *next;
	int is_left_out = 0, has_password = client_settings(c)->has_password;
	const struct mark *mark;

	while ((next = memchr(p, '{', (size_t)(end - p))) != NULL) {
		if (!is_left_out)
			evbuffer_add(out, p, (size_t)(next - p));
		p = next;
		if ((mark = mark_at(p, (size_t)(end - p))) == NULL) {
			if (!is_left_out)
				evbuffer_add(out, p, 1);
			p++;
			continue;
		}
		if (mark->kind == MARK_PASSWORD)
			is_left_out = !has_password;
		else if (mark->kind == MARK_END)
			is_left_out = 0;
		else if (!is_left_out)
			add_mark(out, c, page, mark);
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
	add_page(body, c, (const char *)pages_bytes(pages, entry->offset),
	    entry->len, page);
	if (evbuffer_pullup(body, -1) == NULL)
		answer_error(c, 503, page->is_head);
	else
		send_page(c, page, body);
	evbuffer_free(body);
}

/* ---- redirects ---- */

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

/* An address has nothing that would have to be escaped. */
static void
tell_script(struct client *c, const char *location, const char *set)
{
	char fields[FIELDS_MAX], body[LOCATION_MAX + 32];
	int len =
	    snprintf(body, sizeof(body), "{\"location\":\"%s\"}\n", location);

	snprintf(fields, sizeof(fields),
	    "Content-Type: application/json\r\n"
	    "Cache-Control: no-store\r\n"
	    "%s",
	    set);
	answer_send(c, OK, fields, NULL, (size_t)len, body);
	answer_done(c);
}

static void
send_redirect(struct client *c, const char *location,
    const struct login_cookie *cookie, const uint8_t *number, uint32_t max_sec)
{
	char set[512] = "", fields[FIELDS_MAX];

	if (cookie != NULL)
		format_cookie(set, sizeof(set), cookie, number, max_sec);
	if (c->person != NULL && c->person->question != NULL &&
	    c->person->question->is_of_script) {
		tell_script(c, location, set);
		return;
	}
	snprintf(fields, sizeof(fields),
	    "Location: %s\r\n"
	    "Cache-Control: no-store\r\n"
	    "%s",
	    location, set);
	answer_send(c, SEE_OTHER, fields, NULL, 0, NULL);
	explicit_bzero(set, sizeof(set));
	explicit_bzero(fields, sizeof(fields));
	answer_done(c);
}

void
login_page_go(struct client *c, const struct login_go *go)
{
	/* relative: it stays within the site, whatever a proxy took off */
	static const char *const up[] = {"", "../", "../../"};
	char next[ESCAPED_MAX], left[16] = "", location[LOCATION_MAX];

	escape(go->next, next);
	if (go->left != 0)
		snprintf(left, sizeof(left), "%u", go->left);
	if (go->is_login)
		snprintf(location, sizeof(location), "%slogin%s%s%s%s%s%s",
		    up[go->depth], go->said == NULL ? "" : "?said=",
		    go->said == NULL ? "" : go->said,
		    go->left == 0 ? "" : "&left=", left,
		    next[0] == '\0'	   ? ""
			: go->said == NULL ? "?next="
					   : "&next=",
		    next);
	else
		snprintf(location, sizeof(location), "%s%s",
		    go->depth == 0 ? "./" : up[go->depth], next);
	send_redirect(c, location, go->cookie, go->number, go->max_sec);
}

void
login_page_leave(struct client *c, const char *url,
    const struct login_cookie *cookie, const uint8_t *number)
{
	send_redirect(c, url, cookie, number, 0);
}

int
login_page_is_safe(const struct client *c)
{
	return client_is_https(c) || addr_is_loopback(&c->peer);
}

void
login_page_fail(struct client *c, int is_head)
{
	answer_unavailable(c, is_head,
	    "The bridge can't check logins at the moment. Try again in a "
	    "moment.");
}
