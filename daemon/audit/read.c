/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "daemon/audit/read.h"

/* Where the reader is; nothing is read from end on. */
struct cursor {
	const char *at;
	const char *end;
};

static int
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static int
take_text(struct cursor *c, const char *text)
{
	size_t n = strlen(text);

	if ((size_t)(c->end - c->at) < n || memcmp(c->at, text, n) != 0)
		return 0;
	c->at += n;
	return 1;
}

/* As printf writes it: no sign, no zero in front, no more than 64 bits. */
static int
take_number(struct cursor *c, uint64_t *out)
{
	const char *first = c->at;
	uint64_t digit;

	*out = 0;
	for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++) {
		digit = (uint64_t)(*c->at - '0');
		if (*out > (UINT64_MAX - digit) / 10)
			return 0;
		*out = *out * 10 + digit;
	}
	return c->at > first && (*first != '0' || c->at == first + 1);
}

/* The text up to the quote, of those characters only. */
static int
take_word(struct cursor *c, int (*may_be)(char), char *out, size_t out_size)
{
	const char *first = c->at;
	size_t n;

	while (c->at < c->end && may_be(*c->at))
		c->at++;
	n = (size_t)(c->at - first);
	if (n == 0 || n >= out_size)
		return 0;
	memcpy(out, first, n);
	out[n] = '\0';
	return take_text(c, "\"");
}

static int
is_name(char c)
{
	return (c >= 'a' && c <= 'z') || c == '_';
}

/* "YYYY-MM-DDTHH:MM:SS.mmmZ" */
static int
take_time(struct cursor *c)
{
	static const char form[] = "0000-00-00T00:00:00.000Z\"";
	size_t i;

	for (i = 0; form[i] != '\0'; i++, c->at++)
		if (c->at == c->end ||
		    (form[i] == '0' ? *c->at < '0' || *c->at > '9'
				    : *c->at != form[i]))
			return 0;
	return 1;
}

/* What is after a backslash. */
static int
take_escape(struct cursor *c)
{
	int i;

	if (take_text(c, "\"") || take_text(c, "\\"))
		return 1;
	if (!take_text(c, "u"))
		return 0;
	for (i = 0; i < 4; i++, c->at++)
		if (c->at == c->end || !is_hex(*c->at))
			return 0;
	return 1;
}

/* The rest of a string, its quote too. */
static int
take_string(struct cursor *c)
{
	while (c->at < c->end) {
		if (*c->at < 0x20 || *c->at > 0x7e)
			return 0;
		if (*c->at == '"')
			return take_text(c, "\"");
		if (*c->at++ == '\\' && !take_escape(c))
			return 0;
	}
	return 0;
}

/* Those that the chain knows of have a number, and come once. */
static uint64_t *
number_of(struct audit_record *r, const char *name)
{
	if (strcmp(name, "lost") == 0)
		return &r->lost;
	return strcmp(name, "torn") == 0 ? &r->torn : NULL;
}

static int
take_field(struct cursor *c, struct audit_record *r)
{
	char name[AUDIT_WORD_MAX + 1];
	uint64_t value, *known;

	if (!take_text(c, ",\"") ||
	    !take_word(c, is_name, name, sizeof(name)) || !take_text(c, ":"))
		return 0;
	known = number_of(r, name);
	if (known == NULL && take_text(c, "\""))
		return take_string(c);
	if (!take_number(c, &value))
		return 0;
	if (known == NULL)
		return 1;
	if (*known != 0 || value == 0)
		return 0;
	*known = value;
	return 1;
}

int
audit_read(const char *line, size_t len, struct audit_record *out)
{
	struct cursor c = {line, line + len};

	memset(out, 0, sizeof(*out));
	if (len > AUDIT_LINE_MAX || !take_text(&c, "{\"seq\":") ||
	    !take_number(&c, &out->seq) || out->seq == 0 ||
	    !take_text(&c, ",\"prev\":\"") ||
	    !take_word(&c, is_hex, out->prev, sizeof(out->prev)) ||
	    strlen(out->prev) != AUDIT_HASH_BYTES - 1 ||
	    !take_text(&c, ",\"time\":\"") || !take_time(&c) ||
	    !take_text(&c, ",\"kind\":\"") ||
	    !take_word(&c, is_name, out->kind, sizeof(out->kind)))
		return VB_ESYNTAX;
	while (c.at < c.end && *c.at == ',')
		if (!take_field(&c, out))
			return VB_ESYNTAX;
	return take_text(&c, "}") && c.at == c.end ? 0 : VB_ESYNTAX;
}
