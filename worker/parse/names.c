/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "common/addr.h"
#include "common/target.h"
#include "worker/parse/names.h"

#define KEY_MAX	   (TARGET_NAME_MAX + 1) /* and what stands for "*" */
#define GROW_BY	   64
#define ONE_LABEL  '+' /* in no name, as that below */
#define ANY_LABELS '*'

/* Of "*.name" what is kept is ".name", behind one of the characters above. */
struct names {
	char **keys;
	size_t count;
	size_t room;
};

struct names *
names_new(void)
{
	return calloc(1, sizeof(struct names));
}

void
names_free(struct names *names)
{
	if (names == NULL)
		return;
	while (names->count > 0)
		free(names->keys[--names->count]);
	free(names->keys);
	free(names);
}

static int
add_key(struct names *names, const char *key)
{
	char **grown;

	if (names->count == names->room) {
		grown = reallocarray(
		    names->keys, names->room + GROW_BY, sizeof(*names->keys));
		if (grown == NULL)
			return VB_ENOMEM;
		names->keys = grown;
		names->room += GROW_BY;
	}
	if ((names->keys[names->count] = strdup(key)) == NULL)
		return VB_ENOMEM;
	names->count++;
	return 0;
}

int
names_add(struct names *names, const char *text, size_t len,
    enum names_wildcard wildcard)
{
	char key[KEY_MAX + 1];
	size_t n = 0;

	if (len > 2 && text[0] == '*' && text[1] == '.') {
		key[n++] = wildcard == NAMES_ONE_LABEL ? ONE_LABEL : ANY_LABELS;
		key[n++] = '.';
	}
	if (target_parse_name(text + n, len - n, key + n) < 0)
		return 0;
	return add_key(names, key);
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void
names_sort(struct names *names)
{
	if (names->count > 0)
		qsort(names->keys, names->count, sizeof(*names->keys), compare);
}

static int
has_key(const struct names *names, const char *key)
{
	return bsearch(&key, names->keys, names->count, sizeof(*names->keys),
		   compare) != NULL;
}

/* True if they have "*" and the rest of the name, from one of its dots on. */
static int
has_wildcard(const struct names *names, const char *name)
{
	char key[KEY_MAX + 1];
	const char *dot = strchr(name, '.');

	if (dot == NULL)
		return 0;
	key[0] = ONE_LABEL;
	strlcpy(key + 1, dot, sizeof(key) - 1);
	if (has_key(names, key))
		return 1;
	for (; dot != NULL; dot = strchr(dot + 1, '.')) {
		key[0] = ANY_LABELS;
		strlcpy(key + 1, dot, sizeof(key) - 1);
		if (has_key(names, key))
			return 1;
	}
	return 0;
}

/* Only four decimal numbers: what a browser makes of "0x7f.1" is that, too. */
static int
is_v4(const struct http_span *host)
{
	char text[sizeof("255.255.255.255.")];
	struct addr addr;
	size_t len = host->len;

	if (len == 0 || len >= sizeof(text))
		return 0;
	len -= host->p[len - 1] == '.' ? 1 : 0;
	memcpy(text, host->p, len);
	text[len] = '\0';
	return addr_parse_ip(text, &addr) == 0;
}

int
names_have(const struct names *names, const struct http_span *authority)
{
	struct http_span host;
	char name[TARGET_NAME_MAX];
	int port;

	if (http_split_host(authority, &host, &port) < 0)
		return 0;
	if (host.p[0] == '[' || is_v4(&host))
		return 1;
	if (target_parse_name(host.p, host.len, name) < 0)
		return 0;
	if (strcmp(name, "localhost") == 0)
		return 1;
	return names != NULL && names->count > 0 &&
	    (has_key(names, name) || has_wildcard(names, name));
}
