/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <string.h>

#include "worker/parse/accept.h"

#define WEIGHT_ONE   1000 /* a thousandth is the least (RFC 9110, 12.4.2) */
#define WEIGHT_WRONG 0
#define DIGITS_MAX   3

/* "0.5" is 500; what is no weight is none. */
static int
read_weight(const struct http_span *text)
{
	int weight, unit = WEIGHT_ONE;
	size_t i;

	if (text->len == 0 || text->len > 2 + DIGITS_MAX ||
	    (text->p[0] != '0' && text->p[0] != '1') ||
	    (text->len > 1 && text->p[1] != '.'))
		return WEIGHT_WRONG;
	weight = (text->p[0] - '0') * WEIGHT_ONE;
	for (i = 2; i < text->len; i++) {
		if (!isdigit((unsigned char)text->p[i]))
			return WEIGHT_WRONG;
		unit /= 10;
		weight += (text->p[i] - '0') * unit;
	}
	return weight > WEIGHT_ONE ? WEIGHT_WRONG : weight;
}

/* Of an item; it has none where its version is another one. */
static int
weight_of(const struct http_span *params, const char *version)
{
	struct http_span rest = *params, value, name;
	int weight = WEIGHT_ONE;

	while (rest.len > 0) {
		value = rest;
		rest = http_span_cut(&value, ';');
		name = value;
		value = http_span_cut(&name, '=');
		http_span_trim(&name);
		http_span_trim(&value);
		if (http_span_is(&name, "q"))
			weight = read_weight(&value);
		else if (http_span_is(&name, "version") &&
		    !http_span_is(&value, version))
			return WEIGHT_WRONG;
	}
	return weight;
}

/* What names it best counts, of the same the greatest. */
struct choice {
	int weight;
	int rank;
};

static void
note(struct choice *choice, int rank, int weight)
{
	if (rank < choice->rank ||
	    (rank == choice->rank && weight < choice->weight))
		return;
	choice->rank = rank;
	choice->weight = weight;
}

int
accept_prefers_openmetrics(const struct http_head *head)
{
	static const char *const ranges[] = {"*/*", "text/*", "text/plain"};
	struct choice open = {0, 0}, plain = {0, 0};
	struct http_span list, item, params;
	size_t i;
	int n;

	for (i = 0; i < head->field_count; i++) {
		if (!http_span_is(&head->fields[i].name, "Accept"))
			continue;
		list = head->fields[i].value;
		while (http_next_item(&list, &item, &params)) {
			if (http_span_is(&item, ACCEPT_OPENMETRICS))
				note(&open, 1, weight_of(&params, "1.0.0"));
			for (n = 0; n < 3; n++)
				if (http_span_is(&item, ranges[n]))
					note(&plain, n + 1,
					    weight_of(&params, "0.0.4"));
		}
	}
	return open.weight > 0 && open.weight >= plain.weight;
}
