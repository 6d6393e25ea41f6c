/* SPDX-License-Identifier: ISC */
/* STANDARDS  OpenMetrics 1.0.0 */
#include <event2/buffer.h>
#include <string.h>

#include "worker/stages/openmetrics.h"

#define HELP "# HELP "
#define TYPE "# TYPE "

/* Both have the same length. */
#define COMMENT_BYTES (sizeof(HELP) - 1)

struct text {
	struct evbuffer *out;
	int has_failed;
};

static void
add(struct text *text, const char *p, size_t len)
{
	if (evbuffer_add(text->out, p, len) == -1)
		text->has_failed = 1;
}

static void
add_text(struct text *text, const char *p)
{
	add(text, p, strlen(p));
}

static int
begins(const char *p, size_t len, const char *words)
{
	return len >= strlen(words) && memcmp(p, words, strlen(words)) == 0;
}

static int
ends(const char *p, size_t len, const char *words)
{
	size_t n = strlen(words);

	return len >= n && memcmp(p + len - n, words, n) == 0;
}

/* The name of a sample's family. Returns its length. */
static size_t
family_of(const char *name, size_t len)
{
	if (ends(name, len, "_total"))
		return len - strlen("_total");
	if (ends(name, len, "_info"))
		return len - strlen("_info");
	return len;
}

static void
add_unit(struct text *text, const char *family, size_t len)
{
	static const char *const units[] = {"seconds", "bytes"};
	size_t i, n;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		n = strlen(units[i]);
		if (len <= n || !ends(family, len, units[i]) ||
		    family[len - n - 1] != '_')
			continue;
		add_text(text, "# UNIT ");
		add(text, family, len);
		add_text(text, " ");
		add_text(text, units[i]);
		add_text(text, "\n");
	}
}

/* "# HELP name words", or "# TYPE name type". */
static void
add_comment(struct text *text, const char *line, size_t len)
{
	const char *name = line + COMMENT_BYTES;
	const char *end = memchr(name, ' ', len - COMMENT_BYTES);
	size_t name_len =
	    end == NULL ? len - COMMENT_BYTES : (size_t)(end - name);
	size_t family_len = family_of(name, name_len);

	add(text, line, COMMENT_BYTES);
	add(text, name, family_len);
	if (begins(line, len, TYPE) && ends(name, name_len, "_info"))
		add_text(text, " info");
	else
		add(text, name + name_len, len - COMMENT_BYTES - name_len);
	add_text(text, "\n");
	if (begins(line, len, TYPE))
		add_unit(text, name, family_len);
}

/* Returns where a bound ends that is a whole number, or NULL. */
static const char *
find_whole_bound(const char *line, size_t len)
{
	static const char words[] = "le=\"";
	const char *p = memmem(line, len, words, sizeof(words) - 1);
	const char *end = line + len, *first;

	if (p == NULL)
		return NULL;
	first = p += sizeof(words) - 1;
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p > first && p < end && *p == '"' ? p : NULL;
}

static void
add_sample(struct text *text, const char *line, size_t len)
{
	const char *brace = memchr(line, '{', len);
	const char *bound = NULL;

	if (brace != NULL && ends(line, (size_t)(brace - line), "_bucket"))
		bound = find_whole_bound(brace, len - (size_t)(brace - line));
	if (bound != NULL) {
		add(text, line, (size_t)(bound - line));
		add_text(text, ".0");
		len -= (size_t)(bound - line);
		line = bound;
	}
	add(text, line, len);
	add_text(text, "\n");
}

int
openmetrics_write(const char *page, size_t len, struct evbuffer *out)
{
	struct text text = {.out = out};
	const char *end;
	size_t n;

	for (; len > 0; page += n, len -= n) {
		end = memchr(page, '\n', len);
		n = end == NULL ? len : (size_t)(end - page);
		if (begins(page, n, HELP) || begins(page, n, TYPE))
			add_comment(&text, page, n);
		else
			add_sample(&text, page, n);
		n += end != NULL;
	}
	add_text(&text, "# EOF\n");
	return text.has_failed ? VB_ENOMEM : 0;
}
