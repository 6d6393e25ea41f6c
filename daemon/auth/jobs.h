/* SPDX-License-Identifier: ISC */
/*
 * Passwords that wait to be hashed. Addresses (of v6, their /64) take turns,
 * so that nobody waits for what another has queued; and in each turn names do,
 * so that nobody waits for many who try the password of another. An address has
 * few places, and for one name still fewer. A worker that was taken over can
 * make addresses up: it has half of all places.
 */
#ifndef VB_AUTH_JOBS_H
#define VB_AUTH_JOBS_H

#include <sys/queue.h>

#include <stdint.h>

#include "common/addr.h"
#include "common/errors.h"
#include "daemon/auth/hash.h"
#include "daemon/auth/logins.h"

#define JOBS_MAX	256
#define JOBS_OF_PEER	(JOBS_MAX / 2)
#define JOBS_OF_ADDRESS 16
#define JOBS_OF_BOTH	2 /* of an address, for one name */

struct job {
	TAILQ_ENTRY(job) entry;
	uint64_t turn;	    /* an address has one job in each */
	uint64_t name_turn; /* a name has one job in each, of each turn */
	uint64_t number;
	uint64_t began_ms; /* a helper has it since then */
	struct addr client;
	char name[LOGINS_NAME_MAX];
	char setting[HASH_SETTING_MAX];
	char password[HASH_PASSWORD_MAX];
	/*
	 * Called once, with the hash, or NULL where it could not be computed.
	 * The job is freed after it.
	 */
	void (*done)(struct job *job, const char *hash);
	void *arg;
	uint32_t peer; /* the worker that asks */
};

struct jobs {
	TAILQ_HEAD(job_list, job) waiting;
	uint32_t count;
	uint64_t turn;	    /* of the last that was given */
	uint64_t name_turn; /* of the same */
	uint64_t last_number;
};

void jobs_init(struct jobs *jobs);

/*
 * Queues a job. **Takes** it. Returns 0, or VB_EFULL where the queue, the
 * worker or the address has no place: it is freed then, without done(). Where
 * the queue or the worker has none but for the worker's job that would come
 * last, and this one comes before it, **gives** that one in *evicted, which is
 * NULL otherwise.
 */
VB_MUST_CHECK int
jobs_add(struct jobs *jobs, struct job *job, struct job **evicted);

/* The next one, out of the queue; **gives** it. NULL: none waits. */
struct job *jobs_next(struct jobs *jobs);

/*
 * The next one of a name and an address that none of these jobs has, NULLs
 * among them: what one helper is kept free for. As jobs_next() otherwise.
 */
struct job *jobs_next_beside(
    struct jobs *jobs, const struct job *const *others, unsigned count);

/* Takes one out that waits, and **gives** it back. */
void jobs_remove(struct jobs *jobs, struct job *job);

/* Wipes it. */
void job_free(struct job *job);

#endif
