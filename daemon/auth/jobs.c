/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "daemon/auth/jobs.h"

void
jobs_init(struct jobs *jobs)
{
	TAILQ_INIT(&jobs->waiting);
	jobs->count = 0;
	jobs->turn = 0;
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

int
jobs_add(struct jobs *jobs, struct job *job)
{
	uint32_t of_peer = 0, of_address = 0, of_both = 0;
	struct job *other;

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
	if (jobs->count == JOBS_MAX || of_peer == JOBS_OF_PEER ||
	    of_address == JOBS_OF_ADDRESS || of_both == JOBS_OF_BOTH) {
		job_free(job);
		return VB_EFULL;
	}
	job->number = ++jobs->last_number;
	TAILQ_INSERT_TAIL(&jobs->waiting, job, entry);
	jobs->count++;
	return 0;
}

/* Of the same turn, the one that came first. */
struct job *
jobs_next(struct jobs *jobs)
{
	struct job *job, *first = NULL;

	TAILQ_FOREACH (job, &jobs->waiting, entry)
		if (first == NULL || job->turn < first->turn)
			first = job;
	if (first == NULL)
		return NULL;
	TAILQ_REMOVE(&jobs->waiting, first, entry);
	jobs->count--;
	jobs->turn = first->turn;
	return first;
}

void
job_free(struct job *job)
{
	explicit_bzero(job, sizeof(*job));
	free(job);
}
