/* SPDX-License-Identifier: ISC */
/*
 * Invariant: a trial is in desk->halves exactly while it has half a login; it
 * is owed an answer unless that waits for a code.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/auth/boot.h"
#include "daemon/auth/derived.h"
#include "daemon/auth/digest.h"
#include "daemon/auth/login_pam.h"

struct pam_trial {
	TAILQ_ENTRY(pam_trial) entry;
	struct login_desk *desk;
	struct login_asker asker;
	login_answered *answered; /* NULL: a code is awaited */
	uint64_t talk_id;
	uint64_t half_id;		  /* 0: it has none */
	uint8_t proof[LOGIN_PROOF_BYTES]; /* of the service that is asked */
	char name[LOGINS_NAME_MAX];
};

/* ---- halves ---- */

static void
leave_halves(struct pam_trial *trial)
{
	struct login_desk *desk = trial->desk;
	const struct login_record *half;

	if (trial->half_id == 0)
		return;
	half = logins_find_id(desk->logins, trial->half_id);
	if (half != NULL && half->state == LOGIN_HALF)
		logins_end(desk->logins, half);
	TAILQ_REMOVE(&desk->halves, trial, entry);
	desk->half_count--;
	trial->half_id = 0;
}

/* Nobody waits for it now: the code was not typed. */
static void
abandon(struct pam_trial *trial)
{
	pam_leave(&trial->desk->pam, trial->talk_id);
	leave_halves(trial);
	free(trial);
}

/* The oldest that waits, of that name, or of any where name is NULL. */
static void
make_room(struct login_desk *desk, const char *name, unsigned most)
{
	struct pam_trial *trial, *oldest = NULL;
	unsigned n = 0;

	TAILQ_FOREACH (trial, &desk->halves, entry) {
		if (name != NULL && strcmp(trial->name, name) != 0)
			continue;
		n++;
		if (oldest == NULL && trial->answered == NULL)
			oldest = trial;
	}
	if (n >= most && oldest != NULL)
		abandon(oldest);
}

/* ---- answers ---- */

/* The answer of a trial that has ended, or waits for a code from now on. */
static void
answer(struct pam_trial *trial, struct login_answer *a, const char *said)
{
	struct login_desk *desk = trial->desk;
	login_answered *answered = trial->answered;
	struct login_asker asker = trial->asker;
	char name[LOGINS_NAME_MAX];

	memcpy(name, trial->name, sizeof(name));
	a->name = name;
	a->said = said;
	if (a->code == LOGIN_CODE_WANTED && trial->half_id != 0) {
		trial->answered = NULL;
	} else {
		leave_halves(trial);
		free(trial);
	}
	if (answered != NULL)
		answered(&asker, a);
	else
		desk->unheard(&asker, a); /* there is nobody to tell */
	explicit_bzero(a, sizeof(*a));
}

static struct login_who
who_of(const struct pam_trial *trial, const char *name, const char *groups)
{
	struct login_who who = {.kind = LOGIN_BY_PAM,
	    .name = name,
	    .groups = groups,
	    .client = trial->asker.client};

	memcpy(who.proof, trial->proof, sizeof(who.proof));
	return who;
}

static void
begin_half(struct pam_trial *trial, struct login_answer *a)
{
	struct login_desk *desk = trial->desk;
	struct login_who who = who_of(trial, trial->name, "");

	make_room(desk, trial->name, LOGIN_PAM_HALVES_OF_NAME);
	make_room(desk, NULL, PAM_HALVES_MAX);
	if (desk->half_count >= PAM_HALVES_MAX) {
		a->code = LOGIN_BUSY;
		pam_leave(&desk->pam, trial->talk_id);
		return;
	}
	if (logins_begin(desk->logins, LOGIN_HALF, &who, boot_now_sec(),
		a->cookie, &a->login) < 0) {
		pam_leave(&desk->pam, trial->talk_id);
		return;
	}
	a->code = LOGIN_CODE_WANTED;
	trial->half_id = a->login->id;
	TAILQ_INSERT_TAIL(&desk->halves, trial, entry);
	desk->half_count++;
}

