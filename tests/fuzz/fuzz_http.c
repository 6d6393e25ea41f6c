/* SPDX-License-Identifier: ISC */
/*
 * The request head parser, fed each prefix of the input as a slow client
 * would: what it says must not depend on how the bytes came, every span must
 * lie in the buffer, and what it let through must keep the strict rules.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "worker/parse/http.h"

#define HTTP_HEAD_MAX 8192 /* as request-head is in these tests */

/* A prefix of each length would make long inputs take forever. */
#define DRIP_MAX 512

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int holds)
{
	if (!holds)
		abort();
}

static void
check_span(const struct http_span *span, const char *buf, size_t len)
{
	must(span->p >= buf && span->len <= len &&
	    (size_t)(span->p - buf) <= len - span->len);
}

static int
is_clean(const struct http_span *span, int may_have_blanks)
{
	size_t i;
	unsigned char c;

	for (i = 0; i < span->len; i++) {
		c = (unsigned char)span->p[i];
		if (c == 0x7f || (c < ' ' && c != '\t'))
			return 0;
		if (!may_have_blanks && (c == ' ' || c == '\t' || c >= 0x80))
			return 0;
	}
	return 1;
}

static void
check_head(const struct http_head *head, const char *buf, size_t len)
{
	const struct http_field *field;
	struct http_span host, list, item, params;
	char out[64];
	size_t i;
	int port;

	must(len >= 4 && memcmp(buf + len - 4, "\r\n\r\n", 4) == 0);
	must(len <= HTTP_HEAD_MAX && head->field_count <= HTTP_FIELDS_MAX);
	check_span(&head->method, buf, len);
	check_span(&head->target, buf, len);
	must(head->method.len > 0 && is_clean(&head->method, 0));
	must(is_clean(&head->target, 0));
	must(head->target.len == 0 || head->target.p[0] == '/' ||
	    head->target.p[0] == '?');
	must(http_count_fields(head, "Host") <= 1);
	must(http_count_fields(head, "Content-Length") <= 1);
	if (head->host.p != NULL) {
		check_span(&head->host, buf, len);
		must(http_split_host(&head->host, &host, &port) == 0);
		check_span(&host, buf, len);
		must(host.len > 0 && port >= -1 && port <= 65535);
	} else {
		must(head->minor == 0);
	}
	for (i = 0; i < head->field_count; i++) {
		field = &head->fields[i];
		check_span(&field->name, buf, len);
		check_span(&field->value, buf, len);
		must(field->name.len > 0 && is_clean(&field->name, 0));
		must(is_clean(&field->value, 1));
		list = field->value;
		while (http_next_item(&list, &item, &params)) {
			check_span(&item, buf, len);
			check_span(&params, buf, len);
		}
	}
	if (http_percent_decode(&head->target, out, sizeof(out)) >= 0)
		must(memchr(out, '\0', sizeof(out)) != NULL);
}

/* Parses in memory of exactly len bytes. */
static int
parse(const uint8_t *data, size_t len)
{
	struct http_head head;
	char *buf = malloc(len > 0 ? len : 1);
	int result;

	must(buf != NULL);
	memcpy(buf, data, len);
	result = http_parse_head(buf, len, HTTP_HEAD_MAX, &head);
	must(result <= (int)len);
	must(result >= 0 || result == -400 || result == -414 ||
	    result == -431 || result == -505);
	must(result != 0 || len < HTTP_HEAD_MAX);
	if (result > 0)
		check_head(&head, buf, (size_t)result);
	free(buf);
	return result;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int whole = parse(data, size), result = 0;
	size_t n;

	for (n = 0; n < size && n < DRIP_MAX && result == 0; n++)
		result = parse(data, n);
	must(result == 0 || result == whole);
	return 0;
}
