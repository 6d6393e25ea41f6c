/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "common/ipc.h"
#include "common/log.h"
#include "common/unjoined.h"
#include "daemon/auth/pam.h"
#include "daemon/auth/users.h"

/* ---- what is asked ---- */

int
pam_ask(struct pam_desk *pam, struct job *job, int may_ask, pam_done *done,
    void *arg, uint64_t *id)
{
	struct pam_talk *talk = pam_talk_new(pam, job, done, arg);
	struct job *evicted;
	int result;

	if (talk == NULL) {
		job_free(job);
		return VB_ENOMEM;
	}
	*id = talk->id;
	talk->may_ask = may_ask != 0;
	if ((result = pam_talk_set_deadline(talk, PAM_WAIT_MS)) < 0) {
		pam_talk_forget(talk);
		return result;
	}
	result = jobs_add(&pam->jobs, job, &evicted);
	if (evicted != NULL)
		evicted->done(evicted, NULL);
	if (result < 0) {
		talk->job = NULL; /* it is freed */
		pam_talk_forget(talk);
		return result;
	}
	pam_talk_give_places(pam);
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
	if ((talk = pam_talk_new(pam, job, done, arg)) == NULL) {
		free(job);
		return VB_ENOMEM;
	}
	strlcpy(job->name, name, sizeof(job->name));
	talk->is_look = 1;
	pam_talk_enter(talk, TALK_RUNNING);
	if (pam_talk_send(talk) == 0 &&
	    pam_talk_set_deadline(talk, PAM_ASK_MS) == 0)
		return 0;
	pam_talk_forget(talk);
	return VB_ENOMEM;
}

int
pam_code(struct pam_desk *pam, uint64_t id, const char *code)
{
	struct pam_talk *talk = pam_talk_find(pam, id);
	struct msg_pam_code said;
	int error;

	if (talk == NULL || talk->state != TALK_ASKING)
		return VB_ENOTFOUND;
	memset(&said, 0, sizeof(said));
	said.id = id;
	strlcpy(said.code, code, sizeof(said.code));
	error = ipc_send(pam->ipc, MSG_PAM_CODE, &said, -1);
	explicit_bzero(&said, sizeof(said));
	pam_talk_enter(talk, TALK_RUNNING);
	if (error == 0 && pam_talk_set_deadline(talk, PAM_ASK_MS) == 0)
		return 0;
	pam_talk_forget(talk);
	return VB_ENOTFOUND;
}

void
pam_leave(struct pam_desk *pam, uint64_t id)
{
	struct pam_talk *talk = pam_talk_find(pam, id);
	struct msg_pam_leave leave = {.id = id};

	if (talk == NULL || talk->state != TALK_ASKING)
		return;
	if (ipc_send(pam->ipc, MSG_PAM_LEAVE, &leave, -1) < 0)
		log_error("pam is not told that nobody types");
	pam_talk_forget(talk);
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
	pam_talk_enter(talk, TALK_RESTING);
	if (pam_talk_set_deadline(talk, said->delay_ms) < 0)
		pam_talk_finish(talk, said);
}

static void
take(struct pam_talk *talk, const struct msg_pam_said *said)
{
	struct pam_desk *pam = talk->desk;

	if (said->verdict == PAM_ASKS && talk->done != NULL) {
		pam_talk_enter(talk, TALK_ASKING);
		event_del(&talk->deadline_ev);
		talk->done(talk->arg, said);
	} else if (said->verdict == PAM_ASKS) {
		pam_talk_enter(talk, TALK_ASKING);
		pam_leave(pam, talk->id);
	} else if (said->verdict == PAM_IS_WRONG && said->delay_ms > 0 &&
	    talk->done != NULL && pam->resting < PAM_RESTING_MAX) {
		rest(talk, said);
	} else
		pam_talk_finish(talk, said);
}

/* Of one that was left pam may have said something before it heard. */
static int
on_pam_said(void *arg, const void *body, int *fd)
{
	const struct msg_pam_said *said = body;
	struct pam_desk *pam = arg;
	struct pam_talk *talk = pam_talk_find(pam, said->id);

	(void)fd;
	if (!is_sound(said) || said->id == 0 || said->id > pam->last_id ||
	    (talk != NULL && !is_due(talk, said->verdict)))
		return VB_EBADMSG;
	if (talk != NULL)
		take(talk, said);
	pam_talk_give_places(pam);
	return 0;
}

/* ---- the channel ---- */

static void
tell_unjoined(struct pam_desk *pam, uint32_t reason)
{
	const struct unjoined who = {
	    ROLE_PAM, pam->fence, &pam->unjoined_fence};

	unjoined_tell(*pam->master, &who, reason);
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
			pam_talk_fail(
			    talk, "the process that asks PAM has ended");
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
	pam_talk_give_places(pam);
	return 0;
}