/* Whom PAM means must not be taken for somebody of the users' file. */
static const char *
begin_whole(struct pam_trial *trial, const struct msg_pam_said *said,
    struct login_answer *a)
{
	struct login_desk *desk = trial->desk;
	struct login_who who = who_of(trial, said->name, said->groups);
	int is_new = 1, result;

	if (desk->users != NULL && users_find(desk->users, said->name) != NULL)
		return "the users' file has another one of that name";
	leave_halves(trial);
	result = trial->asker.is_basic
	    ? derived_login(desk->logins, &who, &desk->limits, a->cookie,
		  &a->login, &is_new)
	    : logins_begin(desk->logins, LOGIN_WHOLE, &who, boot_now_sec(),
		  a->cookie, &a->login);
	if (result < 0)
		return vb_strerror(result);
	a->code = LOGIN_OK;
	a->is_again = !is_new;
	attempts_succeeded(desk->attempts, &trial->asker.client, trial->name);
	return "";
}

static enum login_code
code_of(const struct pam_trial *trial, uint32_t verdict)
{
	switch (verdict) {
	case PAM_IS_WRONG:
		attempts_failed(trial->desk->attempts, &trial->asker.client,
		    trial->name, boot_now_sec());
		/* after a code there is no second try */
		return trial->half_id != 0 ? LOGIN_OVER : LOGIN_WRONG;
	case PAM_IS_SHUT:
		return LOGIN_SHUT;
	case PAM_IS_STALE:
		return LOGIN_STALE;
	default:
		return LOGIN_FAILED;
	}
}

/* By another service it might be somebody else. */
static int
is_asked_still(const struct pam_trial *trial)
{
	const struct login_desk *desk = trial->desk;

	return desk->has_pam &&
	    memcmp(desk->pam_proof, trial->proof, sizeof(trial->proof)) == 0;
}

static void
on_said(void *arg, const struct msg_pam_said *said)
{
	struct pam_trial *trial = arg;
	struct login_answer a = {.code = LOGIN_FAILED};
	const char *text = said == NULL ? "" : said->text;

	if (said == NULL) {
		a.code = LOGIN_BUSY;
	} else if (!is_asked_still(trial)) {
		text = "the configuration has changed";
		pam_leave(&trial->desk->pam, trial->talk_id);
	} else if (said->verdict == PAM_IS_RIGHT)
		text = begin_whole(trial, said, &a);
	else if (said->verdict == PAM_ASKS)
		begin_half(trial, &a);
	else
		a.code = code_of(trial, said->verdict);
	answer(trial, &a, text);
}

/* ---- for login.c ---- */

static struct job *
new_job(const struct pam_trial *trial, const char *password)
{
	struct job *job = calloc(1, sizeof(*job));

	if (job == NULL)
		return NULL;
	job->client = trial->asker.client;
	job->peer = trial->asker.peer;
	strlcpy(job->name, trial->name, sizeof(job->name));
	strlcpy(job->password, password, sizeof(job->password));
	return job;
}

