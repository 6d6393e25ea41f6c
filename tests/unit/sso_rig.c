/* SPDX-License-Identifier: ISC */
#include <sys/mman.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/auth/oidc/start.h"
#include "tests/unit/sso_rig.h"
#include "tests/unit/sso_rig_provider.h"

#define SPENT_OFFSET  (16U << 20)
#define QUESTIONS_MAX 64

struct login_desk rig_desk;
struct rig_said rig_said;
int rig_is_full;
uint32_t rig_peer;
uint8_t rig_trust[DIGEST_BYTES];

/* Each by itself: what is read after it was answered is seen by a sanitizer */
static struct rig_question *questions[QUESTIONS_MAX];
static unsigned first_question, question_end;
static int file;

/* ---- what auth asks ---- */

int
fetch_ask(struct fetcher *fetcher, const struct fetch_question *question,
    fetch_done *done, void *arg)
{
	struct rig_question *q;

	ck_assert_ptr_null(fetcher);
	ck_assert_str_ne(question->url, "");
	if (rig_is_full)
		return VB_EFULL;
	ck_assert_uint_lt(question_end, QUESTIONS_MAX);
	q = questions[question_end++] = calloc(1, sizeof(*q));
	ck_assert_ptr_nonnull(q);
	q->source = question->source;
	q->is_post = question->is_post;
	q->done = done;
	q->arg = arg;
	strlcpy(q->url, question->url, sizeof(q->url));
	strlcpy(q->body, question->body, sizeof(q->body));
	strlcpy(q->authorization, question->authorization,
	    sizeof(q->authorization));
	return 0;
}

unsigned
rig_count(void)
{
	return question_end - first_question;
}

const struct rig_question *
rig_question(void)
{
	ck_assert_uint_gt(rig_count(), 0);
	return questions[first_question];
}

static void
answer(uint32_t status, const char *error, const char *body)
{
	struct rig_question *q = questions[first_question];
	size_t len = strlen(body);
	/* exactly as long: what reads on is seen, too */
	char *copy = malloc(len + 1);
	struct fetch_answer said = {
	    .status = status, .error = error, .body = copy, .len = len};

	ck_assert_uint_gt(rig_count(), 0);
	ck_assert_ptr_nonnull(copy);
	first_question++;
	memcpy(copy, body, len + 1);
	q->done(q->arg, &said);
	memset(copy, 'x', len + 1);
	free(copy);
	free(q);
}

void
rig_answer(uint32_t status, const char *body)
{
	answer(status, "", body);
}

void
rig_fail(const char *error)
{
	answer(0, error, "");
}

void
rig_answer_metadata(const struct rig_change *change)
{
	ck_assert_str_eq(rig_question()->url,
	    RIG_ISSUER "/.well-known/openid-configuration");
	rig_answer(200, rig_metadata(change));
}

void
rig_answer_keys(void)
{
	ck_assert_str_eq(rig_question()->url, RIG_ISSUER "/keys");
	rig_answer(200, rig_key_set());
}

void
rig_answer_tokens(const char *id_token)
{
	char body[2 * RIG_TEXT_MAX];

	ck_assert_str_eq(rig_question()->url, RIG_ISSUER "/token");
	snprintf(body, sizeof(body),
	    "{\"token_type\":\"Bearer\",\"access_token\":\"access-1\","
	    "\"id_token\":\"%s\"}",
	    id_token);
	rig_answer(200, body);
}

/* ---- what auth says ---- */

static void
copy_mark(const uint8_t *mark, int *has, uint8_t out[LOGIN_PROOF_BYTES])
{
	*has = mark != NULL;
	if (*has)
		memcpy(out, mark, LOGIN_PROOF_BYTES);
}

static void
on_answered(const struct login_asker *asker, const struct sso_answer *a)
{
	unsigned count = rig_said.count + 1;

	ck_assert_uint_eq(asker->id, RIG_ID);
	memset(&rig_said, 0, sizeof(rig_said));
	rig_said.count = count;
	rig_said.code = a->code;
	memcpy(rig_said.cookie, a->cookie, sizeof(rig_said.cookie));
	strlcpy(rig_said.next, a->next, sizeof(rig_said.next));
	strlcpy(rig_said.url, a->url, sizeof(rig_said.url));
	strlcpy(rig_said.why, a->why, sizeof(rig_said.why));
	strlcpy(rig_said.provider, a->provider, sizeof(rig_said.provider));
	if ((rig_said.has_login = a->login != NULL))
		rig_said.login = *a->login;
	copy_mark(a->subject, &rig_said.has_subject, rig_said.subject);
	copy_mark(a->session, &rig_said.has_session, rig_said.session);
}

static struct login_asker
usual_asker(void)
{
	struct login_asker asker = {.id = RIG_ID, .peer = rig_peer};

	ck_assert_int_eq(addr_parse_ip("192.0.2.1", &asker.client), 0);
	return asker;
}

/* ---- the desk ---- */

void
rig_conf(struct msg_conf_oidc *conf)
{
	memset(conf, 0, sizeof(*conf));
	strlcpy(conf->issuer, RIG_ISSUER, sizeof(conf->issuer));
	strlcpy(conf->client_id, RIG_CLIENT, sizeof(conf->client_id));
	strlcpy(conf->scope, "openid profile", sizeof(conf->scope));
	strlcpy(
	    conf->user_claim, "preferred_username", sizeof(conf->user_claim));
	strlcpy(conf->groups_claim, "groups", sizeof(conf->groups_claim));
	strlcpy(conf->button, "Example", sizeof(conf->button));
}

static void
add_to(struct providers *providers, const struct msg_conf_oidc *conf)
{
	struct provider *p =
	    provider_new(conf, rig_trust, RIG_SECRET, providers->count, NULL);

	ck_assert_ptr_nonnull(p);
	ck_assert_int_eq(providers_add(providers, p), 0);
}

