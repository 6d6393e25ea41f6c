/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "daemon/auth/oidc/validity.h"

/* All return NULL, or what is wrong. */

static int
is_text(const json_t *member, const char *text)
{
	return json_is_string(member) &&
	    strcmp(json_string_value(member), text) == 0;
}

/* One audience, or several (RFC 7519, 4.1.3); *is_one says which. */
static const char *
judge_audience(const json_t *claims, const char *client_id, int *is_one)
{
	const json_t *aud = object_member(claims, "aud");

	*is_one = json_is_string(aud) || json_array_size(aud) == 1;
	if (!json_is_string(aud) && !object_is_list(aud))
		return "the token does not say for whom it is (aud)";
	if (!is_text(aud, client_id) && !object_list_has(aud, client_id))
		return "the token is for another client (aud)";
	return NULL;
}

/* To whom it was given: one of several has to be named. */
static const char *
judge_party(const json_t *claims, const char *client_id, int is_one)
{
	const json_t *azp = object_member(claims, "azp");

	if (azp == NULL)
		return is_one
		    ? NULL
		    : "the token is for several clients, and does not "
		      "say whose it is (azp)";
	return is_text(azp, client_id) ? NULL
				       : "the token is another client's (azp)";
}

static const char *
judge_end(const json_t *claims, const struct validity_rules *rules)
{
	double exp;

	if (object_time(claims, "exp", &exp) < 0)
		return "the token does not say when it ends (exp)";
	return (double)rules->now < exp + rules->skew_sec
	    ? NULL
	    : "the token has expired (exp)";
}

static const char *
judge_start(const json_t *claims, const struct validity_rules *rules)
{
	double nbf;
	int result = object_time(claims, "nbf", &nbf);

	if (result == VB_ENOTFOUND)
		return NULL;
	if (result < 0)
		return "the token's start is no time (nbf)";
	return nbf <= (double)rules->now + rules->skew_sec
	    ? NULL
	    : "the token is not valid yet (nbf)";
}

static const char *
judge_age(const json_t *claims, const struct validity_rules *rules)
{
	double iat, now = (double)rules->now;

	if (object_time(claims, "iat", &iat) < 0)
		return "the token does not say when it was made (iat)";
	if (iat > now + rules->skew_sec)
		return "the token is from the future: the clocks differ (iat)";
	if (iat < now - rules->age_max_sec - rules->skew_sec)
		return "the token is too old (iat)";
	return NULL;
}

int
validity_judge(const json_t *claims, const struct validity_rules *rules,
    const char **fault)
{
	int is_one = 0;

	*fault = NULL;
	if (!is_text(object_member(claims, "iss"), rules->issuer))
		*fault = "the token is from another issuer (iss)";
	if (*fault == NULL)
		*fault = judge_audience(claims, rules->client_id, &is_one);
	if (*fault == NULL)
		*fault = judge_party(claims, rules->client_id, is_one);
	if (*fault == NULL)
		*fault = judge_end(claims, rules);
	if (*fault == NULL)
		*fault = judge_start(claims, rules);
	if (*fault == NULL)
		*fault = judge_age(claims, rules);
	return *fault == NULL ? 0 : VB_ESYNTAX;
}
