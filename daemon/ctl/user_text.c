/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "daemon/ctl/user_text.h"

struct span {
	const char *p;
	size_t len;
};

/* A line about a user; the last field has what is behind the third colon. */
struct line {
	size_t begin; /* in the text */
	size_t end;   /* behind its newline, if it has one */
	struct span fields[USER_FIELDS];
	int has_newline;
};

static struct span
span_of(const char *text)
{
	return (struct span){text, strlen(text)};
}

/* Cuts len bytes at p up; fields that are not there are empty. */
static void
split(const char *p, size_t len, struct span fields[USER_FIELDS])
{
	const char *colon;
	size_t i;

	for (i = 0; i < USER_FIELDS; i++) {
		colon = i + 1 < USER_FIELDS ? memchr(p, ':', len) : NULL;
		fields[i] =
		    (struct span){p, colon != NULL ? (size_t)(colon - p) : len};
		len -= fields[i].len;
		p += fields[i].len;
		if (colon != NULL) {
			p++;
			len--;
		}
	}
}

static int
is_about(const struct line *line, const char *name)
{
	const struct span *field = &line->fields[USER_NAME];

	return field->len == strlen(name) &&
	    memcmp(field->p, name, field->len) == 0;
}

/* The first line about name from an offset on. Returns whether there is one. */
static int
find(const struct user_text *text, size_t from, const char *name,
    struct line *line)
{
	const char *newline;
	size_t len;

	for (; from < text->len; from = line->end) {
		newline = memchr(text->bytes + from, '\n', text->len - from);
		line->has_newline = newline != NULL;
		line->begin = from;
		line->end = newline != NULL
		    ? (size_t)(newline - text->bytes) + 1
		    : text->len;
		len = line->end - line->begin - (size_t)line->has_newline;
		split(text->bytes + from, len, line->fields);
		if (is_about(line, name))
			return 1;
	}
	return 0;
}

int
user_text_has(const struct user_text *text, const char *name)
{
	struct line line;

	return find(text, 0, name, &line);
}

/* Of all of these, one behind the other. */
static int
join(const struct span *parts, size_t count, struct user_text *out)
{
	size_t i, len = 0;
	char *p;

	for (i = 0; i < count; i++)
		len += parts[i].len;
	*out = (struct user_text){malloc(len + 1), len};
	if ((p = out->bytes) == NULL)
		return VB_ENOMEM;
	for (i = 0; i < count; i++) {
		memcpy(p, parts[i].p, parts[i].len);
		p += parts[i].len;
	}
	*p = '\0';
	return 0;
}

static struct span
before(const struct user_text *text, const struct line *line)
{
	return (struct span){text->bytes, line->begin};
}

static struct span
behind(const struct user_text *text, const struct line *line)
{
	return (struct span){text->bytes + line->end, text->len - line->end};
}

int
user_text_add(const struct user_text *text,
    const char *const fields[USER_FIELDS], struct user_text *out)
{
	int is_ended = text->len == 0 || text->bytes[text->len - 1] == '\n';
	const struct span colon = span_of(":"), newline = span_of("\n");
	const struct span parts[] = {{text->bytes, text->len},
	    span_of(is_ended ? "" : "\n"), span_of(fields[USER_NAME]), colon,
	    span_of(fields[USER_HASH]), colon, span_of(fields[USER_GROUPS]),
	    colon, span_of(fields[USER_FACTOR]), newline};

	return join(parts, sizeof(parts) / sizeof(parts[0]), out);
}

/* The text with these fields in place of the line's; mark is put first. */
static int
replace(const struct user_text *text, const struct line *line, const char *mark,
    struct user_text *out)
{
	const struct span colon = span_of(":"), *fields = line->fields;
	const struct span parts[] = {before(text, line), fields[USER_NAME],
	    colon, span_of(mark), fields[USER_HASH], colon, fields[USER_GROUPS],
	    colon, fields[USER_FACTOR], span_of(line->has_newline ? "\n" : ""),
	    behind(text, line)};

	return join(parts, sizeof(parts) / sizeof(parts[0]), out);
}

static int
is_locked_now(const struct line *line)
{
	const struct span *hash = &line->fields[USER_HASH];

	return hash->len > 0 && hash->p[0] == USER_LOCK_MARK;
}

int
user_text_set(const struct user_text *text, const char *name,
    enum user_field field, const char *value, struct user_text *out)
{
	struct line line;
	int stays_locked;

	*out = (struct user_text){NULL, 0};
	if (!find(text, 0, name, &line))
		return VB_ENOTFOUND;
	stays_locked = field == USER_HASH && is_locked_now(&line);
	line.fields[field] = span_of(value);
	return replace(text, &line, stays_locked ? "!" : "", out);
}

int
user_text_lock(const struct user_text *text, const char *name, int is_locked,
    struct user_text *out)
{
	struct line line;
	struct span *hash = &line.fields[USER_HASH];

	*out = (struct user_text){NULL, 0};
	if (!find(text, 0, name, &line))
		return VB_ENOTFOUND;
	if (is_locked_now(&line)) {
		hash->p++;
		hash->len--;
	}
	return replace(text, &line, is_locked ? "!" : "", out);
}

/* The text without one line. */
static int
cut(const struct user_text *text, const struct line *line,
    struct user_text *out)
{
	const struct span parts[] = {before(text, line), behind(text, line)};

	return join(parts, sizeof(parts) / sizeof(parts[0]), out);
}

int
user_text_remove(
    const struct user_text *text, const char *name, struct user_text *out)
{
	struct user_text rest;
	struct line line;
	int result;

	*out = (struct user_text){NULL, 0};
	if (!find(text, 0, name, &line))
		return VB_ENOTFOUND;
	result = cut(text, &line, out);
	while (result == 0 && find(out, line.begin, name, &line)) {
		result = cut(out, &line, &rest);
		user_text_free(out);
		*out = rest;
	}
	return result;
}

void
user_text_free(struct user_text *text)
{
	if (text->bytes != NULL)
		explicit_bzero(text->bytes, text->len);
	free(text->bytes);
	*text = (struct user_text){NULL, 0};
}
