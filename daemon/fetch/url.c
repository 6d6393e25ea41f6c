/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "common/target.h"
#include "daemon/fetch/url.h"

#define HTTPS_PORT "443" /* RFC 9110, 4.2.2 */
#define HTTP_PORT  "80"
#define HTTPS	   "https://"
#define HTTP	   "http://"

static int
is_visible(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text <= ' ' || *text > '~' || *text == '\\')
			return 0;
	return 1;
}

/* Where HOST[:PORT] begins, or NULL. */
static const char *
skip_scheme(const char *text, struct url *out)
{
	if (strncmp(text, HTTPS, strlen(HTTPS)) == 0)
		return text + strlen(HTTPS);
	out->is_plain = 1;
	return strncmp(text, HTTP, strlen(HTTP)) == 0 ? text + strlen(HTTP)
						      : NULL;
}

static int
has_port(const char *authority)
{
	const char *bracket = strrchr(authority, ']');

	return strchr(bracket != NULL ? bracket : authority, ':') != NULL;
}

static int
read_authority(const char *text, size_t len, struct url *out)
{
	char authority[TARGET_TEXT_MAX], name[ADDR_TEXT_MAX];
	struct target target;

	if (len + sizeof(":443") > sizeof(authority))
		return 0;
	memcpy(authority, text, len);
	authority[len] = '\0';
	if (!has_port(authority)) {
		strlcat(authority, ":", sizeof(authority));
		strlcat(authority, out->is_plain ? HTTP_PORT : HTTPS_PORT,
		    sizeof(authority));
	}
	/* a final dot is another name for TLS, and the same for the DNS */
	if (strstr(authority, ".:") != NULL ||
	    target_parse_canonical(authority, &target) < 0)
		return 0;
	out->port = target.port;
	out->is_address = target.addr.family != ADDR_NONE;
	strlcpy(out->host,
	    out->is_address ? addr_format_ip(&target.addr, name) : target.name,
	    sizeof(out->host));
	return 1;
}

const char *
url_read(const char *text, struct url *out)
{
	const char *authority;
	size_t len;

	memset(out, 0, sizeof(*out));
	if (!is_visible(text))
		return "has a character that no URL may have";
	if ((authority = skip_scheme(text, out)) == NULL)
		return "does not begin with https://";
	if (strchr(text, '#') != NULL)
		return "has a fragment";
	len = strcspn(authority, "/?");
	if (memchr(authority, '@', len) != NULL)
		return "has a user in it";
	return read_authority(authority, len, out)
	    ? NULL
	    : "has no host and port that can be read";
}

const char *
url_format(const struct url *url, char out[TARGET_TEXT_MAX])
{
	snprintf(out, TARGET_TEXT_MAX,
	    strchr(url->host, ':') != NULL ? "[%s]:%u" : "%s:%u", url->host,
	    url->port);
	return out;
}
