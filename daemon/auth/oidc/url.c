/* SPDX-License-Identifier: ISC */
#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/auth/oidc/url.h"

#define SCHEME_TLS   "https://"
#define SCHEME_PLAIN "http://"
#define BASIC	     "Basic "
/* RFC 3986, 2.3 */
#define UNRESERVED \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"
#define ESCAPE_CHARS	3
#define BASE64_CHARS(n) (((n) + 2) / 3 * 4 + 1) /* with the NUL */

/* As a form has it (HTML's, RFC 6749, appendix B); a query is read alike. */
static size_t
write_encoded(const char *text, char *out)
{
	static const char hex[] = "0123456789ABCDEF";
	char *start = out;

	for (; *text != '\0'; text++) {
		if (*text == ' ') {
			*out++ = '+';
		} else if (strchr(UNRESERVED, *text) != NULL) {
			*out++ = *text;
		} else {
			*out++ = '%';
			*out++ = hex[(uint8_t)*text >> 4];
			*out++ = hex[(uint8_t)*text & 15];
		}
	}
	*out = '\0';
	return (size_t)(out - start);
}

static size_t
encoded_len(const char *text)
{
	size_t len = 0;

	for (; *text != '\0'; text++)
		len += *text == ' ' || strchr(UNRESERVED, *text) != NULL
		    ? 1
		    : ESCAPE_CHARS;
	return len;
}

/* With what stands between it and the one before; "": nothing does. */
static int
add(char *text, size_t size, const char *between, const char *name,
    const char *value)
{
	size_t used = strlen(text), head = strlen(between) + strlen(name) + 1;

	if (used + head + encoded_len(value) >= size)
		return VB_ERANGE;
	text += used;
	text = stpcpy(stpcpy(text, between), name);
	*text++ = '=';
	(void)write_encoded(value, text);
	return 0;
}

int
url_add(char *url, size_t size, const char *name, const char *value)
{
	const char *query = strchr(url, '?'), *between = "&";

	if (query == NULL)
		between = "?";
	else if (query[1] == '\0' || url[strlen(url) - 1] == '&')
		between = "";
	return add(url, size, between, name, value);
}

int
form_add(char *form, size_t size, const char *name, const char *value)
{
	return add(form, size, form[0] == '\0' ? "" : "&", name, value);
}

/* The part up to the path: a host, and no user in front of it. */
static int
has_host(const char *authority)
{
	size_t len = strcspn(authority, "/?");

	return len > 0 && authority[0] != ':' &&
	    memchr(authority, '@', len) == NULL;
}

int
url_is_usable(const char *text, int is_http)
{
	size_t i;

	for (i = 0; text[i] != '\0'; i++)
		if (i == URL_MAX - 1 || text[i] <= ' ' || text[i] >= 0x7f ||
		    strchr("#\\\"<>", text[i]) != NULL)
			return 0;
	if (strncmp(text, SCHEME_TLS, strlen(SCHEME_TLS)) == 0)
		return has_host(text + strlen(SCHEME_TLS));
	return is_http &&
	    strncmp(text, SCHEME_PLAIN, strlen(SCHEME_PLAIN)) == 0 &&
	    has_host(text + strlen(SCHEME_PLAIN));
}

int
basic_credentials(const char *id, const char *secret, char *out, size_t size)
{
	size_t id_len = encoded_len(id);
	size_t len = id_len + 1 + encoded_len(secret);
	char *pair;

	if (size > 0)
		out[0] = '\0';
	if (strlen(BASIC) + BASE64_CHARS(len) > size)
		return VB_ERANGE;
	if ((pair = malloc(len + 1)) == NULL)
		return VB_ENOMEM;
	(void)write_encoded(id, pair);
	pair[id_len] = ':';
	(void)write_encoded(secret, pair + id_len + 1);
	memcpy(out, BASIC, strlen(BASIC));
	EVP_EncodeBlock((unsigned char *)out + strlen(BASIC),
	    (const unsigned char *)pair, (int)len);
	explicit_bzero(pair, len + 1);
	free(pair);
	return 0;
}
