/* SPDX-License-Identifier: ISC */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "daemon/auth/boot.h"
#include "daemon/auth/digest.h"
#include "daemon/auth/fetch.h"
#include "daemon/auth/provider.h"

/* OpenID Connect Discovery 1.0, 4 */
#define WELL_KNOWN "/.well-known/openid-configuration"

#define HTTP_OK	   200
#define WHY_MAX	   320

static const char *const names[] = {"metadata", "keys"};

/* What a login depends on: with another of these it is not the same. */
static int
prove(struct provider *p)
{
	struct digest d;

	digest_begin(&d);
	digest_add(&d, p->conf.issuer);
	digest_add(&d, p->conf.client_id);
	digest_add(&d, p->conf.user_claim);
	digest_add(&d, p->conf.groups_claim);
	return digest_end(&d, p->proof) == 0;
}

struct provider *
provider_new(const struct msg_conf_oidc *conf,
    const uint8_t trust[DIGEST_BYTES], const char *secret, uint32_t number,
    struct fetcher *fetcher)
{
	struct provider *p = calloc(1, sizeof(*p));
	size_t i;

	if (p == NULL)
		return NULL;
	p->conf = *conf;
	memcpy(p->trust, trust, sizeof(p->trust));
	p->number = number;
	p->fetcher = fetcher;
	p->is_http = strncmp(conf->issuer, "http:", 5) == 0;
	strlcpy(p->secret, secret, sizeof(p->secret));
	for (i = 0; i < PAPER_COUNT; i++) {
		TAILQ_INIT(&p->papers[i].waiters);
		p->papers[i].provider = p;
	}
	if (!prove(p)) {
		free(p);
		return NULL;
	}
	return p;
}

int
provider_mark(const struct provider *p, const char *kind, const char *text,
    uint8_t out[LOGIN_PROOF_BYTES])
{
	struct digest digest;

	digest_begin(&digest);
	digest_add(&digest, p->conf.issuer);
	digest_add(&digest, kind);
	digest_add(&digest, text);
	return digest_end(&digest, out);
}

/* Those that wait; they may want another at once. */
static void
tell(struct paper *paper, int is_there)
{
	struct paper_waiter *waiter;
	TAILQ_HEAD(, paper_waiter) waiters;

	TAILQ_INIT(&waiters);
	TAILQ_CONCAT(&waiters, &paper->waiters, entry);
	while ((waiter = TAILQ_FIRST(&waiters)) != NULL) {
		TAILQ_REMOVE(&waiters, waiter, entry);
		waiter->done(waiter, is_there);
	}
}

static void
free_if_idle(struct provider *p)
{
	size_t i;

	for (i = 0; i < PAPER_COUNT; i++)
		if (p->papers[i].is_asked)
			return;
	jwks_free(p->keys);
	explicit_bzero(p, sizeof(*p));
	free(p);
}

void
provider_remove(struct provider *p)
{
	size_t i;

	if (p == NULL)
		return;
	p->is_removed = 1;
	for (i = 0; i < PAPER_COUNT; i++)
		tell(&p->papers[i], 0);
	free_if_idle(p);
}

void
provider_inherit(struct provider *p, struct provider *old)
{
	size_t i;

	if (strcmp(p->conf.issuer, old->conf.issuer) != 0 ||
	    memcmp(p->trust, old->trust, sizeof(p->trust)) != 0 ||
	    p->papers[PAPER_METADATA].got_sec != 0)
		return;
	p->metadata = old->metadata;
	p->keys = old->keys;
	old->keys = NULL;
	for (i = 0; i < PAPER_COUNT; i++) {
		p->papers[i].got_sec = old->papers[i].got_sec;
		old->papers[i].got_sec = 0;
	}
}

