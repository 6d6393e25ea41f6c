/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <strings.h>

#include "common/addr.h"
#include "common/origin.h"
#include "common/target.h"

#define WILDCARD "://*."

/* What follows a host, ":port" or nothing, of that scheme. 0: no port. */
static int
read_port(const char *text, size_t len, int is_https, uint16_t *port)
{
	char digits[sizeof(":65535")];

	*port = is_https ? 443 : 80;
	if (len == 0)
		return 1;
	if (text[0] != ':' || len >= sizeof(digits))
		return 0;
	memcpy(digits, text + 1, len - 1);
	digits[len - 1] = '\0';
	return addr_parse_port(digits, port) == 0;
}

/* The host's text ends where a port begins: a name has no colon. */
static size_t
host_len(const char *text, size_t len)
{
	const char *colon = memchr(text, ':', len);

	return colon == NULL ? len : (size_t)(colon - text);
}

/* Scheme, then what "*." stands for, then the rest and the port. */
static int
matches_wildcard(
    const char *entry, const char *star, const char *origin, size_t len)
{
	size_t scheme_len = (size_t)(star - entry) + strlen("://"), n, suffix_n;
	int is_https = strncmp(entry, "https:", strlen("https:")) == 0;
	const char *suffix = entry + scheme_len + 1; /* from its dot on */
	char name[TARGET_NAME_MAX];
	uint16_t port, own_port;

	if (len <= scheme_len || strncasecmp(origin, entry, scheme_len) != 0)
		return 0;
	origin += scheme_len;
	len -= scheme_len;
	n = host_len(origin, len);
	suffix_n = host_len(suffix, strlen(suffix));
	if (!read_port(origin + n, len - n, is_https, &port) ||
	    !read_port(suffix + suffix_n, strlen(suffix + suffix_n), is_https,
		&own_port) ||
	    port != own_port || target_parse_name(origin, n, name) < 0)
		return 0;
	n = strlen(name);
	return n > suffix_n &&
	    memcmp(name + n - suffix_n, suffix, suffix_n) == 0;
}

int
origin_matches(const char *entry, const char *origin, size_t len)
{
	const char *star = strstr(entry, WILDCARD);

	if (strlen(entry) == len && strncasecmp(entry, origin, len) == 0)
		return 1;
	return star != NULL && matches_wildcard(entry, star, origin, len);
}

const char *
origin_frame_source(const char *entry)
{
	if (strcmp(entry, "file://") == 0)
		return "file:"; /* it has no host */
	return strchr(entry, '[') != NULL ? NULL : entry;
}