/* What no terminal obeys, and no module can take for an option. */
static int
is_askable(const char *name)
{
	const char *p;

	for (p = name; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return 0;
	return p > name && name[0] != '-';
}

static void
refuse(struct pam_trial *trial, enum login_code code)
{
	struct login_answer a = {.code = code};

	if (code == LOGIN_WRONG)
		attempts_failed(trial->desk->attempts, &trial->asker.client,
		    trial->name, boot_now_sec());
	answer(trial, &a, "");
}

static void
begin(struct pam_trial *trial, const char *password)
{
	struct job *job;
	int result;

	if (!is_askable(trial->name)) {
		refuse(trial, LOGIN_WRONG);
		return;
	}
	if ((job = new_job(trial, password)) == NULL) {
		refuse(trial, LOGIN_FAILED);
		return;
	}
	result = pam_ask(&trial->desk->pam, job, !trial->asker.is_basic,
	    on_said, trial, &trial->talk_id);
	if (result < 0)
		refuse(trial, result == VB_EFULL ? LOGIN_BUSY : LOGIN_FAILED);
}

/* The users' file comes first; what it does not have is not told apart. */
static int
is_for_pam(const struct login_desk *desk, const struct login_asker *asker,
    const char *name)
{
	return desk->has_pam && (!asker->is_basic || desk->has_pam_basic) &&
	    (desk->users == NULL || users_find(desk->users, name) == NULL);
}

int
login_pam_try(struct login_desk *desk, const struct login_asker *asker,
    const char *name, const char *password, login_answered *answered)
{
	struct login_answer a = {
	    .code = LOGIN_FAILED, .name = name, .said = ""};
	struct pam_trial *trial;

	if (!is_for_pam(desk, asker, name))
		return 0;
	if (login_must_wait(desk, asker, name, answered))
		return 1;
	if ((trial = calloc(1, sizeof(*trial))) == NULL) {
		answered(asker, &a);
		return 1;
	}
	trial->desk = desk;
	trial->asker = *asker;
	trial->answered = answered;
	strlcpy(trial->name, name, sizeof(trial->name));
	memcpy(trial->proof, desk->pam_proof, sizeof(trial->proof));
	begin(trial, password);
	return 1;
}

static struct pam_trial *
find(struct login_desk *desk, uint64_t half_id)
{
	struct pam_trial *trial;

	TAILQ_FOREACH (trial, &desk->halves, entry)
		if (trial->half_id == half_id)
			break;
	return trial;
}

/* Its half stands, and nobody else has just typed a code for it. */
static enum login_code
try_half(struct pam_trial *trial, const struct login_asker *asker,
    const char *code, login_answered *answered)
{
	struct login_desk *desk = trial->desk;

	if (trial->answered != NULL)
		return LOGIN_BUSY;
	if (login_fault(desk, logins_find_id(desk->logins, trial->half_id)) !=
	    NULL)
		return LOGIN_OVER;
	trial->asker = *asker;
	trial->answered = answered;
	if (pam_code(&desk->pam, trial->talk_id, code) < 0)
		refuse(trial, LOGIN_OVER);
	return LOGIN_OK;
}

int
login_pam_try_code(struct login_desk *desk, const struct login_asker *asker,
    const uint8_t cookie[LOGIN_COOKIE_BYTES], const char *code,
    login_answered *answered)
{
	const struct login_record *half = logins_find(
	    desk->logins, LOGIN_HALF, cookie, &desk->limits, boot_now_sec());
	struct login_answer a = {.code = LOGIN_OVER, .said = ""};
	char name[LOGINS_NAME_MAX];
	struct pam_trial *trial;

	if (half == NULL || half->kind != LOGIN_BY_PAM)
		return 0;
	strlcpy(name, half->name, sizeof(name));
	a.name = name;
	if ((trial = find(desk, half->id)) != NULL) {
		if (login_must_wait(desk, asker, name, answered))
			return 1;
		a.code = try_half(trial, asker, code, answered);
	}
	if (a.code == LOGIN_OVER)
		logins_end(desk->logins, half);
	if (a.code != LOGIN_OK) /* else it is answered, or will be */
		answered(asker, &a);
	return 1;
}

void
login_pam_tick(struct login_desk *desk)
{
	const struct login_record *half;
	struct pam_trial *trial, *next;

	TAILQ_FOREACH_SAFE (trial, &desk->halves, entry, next) {
		half = logins_find_id(desk->logins, trial->half_id);
		if (trial->answered == NULL &&
		    (half == NULL || half->state != LOGIN_HALF))
			abandon(trial);
	}
}

int
login_pam_prove(const char *service, uint8_t out[LOGIN_PROOF_BYTES])
{
	struct digest digest;

	digest_begin(&digest);
	digest_add(&digest, "pam");
	digest_add(&digest, service);
	return digest_end(&digest, out);
}

void
login_pam_init(struct login_desk *desk, struct event_base *base,
    struct ipc *const *master, login_answered *unheard)
{
	desk->unheard = unheard;
	TAILQ_INIT(&desk->halves);
	desk->half_count = 0;
	pam_init(&desk->pam, base, master);
}
