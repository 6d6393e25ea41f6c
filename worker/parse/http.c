/* SPDX-License-Identifier: ISC */
/*
 * The request head parser, RFC 9112 sections 2 to 5.
 *
 * It keeps nothing between two calls, so a head that drips in is read from
 * its start each time: its caller feeds it when a line has ended, and there are
 * at most HTTP_FIELDS_MAX of them.
 *
 * The steps return 1 when they are done, 0 when more bytes are needed, or
 * minus an HTTP status.
 */
#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "worker/parse/http.h"

#define BAD_REQUEST   -400
#define LONG_TARGET   -414
#define LONG_HEAD     -431
#define OTHER_VERSION -505

#define STEP_MORE     0
#define STEP_DONE     1
#define STEP_HEAD_END 2

/* What a byte may appear in; 0 for controls. */
#define TOK   0x1 /* tchar (RFC 9110, 5.6.2) */
#define URI   0x2 /* a request target, see below */
#define VAL   0x4 /* a field's value (RFC 9110, 5.5) */
#define ALL   (TOK | URI | VAL)
#define URI_V (URI | VAL)

/*
 * URI is what browsers send unescaped: the characters of RFC 3986, and
 * brackets, braces, bar, caret and backquote. '#', '"', '<', '>' and '\'
 * are never sent; a fragment in particular has no place in a request.
 */
static const uint8_t classes[256] = {
    ['\t'] = VAL,
    [' '] = VAL,
    ['!'] = ALL,
    ['"'] = VAL,
    ['#'] = TOK | VAL,
    ['$' ... '\''] = ALL,
    ['(' ... ')'] = URI_V,
    ['*' ... '+'] = ALL,
    [','] = URI_V,
    ['-' ... '.'] = ALL,
    ['/'] = URI_V,
    ['0' ... '9'] = ALL,
    [':' ... ';'] = URI_V,
    ['<'] = VAL,
    ['='] = URI_V,
    ['>'] = VAL,
    ['?' ... '@'] = URI_V,
    ['A' ... 'Z'] = ALL,
    ['['] = URI_V,
    ['\\'] = VAL,
    [']'] = URI_V,
    ['^' ... '`'] = ALL,
    ['a' ... 'z'] = ALL,
    ['{'] = URI_V,
    ['|'] = ALL,
    ['}'] = URI_V,
    ['~'] = ALL,
    [0x80 ... 0xff] = VAL, /* obs-text */
};

struct scan {
	const char *p;
	const char *end;
};

static int
is_in_class(char c, uint8_t class)
{
	return (classes[(uint8_t)c] & class) != 0;
}

/* Moves over bytes of a class; the span is what lay there. */
static struct http_span
take_span(struct scan *s, uint8_t class)
{
	struct http_span span = {s->p, 0};

	while (s->p < s->end && is_in_class(*s->p, class))
		s->p++;
	span.len = (size_t)(s->p - span.p);
	return span;
}

int
http_is_token(const struct http_span *span)
{
	struct scan s = {span->p, span->p + span->len};

	return span->len > 0 && take_span(&s, TOK).len == span->len;
}

static int
expect_char(struct scan *s, char c)
{
	if (s->p == s->end)
		return STEP_MORE;
	return *s->p++ == c ? STEP_DONE : BAD_REQUEST;
}

static int
refuse(struct http_head *head, int step, const char *fault)
{
	head->fault = fault;
	return step;
}

/* A line ends with CR LF; one without the other is a smuggler's. */
static int
expect_crlf(struct scan *s)
{
	int step = expect_char(s, '\r');

	return step == STEP_DONE ? expect_char(s, '\n') : step;
}

/* HTTP-version, RFC 9112, 2.3. */
static int
parse_version(struct scan *s, struct http_head *head)
{
	const char *name = "HTTP/";
	int step = STEP_DONE;

	while (*name != '\0' && step == STEP_DONE)
		step = expect_char(s, *name++);
	if (step != STEP_DONE)
		return step;
	if (s->p == s->end)
		return STEP_MORE;
	if (!isdigit((unsigned char)*s->p))
		return BAD_REQUEST;
	if (*s->p++ != '1')
		return refuse(head, OTHER_VERSION, "not HTTP/1.x");
	if ((step = expect_char(s, '.')) != STEP_DONE)
		return step;
	if (s->p == s->end)
		return STEP_MORE;
	if (!isdigit((unsigned char)*s->p))
		return BAD_REQUEST;
	head->minor = *s->p++ - '0';
	return STEP_DONE;
}

/*
 * Takes origin-form as it is, and takes absolute-form apart (RFC 9112, 3.2):
 * its host wins over the Host field. The other two forms are not for us.
 */
static int
split_target(struct http_head *head)
{
	static const char *const schemes[] = {"http://", "https://"};
	const struct http_span all = head->target;
	struct http_span host;
	size_t i, n = 0;
	int port;

	if (all.p[0] == '/')
		return STEP_DONE;
	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (all.len > strlen(schemes[i]) &&
		    strncasecmp(all.p, schemes[i], strlen(schemes[i])) == 0)
			n = strlen(schemes[i]);
	if (n == 0)
		return BAD_REQUEST;
	head->host.p = all.p + n;
	while (n < all.len && all.p[n] != '/' && all.p[n] != '?')
		n++;
	head->host.len = (size_t)(all.p + n - head->host.p);
	head->target.p = all.p + n;
	head->target.len = all.len - n;
	if (http_split_host(&head->host, &host, &port) < 0)
		return BAD_REQUEST;
	return STEP_DONE;
}

