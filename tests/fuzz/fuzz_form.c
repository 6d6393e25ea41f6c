/* SPDX-License-Identifier: ISC */
/*
 * A form, a cookie, HTTP Basic, and a page's words: whatever is taken is text
 * without line breaks, fits, and nothing is left of what is refused. A cookie
 * has one text, and so has an answer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/proto_lease.h"
#include "worker/parse/basic.h"
#include "worker/parse/cookie.h"
#include "worker/parse/form.h"
#include "worker/parse/talk_words.h"

#define FIELD_MAX 32
#define NAME	  "c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int is_true)
{
	if (!is_true)
		abort();
}

static void
try_form(const struct http_span *form)
{
	char out[FIELD_MAX];
	int n;

	memset(out, 'x', sizeof(out));
	n = form_field(form, "user", out, sizeof(out));
	must(memchr(out, '\0', sizeof(out)) != NULL);
	must(n < 0 ? out[0] == '\0' : strlen(out) == (size_t)n);
	must(strpbrk(out, "\r\n") == NULL);
}

static void
try_cookie(const struct http_span *value)
{
	struct http_head head = {.field_count = 1};
	uint8_t number[COOKIE_BYTES];
	char text[COOKIE_TEXT + 1];
	const char *at;
	size_t i;

	head.fields[0].name.p = "Cookie";
	head.fields[0].name.len = 6;
	head.fields[0].value = *value;
	if (!cookie_find(&head, NAME, number)) {
		for (i = 0; i < sizeof(number); i++)
			must(number[i] == 0);
		return;
	}
	cookie_format(number, text);
	at = memmem(value->p, value->len, text, COOKIE_TEXT);
	must(at != NULL);
}

static void
try_basic(const struct http_span *value)
{
	struct http_head head = {.field_count = 1};
	char name[FIELD_MAX], password[FIELD_MAX];
	int result;

	head.fields[0].name.p = "Authorization";
	head.fields[0].name.len = 13;
	head.fields[0].value = *value;
	memset(name, 'x', sizeof(name));
	memset(password, 'x', sizeof(password));
	result =
	    basic_read(&head, name, sizeof(name), password, sizeof(password));
	must(memchr(name, '\0', sizeof(name)) != NULL);
	must(memchr(password, '\0', sizeof(password)) != NULL);
	must(result == 0 || (name[0] == '\0' && password[0] == '\0'));
	must(strchr(name, ':') == NULL && strpbrk(password, "\r\n") == NULL);
}

static void
try_words(const struct http_span *text)
{
	static const char *const answers[] = {"keep", "share", "give"};
	char written[64];
	struct talk_words said;
	int n;

	if (talk_words_read((const uint8_t *)text->p, text->len, &said) != 0)
		return;
	must(said.is_stay || said.answer < LEASE_ANSWER_COUNT);
	n = said.is_stay
	    ? snprintf(written, sizeof(written), "stay")
	    : snprintf(written, sizeof(written), "%s %llu",
		  answers[said.answer], (unsigned long long)said.number);
	must(
	    (size_t)n == text->len && memcmp(written, text->p, text->len) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_span span = {NULL, size};
	char *copy = malloc(size == 0 ? 1 : size);

	if (copy == NULL)
		return 0;
	memcpy(copy, data, size);
	span.p = copy;
	try_form(&span);
	try_cookie(&span);
	try_basic(&span);
	try_words(&span);
	free(copy);
	return 0;
}
