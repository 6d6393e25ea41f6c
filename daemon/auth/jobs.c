/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "daemon/auth/jobs.h"

void
jobs_init(struct jobs *jobs)
{
	TAILQ_INIT(&jobs->waiting);
	jobs->count = 0;
	jobs->turn = jobs->name_turn = 0;
	jobs->last_number = 0;
}

static int
is_same_source(const struct addr *a, const struct addr *b)
{
	struct addr x, y;

	addr_source(a, &x);
	addr_source(b, &y);
	return addr_is_same_ip(&x, &y);
}

/* Within its turn. */
static uint64_t
find_name_turn(const struct jobs *jobs, const struct job *job)
{
	uint64_t turn = job->turn == jobs->turn ? jobs->name_turn : 0;
	const struct job *other;

	TAILQ_FOREACH (other, &jobs->waiting, entry)
		if (other->turn == job->turn && turn <= other->name_turn &&
		    strcmp(other->name, job->name) == 0)
			turn = other->name_turn + 1;
	return turn;
}

static int
is_before(const struct job *a, const struct job *b)
{
	return a->turn < b->turn ||
	    (a->turn == b->turn && a->name_turn < b->name_turn);
}

/* The last one of the same worker, if this comes before it; else NULL. */
static struct job *
evict(struct jobs *jobs, const struct job *job)
{
	struct job *other, *last = NULL;

	TAILQ_FOREACH (other, &jobs->waiting, entry)
		if (other->peer == job->peer &&
		    (last == NULL || !is_before(other, last)))
			last = other;
	if (last == NULL || !is_before(job, last))
		return NULL;
	TAILQ_REMOVE(&jobs->waiting, last, entry);
	jobs->count--;
	return last;
}

int
jobs_add(struct jobs *jobs, struct job *job, struct job **evicted)
{
	uint32_t of_peer = 0, of_address = 0, of_both = 0;
	struct job *other;

	*evicted = NULL;
	job->turn = jobs->turn;
	TAILQ_FOREACH (other, &jobs->waiting, entry) {
		of_peer += other->peer == job->peer;
		if (!is_same_source(&other->client, &job->client))
			continue;
		of_address++;
		of_both += strcmp(other->name, job->name) == 0;
		if (job->turn <= other->turn)
			job->turn = other->turn + 1;
	}
	job->name_turn = find_name_turn(jobs, job);
	if (of_address == JOBS_OF_ADDRESS || of_both == JOBS_OF_BOTH ||
	    ((jobs->count == JOBS_MAX || of_peer == JOBS_OF_PEER) &&
		(*evicted = evict(jobs, job)) == NULL)) {
		job_free(job);
		return VB_EFULL;
	}
	job->number = ++jobs->last_number;
	TAILQ_INSERT_TAIL(&jobs->waiting, job, entry);
	jobs->count++;
	return 0;
}

static int
is_of_any(
    const struct job *job, const struct job *const *others, unsigned count)
{
	unsigned i;

	for (i = 0; i < count; i++)
		if (others[i] != NULL &&
		    (strcmp(others[i]->name, job->name) == 0 ||
			is_same_source(&others[i]->client, &job->client)))
			return 1;
	return 0;
}

void
jobs_remove(struct jobs *jobs, struct job *job)
{
	TAILQ_REMOVE(&jobs->waiting, job, entry);
	jobs->count--;
}

/* Of the same turns, the one that came first. */
struct job *
jobs_next_beside(
    struct jobs *jobs, const struct job *const *others, unsigned count)
{
	struct job *job, *first = NULL;

	TAILQ_FOREACH (job, &jobs->waiting, entry)
		if ((first == NULL || is_before(job, first)) &&
		    !is_of_any(job, others, count))
			first = job;
	if (first == NULL)
		return NULL;
	TAILQ_REMOVE(&jobs->waiting, first, entry);
	jobs->count--;
	jobs->turn = first->turn;
	jobs->name_turn = first->name_turn;
	return first;
}

struct job *
jobs_next(struct jobs *jobs)
{
	return jobs_next_beside(jobs, NULL, 0);
}

void
job_free(struct job *job)
{
	explicit_bzero(job, sizeof(*job));
	free(job);
}
