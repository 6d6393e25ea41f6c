/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "worker/parse/path.h"

/* Copies all but the slashes that follow a slash. */
static int
copy(const struct http_span *raw, struct path *out, size_t *len)
{
	size_t i;

	*len = 0;
	out->slashes = 0;
	for (i = 0; i < raw->len; i++) {
		out->slashes += raw->p[i] == '/' ? 1 : 0;
		if (out->slashes > PATH_SLASHES_MAX)
			return VB_ERANGE;
		if (i > 0 && raw->p[i] == '/' && raw->p[i - 1] == '/')
			continue;
		if (*len + sizeof("/") >= sizeof(out->text))
			return VB_ERANGE;
		out->text[(*len)++] = raw->p[i];
	}
	out->text[*len] = '\0';
	return 0;
}

int
path_read(const struct http_span *raw, const char *base, struct path *out)
{
	static const struct http_span root = {"/", 1};
	const struct http_span *from = raw->len == 0 ? &root : raw;
	size_t base_len = strlen(base), len;
	int has_base;

	if (copy(from, out, &len) < 0)
		return VB_ERANGE;
	has_base = base_len > 0 && len >= base_len &&
	    memcmp(out->text, base, base_len) == 0 &&
	    (len == base_len || out->text[base_len] == '/');
	if (!has_base)
		base_len = 0;
	if (len == base_len) { /* room for it was kept, as for the NUL */
		out->text[len++] = '/';
	} else if (len > base_len + 1 && out->text[len - 1] == '/') {
		len--;
	}
	out->text[len] = '\0';
	out->is_folder = from->p[from->len - 1] == '/';
	out->below.p = out->text + base_len;
	out->below.len = len - base_len;
	out->is_proper =
	    len == from->len && memcmp(out->text, from->p, len) == 0;
	return 0;
}

void
path_locate(const struct path *path, const struct http_span *query,
    char out[PATH_LOCATION_MAX])
{
	unsigned i;
	size_t n;

	strlcpy(out, path->slashes > 1 ? "" : "./", PATH_LOCATION_MAX);
	for (i = 1; i < path->slashes; i++)
		strlcat(out, "../", PATH_LOCATION_MAX);
	n = strlcat(out, path->text + 1, PATH_LOCATION_MAX);
	if (query->len > 0 && n + 1 + query->len < PATH_LOCATION_MAX)
		snprintf(out + n, PATH_LOCATION_MAX - n, "?%.*s",
		    (int)query->len, query->p);
}