static int
parse_request_line(struct scan *s, struct http_head *head)
{
	int step;

	head->method = take_span(s, TOK);
	if ((step = expect_char(s, ' ')) != STEP_DONE)
		return step;
	if (head->method.len == 0)
		return BAD_REQUEST;
	if (s->p == s->end)
		return STEP_MORE;
	if (*s->p != '/' && !isalpha((unsigned char)*s->p))
		return BAD_REQUEST;
	head->target = take_span(s, URI);
	if ((step = expect_char(s, ' ')) != STEP_DONE)
		return step;
	if ((step = parse_version(s, head)) != STEP_DONE)
		return step;
	if ((step = expect_crlf(s)) != STEP_DONE)
		return step;
	return split_target(head);
}

static int
check_content_length(struct http_head *head, const struct http_span *value)
{
	size_t i;

	/* RFC 9112, 6.3: twice, or with the other, is how one smuggles */
	if (value->len == 0 ||
	    http_find_field(head, "Content-Length") != NULL ||
	    http_find_field(head, "Transfer-Encoding") != NULL)
		return refuse(
		    head, BAD_REQUEST, "Content-Length is empty, or not alone");
	for (i = 0; i < value->len; i++)
		if (!isdigit((unsigned char)value->p[i]))
			return refuse(head, BAD_REQUEST,
			    "Content-Length is not a number");
	return STEP_DONE;
}

static int
check_host(struct http_head *head, const struct http_span *value)
{
	struct http_span host;
	int port;

	/* RFC 9112, 3.2: "more than one Host header field line" */
	if (http_find_field(head, "Host") != NULL ||
	    http_split_host(value, &host, &port) < 0)
		return refuse(
		    head, BAD_REQUEST, "Host is malformed, or given twice");
	if (head->host.p == NULL)
		head->host = *value;
	return STEP_DONE;
}

/* The fields whose value decides where the message ends, or whose it is. */
static int
check_field(struct http_head *head, const struct http_field *field)
{
	if (http_span_is(&field->name, "Host"))
		return check_host(head, &field->value);
	if (http_span_is(&field->name, "Content-Length"))
		return check_content_length(head, &field->value);
	if (http_span_is(&field->name, "Transfer-Encoding") &&
	    http_find_field(head, "Content-Length") != NULL)
		return refuse(head, BAD_REQUEST,
		    "both Transfer-Encoding and Content-Length");
	return STEP_DONE;
}

/*
 * One field line (RFC 9112, 5), or the empty line after them. A line that
 * begins with white space (obs-fold), and white space before the colon, have
 * no place in a token.
 */
static int
parse_field(struct scan *s, struct http_head *head)
{
	struct http_field *field = &head->fields[head->field_count];
	int step;

	if (s->p < s->end && *s->p == '\r') {
		step = expect_crlf(s);
		return step == STEP_DONE ? STEP_HEAD_END : step;
	}
	if (s->p == s->end)
		return STEP_MORE;
	if (head->field_count == HTTP_FIELDS_MAX)
		return refuse(head, LONG_HEAD, "too many fields");
	field->name = take_span(s, TOK);
	if ((step = expect_char(s, ':')) != STEP_DONE)
		return step;
	if (field->name.len == 0)
		return BAD_REQUEST;
	field->value = take_span(s, VAL);
	if ((step = expect_crlf(s)) != STEP_DONE)
		return step;
	http_span_trim(&field->value);
	if ((step = check_field(head, field)) != STEP_DONE)
		return step;
	head->field_count++;
	return STEP_DONE;
}

/*
 * RFC 9112, 6.3: where the last coding is not "chunked", no one knows where the
 * body ends; 6.1: it appears once.
 */
static int
check_transfer_encoding(struct http_head *head)
{
	static const char transfer_encoding[] =
	    "Transfer-Encoding does not end with one chunked";
	struct http_span list, item, params;
	int has_field = 0, is_chunked = 0;
	size_t i;

	for (i = 0; i < head->field_count; i++) {
		if (!http_span_is(&head->fields[i].name, "Transfer-Encoding"))
			continue;
		has_field = 1;
		list = head->fields[i].value;
		while (http_next_item(&list, &item, &params)) {
			if (is_chunked)
				return refuse(
				    head, BAD_REQUEST, transfer_encoding);
			is_chunked =
			    params.len == 0 && http_span_is(&item, "chunked");
		}
	}
	return has_field && !is_chunked
	    ? refuse(head, BAD_REQUEST, transfer_encoding)
	    : STEP_DONE;
}

static int
parse_fields(struct scan *s, struct http_head *head)
{
	int step;

	do
		step = parse_field(s, head);
	while (step == STEP_DONE);
	if (step != STEP_HEAD_END)
		return step;
	/* RFC 9112, 3.2: a Host field in every HTTP/1.1 request */
	if (head->minor > 0 && http_find_field(head, "Host") == NULL)
		return refuse(head, BAD_REQUEST, "no Host field");
	return check_transfer_encoding(head);
}

int
http_parse_head(const char *buf, size_t len, size_t max, struct http_head *head)
{
	struct scan s = {buf, buf};
	int is_full = len >= max;
	int step = STEP_DONE;

	s.end += is_full ? max : len;
	head->field_count = 0;
	head->host.p = NULL;
	head->host.len = 0;
	head->prefix.p = buf;
	head->prefix.len = 0;
	head->fault = "the request line is malformed";
	if (s.p < s.end && *s.p == '\r')
		step = expect_crlf(&s);
	if (step == STEP_DONE)
		step = parse_request_line(&s, head);
	if (step == STEP_MORE && is_full)
		return refuse(
		    head, LONG_TARGET, "the request line is too long");
	if (step != STEP_DONE)
		return step;
	head->fault = "a field's line is malformed";
	step = parse_fields(&s, head);
	if (step == STEP_MORE && is_full)
		return refuse(head, LONG_HEAD, "the head is too long");
	return step == STEP_DONE ? (int)(s.p - buf) : step;
}