void
rig_add(const struct msg_conf_oidc *conf)
{
	add_to(&rig_desk.providers, conf);
}

void
rig_reload(const struct msg_conf_oidc *conf)
{
	struct providers next = {.count = 0};

	if (conf != NULL)
		add_to(&next, conf);
	providers_replace(&rig_desk.providers, &next);
}

void
rig_name_group(const char *name)
{
	ck_assert_int_eq(group_names_add(&rig_desk.group_names, name), 0);
}

void
rig_open(void)
{
	struct msg_conf_oidc conf;

	ck_assert_int_eq(oidc_start(), 0);
	rig_provider_open();
	memset(&rig_desk, 0, sizeof(rig_desk));
	memset(&rig_said, 0, sizeof(rig_said));
	first_question = question_end = 0;
	rig_is_full = 0;
	rig_peer = 3;
	memset(rig_trust, 0, sizeof(rig_trust));
	ck_assert_uint_lt(logins_file_bytes(), SPENT_OFFSET);
	file = memfd_create("auth", MFD_CLOEXEC);
	ck_assert_int_eq(
	    ftruncate(file, (off_t)(SPENT_OFFSET + spent_bytes())), 0);
	ck_assert_int_eq(logins_open(file, &rig_desk.logins), 0);
	ck_assert_int_eq(spent_open(file, SPENT_OFFSET, &rig_desk.spent), 0);
	flows_init(&rig_desk.flows);
	rig_name_group("students");
	rig_name_group("staff");
	rig_name_group("admins");
	rig_conf(&conf);
	rig_add(&conf);
}

void
rig_close(void)
{
	ck_assert_uint_eq(rig_count(), 0);
	providers_clear(&rig_desk.providers);
	flows_clear(&rig_desk.flows);
	group_names_clear(&rig_desk.group_names);
	users_free((struct users *)(uintptr_t)rig_desk.users);
	spent_close(rig_desk.spent);
	logins_close(rig_desk.logins);
	close(file);
	rig_provider_close();
}

/* ---- the course ---- */

void
rig_begin_with(const struct msg_oidc_begin *begin)
{
	struct login_asker asker = usual_asker();

	sso_begin(&rig_desk, &asker, begin, on_answered);
}

void
rig_begin(uint32_t provider, enum oidc_step step)
{
	struct msg_oidc_begin begin = {
	    .id = RIG_ID, .provider = provider, .step = step};

	strlcpy(begin.redirect, RIG_REDIRECT, sizeof(begin.redirect));
	strlcpy(begin.next, "pc1:1", sizeof(begin.next));
	rig_begin_with(&begin);
}

void
rig_go(void)
{
	unsigned count = rig_said.count;

	rig_begin(0, OIDC_LOGIN);
	if (rig_count() > 0)
		rig_answer_metadata(NULL);
	ck_assert_uint_eq(rig_said.count, count + 1);
	ck_assert_int_eq(rig_said.code, OIDC_GO);
	/* of which the token that comes is to be */
	ck_assert_str_ne(rig_parameter("nonce"), "");
}

void
rig_fill_back(struct msg_oidc_back *back)
{
	memset(back, 0, sizeof(*back));
	back->id = RIG_ID;
	memcpy(back->cookie, rig_said.cookie, sizeof(back->cookie));
	strlcpy(back->state, rig_parameter("state"), sizeof(back->state));
	strlcpy(back->code, RIG_CODE, sizeof(back->code));
}

void
rig_back_with(const struct msg_oidc_back *back)
{
	struct login_asker asker = usual_asker();

	sso_back(&rig_desk, &asker, back, on_answered);
}

void
rig_back(void)
{
	struct msg_oidc_back back;

	rig_fill_back(&back);
	rig_back_with(&back);
}

void
rig_token(const char *token)
{
	struct login_asker asker = usual_asker();

	sso_token(&rig_desk, &asker, token, on_answered);
}

void
rig_log_in(const struct rig_change *change)
{
	const char *token;

	rig_go();
	token = rig_id_token(change);
	rig_back();
	rig_answer_tokens(token);
	if (rig_count() > 0)
		rig_answer_keys();
}

const char *
rig_parameter(const char *name)
{
	static char value[OIDC_URL_MAX];
	const char *p = strchr(rig_said.url, '?');
	size_t len = strlen(name);

	value[0] = '\0';
	for (; p != NULL; p = strchr(p, '&')) {
		p++;
		if (strncmp(p, name, len) != 0 || p[len] != '=')
			continue;
		strlcpy(value, p + len + 1, sizeof(value));
		value[strcspn(value, "&")] = '\0';
		break;
	}
	return value;
}

/* ---- what came of it ---- */

void
rig_is_refused(enum oidc_code code)
{
	ck_assert_uint_eq(rig_count(), 0);
	ck_assert_msg(rig_said.code == code, "%d (%s), not %d", rig_said.code,
	    rig_said.why, code);
	ck_assert_int_eq(rig_said.has_login, 0);
	ck_assert_uint_eq(logins_count(rig_desk.logins), 0);
	ck_assert_str_ne(rig_said.why, "");
}

void
rig_is_in(const char *name, const char *groups)
{
	ck_assert_uint_eq(rig_count(), 0);
	ck_assert_msg(rig_said.code == OIDC_IN, "%s", rig_said.why);
	ck_assert_int_eq(rig_said.has_login, 1);
	ck_assert_str_eq(rig_said.login.name, name);
	ck_assert_str_eq(rig_said.login.groups, groups);
	ck_assert_uint_eq(logins_count(rig_desk.logins), 1);
}
