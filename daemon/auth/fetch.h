/* SPDX-License-Identifier: ISC */
/*
 * What auth asks of providers, through the process fetch. Each question is
 * answered once, whatever becomes of that process, and nothing of it is left
 * then.
 */
#ifndef VB_AUTH_FETCH_H
#define VB_AUTH_FETCH_H

#include <sys/queue.h>

#include <stddef.h>
#include <stdint.h>

#include "common/errors.h"
#include "common/proto.h"

#define FETCH_ASKS_MAX 64
#define FETCH_ASK_MS   15000 /* FETCH_TIMEOUT_MS, and some for a new process */

struct event_base;
struct ipc;

TAILQ_HEAD(fetch_asks, fetch_ask);

struct fetcher {
	struct event_base *base;
	struct ipc *const *master; /* who is told of one that breaks a rule */
	struct ipc *ipc;	   /* NULL: there is none now */
	struct fetch_asks asks;
	unsigned count;
	uint64_t last_id;
	uint32_t generation; /* of the configuration that applies */
	uint32_t fence;
	uint32_t unjoined_fence; /* the last that was given up */
};

struct fetch_question {
	uint32_t source; /* the provider, by its number */
	int is_post;
	const char *url;
	const char *authorization; /* the field's value; NULL: none */
	const char *body;	   /* a form, of a POST; NULL: none */
};

/*
 * Borrowed for the call, and wiped after it; body has a NUL behind its len
 * bytes.
 */
struct fetch_answer {
	uint32_t status;   /* of HTTP; 0: there is none, and error says why */
	const char *error; /* for the log */
	const char *body;
	size_t len;
};

/* It may ask again. */
typedef void fetch_done(void *arg, const struct fetch_answer *answer);

/* **Keeps** base, and where the master's channel will be. */
void fetch_init(struct fetcher *fetcher, struct event_base *base,
    struct ipc *const *master);

/*
 * Asks, or waits for a process to ask: one that ends without a word of the
 * answer is followed by another, which is asked once more. **Borrows** query.
 * done is called once, from the loop, in FETCH_ASK_MS at the latest. Returns 0;
 * or VB_ENOMEM, VB_EFULL or VB_ERANGE (a text that is too long), and done is
 * not called.
 */
VB_MUST_CHECK int fetch_ask(struct fetcher *fetcher,
    const struct fetch_question *query, fetch_done *done, void *arg);

/* A channel instead of any before. **Takes** fd. Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int fetch_join(struct fetcher *fetcher, uint32_t fence, int fd);

#endif
