/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/ipc.h"
#include "daemon/auth/pam_talk.h"

static void
count(struct pam_talk *talk, int step)
{
	struct pam_desk *pam = talk->desk;

	if (talk->state == TALK_RESTING)
		pam->resting += (unsigned)step;
	else if (talk->state != TALK_RUNNING && talk->state != TALK_OVER)
		return;
	else if (talk->is_look)
		pam->looks += (unsigned)step;
	else
		pam->running += (unsigned)step;
}

void
pam_talk_enter(struct pam_talk *talk, enum talk_state state)
{
	count(talk, -1);
	talk->state = state;
	count(talk, 1);
}

void
pam_talk_forget(struct pam_talk *talk)
{
	count(talk, -1);
	TAILQ_REMOVE(&talk->desk->talks, talk, entry);
	event_del(&talk->deadline_ev);
	if (talk->job != NULL)
		job_free(talk->job);
	free(talk);
}

void
pam_talk_finish(struct pam_talk *talk, const struct msg_pam_said *said)
{
	pam_done *done = talk->done;
	void *arg = talk->arg;

	pam_talk_forget(talk);
	if (done != NULL)
		done(arg, said);
}

void
pam_talk_fail(struct pam_talk *talk, const char *why)
{
	struct msg_pam_said said;

	memset(&said, 0, sizeof(said));
	said.verdict = PAM_HAS_FAILED;
	strlcpy(said.text, why, sizeof(said.text));
	pam_talk_finish(talk, &said);
}

int
pam_talk_set_deadline(struct pam_talk *talk, uint32_t ms)
{
	struct timeval tv = clock_timeval(ms);

	return event_add(&talk->deadline_ev, &tv) == -1 ? VB_ENOMEM : 0;
}

/* pam still owes its answer: only done is told. */
static void
give_up(struct pam_talk *talk)
{
	struct msg_pam_said said;
	pam_done *done = talk->done;

	memset(&said, 0, sizeof(said));
	said.verdict = PAM_HAS_FAILED;
	strlcpy(said.text, "the process that asks PAM has not answered",
	    sizeof(said.text));
	talk->done = NULL;
	pam_talk_enter(talk, TALK_OVER);
	if (done != NULL)
		done(talk->arg, &said);
}

static void
on_deadline_cb(evutil_socket_t fd, short what, void *arg)
{
	struct pam_talk *talk = arg;
	struct msg_pam_said said = talk->said;

	(void)fd;
	(void)what;
	if (talk->state == TALK_QUEUED) {
		jobs_remove(&talk->desk->jobs, talk->job);
		pam_talk_finish(talk, NULL);
	} else if (talk->state == TALK_RESTING)
		pam_talk_finish(talk, &said);
	else
		give_up(talk);
}

int
pam_talk_send(struct pam_talk *talk)
{
	const struct job *job = talk->job;
	struct msg_pam_ask ask;
	int error;

	memset(&ask, 0, sizeof(ask));
	ask.id = talk->id;
	ask.client = job->client;
	ask.is_look = talk->is_look;
	ask.may_ask = talk->may_ask;
	ask.generation = talk->desk->generation;
	strlcpy(ask.name, job->name, sizeof(ask.name));
	strlcpy(ask.password, job->password, sizeof(ask.password));
	error = ipc_send(talk->desk->ipc, MSG_PAM_ASK, &ask, -1);
	explicit_bzero(&ask, sizeof(ask));
	explicit_bzero(talk->job->password, sizeof(talk->job->password));
	return error;
}

static void
begin(struct pam_talk *talk)
{
	pam_talk_enter(talk, TALK_RUNNING);
	if (pam_talk_send(talk) < 0 ||
	    pam_talk_set_deadline(talk, PAM_ASK_MS) < 0)
		pam_talk_fail(talk, vb_strerror(VB_ENOMEM));
}

/*
 * The last place is for a name and an address that have none: whatever hangs,
 * somebody else's login begins.
 */
static struct job *
next_job(struct pam_desk *pam)
{
	const struct job *others[PAM_RUNNING_MAX];
	const struct pam_talk *talk;
	unsigned n = 0;

	if (pam->running + 1 < PAM_RUNNING_MAX)
		return jobs_next(&pam->jobs);
	TAILQ_FOREACH (talk, &pam->talks, entry)
		if (n < PAM_RUNNING_MAX && !talk->is_look &&
		    (talk->state == TALK_RUNNING || talk->state == TALK_OVER))
			others[n++] = talk->job;
	return jobs_next_beside(&pam->jobs, others, n);
}

void
pam_talk_give_places(struct pam_desk *pam)
{
	struct job *job;

	while (pam->ipc != NULL && pam->running < PAM_RUNNING_MAX &&
	    (job = next_job(pam)) != NULL)
		begin(job->arg);
}

/* Another one that has to give way; see pool.h. */
static void
on_evicted(struct job *job, const char *hash)
{
	(void)hash;
	pam_talk_finish(job->arg, NULL);
}

struct pam_talk *
pam_talk_new(struct pam_desk *pam, struct job *job, pam_done *done, void *arg)
{
	struct pam_talk *talk;

	if (job == NULL || (talk = calloc(1, sizeof(*talk))) == NULL)
		return NULL;
	talk->desk = pam;
	talk->done = done;
	talk->arg = arg;
	talk->id = ++pam->last_id;
	talk->job = job;
	job->arg = talk;
	job->done = on_evicted;
	if (event_assign(&talk->deadline_ev, pam->base, -1, 0, on_deadline_cb,
		talk) == -1) {
		free(talk);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&pam->talks, talk, entry);
	return talk;
}

struct pam_talk *
pam_talk_find(struct pam_desk *pam, uint64_t id)
{
	struct pam_talk *talk;

	TAILQ_FOREACH (talk, &pam->talks, entry)
		if (talk->id == id)
			break;
	return talk;
}
