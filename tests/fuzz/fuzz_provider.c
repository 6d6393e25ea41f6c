/* SPDX-License-Identifier: ISC */
/*
 * What a provider answers, and texts for it. The first byte, a digit, says what
 * the others are: 0 a description, 1 an answer with tokens, 2 one of userinfo,
 * 3 an address, a line break and a value for its query. What is taken can be
 * asked, logged and put into a header as it is.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/auth/oidc/metadata.h"
#include "daemon/auth/oidc/start.h"
#include "daemon/auth/oidc/token_answer.h"
#include "daemon/auth/oidc/url.h"
#include "daemon/auth/oidc/userinfo.h"

#define KINDS	 4
#define TEXT_MAX 16384
#define ISSUER	 "https://id.example.com"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int is_true)
{
	if (!is_true)
		abort();
}

static void
check_address(const char *text, int is_needed)
{
	must(memchr(text, '\0', URL_MAX) != NULL);
	must((text[0] == '\0' && !is_needed) ||
	    strncmp(text, "https://", 8) == 0);
	must(strpbrk(text, "\r\n #") == NULL);
}

static void
try_metadata(const char *text, size_t len)
{
	struct metadata data;
	const char *fault;

	if (metadata_parse(text, len, ISSUER, 0, &data, &fault) < 0) {
		must(fault != NULL && data.token_endpoint[0] == '\0');
		return;
	}
	check_address(data.authorization_endpoint, 1);
	check_address(data.token_endpoint, 1);
	check_address(data.jwks_uri, 1);
	check_address(data.userinfo_endpoint, 0);
	check_address(data.end_session_endpoint, 0);
	must(data.methods != 0 && (!data.has_sid || data.has_back_channel));
}

static void
check_printable(const char *text, size_t size)
{
	must(memchr(text, '\0', size) != NULL);
	for (; *text != '\0'; text++)
		must(*text >= ' ' && *text < 0x7f);
}

static void
try_tokens(const char *text, size_t len)
{
	static const char *const hidden[] = {"", "invalid", NULL};
	struct token_answer answer;
	const char *fault;
	int result = token_answer_parse(text, len, hidden, &answer, &fault);

	must((result == 0) == (fault == NULL));
	must((result == 0) == (answer.id_token != NULL));
	must((result == 0) == (answer.access_token != NULL));
	check_printable(answer.error, sizeof(answer.error));
	check_printable(answer.description, sizeof(answer.description));
	must(strstr(answer.error, hidden[1]) == NULL);
	must(strstr(answer.description, hidden[1]) == NULL);
	if (result == 0) {
		check_printable(answer.access_token, TOKEN_ACCESS_MAX + 1);
		must(strchr(answer.access_token, ' ') == NULL);
	}
	token_answer_clear(&answer);
}

static void
try_userinfo(const char *text, size_t len)
{
	json_t *o;
	const char *fault;
	int result = userinfo_parse(text, len, "alice", &o, &fault);

	must((result == 0) == (o != NULL) && (result == 0) == (fault == NULL));
	if (o != NULL)
		must(strcmp(json_string_value(json_object_get(o, "sub")),
			 "alice") == 0);
	json_decref(o);
}

/* A value must not leave its place in a query, or in a form. */
static void
try_address(const char *text, size_t len)
{
	char *line = strndup(text, len), *value, url[URL_MAX], form[URL_MAX];

	must(line != NULL);
	value = strchr(line, '\n');
	if (value != NULL)
		*value++ = '\0';
	if (value != NULL && url_is_usable(line, 1)) {
		strcpy(url, line);
		if (url_add(url, sizeof(url), "k", value) == 0) {
			must(url_is_usable(url, 1));
			must(strncmp(url, line, strlen(line)) == 0);
			must(strpbrk(url + strlen(line) + 2, "&?/#") == NULL);
		} else
			must(strcmp(url, line) == 0);
		form[0] = '\0';
		if (form_add(form, sizeof(form), "k", value) == 0)
			must(strpbrk(form + 2, "&=\r\n") == NULL);
		if (basic_credentials(value, line, form, sizeof(form)) < 0)
			must(form[0] == '\0');
		check_printable(form, sizeof(form));
	}
	free(line);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const tries[KINDS])(const char *, size_t) = {
	    try_metadata, try_tokens, try_userinfo, try_address};
	static int has_started;
	char *copy;

	if (!has_started)
		must(oidc_start() == 0);
	has_started = 1;
	if (size == 0 || size > TEXT_MAX || (copy = malloc(size)) == NULL)
		return 0;
	memcpy(copy, data + 1, size - 1);
	tries[(uint8_t)(data[0] - '0') % KINDS](copy, size - 1);
	free(copy);
	return 0;
}
