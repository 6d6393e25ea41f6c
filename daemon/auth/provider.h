/* SPDX-License-Identifier: ISC */
/*
 * The providers of OpenID Connect that the configuration names, and what they
 * have said of themselves: metadata and keys, each asked for once, however many
 * wait for it, and kept for a while.
 */
#ifndef VB_AUTH_PROVIDER_H
#define VB_AUTH_PROVIDER_H

#include <sys/queue.h>

#include "common/errors.h"
#include "common/proto_oidc.h"
#include "daemon/auth/digest.h"
#include "daemon/auth/logins.h"
#include "daemon/auth/oidc/jwks.h"
#include "daemon/auth/oidc/metadata.h"

#define PROVIDER_KEEP_SEC  3600 /* then what it has said is asked for anew */
#define PROVIDER_RETRY_SEC 5	/* after it could not be asked */
/* looks for a newer key, which anybody may make up: so many in a minute */
#define PROVIDER_NEWER_MAX 4
#define PROVIDER_NEWER_SEC 60

struct fetcher;

enum provider_paper {
	PAPER_METADATA,
	PAPER_KEYS, /* after the metadata, which say where they are */
	PAPER_COUNT
};

/* Somebody who waits for a paper; called once. is_there: it is. */
struct paper_waiter {
	TAILQ_ENTRY(paper_waiter) entry;
	void (*done)(struct paper_waiter *waiter, int is_there);
};

struct paper {
	TAILQ_HEAD(, paper_waiter) waiters;
	struct provider *provider;
	uint64_t got_sec;    /* 0: it is not there */
	uint64_t failed_sec; /* 0: it did not fail last */
	uint64_t newer_sec;  /* when the first of newer_count was asked for */
	uint32_t newer_count;
	uint8_t is_asked;
};

struct provider {
	struct msg_conf_oidc conf;
	uint8_t trust[DIGEST_BYTES];	  /* of what fetch believes it by */
	char secret[OIDC_SECRET_MAX];	  /* "": it has none */
	uint8_t proof[LOGIN_PROOF_BYTES]; /* of what logins depend on */
	uint32_t number;		  /* in the configuration */
	uint8_t is_http;		  /* its issuer is on this host */
	uint8_t is_removed;		  /* freed, when nothing is asked */
	struct fetcher *fetcher;
	struct metadata metadata;
	struct jwks *keys; /* or NULL */
	struct paper papers[PAPER_COUNT];
};

/*
 * Makes one of what the configuration says; **borrows** secret and trust. NULL
 * without memory.
 */
struct provider *provider_new(const struct msg_conf_oidc *conf,
    const uint8_t trust[DIGEST_BYTES], const char *secret, uint32_t number,
    struct fetcher *fetcher);

/* **Takes** it; who waits hears that there is nothing. NULL is allowed. */
void provider_remove(struct provider *provider);

/*
 * Takes over what another one knows of the same issuer, if it would be believed
 * now: a reload is no other reason to ask again.
 */
void provider_inherit(struct provider *provider, struct provider *old);

/*
 * What a login is known by to this provider: a hash of its issuer, of what kind
 * the text is, and of the text. Returns 0 or VB_ENOMEM.
 */
VB_MUST_CHECK int provider_mark(const struct provider *provider,
    const char *kind, const char *text, uint8_t out[LOGIN_PROOF_BYTES]);

/*
 * Waits for a paper: done() is called from within, or later. is_newer: what is
 * there is not enough (a key is missing).
 */
void provider_want(struct provider *provider, enum provider_paper which,
    int is_newer, struct paper_waiter *waiter);

#endif
