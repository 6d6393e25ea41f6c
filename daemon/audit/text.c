/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/utf8.h"
#include "daemon/audit/text.h"

#define MS_PER_SEC  1000
#define END_BYTES   1  /* "}" always has room */
#define CHARS_MAX   13 /* "\ud83d\ude00" and the NUL */
#define REPLACEMENT 0xfffd
#define TIME_BYTES  32

/* Adds text if it fits. */
static int
put(struct audit_text *t, const char *text)
{
	size_t n = strlen(text);

	if (t->len + n + END_BYTES > AUDIT_LINE_MAX)
		return 0;
	memcpy(t->line + t->len, text, n + 1);
	t->len += n;
	return 1;
}

/* A field that did not fit leaves nothing behind. */
static void
finish(struct audit_text *t, size_t before, int has_fit)
{
	if (has_fit)
		return;
	t->len = before;
	t->line[before] = '\0';
	t->is_cut = 1;
}

static uint32_t
decode(const unsigned char *p, size_t n)
{
	static const unsigned char masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t c = p[0] & masks[n];
	size_t i;

	for (i = 1; i < n; i++)
		c = c << 6 | (p[i] & 0x3f);
	return c;
}

static void
escape(uint32_t c, char out[CHARS_MAX])
{
	if (c == '"' || c == '\\')
		snprintf(out, CHARS_MAX, "\\%c", (int)c);
	else if (c >= 0x20 && c < 0x7f)
		snprintf(out, CHARS_MAX, "%c", (int)c);
	else if (c < 0x10000)
		snprintf(out, CHARS_MAX, "\\u%04x", (unsigned)c & 0xffff);
	else
		snprintf(out, CHARS_MAX, "\\u%04x\\u%04x",
		    (unsigned)(0xd800 + ((c - 0x10000) >> 10)) & 0xffff,
		    (unsigned)(0xdc00 + ((c - 0x10000) & 0x3ff)) & 0xffff);
}

static int
put_escaped(struct audit_text *t, const char *value)
{
	const unsigned char *p = (const unsigned char *)value;
	char one[CHARS_MAX];
	size_t n;

	while (*p != '\0') {
		n = utf8_length(p);
		escape(n == 0 ? REPLACEMENT : decode(p, n), one);
		if (!put(t, one))
			return 0;
		p += n == 0 ? 1 : n;
	}
	return 1;
}

/* Milliseconds: records of one second are told apart. */
static void
format_time(uint64_t time_ms, char out[TIME_BYTES])
{
	time_t sec = (time_t)(time_ms / MS_PER_SEC);
	char day[TIME_BYTES];
	struct tm tm;

	if (gmtime_r(&sec, &tm) == NULL ||
	    strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm) != 19)
		strlcpy(day, "1970-01-01T00:00:00", sizeof(day));
	snprintf(out, TIME_BYTES, "%.19s.%03uZ", day,
	    (unsigned)(time_ms % MS_PER_SEC));
}

void
audit_text_begin(struct audit_text *t, const struct audit_head *head)
{
	char when[TIME_BYTES];
	int n;

	format_time(head->time_ms, when);
	n = snprintf(t->line, sizeof(t->line),
	    "{\"seq\":%" PRIu64 ",\"prev\":\"%.64s\",\"time\":\"%s\",",
	    head->seq, head->prev, when);
	t->len = t->kind_at = (size_t)n;
	t->is_cut = 0;
	n = snprintf(t->line + t->len, sizeof(t->line) - t->len,
	    "\"kind\":\"%.16s\"", head->kind);
	t->len += (size_t)n;
}

void
audit_text_number(struct audit_text *t, const char *name, uint64_t value)
{
	char field[64];

	snprintf(field, sizeof(field), ",\"%.32s\":%" PRIu64, name, value);
	finish(t, t->len, put(t, field));
}

void
audit_text_string(struct audit_text *t, const char *name, const char *value)
{
	size_t before = t->len;

	finish(t, before,
	    put(t, ",\"") && put(t, name) && put(t, "\":\"") &&
		put_escaped(t, value) && put(t, "\""));
}

void
audit_text_end(struct audit_text *t)
{
	t->line[t->len++] = '}';
	t->line[t->len] = '\0';
}

const char *
audit_hash(const char *line, size_t len, char out[AUDIT_HASH_BYTES])
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	size_t i;

	SHA256((const unsigned char *)line, len, digest);
	for (i = 0; i < sizeof(digest); i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
	return out;
}
