/* SPDX-License-Identifier: ISC */
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/log.h"
#include "daemon/auth/boot.h"
#include "daemon/auth/certificates.h"
#include "daemon/auth/derived.h"
#include "daemon/auth/digest.h"
#include "daemon/auth/hash_setting.h"
#include "daemon/auth/login.h"

#define CODES_WRONG 5 /* then the password is asked for again */

/* A try, while its password is hashed. */
struct trial {
	struct login_desk *desk;
	struct login_asker asker;
	login_answered *answered;
};

static void
answer(const struct login_asker *asker, login_answered *answered,
    struct login_answer *a)
{
	answered(asker, a);
	explicit_bzero(a, sizeof(*a));
}

static void
answer_code(const struct login_asker *asker, login_answered *answered,
    const char *name, enum login_code code)
{
	struct login_answer a = {.code = code, .name = name};

	answer(asker, answered, &a);
}

/* Of all that a line says but recovery codes, which are used up. */
static int
prove(const struct user *user, uint8_t out[LOGIN_PROOF_BYTES])
{
	struct digest digest;
	size_t i;

	digest_begin(&digest);
	digest_add(&digest, user->name);
	digest_add(&digest, user->hash);
	digest_add_bytes(&digest, user->totp_seed, user->totp_len);
	for (i = 0; i < user->group_count; i++)
		digest_add(&digest, user->groups[i]);
	return digest_end(&digest, out) == 0;
}

int
login_join_groups(const struct login_desk *desk, const struct user *user,
    struct group_list *out)
{
	size_t i;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < user->group_count; i++)
		if (group_names_have(&desk->group_names, user->groups[i]))
			group_list_add(out, user->groups[i]);
	return out->lost == 0;
}

void
login_groups(const struct login_desk *desk, const struct login_record *login,
    struct group_list *out)
{
	const struct user *user = NULL;

	if (desk->users != NULL &&
	    (login->kind == LOGIN_BY_PASSWORD || login->kind == LOGIN_BY_BASIC))
		user = users_find(desk->users, login->name);
	if (user != NULL && login_join_groups(desk, user, out))
		return;
	memset(out, 0, sizeof(*out));
	memcpy(out->text, login->groups, sizeof(out->text));
}

static int
begin_login(struct login_desk *desk, enum login_state state,
    const struct login_asker *asker, struct login_who *who,
    struct login_answer *a)
{
	int is_new;

	if (!asker->is_basic)
		return logins_begin(desk->logins, state, who, boot_now_sec(),
		    a->cookie, &a->login);
	who->kind = LOGIN_BY_BASIC;
	if (derived_login(desk->logins, who, &desk->limits, a->cookie,
		&a->login, &is_new) < 0)
		return VB_ESYS;
	a->is_again = !is_new;
	return 0;
}

static void
begin(struct login_desk *desk, enum login_state state, const struct user *user,
    const struct login_asker *asker, struct login_answer *a)
{
	struct group_list groups;
	struct login_who who = {
	    .name = user->name, .groups = groups.text, .client = asker->client};

	a->code = LOGIN_FAILED;
	if (!login_join_groups(desk, user, &groups)) {
		log_warn("user=\"%s\" is in %u groups that access sections "
			 "name: more than fit",
		    user->name, groups.count + groups.lost);
		return;
	}
	if (prove(user, who.proof) &&
	    begin_login(desk, state, asker, &who, a) == 0)
		a->code = state == LOGIN_HALF ? LOGIN_CODE_WANTED : LOGIN_OK;
}

