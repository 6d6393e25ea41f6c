/* SPDX-License-Identifier: ISC */
/* What a client asked for, and what may be answered, head by head. */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/client_rig.h"
#include "worker/parse/http.h"
#include "worker/parse/request.h"

void
asked_read(const struct bytes *sent, const struct request_rules *rules,
    size_t at, struct asked *a)
{
	struct http_head head;
	struct request req;
	size_t len;
	int used, status, may_continue;

	a->count = 0;
	a->frames_at = SIZE_MAX;
	a->has_events = 0;
	a->has_people = (uint8_t)rules->has_auth;
	while (at < sent->len && a->count < ASKED_MAX) {
		len = sent->len - at;
		len = len < HEAD_MAX + 1 ? len : HEAD_MAX + 1;
		used = http_parse_head(
		    (const char *)sent->p + at, len, HEAD_MAX, &head);
		if (used <= 0)
			return;
		at += (size_t)used;
		status = request_classify(&head, rules, &req, &may_continue);
		a->status[a->count] = status;
		a->is_events[a->count] =
		    status == 0 && req.kind == REQUEST_EVENTS;
		a->has_events |= a->is_events[a->count];
		a->is_head[a->count++] =
		    (uint8_t)http_span_is(&head.method, "HEAD");
		if (status == 0 && req.kind == REQUEST_PROXY) {
			a->frames_at = at;
			return;
		}
		if (status != 0 && !may_continue)
			return;
		if (status == 0 && req.is_post && req.body_len > sent->len - at)
			return;
		if (status == 0 && req.is_post)
			at += req.body_len;
	}
}

/* The length of an answer's body; its head ends before end. */
static size_t
body_len(const char *head, const char *end, int status, int is_head)
{
	static const char name[] = "\r\nContent-Length: ";
	const char *p =
	    memmem(head, (size_t)(end - head), name, sizeof(name) - 1);

	if (is_head || status == 304)
		return 0;
	must(p != NULL);
	return strtoul(p + sizeof(name) - 1, NULL, 10);
}

/* What the worker may say to a request; 503 and 429 when it takes no more. */
static int
may_answer(const struct asked *asked, size_t i, int status)
{
	if (status == 503 || status == 429 || status == 408)
		return 1;
	if (i >= asked->count)
		return status >= 400;
	if (asked->status[i] != 0)
		return status == asked->status[i];
	/* where the broker says so */
	if (asked->is_events[i])
		return status == 200 || status == 401 ||
		    (asked->has_people && people_may_answer(status, 0));
	if (asked->has_people)
		return people_may_answer(status,
		    asked->frames_at != SIZE_MAX && i + 1 == asked->count);
	if (asked->frames_at != SIZE_MAX && i + 1 == asked->count)
		return status == 101;
	return status == 200 || status == 304 || status == 404;
}

/* Where the frames begin in what a client got; SIZE_MAX: no 101 is there. */
size_t
asked_check_answers(const struct bytes *got, const struct asked *asked)
{
	const char *head, *end;
	size_t at = 0, i = 0, len;
	int status;

	while (at < got->len) {
		head = (const char *)got->p + at;
		end = memmem(head, got->len - at, "\r\n\r\n", 4);
		if (end == NULL)
			return SIZE_MAX; /* cut */
		must(strncmp(head, "HTTP/1.1 ", 9) == 0);
		status = atoi(head + 9);
		must(i <= asked->count); /* one more: a fault, or 408 */
		must(may_answer(asked, i, status));
		at += (size_t)(end + 4 - head);
		if (status == 101) {
			must(asked->frames_at != SIZE_MAX);
			must(i + 1 == asked->count);
			return at;
		}
		/* it is the last, whatever is behind the request */
		if (status == 200 && i < asked->count && asked->is_events[i]) {
			if (!asked->is_head[i])
				board_check_stream(got->p + at, got->len - at);
			return SIZE_MAX;
		}
		len = body_len(
		    head, end, status, i < asked->count && asked->is_head[i]);
		if (len > got->len - at)
			return SIZE_MAX;
		at += len;
		i++;
	}
	return SIZE_MAX;
}
