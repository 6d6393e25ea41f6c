/* SPDX-License-Identifier: ISC */
/*
 * Back from the provider: a code becomes an ID token (OpenID Connect Core 1.0,
 * 3.1.3), which proves somebody, and that a login. Whatever goes wrong, there
 * is none.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/auth/boot.h"
#include "daemon/auth/errand.h"
#include "daemon/auth/fetch.h"
#include "daemon/auth/oidc/id_token.h"
#include "daemon/auth/oidc/token_answer.h"
#include "daemon/auth/oidc/url.h"
#include "daemon/auth/oidc/userinfo.h"
#include "daemon/auth/sso_who.h"

#define HTTP_OK		  200
#define HTTP_BAD_REQUEST  400
#define HTTP_UNAUTHORIZED 401
#define FORM_MAX	  8192
#define AUTHORIZATION_MAX 4096 /* "Bearer ", or "Basic ", and a secret */
#define BASIC		  "Basic "

struct arrival {
	struct errand errand; /* first */
	struct flow *flow;    /* owned */
	struct token_answer tokens;
	struct jwt jwt;	    /* none of it, before it is verified */
	struct id_token id; /* of jwt */
	json_t *userinfo;   /* owned; or NULL */
	int has_newer_keys;
	char code[OIDC_CODE_MAX];
	char issuer[OIDC_ISSUER_MAX];
	char why[SSO_WHY_MAX];
};

static void
free_arrival(struct errand *e)
{
	struct arrival *a = (struct arrival *)e;

	flow_free(a->flow);
	token_answer_clear(&a->tokens);
	jwt_clear(&a->jwt);
	json_decref(a->userinfo);
	explicit_bzero(a, sizeof(*a));
	free(a);
}

static void
refuse(struct arrival *a, const char *what, const char *why)
{
	snprintf(a->why, sizeof(a->why), "%s: %s", what, why);
	errand_end(&a->errand, OIDC_UNPROVEN, a->why);
}

/* The provider has not answered as one does. */
static void
fail(struct arrival *a, const char *what, uint32_t status, const char *why)
{
	if (status == HTTP_OK)
		snprintf(a->why, sizeof(a->why), "%s: %s", what, why);
	else
		snprintf(a->why, sizeof(a->why),
		    "%s was answered with HTTP status %u", what, status);
	errand_end(&a->errand, OIDC_DOWN, a->why);
}

/* ---- who it is ---- */

/* Somebody whom the users' file locks is locked, whoever vouches. */
static int
is_locked(const struct login_desk *desk, const char *name)
{
	const struct user *user =
	    desk->users == NULL ? NULL : users_find(desk->users, name);

	return user != NULL && user->is_locked;
}

static void
log_in(struct arrival *a)
{
	struct errand *e = &a->errand;
	const struct provider *p = e->provider;
	struct claims_groups groups;
	struct login_who who = {
	    .kind = LOGIN_BY_OIDC, .client = e->asker.client};
	struct sso_answer answer = {.code = OIDC_IN};

	if (!sso_who(
		e->desk, p, a->id.claims, a->userinfo, &who, &groups, a->why)) {
		errand_end(e, OIDC_NAMELESS, a->why);
		return;
	}
	if (is_locked(e->desk, who.name)) {
		snprintf(
		    a->why, sizeof(a->why), "the user %s is locked", who.name);
		errand_end(e, OIDC_DENIED, a->why);
		return;
	}
	memcpy(who.proof, p->proof, sizeof(who.proof));
	if (provider_mark(p, "sub", a->id.sub, who.subject) < 0 ||
	    (a->id.sid != NULL &&
		provider_mark(p, "sid", a->id.sid, who.session) < 0) ||
	    logins_begin(e->desk->logins, LOGIN_WHOLE, &who, boot_now_sec(),
		answer.cookie, &answer.login) < 0) {
		errand_end(e, OIDC_BUSY, "there is not enough memory");
		return;
	}
	errand_answer(e, &answer);
}

static int
is_object(const struct fetch_answer *said)
{
	json_t *o;
	int is_one = object_parse(said->body, said->len, &o) == 0;

	json_decref(o);
	return is_one;
}

static void
on_userinfo(void *arg, const struct fetch_answer *said)
{
	struct arrival *a = arg;
	const char *fault = said->error;

	if (errand_provider(&a->errand) == NULL)
		return;
	if (said->status == 0) {
		errand_end(&a->errand, OIDC_DOWN, said->error);
		return;
	}
	if (said->status != HTTP_OK || !is_object(said))
		fail(a, "userinfo", said->status, "it is no JSON object");
	else if (userinfo_parse(said->body, said->len, a->id.sub, &a->userinfo,
		     &fault) < 0)
		refuse(a, "userinfo", fault == NULL ? "no memory" : fault);
	else
		log_in(a);
}