/* The hash is there: of whom, the users as they are now tell. */
static void
judge(struct trial *trial, const char *name, const char *hash)
{
	struct login_desk *desk = trial->desk;
	const struct login_asker *asker = &trial->asker;
	struct login_answer a = {.code = LOGIN_WRONG, .name = name};
	const struct user *user =
	    desk->users == NULL ? NULL : users_find(desk->users, name);

	if (user == NULL || (asker->is_basic && desk->no_file_basic) ||
	    strlen(hash) != strlen(user->hash) ||
	    CRYPTO_memcmp(hash, user->hash, strlen(hash)) != 0) {
		attempts_failed(
		    desk->attempts, &asker->client, name, boot_now_sec());
	} else if (user->is_locked) {
		a.code = LOGIN_LOCKED;
	} else if (user->totp_seed != NULL && asker->is_basic) {
		a.code = LOGIN_CODE_WANTED; /* which a browser can ask for */
	} else if (user->totp_seed != NULL) {
		begin(desk, LOGIN_HALF, user, asker, &a);
	} else {
		attempts_succeeded(desk->attempts, &asker->client, name);
		begin(desk, LOGIN_WHOLE, user, asker, &a);
	}
	answer(asker, trial->answered, &a);
}

static void
on_hashed(struct job *job, const char *hash)
{
	struct trial *trial = job->arg;

	if (hash == NULL)
		answer_code(
		    &trial->asker, trial->answered, job->name, LOGIN_FAILED);
	else
		judge(trial, job->name, hash);
	free(trial);
}

static struct job *
new_job(struct login_desk *desk, const struct login_asker *asker,
    const char *name, const char *password)
{
	struct job *job = calloc(1, sizeof(*job));

	if (job == NULL)
		return NULL;
	hash_setting_for(desk->users, name, job->setting);
	job->client = asker->client;
	job->peer = asker->peer;
	job->done = on_hashed;
	strlcpy(job->name, name, sizeof(job->name));
	strlcpy(job->password, password, sizeof(job->password));
	return job;
}

int
login_must_wait(struct login_desk *desk, const struct login_asker *asker,
    const char *name, login_answered *answered)
{
	struct login_answer a = {.code = LOGIN_WAIT, .name = name};

	a.wait_sec = attempts_wait_sec(
	    desk->attempts, &asker->client, name, boot_now_sec());
	if (a.wait_sec == 0)
		return 0;
	answer(asker, answered, &a);
	return 1;
}

void
login_try(struct login_desk *desk, const struct login_asker *asker,
    const char *name, const char *password, login_answered *answered)
{
	struct trial *trial;
	struct job *job;

	if (login_must_wait(desk, asker, name, answered))
		return;
	trial = malloc(sizeof(*trial));
	job = new_job(desk, asker, name, password);
	if (trial == NULL || job == NULL) {
		free(trial);
		if (job != NULL)
			job_free(job);
		answer_code(asker, answered, name, LOGIN_FAILED);
		return;
	}
	trial->desk = desk;
	trial->asker = *asker;
	trial->answered = answered;
	job->arg = trial;
	if (pool_add(desk->pool, job) == 0)
		return;
	free(trial);
	answer_code(asker, answered, name, LOGIN_BUSY);
}

/* The user of a half login, if it still stands. */
static const struct user *
user_of(const struct login_desk *desk, const struct login_record *half)
{
	if (half == NULL || login_fault(desk, half) != NULL)
		return NULL;
	return users_find(desk->users, half->name);
}

static void
refuse_code(struct login_desk *desk, const struct login_asker *asker,
    const struct login_record *half, struct login_answer *a)
{
	attempts_failed(
	    desk->attempts, &asker->client, half->name, boot_now_sec());
	if (logins_add_wrong(desk->logins, half) < CODES_WRONG)
		return;
	a->code = LOGIN_OVER;
	logins_end(desk->logins, half);
}

