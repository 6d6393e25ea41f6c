/* SPDX-License-Identifier: ISC */
#include "worker/parse/http_fields.h"

/* "Content-Length: 0" means no body; http.c has let only digits through. */
int
http_has_body(const struct http_head *head)
{
	const struct http_span *n = http_find_field(head, "Content-Length");
	size_t i;

	if (http_find_field(head, "Transfer-Encoding") != NULL)
		return 1;
	for (i = 0; n != NULL && i < n->len; i++)
		if (n->p[i] != '0')
			return 1;
	return 0;
}

int
http_keeps_alive(const struct http_head *head)
{
	if (http_has_token(head, "Connection", "close"))
		return 0;
	return head->minor > 0 ||
	    http_has_token(head, "Connection", "keep-alive");
}

/* RFC 9110, 12.4.2: whether the weight in an item's parameters is zero. */
static int
has_zero_weight(const struct http_span *params)
{
	struct http_span rest = *params, param, name;
	size_t i;

	while (rest.len > 0) {
		param = rest;
		rest = http_span_cut(&param, ';');
		name = param;
		param = http_span_cut(&name, '=');
		http_span_trim(&name);
		http_span_trim(&param);
		if (!http_span_is(&name, "q"))
			continue;
		for (i = 0; i < param.len; i++)
			if (param.p[i] != '0' && param.p[i] != '.')
				return 0;
		return param.len > 0;
	}
	return 0;
}

int
http_takes_gzip(const struct http_head *head)
{
	struct http_span list, item, params;
	int any = 0;
	size_t i;

	for (i = 0; i < head->field_count; i++) {
		if (!http_span_is(&head->fields[i].name, "Accept-Encoding"))
			continue;
		list = head->fields[i].value;
		while (http_next_item(&list, &item, &params)) {
			if (http_span_is(&item, "gzip") ||
			    http_span_is(&item, "x-gzip"))
				return !has_zero_weight(&params);
			if (http_span_is(&item, "*"))
				any = !has_zero_weight(&params);
		}
	}
	return any;
}
