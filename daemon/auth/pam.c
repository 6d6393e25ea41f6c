/* SPDX-License-Identifier: ISC */
/*
 * Invariants: a talk is in the list until nothing more can come of it; running
 * and looks count those that pam owes an answer. Its job is in jobs.waiting
 * exactly while it is QUEUED, and has a password only then.
 */
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/ipc.h"
#include "common/log.h"
#include "daemon/auth/pam.h"
#include "daemon/auth/users.h"

enum talk_state {
	TALK_QUEUED,
	TALK_RUNNING,
	TALK_ASKING,
	TALK_RESTING,
	TALK_OVER
};

struct pam_talk {
	TAILQ_ENTRY(pam_talk) entry;
	struct pam_desk *desk;
	enum talk_state state;
	uint64_t id;
	struct job *job; /* owned */
	struct event deadline_ev;
	pam_done *done;
	void *arg;
	uint8_t is_look;
	uint8_t may_ask;
	struct msg_pam_said said; /* RESTING: what is told then */
};

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

static void
enter(struct pam_talk *talk, enum talk_state state)
{
	count(talk, -1);
	talk->state = state;
	count(talk, 1);
}

static void
forget(struct pam_talk *talk)
{
	count(talk, -1);
	TAILQ_REMOVE(&talk->desk->talks, talk, entry);
	event_del(&talk->deadline_ev);
	if (talk->job != NULL)
		job_free(talk->job);
	free(talk);
}

static void
finish(struct pam_talk *talk, const struct msg_pam_said *said)
{
	pam_done *done = talk->done;
	void *arg = talk->arg;

	forget(talk);
	if (done != NULL)
		done(arg, said);
}

static void
fail(struct pam_talk *talk, const char *why)
{
	struct msg_pam_said said;

	memset(&said, 0, sizeof(said));
	said.verdict = PAM_HAS_FAILED;
	strlcpy(said.text, why, sizeof(said.text));
	finish(talk, &said);
}

static int
set_deadline(struct pam_talk *talk, uint32_t ms)
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
	enter(talk, TALK_OVER);
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
		finish(talk, NULL);
	} else if (talk->state == TALK_RESTING)
		finish(talk, &said);
	else
		give_up(talk);
}

/* ---- what is asked ---- */

static int
send_ask(struct pam_talk *talk)
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
	enter(talk, TALK_RUNNING);
	if (send_ask(talk) < 0 || set_deadline(talk, PAM_ASK_MS) < 0)
		fail(talk, vb_strerror(VB_ENOMEM));
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

static void
give_more(struct pam_desk *pam)
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
	finish(job->arg, NULL);
}

static struct pam_talk *
new_talk(struct pam_desk *pam, struct job *job, pam_done *done, void *arg)
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

int
pam_ask(struct pam_desk *pam, struct job *job, int may_ask, pam_done *done,
    void *arg, uint64_t *id)
{
	struct pam_talk *talk = new_talk(pam, job, done, arg);
	struct job *evicted;
	int result;

	if (talk == NULL) {
		job_free(job);
		return VB_ENOMEM;
	}
	*id = talk->id;
	talk->may_ask = may_ask != 0;
	if ((result = set_deadline(talk, PAM_WAIT_MS)) < 0) {
		forget(talk);
		return result;
	}
	result = jobs_add(&pam->jobs, job, &evicted);
	if (evicted != NULL)
		evicted->done(evicted, NULL);
	if (result < 0) {
		talk->job = NULL; /* it is freed */
		forget(talk);
		return result;
	}
	give_more(pam);
	return 0;
}

int
pam_look(struct pam_desk *pam, const char *name, pam_done *done, void *arg)
{
	struct pam_talk *talk;
	struct job *job;

	if (pam->ipc == NULL)
		return VB_ENOTFOUND;
	if (pam->looks == PAM_LOOKS_MAX)
		return VB_EFULL;
	job = calloc(1, sizeof(*job));
	if ((talk = new_talk(pam, job, done, arg)) == NULL) {
		free(job);
		return VB_ENOMEM;
	}
	strlcpy(job->name, name, sizeof(job->name));
	talk->is_look = 1;
	enter(talk, TALK_RUNNING);
	if (send_ask(talk) == 0 && set_deadline(talk, PAM_ASK_MS) == 0)
		return 0;
	forget(talk);
	return VB_ENOMEM;
}

static struct pam_talk *
find(struct pam_desk *pam, uint64_t id)
{
	struct pam_talk *talk;

	TAILQ_FOREACH (talk, &pam->talks, entry)
		if (talk->id == id)
			break;
	return talk;
}

int
pam_code(struct pam_desk *pam, uint64_t id, const char *code)
{
	struct pam_talk *talk = find(pam, id);
	struct msg_pam_code said;
	int error;

	if (talk == NULL || talk->state != TALK_ASKING)
		return VB_ENOTFOUND;
	memset(&said, 0, sizeof(said));
	said.id = id;
	strlcpy(said.code, code, sizeof(said.code));
	error = ipc_send(pam->ipc, MSG_PAM_CODE, &said, -1);
	explicit_bzero(&said, sizeof(said));
	enter(talk, TALK_RUNNING);
	if (error == 0 && set_deadline(talk, PAM_ASK_MS) == 0)
		return 0;
	forget(talk);
	return VB_ENOTFOUND;
}