/* Returns 1 if it is what it should be. */
static int
take(struct provider *p, enum provider_paper which, const char *text,
    size_t len, const char **why)
{
	struct metadata metadata;
	struct jwks *keys;

	if (which == PAPER_METADATA) {
		if (metadata_parse(text, len, p->conf.issuer, p->is_http,
			&metadata, why) < 0)
			return 0;
		p->metadata = metadata;
		return 1;
	}
	if (jwks_parse(text, len, &keys, why) < 0)
		return 0;
	jwks_free(p->keys);
	p->keys = keys;
	return 1;
}

static void
on_fetched(void *arg, const struct fetch_answer *answer)
{
	struct paper *paper = arg;
	struct provider *p = paper->provider;
	enum provider_paper which = (enum provider_paper)(paper - p->papers);
	const char *why = answer->error;
	char status[32], text[WHY_MAX];
	int is_there = 0;

	paper->is_asked = 0;
	if (answer->status == HTTP_OK)
		is_there = take(p, which, answer->body, answer->len, &why);
	else if (answer->status != 0) {
		snprintf(
		    status, sizeof(status), "HTTP status %u", answer->status);
		why = status;
	}
	if (is_there) {
		paper->got_sec = boot_now_sec();
		paper->failed_sec = 0;
	} else if (!p->is_removed) {
		paper->failed_sec = boot_now_sec();
		if (why == NULL)
			why = "there is not enough memory for it";
		/* fetch has heard strangers */
		log_warn("provider=\"%s\" %s cannot be had: %s", p->conf.button,
		    names[which],
		    log_escape(why, strlen(why), text, sizeof(text)));
	}
	/* one that is old is better than none */
	tell(paper, paper->got_sec != 0 && !p->is_removed);
	if (p->is_removed)
		free_if_idle(p);
}

static int
ask(struct provider *p, enum provider_paper which)
{
	struct fetch_question question = {
	    .source = p->number, .authorization = "", .body = ""};
	char url[OIDC_ISSUER_MAX + sizeof(WELL_KNOWN)];
	size_t len = strlen(p->conf.issuer);

	if (len > 0 && p->conf.issuer[len - 1] == '/')
		len--;
	snprintf(url, sizeof(url), "%.*s" WELL_KNOWN, (int)len, p->conf.issuer);
	question.url = which == PAPER_METADATA ? url : p->metadata.jwks_uri;
	if (question.url[0] == '\0')
		return VB_ENOTFOUND;
	return fetch_ask(p->fetcher, &question, on_fetched, &p->papers[which]);
}

static int
may_be_newer(struct paper *paper, uint64_t now_sec)
{
	if (now_sec >= paper->newer_sec + PROVIDER_NEWER_SEC) {
		paper->newer_sec = now_sec;
		paper->newer_count = 0;
	}
	return paper->newer_count++ < PROVIDER_NEWER_MAX;
}

static int
is_enough(struct paper *paper, int is_newer, uint64_t now_sec)
{
	if (paper->got_sec == 0)
		return paper->failed_sec != 0 &&
		    now_sec < paper->failed_sec + PROVIDER_RETRY_SEC;
	if (paper->failed_sec != 0 &&
	    now_sec < paper->failed_sec + PROVIDER_RETRY_SEC)
		return 1;
	return is_newer ? !may_be_newer(paper, now_sec)
			: now_sec < paper->got_sec + PROVIDER_KEEP_SEC;
}

void
provider_want(struct provider *p, enum provider_paper which, int is_newer,
    struct paper_waiter *waiter)
{
	struct paper *paper = &p->papers[which];

	if (!paper->is_asked && is_enough(paper, is_newer, boot_now_sec())) {
		waiter->done(waiter, paper->got_sec != 0);
		return;
	}
	TAILQ_INSERT_TAIL(&paper->waiters, waiter, entry);
	if (paper->is_asked)
		return;
	paper->is_asked = 1;
	if (ask(p, which) < 0) {
		paper->is_asked = 0;
		tell(paper, paper->got_sec != 0);
	}
}
