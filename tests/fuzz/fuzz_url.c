/* SPDX-License-Identifier: ISC */
/*
 * The URL that fetch is asked for: whatever is taken has a canonical form that
 * is read in the same way, and libcurl, if it takes it too, comes to the same
 * scheme, host and port.
 */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/fetch/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int is_true)
{
	if (!is_true)
		abort();
}

static void
check_canonical(const struct url *url)
{
	char place[TARGET_TEXT_MAX], text[TARGET_TEXT_MAX + 16];
	struct url again;

	snprintf(text, sizeof(text), "%s://%s/",
	    url->is_plain ? "http" : "https", url_format(url, place));
	must(url_read(text, &again) == NULL);
	must(memcmp(url, &again, sizeof(*url)) == 0);
}

static void
check_curl(const char *text, const struct url *url)
{
	char *scheme = NULL, *host = NULL, *port = NULL, *end;
	CURLU *other = curl_url();

	must(other != NULL);
	if (curl_url_set(other, CURLUPART_URL, text,
		CURLU_DISALLOW_USER | CURLU_PATH_AS_IS) != CURLUE_OK) {
		curl_url_cleanup(other);
		return;
	}
	must(curl_url_get(other, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK);
	must(curl_url_get(other, CURLUPART_HOST, &host, 0) == CURLUE_OK);
	must(curl_url_get(other, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) ==
	    CURLUE_OK);
	must(strcmp(scheme, url->is_plain ? "http" : "https") == 0);
	must(strtoul(port, NULL, 10) == url->port);
	if (host[0] == '[') {
		/* another writing of an address may be the same one */
		must(url->is_address && (end = strchr(host, ']')) != NULL &&
		    end[1] == '\0');
	} else
		must(strcasecmp(host, url->host) == 0);
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(other);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct url url;
	char *text;

	if ((text = malloc(size + 1)) == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (url_read(text, &url) == NULL) {
		must(url.port != 0 && url.host[0] != '\0');
		check_canonical(&url);
		check_curl(text, &url);
	}
	free(text);
	return 0;
}
