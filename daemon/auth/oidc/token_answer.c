/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/auth/oidc/jwt.h"
#include "daemon/auth/oidc/token_answer.h"

/* RFC 6750, 2.1: an access token goes into a header */
#define TOKEN_CHARS                                                            \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/" \
	"="

static int
refuse(const char **fault, int error, const char *why)
{
	*fault = why;
	return error;
}

static int
repeats(const char *text, const char *const *hidden)
{
	for (; *hidden != NULL; hidden++)
		if (**hidden != '\0' && strstr(text, *hidden) != NULL)
			return 1;
	return 0;
}

/* Foreign text for the log, none of it if it repeats what nobody may read
 * there; size with the NUL. */
static void
copy_printable(
    const json_t *member, const char *const *hidden, char *out, size_t size)
{
	const char *text = json_string_value(member);
	size_t n = 0;

	if (text != NULL && repeats(text, hidden))
		text = TOKEN_HIDDEN;
	for (; text != NULL && *text != '\0' && n < size - 1; text++)
		out[n++] = *text >= ' ' && *text < 0x7f ? *text : '?';
	out[n] = '\0';
}

static int
read_error(const json_t *o, const char *const *hidden, struct token_answer *out,
    const char **fault)
{
	copy_printable(
	    object_member(o, "error"), hidden, out->error, sizeof(out->error));
	copy_printable(object_member(o, "error_description"), hidden,
	    out->description, sizeof(out->description));
	return refuse(
	    fault, VB_ENOTFOUND, "the provider gives no token for the code");
}

/* Gives a copy of a token in *out; VB_ESYNTAX for what is none. */
static int
copy_token(const json_t *o, const char *name, size_t max, char **out)
{
	const char *text;

	if (object_text(o, name, max, &text) < 0 ||
	    text[strspn(text, TOKEN_CHARS)] != '\0')
		return VB_ESYNTAX;
	*out = strdup(text);
	return *out != NULL ? 0 : VB_ENOMEM;
}

static int
read_tokens(const json_t *o, struct token_answer *out, const char **fault)
{
	const char *type = json_string_value(object_member(o, "token_type"));
	int result;

	if (type == NULL || strcasecmp(type, "Bearer") != 0)
		return refuse(fault, VB_ESYNTAX,
		    "the provider's access token is of another type than "
		    "Bearer");
	result =
	    copy_token(o, "access_token", TOKEN_ACCESS_MAX, &out->access_token);
	if (result < 0)
		return refuse(
		    fault, result, "the provider gave no access token to use");
	result = copy_token(o, "id_token", JWT_TEXT_MAX, &out->id_token);
	if (result < 0)
		return refuse(fault, result,
		    "the provider gave no ID token: scopes needs \"openid\"");
	return 0;
}

int
token_answer_parse(const char *text, size_t len, const char *const *hidden,
    struct token_answer *out, const char **fault)
{
	json_t *o;
	int result = object_parse(text, len, &o);

	memset(out, 0, sizeof(*out));
	*fault = NULL;
	if (result < 0)
		return refuse(fault,
		    result == VB_ENOMEM ? VB_ENOMEM : VB_ESYNTAX,
		    "the answer with the tokens is not an object of JSON");
	result = json_is_string(object_member(o, "error"))
	    ? read_error(o, hidden, out, fault)
	    : read_tokens(o, out, fault);
	json_decref(o);
	if (result < 0 && result != VB_ENOTFOUND)
		token_answer_clear(out);
	return result;
}

static void
wipe(char *text)
{
	if (text != NULL)
		explicit_bzero(text, strlen(text));
	free(text);
}

void
token_answer_clear(struct token_answer *answer)
{
	wipe(answer->id_token);
	wipe(answer->access_token);
	memset(answer, 0, sizeof(*answer));
}
