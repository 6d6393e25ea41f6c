/* SPDX-License-Identifier: ISC */
/* A page of the table: what it may do in a browser, and whether it has it. */
#include <stdio.h>
#include <string.h>

#include "worker/stages/answer.h"
#include "worker/stages/pages.h"

/*
 * Nothing but what comes from here. 'self' covers the WebSocket in today's
 * browsers; older ones want it by name, which is the request's own Host.
 * The pages that may frame this one follow: answer_page().
 */
void
answer_policy(const struct http_head *head, char out[ANSWER_POLICY_MAX])
{
	int host_len = answer_may_name(&head->host) ? (int)head->host.len : 0;

	snprintf(out, ANSWER_POLICY_MAX,
	    "default-src 'none'; script-src 'self'; style-src 'self'; "
	    "img-src 'self' data: blob:; connect-src 'self'%s%.*s%s%.*s; "
	    "base-uri 'none'; form-action 'self'; frame-ancestors 'self'",
	    host_len > 0 ? " ws://" : "", host_len, head->host.p,
	    host_len > 0 ? " wss://" : "", host_len, head->host.p);
}

/* If-None-Match, weakly compared (RFC 9110, 13.1.2), in its list. */
static int
matches_etag(const struct http_span *list, const char *etag)
{
	const char *p, *end, *stop;
	size_t len = strlen(etag);

	if (list->len == 0)
		return 0; /* no field: p is NULL */
	end = list->p + list->len;
	for (p = list->p; p < end; p = stop) {
		while (p < end && (*p == ' ' || *p == '\t' || *p == ','))
			p++;
		if (p == end)
			break;
		stop = memchr(p, ',', (size_t)(end - p));
		if (stop == NULL)
			stop = end;
		if (*p == '*')
			return 1;
		if (stop - p >= 2 && p[0] == 'W' && p[1] == '/')
			p += 2;
		if ((size_t)(stop - p) >= len && memcmp(p, etag, len) == 0)
			return 1;
	}
	return 0;
}

static void
release_pages(void *arg)
{
	pages_release(arg);
}

/* The page's bytes: of the table itself, never copied. */
static void
send_page_body(struct client *c, uint32_t offset, uint32_t len)
{
	struct pages *pages = c->worker->conf->pages;

	if (leg_write_shared(&c->client, pages_bytes(pages, offset), len,
		release_pages, pages_hold(pages)) < 0)
		c->state = CLIENT_OVER;
}

void
answer_page(struct client *c, const struct request *req,
    const struct http_head *head, const char *path)
{
	const struct pages_entry *page;
	char extra[ANSWER_HEAD_MAX - 512], csp[ANSWER_POLICY_MAX],
	    etag[PAGE_ETAG_MAX + 4];
	int is_gzip, is_same;

	page = pages_find(c->worker->conf->pages, path);
	if (page == NULL) {
		answer_error(c, 404, req->is_head);
		return;
	}
	is_gzip = req->accepts_gzip && page->gzip_len > 0;
	/* two forms, two tags (RFC 9110, 8.8.3.3) */
	snprintf(etag, sizeof(etag), "%.*s%s\"", (int)strlen(page->etag) - 1,
	    page->etag, is_gzip ? "-gz" : "");
	is_same = matches_etag(&req->if_none_match, etag);
	answer_policy(head, csp);
	snprintf(extra, sizeof(extra),
	    "Content-Type: %s\r\n"
	    "ETag: %s\r\n"
	    "Cache-Control: no-cache\r\n"
	    "Vary: Accept-Encoding\r\n"
	    "%s"
	    "Content-Security-Policy: %s",
	    page->type, etag,
	    is_gzip && !is_same ? "Content-Encoding: gzip\r\n" : "", csp);
	answer_send(c, is_same ? 304 : 200, extra, c->worker->conf->framers,
	    is_gzip ? page->gzip_len : page->len, NULL);
	if (!is_same && !req->is_head && c->state != CLIENT_OVER)
		send_page_body(c, is_gzip ? page->gzip_offset : page->offset,
		    is_gzip ? page->gzip_len : page->len);
	answer_done(c);
}