/* What the ID token does not tell, userinfo may (Core 1.0, 5.3). */
static int
needs_userinfo(const struct arrival *a)
{
	const struct provider *p = a->errand.provider;

	return p->metadata.userinfo_endpoint[0] != '\0' &&
	    a->tokens.access_token != NULL &&
	    (claims_find(a->id.claims, p->conf.user_claim) == NULL ||
		(p->conf.groups_claim[0] != '\0' &&
		    claims_find(a->id.claims, p->conf.groups_claim) == NULL));
}

static void
ask_userinfo(struct arrival *a)
{
	const struct provider *p = a->errand.provider;
	char authorization[AUTHORIZATION_MAX];
	struct fetch_question question = {.source = p->number,
	    .url = p->metadata.userinfo_endpoint,
	    .authorization = authorization,
	    .body = ""};
	int len = snprintf(authorization, sizeof(authorization), "Bearer %s",
	    a->tokens.access_token);

	if (len >= (int)sizeof(authorization))
		refuse(a, "userinfo", "the access token is too long");
	else if (fetch_ask(p->fetcher, &question, on_userinfo, a) < 0)
		errand_end(
		    &a->errand, OIDC_BUSY, "the provider cannot be asked now");
	explicit_bzero(authorization, sizeof(authorization));
}

/* ---- what proves it ---- */

static void
judge(struct arrival *a)
{
	const struct provider *p = a->errand.provider;
	struct validity_rules rules = {.issuer = p->conf.issuer,
	    .client_id = p->conf.client_id,
	    .now = time(NULL),
	    .skew_sec = SSO_SKEW_SEC,
	    .age_max_sec = SSO_AGE_SEC};
	const char *fault = "";

	if (id_token_judge(&a->jwt, &rules, a->flow->nonce, &a->id, &fault) < 0)
		refuse(a, "the ID token", fault);
	else if (needs_userinfo(a))
		ask_userinfo(a);
	else
		log_in(a);
}

/* With the keys that are there; a key may be newer than they are. */
static void
verify(struct errand *e)
{
	struct arrival *a = (struct arrival *)e;
	const char *fault = "";
	int result = jwt_verify(a->tokens.id_token, strlen(a->tokens.id_token),
	    e->provider->keys, &a->jwt, &fault);

	if (result == 0)
		judge(a);
	else if (result == VB_ENOTFOUND && !a->has_newer_keys) {
		a->has_newer_keys = 1;
		errand_want(e, PAPER_KEYS, 1, verify);
	} else
		refuse(a, "the ID token", fault == NULL ? "no memory" : fault);
}

/* RFC 6749, 5.2 */
static int
is_refusal(uint32_t status)
{
	return status == HTTP_BAD_REQUEST || status == HTTP_UNAUTHORIZED;
}

/* A provider's words for an error may be what it was asked. */
static int
read_tokens(
    struct arrival *a, const struct fetch_answer *said, const char **fault)
{
	const struct provider *p = a->errand.provider;
	char basic[AUTHORIZATION_MAX] = BASIC;
	const char *const hidden[] = {
	    a->code, a->flow->verifier, p->secret, basic + strlen(BASIC), NULL};
	int result;

	if (basic_credentials(
		p->conf.client_id, p->secret, basic, sizeof(basic)) < 0)
		basic[strlen(BASIC)] = '\0'; /* and was not said */
	result = token_answer_parse(
	    said->body, said->len, hidden, &a->tokens, fault);
	explicit_bzero(basic, sizeof(basic));
	return result;
}

static void
on_tokens(void *arg, const struct fetch_answer *said)
{
	struct arrival *a = arg;
	const char *fault = "";
	int result;

	if (errand_provider(&a->errand) == NULL)
		return;
	if (said->status == 0) {
		errand_end(&a->errand, OIDC_DOWN, said->error);
		return;
	}
	result = read_tokens(a, said, &fault);
	if (result == 0 && said->status == HTTP_OK)
		errand_want(&a->errand, PAPER_KEYS, 0, verify);
	else if (result == VB_ENOTFOUND && is_refusal(said->status)) {
		snprintf(a->why, sizeof(a->why), "the code: %s (%s)",
		    a->tokens.error, a->tokens.description);
		errand_end(&a->errand, OIDC_UNPROVEN, a->why);
	} else
		fail(a, "the code", said->status,
		    fault == NULL ? "no token" : fault);
}

