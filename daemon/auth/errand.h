/* SPDX-License-Identifier: ISC */
/* What the steps of sso.h have alike: who asked, and the papers they need. */
#ifndef VB_AUTH_ERRAND_H
#define VB_AUTH_ERRAND_H

#include "daemon/auth/sso.h"

#define ERRANDS_OF_PEER 256 /* each waits for a provider, and has memory */

struct errand {
	LIST_ENTRY(errand) entry;
	struct paper_waiter waiter;
	struct login_desk *desk;
	struct login_asker asker;
	sso_answered *answered;
	struct provider *provider; /* while a paper is there */
	enum provider_paper paper; /* that is waited for, as of is_newer */
	int is_newer;
	uint8_t proof[LOGIN_PROOF_BYTES];
	char next[TARGET_TEXT_MAX];
	/* when the paper that was wanted is there */
	void (*go_on)(struct errand *errand);
	/* frees what it is a part of */
	void (*free)(struct errand *errand);
};

/*
 * Whether somebody may have another one: a worker that was taken over has no
 * more than others.
 */
int
errand_has_room(const struct login_desk *desk, const struct login_asker *asker);

/* Fills it; it is under way, until it is answered. */
void errand_init(struct errand *errand, struct login_desk *desk,
    const struct login_asker *asker, sso_answered *answered,
    const struct provider *provider);

/*
 * Goes on when the provider's paper is there; else answers OIDC_DOWN. After a
 * reload that has the same provider, that one is asked.
 */
void errand_want(struct errand *errand, enum provider_paper which, int is_newer,
    void (*go_on)(struct errand *errand));

/*
 * The provider, after something else was waited for; NULL: it was removed, and
 * the errand has ended.
 */
struct provider *errand_provider(struct errand *errand);

/* Answers, and frees it. */
void errand_answer(struct errand *errand, struct sso_answer *answer);
void errand_end(struct errand *errand, enum oidc_code code, const char *why);

/* The same without one. */
void errand_refuse(const struct login_asker *asker, sso_answered *answered,
    enum oidc_code code, const char *why);

#endif
