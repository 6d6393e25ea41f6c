/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "worker/parse/forwarding.h"

/*
 * The walk, made from the left so that quotes are read in their order: best is
 * what the walk from the right would find, were the last element so far the
 * last of all.
 */
struct walk {
	const struct network *trusted;
	size_t trusted_count;
	size_t total; /* elements there are */
	size_t seen;
	size_t best_at; /* counted from 1; 0: there is none */
	struct hop best;
};

static int
is_named(const struct http_field *field, const char *name)
{
	return http_span_is(&field->name, name);
}

static void
walk_take(struct walk *w, const struct hop *hop)
{
	w->seen++;
	if (!hop->is_sound || w->seen + FORWARDING_HOPS_MAX <= w->total) {
		w->best_at = 0;
		return;
	}
	if (w->best_at > 0 &&
	    networks_have(w->trusted, w->trusted_count, &hop->addr)) {
		/* whoever it was, this proxy got it from them */
		if (w->best.addr.family == ADDR_NONE)
			w->best.addr = hop->addr;
		return;
	}
	w->best = *hop;
	w->best_at = w->seen;
}

static void
read_standard(const struct http_head *head, struct walk *w)
{
	struct http_span list;
	struct hop hop;
	size_t i;

	for (i = 0; i < head->field_count; i++)
		if (is_named(&head->fields[i], "Forwarded"))
			for (list = head->fields[i].value;
			     hop_next(&list, &hop);)
				w->total++;
	for (i = 0; i < head->field_count; i++)
		if (is_named(&head->fields[i], "Forwarded"))
			for (list = head->fields[i].value;
			     hop_next(&list, &hop);)
				walk_take(w, &hop);
}

/* How many items the fields of that name have together. */
static size_t
count_items(const struct http_head *head, const char *name)
{
	struct http_span list, item, params;
	size_t i, n = 0;

	for (i = 0; i < head->field_count; i++)
		if (is_named(&head->fields[i], name))
			for (list = head->fields[i].value;
			     http_next_item(&list, &item, &params);)
				n++;
	return n;
}

/* The item of that number, from 1. Returns 0 if there is none that is whole. */
static int
find_item(const struct http_head *head, const char *name, size_t number,
    struct http_span *item)
{
	struct http_span list, params;
	size_t i;

	for (i = 0; i < head->field_count; i++)
		if (is_named(&head->fields[i], name))
			for (list = head->fields[i].value;
			     http_next_item(&list, item, &params);)
				if (--number == 0)
					return params.len == 0;
	return 0;
}

static void
read_addresses(const struct http_head *head, struct walk *w)
{
	struct http_span list, item, params;
	struct hop hop;
	size_t i;

	w->total = count_items(head, "X-Forwarded-For");
	for (i = 0; i < head->field_count; i++) {
		if (!is_named(&head->fields[i], "X-Forwarded-For"))
			continue;
		list = head->fields[i].value;
		while (http_next_item(&list, &item, &params)) {
			hop_read_address(&item, &hop);
			hop.is_sound = hop.is_sound && params.len == 0;
			walk_take(w, &hop);
		}
	}
}

/* What goes with the client's place in X-Forwarded-For, or is the last. */
static int
find_beside(const struct http_head *head, const char *name,
    const struct walk *w, struct http_span *item)
{
	size_t n = count_items(head, name);

	if (n > 0 && n == w->total && w->best_at > 0)
		n = w->best_at;
	return n > 0 && find_item(head, name, n, item);
}

static void
read_customary(const struct http_head *head, struct walk *w)
{
	struct http_span item, host;
	int port;

	read_addresses(head, w);
	if (w->best_at == 0)
		memset(&w->best, 0, sizeof(w->best));
	if (find_beside(head, "X-Forwarded-Proto", w, &item))
		w->best.scheme = hop_scheme(&item);
	if (!find_beside(head, "X-Forwarded-Host", w, &item) ||
	    http_split_host(&item, &host, &port) < 0 ||
	    item.len >= sizeof(w->best.host))
		return;
	memcpy(w->best.host, item.p, item.len);
	w->best.host[item.len] = '\0';
}

/* One or more of "/" and a segment that is no dots; one slash at the end. */
static int
is_clean_path(const struct http_span *path)
{
	size_t i, len = 0, dots = 0;

	for (i = 0; i < path->len; i++) {
		if (path->p[i] == '/') {
			if (i > 0 && (len == 0 || dots == len))
				return 0;
			len = dots = 0;
			continue;
		}
		if (i == 0 ||
		    (!isalnum((unsigned char)path->p[i]) &&
			strchr("-._~", path->p[i]) == NULL))
			return 0;
		len++;
		dots += path->p[i] == '.' ? 1 : 0;
	}
	return len == 0 || dots < len;
}

static void
read_prefix(const struct http_head *head, char out[BASE_PATH_MAX])
{
	struct http_span item;

	if (count_items(head, "X-Forwarded-Prefix") != 1 ||
	    !find_item(head, "X-Forwarded-Prefix", 1, &item) ||
	    item.len >= BASE_PATH_MAX || !is_clean_path(&item))
		return;
	if (item.len > 0 && item.p[item.len - 1] == '/')
		item.len--;
	memcpy(out, item.p, item.len);
	out[item.len] = '\0';
}

/* What both say, or only one does, is so; what they dispute is unsaid. */
static void
combine(const struct hop *a, const struct hop *b, struct forwarding *out)
{
	int has_a = a->addr.family != ADDR_NONE;
	int has_b = b->addr.family != ADDR_NONE;

	if (has_a && has_b && !addr_is_same_ip(&a->addr, &b->addr))
		out->is_disputed = 1;
	else
		out->client = has_a ? a->addr : b->addr;
	if (a->scheme != SCHEME_UNSAID && b->scheme != SCHEME_UNSAID &&
	    a->scheme != b->scheme)
		out->is_disputed = 1;
	else
		out->scheme =
		    a->scheme != SCHEME_UNSAID ? a->scheme : b->scheme;
	if (a->host[0] != '\0' && b->host[0] != '\0' &&
	    strcasecmp(a->host, b->host) != 0)
		out->is_disputed = 1;
	else
		strlcpy(out->host, a->host[0] != '\0' ? a->host : b->host,
		    sizeof(out->host));
}

void
forwarding_read(const struct http_head *head, const struct addr *from,
    const struct network *trusted, size_t count, struct forwarding *out)
{
	struct walk standard = {.trusted = trusted, .trusted_count = count};
	struct walk customary = standard;

	memset(out, 0, sizeof(*out));
	if (!networks_have(trusted, count, from))
		return;
	read_standard(head, &standard);
	if (standard.best_at == 0)
		memset(&standard.best, 0, sizeof(standard.best));
	read_customary(head, &customary);
	combine(&standard.best, &customary.best, out);
	read_prefix(head, out->prefix);
}