/* RFC 6749, 4.1.3; RFC 7636, 4.5 */
static int
write_form(const struct arrival *a, const struct provider *p, int is_basic,
    char form[FORM_MAX])
{
	form[0] = '\0';
	return form_add(form, FORM_MAX, "grant_type", "authorization_code") ==
	    0 &&
	    form_add(form, FORM_MAX, "code", a->code) == 0 &&
	    form_add(form, FORM_MAX, "redirect_uri", a->flow->redirect) == 0 &&
	    form_add(form, FORM_MAX, "code_verifier", a->flow->verifier) == 0 &&
	    (is_basic ||
		form_add(form, FORM_MAX, "client_id", p->conf.client_id) ==
		    0) &&
	    (is_basic || p->secret[0] == '\0' ||
		form_add(form, FORM_MAX, "client_secret", p->secret) == 0);
}

static void
ask_tokens(struct errand *e)
{
	struct arrival *a = (struct arrival *)e;
	const struct provider *p = e->provider;
	char form[FORM_MAX], authorization[AUTHORIZATION_MAX] = "";
	struct fetch_question question = {.source = p->number,
	    .is_post = 1,
	    .url = p->metadata.token_endpoint,
	    .authorization = authorization,
	    .body = form};
	int is_basic =
	    p->secret[0] != '\0' && (p->metadata.methods & METADATA_BASIC) != 0;

	/* RFC 9207, 2.4: another provider's answer is not this one's */
	if (a->issuer[0] == '\0' ? p->metadata.has_iss
				 : strcmp(a->issuer, p->conf.issuer) != 0)
		refuse(a, "iss", "it comes from another provider");
	else if (!write_form(a, p, is_basic, form) ||
	    (is_basic &&
		basic_credentials(p->conf.client_id, p->secret, authorization,
		    sizeof(authorization)) < 0))
		refuse(a, "the code", "it is too long");
	else if (fetch_ask(p->fetcher, &question, on_tokens, a) < 0)
		errand_end(e, OIDC_BUSY, "the provider cannot be asked now");
	explicit_bzero(form, sizeof(form));
	explicit_bzero(authorization, sizeof(authorization));
}

/* What is no plain word is not repeated. */
static const char *
error_text(const char *error)
{
	const char *p;

	for (p = error; *p != '\0'; p++)
		if ((*p < 'a' || *p > 'z') && *p != '_')
			return "an error";
	return error;
}

void
sso_back(struct login_desk *desk, const struct login_asker *asker,
    const struct msg_oidc_back *back, sso_answered *answered)
{
	const struct provider *provider = NULL;
	struct flow *flow;
	struct arrival *a;

	if (!errand_has_room(desk, asker)) {
		errand_refuse(
		    asker, answered, OIDC_BUSY, "too many are on their way");
		return;
	}
	flow =
	    flows_take(&desk->flows, back->cookie, back->state, boot_now_sec());
	if (flow != NULL)
		provider = providers_find(&desk->providers, flow->proof);
	if (provider == NULL || (a = calloc(1, sizeof(*a))) == NULL) {
		flow_free(flow);
		errand_refuse(asker, answered, OIDC_OVER,
		    "it was not begun by this browser, or too long ago");
		return;
	}
	errand_init(&a->errand, desk, asker, answered, provider);
	a->errand.free = free_arrival;
	a->flow = flow;
	strlcpy(a->errand.next, flow->next, sizeof(a->errand.next));
	strlcpy(a->code, back->code, sizeof(a->code));
	strlcpy(a->issuer, back->issuer, sizeof(a->issuer));
	/* RFC 9700, 4.4.2: another provider's answer, which may be a lie */
	if (strcmp(back->name, flow->name) != 0)
		errand_end(&a->errand, OIDC_UNPROVEN,
		    "it came back at another provider's address");
	else if (back->code[0] != '\0' && back->error[0] == '\0')
		errand_want(&a->errand, PAPER_METADATA, 0, ask_tokens);
	else if (errand_provider(&a->errand) == NULL)
		return;
	else if (back->error[0] == '\0')
		errand_end(&a->errand, OIDC_UNPROVEN,
		    "there is no code that can be one");
	else {
		snprintf(a->why, sizeof(a->why), "the provider says: %s",
		    error_text(back->error));
		errand_end(&a->errand, OIDC_DENIED, a->why);
	}
}
