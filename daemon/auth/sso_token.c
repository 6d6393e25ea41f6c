/* SPDX-License-Identifier: ISC */
/* The provider ends logins (OpenID Connect Back-Channel Logout 1.0). */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/auth/boot.h"
#include "daemon/auth/digest.h"
#include "daemon/auth/errand.h"
#include "daemon/auth/oidc/base64url.h"
#include "daemon/auth/oidc/logout_token.h"

struct notice {
	struct errand errand; /* first */
	int has_newer_keys;
	char token[OIDC_TOKEN_MAX];
};

static void
free_notice(struct errand *e)
{
	explicit_bzero(e, sizeof(struct notice));
	free(e);
}

/* Returns 0, VB_ENOTFOUND if it was taken before, or that it can't be. */
static int
take_name(struct notice *notice, const struct logout_token *token)
{
	const struct provider *p = notice->errand.provider;
	uint64_t now_sec = boot_now_sec();
	double left = token->exp - (double)time(NULL) + 2 * SSO_SKEW_SEC;
	uint8_t name[DIGEST_BYTES];

	/* it is not good for longer than that: its age has a bound */
	if (left > SSO_AGE_SEC + 2 * SSO_SKEW_SEC)
		left = SSO_AGE_SEC + 2 * SSO_SKEW_SEC;
	if (provider_mark(p, "jti", token->jti, name) < 0)
		return VB_ENOMEM;
	return spent_take_token(notice->errand.desk->spent, name,
	    now_sec + (left < 1 ? 1 : (uint64_t)left), now_sec);
}

static void
judge(struct notice *notice, const struct jwt *jwt)
{
	struct errand *e = &notice->errand;
	const struct provider *p = e->provider;
	struct validity_rules rules = {.issuer = p->conf.issuer,
	    .client_id = p->conf.client_id,
	    .now = time(NULL),
	    .skew_sec = SSO_SKEW_SEC,
	    .age_max_sec = SSO_AGE_SEC};
	struct sso_answer answer = {.code = OIDC_TAKEN};
	uint8_t subject[DIGEST_BYTES], session[DIGEST_BYTES];
	struct logout_token token;
	const char *fault = "";
	int result;

	if (logout_token_judge(jwt, &rules, &token, &fault) < 0)
		errand_end(e, OIDC_UNPROVEN, fault);
	else if ((result = take_name(notice, &token)) == VB_ENOTFOUND)
		errand_end(e, OIDC_UNPROVEN, "it was taken before");
	else if (result < 0)
		errand_end(e, OIDC_BUSY, "too many came of late");
	else if ((token.sub != NULL &&
		     provider_mark(p, "sub", token.sub, subject) < 0) ||
	    (token.sid != NULL &&
		provider_mark(p, "sid", token.sid, session) < 0))
		errand_end(e, OIDC_BUSY, "there is not enough memory");
	else {
		answer.subject = token.sub == NULL ? NULL : subject;
		answer.session = token.sid == NULL ? NULL : session;
		errand_answer(e, &answer);
	}
}

static void
verify(struct errand *e)
{
	struct notice *notice = (struct notice *)e;
	struct jwt jwt;
	const char *fault = "";
	int result = jwt_verify(notice->token, strlen(notice->token),
	    e->provider->keys, &jwt, &fault);

	if (result == 0) {
		judge(notice, &jwt);
		jwt_clear(&jwt);
	} else if (result == VB_ENOTFOUND && !notice->has_newer_keys) {
		notice->has_newer_keys = 1;
		errand_want(e, PAPER_KEYS, 1, verify);
	} else
		errand_end(e, OIDC_UNPROVEN, fault == NULL ? "" : fault);
}

static void
on_metadata(struct errand *e)
{
	errand_want(e, PAPER_KEYS, 0, verify);
}

/* Who says to have sent it, which its signature is to prove. */
static struct provider *
find_sender(const struct login_desk *desk, const char *token)
{
	uint8_t bytes[BASE64URL_BYTES(OIDC_TOKEN_MAX)];
	const char *p = strchr(token, '.'), *end, *issuer;
	struct provider *found = NULL;
	json_t *claims = NULL;
	uint32_t i;
	int len;

	if (p == NULL || (end = strchr(++p, '.')) == NULL)
		return NULL;
	len = base64url_decode(p, (size_t)(end - p), bytes, sizeof(bytes));
	if (len < 0 ||
	    object_parse((const char *)bytes, (size_t)len, &claims) < 0)
		return NULL;
	if (object_text(claims, "iss", OIDC_ISSUER_MAX, &issuer) == 0)
		for (i = 0; i < desk->providers.count && found == NULL; i++)
			if (strcmp(desk->providers.all[i]->conf.issuer,
				issuer) == 0)
				found = desk->providers.all[i];
	json_decref(claims);
	return found;
}

void
sso_token(struct login_desk *desk, const struct login_asker *asker,
    const char *token, sso_answered *answered)
{
	struct provider *provider = find_sender(desk, token);
	struct notice *notice;

	if (provider == NULL) {
		errand_refuse(asker, answered, OIDC_UNPROVEN,
		    "it is of no provider that is configured");
		return;
	}
	if (!errand_has_room(desk, asker) ||
	    (notice = calloc(1, sizeof(*notice))) == NULL) {
		errand_refuse(
		    asker, answered, OIDC_BUSY, "too many are on their way");
		return;
	}
	errand_init(&notice->errand, desk, asker, answered, provider);
	notice->errand.free = free_notice;
	strlcpy(notice->token, token, sizeof(notice->token));
	errand_want(&notice->errand, PAPER_METADATA, 0, on_metadata);
}
