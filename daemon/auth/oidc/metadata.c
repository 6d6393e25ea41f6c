/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "daemon/auth/oidc/algorithm.h"
#include "daemon/auth/oidc/metadata.h"

/* All return NULL, or what is wrong, if they do not say otherwise. */

#define AT(field) offsetof(struct metadata, field)

static const struct address {
	const char *name;
	size_t at;
	int is_needed;
	const char *fault;
} addresses[] = {
    {"authorization_endpoint", AT(authorization_endpoint), 1,
	"the provider's authorization_endpoint is no address to use"},
    {"token_endpoint", AT(token_endpoint), 1,
	"the provider's token_endpoint is no address to use"},
    {"jwks_uri", AT(jwks_uri), 1,
	"the provider's jwks_uri is no address to use"},
    {"userinfo_endpoint", AT(userinfo_endpoint), 0,
	"the provider's userinfo_endpoint is no address to use"},
    {"end_session_endpoint", AT(end_session_endpoint), 0,
	"the provider's end_session_endpoint is no address to use"},
};

static const struct {
	const char *name;
	unsigned method;
} methods[] = {
    {"client_secret_basic", METADATA_BASIC},
    {"client_secret_post", METADATA_POST},
    {"none", METADATA_PUBLIC},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *
read_address(
    const json_t *o, const struct address *a, int is_http, struct metadata *out)
{
	const char *text;
	int result = object_text(o, a->name, URL_MAX - 1, &text);

	if (result == VB_ENOTFOUND && !a->is_needed)
		return NULL;
	if (result < 0 || !url_is_usable(text, is_http))
		return a->fault;
	memcpy((char *)out + a->at, text, strlen(text) + 1);
	return NULL;
}

static const char *
read_addresses(const json_t *o, int is_http, struct metadata *out)
{
	const char *fault = NULL;
	size_t i;

	for (i = 0; i < COUNT(addresses) && fault == NULL; i++)
		fault = read_address(o, &addresses[i], is_http, out);
	return fault;
}

/* Whether they differ in nothing but a slash at the end. */
static int
is_slash_all(const char *one, const char *other)
{
	size_t a = strlen(one), b = strlen(other);

	a -= a > 0 && one[a - 1] == '/';
	b -= b > 0 && other[b - 1] == '/';
	return a == b && strncmp(one, other, a) == 0;
}

static const char *
judge_issuer(const json_t *o, const char *issuer)
{
	const char *text = json_string_value(object_member(o, "issuer"));

	if (text == NULL)
		return "the provider does not say who it is (issuer)";
	if (strcmp(text, issuer) == 0)
		return NULL;
	return is_slash_all(text, issuer)
	    ? "the provider's issuer and that of the configuration differ in "
	      "the \"/\" at the end"
	    : "the provider's issuer is not that of the configuration";
}

static const char *
read_methods(const json_t *o, struct metadata *out)
{
	const json_t *list =
	    object_member(o, "token_endpoint_auth_methods_supported");
	size_t i;

	if (list == NULL) {
		out->methods = METADATA_BASIC; /* Discovery, 3: the default */
		return NULL;
	}
	for (i = 0; i < COUNT(methods); i++)
		if (object_list_has(list, methods[i].name))
			out->methods |= methods[i].method;
	if (out->methods != 0)
		return NULL;
	return "the provider's token endpoint takes no client secret "
	       "(token_endpoint_auth_methods_supported)";
}

/* RFC 8414 does not have the list: what is signed otherwise fails later. */
static const char *
judge_algorithms(const json_t *o)
{
	const json_t *list =
	    object_member(o, "id_token_signing_alg_values_supported");
	int i;

	if (list == NULL)
		return NULL;
	for (i = ALGORITHM_NONE + 1; i < ALGORITHM_COUNT; i++)
		if (object_list_has(list, algorithm_name((enum algorithm)i)))
			return NULL;
	return "the provider signs with none of RS256, PS256, ES256, EdDSA "
	       "(id_token_signing_alg_values_supported)";
}

static const char *
judge_flow(const json_t *o)
{
	const json_t *list = object_member(o, "response_types_supported");

	return list == NULL || object_list_has(list, "code")
	    ? NULL
	    : "the provider gives no codes (response_types_supported)";
}

/* One that is no flag is not set: nothing depends on it but what is offered. */
static int
is_set(const json_t *o, const char *name)
{
	return object_flag(o, name) == 1;
}

static const char *
read_all(const json_t *o, const char *issuer, int is_http, struct metadata *out)
{
	const char *fault;

	if ((fault = judge_issuer(o, issuer)) != NULL ||
	    (fault = read_addresses(o, is_http, out)) != NULL ||
	    (fault = read_methods(o, out)) != NULL ||
	    (fault = judge_flow(o)) != NULL ||
	    (fault = judge_algorithms(o)) != NULL)
		return fault;
	out->has_iss =
	    is_set(o, "authorization_response_iss_parameter_supported");
	out->has_back_channel = is_set(o, "backchannel_logout_supported");
	out->has_sid = out->has_back_channel &&
	    is_set(o, "backchannel_logout_session_supported");
	return NULL;
}

int
metadata_parse(const char *text, size_t len, const char *issuer, int is_http,
    struct metadata *out, const char **fault)
{
	json_t *o;
	int result = object_parse(text, len, &o);

	memset(out, 0, sizeof(*out));
	*fault = OBJECT_NO_MEMORY;
	if (result == VB_ENOMEM)
		return result;
	*fault = result < 0
	    ? "the provider's description is not an object of JSON"
	    : read_all(o, issuer, is_http, out);
	json_decref(o);
	if (*fault == NULL)
		return 0;
	memset(out, 0, sizeof(*out));
	return VB_ESYNTAX;
}