void
pam_leave(struct pam_desk *pam, uint64_t id)
{
	struct pam_talk *talk = find(pam, id);
	struct msg_pam_leave leave = {.id = id};

	if (talk == NULL || talk->state != TALK_ASKING)
		return;
	if (ipc_send(pam->ipc, MSG_PAM_LEAVE, &leave, -1) < 0)
		log_error("pam is not told that nobody types");
	forget(talk);
}

/* ---- what pam says ---- */

/* "a,b": each a name that an access section could have. */
static int
are_groups(const char *text)
{
	char name[USERS_NAME_MAX + 1];
	size_t len;

	for (; *text != '\0'; text += len + (text[len] == ',')) {
		len = strcspn(text, ",");
		if (len >= sizeof(name) || (text[len] == ',' && !text[len + 1]))
			return 0;
		memcpy(name, text, len);
		name[len] = '\0';
		if (!users_is_name(name))
			return 0;
	}
	return 1;
}

/* One that asks has only to fail, until it is answered. */
static int
is_due(const struct pam_talk *talk, uint32_t verdict)
{
	if (talk->state == TALK_ASKING)
		return verdict == PAM_HAS_FAILED;
	if (talk->state != TALK_RUNNING && talk->state != TALK_OVER)
		return 0;
	if (verdict == PAM_ASKS)
		return talk->may_ask;
	return verdict != PAM_IS_UNKNOWN || talk->is_look;
}

static int
is_sound(const struct msg_pam_said *said)
{
	if (said->verdict > PAM_HAS_FAILED ||
	    said->delay_ms > PAM_DELAY_MAX_MS || !PROTO_IS_TEXT(said->name) ||
	    !PROTO_IS_TEXT(said->groups) || !PROTO_IS_TEXT(said->text))
		return 0;
	return said->verdict != PAM_IS_RIGHT ||
	    (users_is_name(said->name) && are_groups(said->groups));
}

static void
rest(struct pam_talk *talk, const struct msg_pam_said *said)
{
	talk->said = *said;
	enter(talk, TALK_RESTING);
	if (set_deadline(talk, said->delay_ms) < 0)
		finish(talk, said);
}

static void
take(struct pam_talk *talk, const struct msg_pam_said *said)
{
	struct pam_desk *pam = talk->desk;

	if (said->verdict == PAM_ASKS && talk->done != NULL) {
		enter(talk, TALK_ASKING);
		event_del(&talk->deadline_ev);
		talk->done(talk->arg, said);
	} else if (said->verdict == PAM_ASKS) {
		enter(talk, TALK_ASKING);
		pam_leave(pam, talk->id);
	} else if (said->verdict == PAM_IS_WRONG && said->delay_ms > 0 &&
	    talk->done != NULL && pam->resting < PAM_RESTING_MAX) {
		rest(talk, said);
	} else
		finish(talk, said);
}

/* Of one that was left pam may have said something before it heard. */
static int
on_pam_said(void *arg, const void *body, int *fd)
{
	const struct msg_pam_said *said = body;
	struct pam_desk *pam = arg;
	struct pam_talk *talk = find(pam, said->id);

	(void)fd;
	if (!is_sound(said) || said->id == 0 || said->id > pam->last_id ||
	    (talk != NULL && !is_due(talk, said->verdict)))
		return VB_EBADMSG;
	if (talk != NULL)
		take(talk, said);
	give_more(pam);
	return 0;
}

/* ---- the channel ---- */

static void
tell_unjoined(struct pam_desk *pam, uint32_t reason)
{
	struct msg_unjoined unjoined = {pam->fence, reason, ROLE_PAM};

	if (pam->unjoined_fence == pam->fence)
		return;
	if (ipc_send(*pam->master, MSG_UNJOINED, &unjoined, -1) < 0)
		log_error("master cannot be told that there is no pam");
	else
		pam->unjoined_fence = pam->fence;
}

/* What it was asked it has taken along; what waits is asked of the next. */
static void
disconnect(struct pam_desk *pam)
{
	struct pam_talk *talk;

	ipc_free(pam->ipc);
	pam->ipc = NULL;
	do {
		TAILQ_FOREACH (talk, &pam->talks, entry)
			if (talk->state != TALK_QUEUED &&
			    talk->state != TALK_RESTING)
				break;
		if (talk != NULL)
			fail(talk, "the process that asks PAM has ended");
	} while (talk != NULL);
}

static void
on_closed(void *arg, int reason)
{
	log_debug("no pam: %s", vb_strerror(reason));
	tell_unjoined(
	    arg, reason == VB_EBADMSG ? UNJOINED_NONSENSE : UNJOINED_LOST);
	disconnect(arg);
}

static const struct ipc_ops pam_ops = {
    .on = {[MSG_PAM_SAID] = on_pam_said},
    .closed = on_closed,
};

void
pam_init(
    struct pam_desk *pam, struct event_base *base, struct ipc *const *master)
{
	memset(pam, 0, sizeof(*pam));
	pam->base = base;
	pam->master = master;
	jobs_init(&pam->jobs);
	TAILQ_INIT(&pam->talks);
}

int
pam_join(struct pam_desk *pam, uint32_t fence, int fd)
{
	disconnect(pam);
	pam->fence = fence;
	pam->ipc = ipc_new(pam->base, fd, ROLE_AUTH, ROLE_PAM, &pam_ops, pam);
	if (pam->ipc == NULL)
		return VB_ENOMEM;
	ipc_set_phase(pam->ipc, PHASE_RUN);
	give_more(pam);
	return 0;
}
