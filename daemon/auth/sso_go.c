/* SPDX-License-Identifier: ISC */
/* To the provider: to log in there (OpenID Connect Core 1.0, 3.1.2.1), or out
 * (RP-Initiated Logout 1.0, 2). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/auth/boot.h"
#include "daemon/auth/errand.h"
#include "daemon/auth/oidc/pkce.h"
#include "daemon/auth/oidc/url.h"

struct trip {
	struct errand errand; /* first */
	uint32_t step;	      /* enum oidc_step */
	char redirect[OIDC_REDIRECT_MAX];
};

static void
free_trip(struct errand *e)
{
	free(e);
}

static int
write_login(
    const struct provider *p, const struct flow *flow, char url[OIDC_URL_MAX])
{
	char challenge[PKCE_CHALLENGE_MAX];
	size_t size = OIDC_URL_MAX;

	strlcpy(url, p->metadata.authorization_endpoint, size);
	return pkce_challenge(flow->verifier, challenge) == 0 &&
	    url_add(url, size, "response_type", "code") == 0 &&
	    url_add(url, size, "client_id", p->conf.client_id) == 0 &&
	    url_add(url, size, "redirect_uri", flow->redirect) == 0 &&
	    url_add(url, size, "scope", p->conf.scope) == 0 &&
	    url_add(url, size, "state", flow->state) == 0 &&
	    url_add(url, size, "nonce", flow->nonce) == 0 &&
	    url_add(url, size, "code_challenge", challenge) == 0 &&
	    url_add(url, size, "code_challenge_method", "S256") == 0;
}

/*
 * Each provider has a redirect URI of its own, by which an answer is known to
 * be its (RFC 9700, 4.4.2): the one without a name has the usual one. Returns
 * 0 where it is too long.
 */
static int
write_redirect(const struct trip *trip, const struct provider *p,
    char out[OIDC_REDIRECT_MAX])
{
	int len = snprintf(out, OIDC_REDIRECT_MAX, "%s%s%s", trip->redirect,
	    p->conf.name[0] == '\0' ? "" : "/", p->conf.name);

	return len > 0 && len < OIDC_REDIRECT_MAX;
}

static void
log_in(struct trip *trip, const struct provider *p)
{
	struct errand *e = &trip->errand;
	struct sso_answer answer = {.code = OIDC_GO};
	char url[OIDC_URL_MAX], redirect[OIDC_REDIRECT_MAX];
	struct flow *flow;

	if (!write_redirect(trip, p, redirect)) {
		errand_end(e, OIDC_NOWHERE, "the bridge's address is too long");
		return;
	}
	flow = flows_begin(&e->desk->flows, &e->asker.client, e->asker.peer,
	    boot_now_sec(), answer.cookie);
	if (flow == NULL) {
		errand_end(e, OIDC_BUSY, "there is not enough memory");
		return;
	}
	memcpy(flow->proof, p->proof, sizeof(flow->proof));
	strlcpy(flow->redirect, redirect, sizeof(flow->redirect));
	strlcpy(flow->name, p->conf.name, sizeof(flow->name));
	strlcpy(flow->next, e->next, sizeof(flow->next));
	answer.url = url;
	if (write_login(p, flow, url))
		errand_answer(e, &answer);
	else
		errand_end(e, OIDC_DOWN, "the provider's address is too long");
	explicit_bzero(url, sizeof(url));
}

static void
log_out(struct trip *trip, const struct provider *p)
{
	struct errand *e = &trip->errand;
	struct sso_answer answer = {.code = OIDC_GO};
	char url[OIDC_URL_MAX];

	strlcpy(url, p->metadata.end_session_endpoint, sizeof(url));
	answer.url = url;
	if (url[0] != '\0' &&
	    url_add(url, sizeof(url), "client_id", p->conf.client_id) == 0 &&
	    url_add(url, sizeof(url), "post_logout_redirect_uri",
		trip->redirect) == 0)
		errand_answer(e, &answer);
	else
		errand_end(e, OIDC_NOWHERE, "the provider has no logout");
}

static void
on_metadata(struct errand *e)
{
	struct trip *trip = (struct trip *)e;

	if (trip->step == OIDC_LOGOUT)
		log_out(trip, e->provider);
	else
		log_in(trip, e->provider);
}

void
sso_begin(struct login_desk *desk, const struct login_asker *asker,
    const struct msg_oidc_begin *begin, sso_answered *answered)
{
	struct provider *provider =
	    providers_at(&desk->providers, begin->provider);
	struct trip *trip;

	if (provider == NULL) {
		errand_refuse(
		    asker, answered, OIDC_NOWHERE, "there is no such provider");
		return;
	}
	if (!errand_has_room(desk, asker) ||
	    (trip = calloc(1, sizeof(*trip))) == NULL) {
		errand_refuse(
		    asker, answered, OIDC_BUSY, "too many are on their way");
		return;
	}
	errand_init(&trip->errand, desk, asker, answered, provider);
	trip->errand.free = free_trip;
	trip->step = begin->step;
	strlcpy(trip->redirect, begin->redirect, sizeof(trip->redirect));
	strlcpy(trip->errand.next, begin->next, sizeof(trip->errand.next));
	errand_want(&trip->errand, PAPER_METADATA, 0, on_metadata);
}

uint32_t
sso_exit_of(const struct login_desk *desk, const struct login_record *login)
{
	const struct provider *p;

	if (login->kind != LOGIN_BY_OIDC)
		return 0;
	p = providers_find(&desk->providers, login->proof);
	return p == NULL || p->metadata.end_session_endpoint[0] == '\0'
	    ? 0
	    : p->number + 1;
}