void
login_try_code(struct login_desk *desk, const struct login_asker *asker,
    const uint8_t cookie[LOGIN_COOKIE_BYTES], const char *code,
    login_answered *answered)
{
	uint64_t now_sec = boot_now_sec();
	const struct login_record *half = logins_find(
	    desk->logins, LOGIN_HALF, cookie, &desk->limits, now_sec);
	const struct user *user = user_of(desk, half);
	struct login_answer a = {.code = LOGIN_WRONG};
	char name[LOGINS_NAME_MAX];

	if (user == NULL) {
		answer_code(asker, answered, "", LOGIN_OVER);
		return;
	}
	strlcpy(name, half->name, sizeof(name));
	a.name = name;
	if (login_must_wait(desk, asker, name, answered))
		return;
	switch (code_check(desk->spent, user, code, time(NULL), now_sec)) {
	case CODE_RECOVERY:
		a.is_recovery = 1;
		/* FALLTHROUGH */
	case CODE_RIGHT:
		attempts_succeeded(desk->attempts, &asker->client, name);
		logins_end(desk->logins, half);
		begin(desk, LOGIN_WHOLE, user, asker, &a);
		break;
	case CODE_USED:
		a.code = LOGIN_USED;
		refuse_code(desk, asker, half, &a);
		break;
	case CODE_WRONG:
		refuse_code(desk, asker, half, &a);
		break;
	}
	answer(asker, answered, &a);
}

const struct login_record *
login_of(struct login_desk *desk, const uint8_t cookie[LOGIN_COOKIE_BYTES],
    int is_use)
{
	uint64_t now_sec = boot_now_sec();
	const struct login_record *login = logins_find(
	    desk->logins, LOGIN_WHOLE, cookie, &desk->limits, now_sec);

	if (login != NULL && is_use)
		logins_use(desk->logins, login, now_sec);
	return login;
}

/* Somebody that the users' file has, too, is who it says. */
static const char *
fault_of_file(const struct login_desk *desk, const struct login_record *login)
{
	const struct user *user =
	    desk->users == NULL ? NULL : users_find(desk->users, login->name);

	return user != NULL && user->is_locked ? "your account was locked"
					       : NULL;
}

static const char *
fault_of_password(
    const struct login_desk *desk, const struct login_record *login)
{
	const struct user *user =
	    desk->users == NULL ? NULL : users_find(desk->users, login->name);
	uint8_t proof[LOGIN_PROOF_BYTES];

	if (user == NULL)
		return "your account was removed";
	if (!prove(user, proof) ||
	    CRYPTO_memcmp(proof, login->proof, sizeof(proof)) != 0)
		return "your account was changed";
	return NULL;
}

/* That it came by stands in the configuration as it did. */
static int
has_way(const struct login_desk *desk, const struct login_record *login)
{
	const uint8_t *proof;

	if (login->kind == LOGIN_BY_OIDC)
		return providers_find(&desk->providers, login->proof) != NULL;
	if (login->kind == LOGIN_BY_PAM)
		proof = desk->has_pam ? desk->pam_proof : NULL;
	else
		proof = desk->has_header ? desk->header_proof : NULL;
	return proof != NULL &&
	    memcmp(proof, login->proof, LOGIN_PROOF_BYTES) == 0;
}

const char *
login_expiry(const struct login_desk *desk, const struct login_record *login)
{
	uint64_t end_sec = logins_end_sec(login, &desk->limits);

	if (end_sec != 0 && boot_now_sec() >= end_sec)
		return "your login has expired";
	return login->until_sec != 0 && (uint64_t)time(NULL) > login->until_sec
	    ? "your certificate has expired"
	    : NULL;
}

const char *
login_fault(const struct login_desk *desk, const struct login_record *login)
{
	const char *fault;

	if ((fault = login_expiry(desk, login)) != NULL ||
	    (fault = fault_of_file(desk, login)) != NULL)
		return fault;
	switch (login->kind) {
	case LOGIN_BY_PASSWORD:
	case LOGIN_BY_BASIC:
		return fault_of_password(desk, login);
	case LOGIN_BY_CERTIFICATE:
		return certificates_fault(desk->certificates, login);
	default:
		return has_way(desk, login)
		    ? NULL
		    : "your way to log in was removed or changed";
	}
}
