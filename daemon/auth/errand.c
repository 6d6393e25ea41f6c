/* SPDX-License-Identifier: ISC */
#include <stddef.h>
#include <string.h>

#include "daemon/auth/errand.h"

int
errand_has_room(const struct login_desk *desk, const struct login_asker *asker)
{
	const struct errand *e;
	unsigned count = 0;

	LIST_FOREACH (e, &desk->errands, entry)
		count += e->asker.peer == asker->peer;
	return count < ERRANDS_OF_PEER;
}

void
errand_init(struct errand *e, struct login_desk *desk,
    const struct login_asker *asker, sso_answered *answered,
    const struct provider *provider)
{
	e->desk = desk;
	e->asker = *asker;
	e->answered = answered;
	memcpy(e->proof, provider->proof, sizeof(e->proof));
	LIST_INSERT_HEAD(&desk->errands, e, entry);
}

void
errand_answer(struct errand *e, struct sso_answer *answer)
{
	if (answer->next == NULL)
		answer->next = e->next;
	if (answer->url == NULL)
		answer->url = "";
	if (answer->why == NULL)
		answer->why = "";
	answer->provider = e->provider == NULL ? "" : e->provider->conf.button;
	e->answered(&e->asker, answer);
	explicit_bzero(answer, sizeof(*answer));
	LIST_REMOVE(e, entry);
	e->free(e);
}

void
errand_end(struct errand *e, enum oidc_code code, const char *why)
{
	struct sso_answer answer = {.code = code, .why = why};

	errand_answer(e, &answer);
}

void
errand_refuse(const struct login_asker *asker, sso_answered *answered,
    enum oidc_code code, const char *why)
{
	struct sso_answer answer = {
	    .code = code, .why = why, .next = "", .url = "", .provider = ""};

	answered(asker, &answer);
}

struct provider *
errand_provider(struct errand *e)
{
	struct provider *provider =
	    providers_find(&e->desk->providers, e->proof);

	e->provider = provider;
	if (provider == NULL) /* frees e */
		errand_end(e, OIDC_OVER, "the provider was removed meanwhile");
	return provider;
}

static void
on_paper(struct paper_waiter *waiter, int is_there)
{
	struct errand *e =
	    (struct errand *)((char *)waiter - offsetof(struct errand, waiter));
	const struct provider *asked = e->provider;

	if (errand_provider(e) == NULL)
		return;
	if (is_there)
		e->go_on(e);
	else if (e->provider != asked) /* a reload has come in between */
		errand_want(e, e->paper, e->is_newer, e->go_on);
	else
		errand_end(e, OIDC_DOWN, "the provider cannot be asked");
}

void
errand_want(struct errand *e, enum provider_paper which, int is_newer,
    void (*go_on)(struct errand *errand))
{
	struct provider *provider = errand_provider(e);

	if (provider == NULL)
		return;
	e->paper = which;
	e->is_newer = is_newer;
	e->go_on = go_on;
	e->waiter.done = on_paper;
	provider_want(provider, which, is_newer, &e->waiter);
}
