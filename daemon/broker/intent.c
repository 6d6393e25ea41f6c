/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "common/clock.h"
#include "common/close_code.h"
#include "common/ipc.h"
#include "daemon/broker/access.h"
#include "daemon/broker/claim_rights.h"
#include "daemon/broker/conf.h"
#include "daemon/broker/expel.h"
#include "daemon/broker/intent.h"
#include "daemon/broker/lease.h"
#include "daemon/broker/logins.h"
#include "daemon/broker/peer.h"
#include "daemon/broker/pending.h"
#include "daemon/broker/reason.h"
#include "daemon/broker/say.h"
#include "daemon/broker/vouch.h"
#include "daemon/broker/watch.h"

#define INTENT_MS      60000
#define MOVE_MS	       600000 /* somebody may have to log in there */
#define INTENTS_MAX    4096   /* of all; the oldest goes first */
#define INTENTS_OF_ONE 16
#define ERRANDS_MAX    256 /* of one worker */

/*
 * The last bytes of a number by which one may look on, and of about no other:
 * whoever has forgotten it, by it nobody gets in to do more.
 */
#define WATCH_MARK	 "look"
#define WATCH_MARK_BYTES (sizeof(WATCH_MARK) - 1)

struct intent {
	TAILQ_ENTRY(intent) entry;
	uint32_t kind; /* enum intent_kind */
	uint8_t number[INTENT_BYTES];
	uint64_t fence; /* of the holder */
	uint64_t until_ms;
	struct addr client;
	char user[AUTH_NAME_MAX]; /* "": nobody logs in */
	char target[TARGET_NAME_MAX];
};

/* An INTEND that waits for auth. */
struct errand {
	TAILQ_ENTRY(errand) entry;
	struct peer *peer;
	struct vouch *vouch;
	struct msg_intend ask;
};

static void
forget(struct broker *b, struct intent *intent)
{
	TAILQ_REMOVE(&b->intents, intent, entry);
	b->intent_count--;
	freezero(intent, sizeof(*intent));
}

static int
is_of(const struct intent *intent, const struct session *s)
{
	return s->login != NULL ? strcmp(intent->user, s->login->name) == 0
				: intent->user[0] == '\0' &&
		addr_is_same_ip(&intent->client, &s->client);
}

/* Nobody's push out another's. */
static void
make_room(struct broker *b, const struct session *s)
{
	struct intent *intent, *oldest = NULL;
	unsigned n = 0;

	TAILQ_FOREACH (intent, &b->intents, entry) {
		if (!is_of(intent, s))
			continue;
		if (n++ == 0)
			oldest = intent;
	}
	if (n >= INTENTS_OF_ONE)
		forget(b, oldest);
	else if (b->intent_count == INTENTS_MAX)
		forget(b, TAILQ_FIRST(&b->intents));
}

static uint8_t *
mark_of(uint8_t number[INTENT_BYTES])
{
	return number + INTENT_BYTES - WATCH_MARK_BYTES;
}

static struct intent *
make(struct broker *b, const struct msg_intend *ask, const struct session *s,
    const struct session *holder)
{
	struct intent *intent = calloc(1, sizeof(*intent));

	if (intent == NULL)
		return NULL;
	make_room(b, s);
	intent->kind = ask->kind;
	intent->fence = holder->fence;
	intent->until_ms =
	    clock_now_ms() + (ask->kind == INTENT_MOVE ? MOVE_MS : INTENT_MS);
	intent->client = s->client;
	if (s->login != NULL)
		strlcpy(intent->user, s->login->name, sizeof(intent->user));
	strlcpy(intent->target, holder->configured->conf.name,
	    sizeof(intent->target));
	arc4random_buf(intent->number, sizeof(intent->number));
	if (intent->kind == INTENT_WATCH)
		memcpy(mark_of(intent->number), WATCH_MARK, WATCH_MARK_BYTES);
	TAILQ_INSERT_TAIL(&b->intents, intent, entry);
	b->intent_count++;
	return intent;
}

/*
 * Theirs: of the same user, or, where nobody logs in, the one whose page has
 * the number that it was told. An address is many people's.
 */
static struct session *
find_own(const struct configured *t, const struct session *s,
    const uint8_t held[INTENT_BYTES])
{
	static const uint8_t none[INTENT_BYTES];
	struct session *holder;

	TAILQ_FOREACH (holder, &t->holders, of_target) {
		if (!holder->is_open || holder->is_expelled ||
		    (holder->login == NULL) != (s->login == NULL))
			continue;
		if (s->login != NULL
			? strcmp(holder->login->name, s->login->name) == 0
			: memcmp(held, none, sizeof(none)) != 0 &&
			    holder->resume != NULL &&
			    CRYPTO_memcmp(held, holder->resume, sizeof(none)) ==
				0)
			return holder;
	}
	return NULL;
}

/*
 * Whose place it is about; or NULL, with code and words. s is who wants it, in
 * no list.
 */
static struct session *
judge(struct broker *b, const struct msg_intend *ask, struct session *s,
    struct msg_intended *said)
{
	char canonical[TARGET_TEXT_MAX], name[REASON_NAME_MAX];
	struct session *holder;
	struct configured *t;
	struct target where;
	int is_own;

	said->code = CODE_NOT_ALLOWED;
	snprintf(said->reason, sizeof(said->reason), REQUEST_UNGRANTED,
	    reason_name(ask->target, name));
	if (conf_find_target(b->conf, ask->target, &t, &where, canonical) < 0 ||
	    t == NULL || session_set_target(s, canonical, &where) < 0 ||
	    !access_may_tell(b->conf, s))
		return NULL;
	if (ask->kind == INTENT_TAKE && !claim_may_take(b->conf, t, s)) {
		strlcpy(said->reason, "you may not take it over",
		    sizeof(said->reason));
		return NULL;
	}
	if (ask->kind == INTENT_WATCH && !claim_may_watch(b->conf, t, s)) {
		strlcpy(said->reason, WATCH_NOT_ALLOWED, sizeof(said->reason));
		return NULL;
	}
	if (ask->kind == INTENT_ASK && t->conf.mode != LEASE_MODE_ASK) {
		strlcpy(said->reason, "nobody can be asked for it",
		    sizeof(said->reason));
		return NULL;
	}
	is_own = ask->kind == INTENT_MOVE || ask->kind == INTENT_END;
	holder = is_own ? find_own(t, s, ask->held) : lease_holder(t);
	if (holder == NULL) {
		said->code = CODE_NOT_FOUND;
		strlcpy(said->reason,
		    is_own ? "you have no session there" : "it is free now",
		    sizeof(said->reason));
	}
	return holder;
}

/* All that are theirs. Of a worker that is lost thereby, they end so, too. */
static uint32_t
end_own(struct broker *b, const struct msg_intend *ask, const struct session *s,
    struct session *own)
{
	struct configured *t = own->configured;
	uint32_t n = 0;

	do {
		session_expel(b, own, CODE_ENDED_BY_USER,
		    "ended from the board", "its user ended it from the board");
		n++;
	} while ((own = find_own(t, s, ask->held)) != NULL);
	return n;
}

static void
fill_intent(struct broker *b, const struct msg_intend *ask,
    const struct session *s, const struct session *holder,
    struct msg_intended *said)
{
	struct intent *intent = make(b, ask, s, holder);

	said->code = intent == NULL ? CODE_TOO_MANY : 0;
	said->reason[0] = '\0';
	if (intent == NULL)
		strlcpy(said->reason, "the bridge is out of memory",
		    sizeof(said->reason));
	else
		memcpy(said->intent, intent->number, sizeof(said->intent));
}

static void
end_errand(struct errand *errand)
{
	struct peer *peer = errand->peer;

	TAILQ_REMOVE(&peer->errands, errand, entry);
	peer->errand_count--;
	freezero(errand, sizeof(*errand));
}

static void
send_intended(struct peer *peer, struct msg_intended *said)
{
	int error;

	if (peer->ipc == NULL)
		return; /* it was lost meanwhile */
	error = ipc_send(peer->ipc, MSG_INTENDED, said, -1);
	explicit_bzero(said, sizeof(*said));
	if (error < 0)
		peer_drop(peer, error);
}

static void
answer(struct errand *errand, struct login *login)
{
	struct peer *peer = errand->peer;
	struct broker *b = peer->broker;
	struct msg_intend ask = errand->ask;
	struct session s = {.broker = b, .client = ask.client, .login = login};
	struct msg_intended said;
	struct session *holder;

	end_errand(errand); /* first: what ends may be all of its worker's */
	memset(&said, 0, sizeof(said));
	said.conn_id = ask.conn_id;
	holder = judge(b, &ask, &s, &said);
	if (holder != NULL && ask.kind == INTENT_END) {
		said.ended = end_own(b, &ask, &s, holder);
		said.code = 0;
		said.reason[0] = '\0';
	} else if (holder != NULL)
		fill_intent(b, &ask, &s, holder, &said);
	session_clear_target(&s);
	explicit_bzero(&ask, sizeof(ask));
	send_intended(peer, &said);
}

static void
refuse(struct errand *errand, uint32_t code, const char *reason)
{
	struct peer *peer = errand->peer;
	struct msg_intended said;

	memset(&said, 0, sizeof(said));
	said.conn_id = errand->ask.conn_id;
	said.code = code;
	strlcpy(said.reason, reason, sizeof(said.reason));
	end_errand(errand);
	send_intended(peer, &said);
}

static void
on_vouched(void *arg, const struct msg_vouched *who)
{
	struct errand *errand = arg;
	struct login login;

	errand->vouch = NULL;
	if (who == NULL) {
		refuse(errand, CODE_NO_SERVICE,
		    "the bridge can't check your login at the moment");
	} else if (who->login_id == 0) {
		refuse(errand, CODE_ENDED, "you are not logged in");
	} else {
		memset(&login, 0, sizeof(login));
		login.id = who->login_id;
		login_know(&login, who);
		answer(errand, &login);
	}
}

/* Its worker has gone: nobody waits for INTENDED. */
static void
forget_errands(struct peer *peer)
{
	struct errand *errand;

	while ((errand = TAILQ_FIRST(&peer->errands)) != NULL) {
		vouch_cancel(errand->vouch);
		TAILQ_REMOVE(&peer->errands, errand, entry);
		freezero(errand, sizeof(*errand));
	}
	peer->errand_count = 0;
}

int
intent_ask(struct peer *peer, const struct msg_intend *intend)
{
	struct broker *b = peer->broker;
	struct errand *errand;

	if (!PROTO_IS_TEXT(intend->target) || intend->kind == INTENT_NONE ||
	    intend->kind >= INTENT_RESUME || intend->conn_id == 0)
		return VB_EBADMSG;
	if ((errand = calloc(1, sizeof(*errand))) == NULL)
		return VB_ENOMEM;
	errand->peer = peer;
	errand->ask = *intend;
	peer->forget_errands = forget_errands;
	TAILQ_INSERT_TAIL(&peer->errands, errand, entry);
	if (++peer->errand_count > ERRANDS_MAX)
		refuse(errand, CODE_TOO_MANY, "the bridge is too busy");
	else if (!b->conf_has_auth)
		answer(errand, NULL);
	else if ((errand->vouch = vouch_ask(&b->vouches, errand->ask.cookie, 0,
		      on_vouched, errand)) == NULL)
		refuse(errand, CODE_TOO_MANY, "the bridge is out of memory");
	else
		explicit_bzero(errand->ask.cookie, sizeof(errand->ask.cookie));
	return 0;
}

static int
is_for(const struct intent *intent, const struct session *s)
{
	if (intent->kind == INTENT_MOVE && s->login == NULL)
		return intent->user[0] == '\0'; /* from another address */
	if (intent->user[0] != '\0' || s->login != NULL)
		return s->login != NULL &&
		    strcmp(intent->user, s->login->name) == 0;
	return addr_is_same_ip(&intent->client, &s->client);
}

/*
 * It comes again by that if the network has lost it and the bridge does not
 * know that yet.
 */
static void
tell_number(struct session *s)
{
	struct msg_tell tell;
	size_t i;

	if (!s->can_wait || s->is_watching || s->configured == NULL ||
	    s->configured->most == 0)
		return;
	/* without memory for it, its place waits only for its user */
	if (s->resume == NULL && (s->resume = malloc(INTENT_BYTES)) == NULL)
		return;
	arc4random_buf(s->resume, INTENT_BYTES);
	memset(&tell, 0, sizeof(tell));
	tell.kind = TELL_HELD;
	for (i = 0; i < INTENT_BYTES; i++)
		snprintf(tell.text + 2 * i, 3, "%02x", s->resume[i]);
	say_to(s, &tell);
	explicit_bzero(&tell, sizeof(tell));
}

static void
tell_held(struct session *s)
{
	watch_tell(s);
	tell_number(s);
}

/* The page of a session that is there still: the network has lost it. */
static void
use_resume(struct request *r, const struct configured *t)
{
	const struct session *s;

	if (t == NULL)
		return;
	TAILQ_FOREACH (s, &t->holders, of_target) {
		if (!s->is_open || s->resume == NULL ||
		    CRYPTO_memcmp(s->resume, r->intent, INTENT_BYTES) != 0)
			continue;
		r->want = INTENT_RESUME;
		r->want_fence = s->fence;
	}
}

void
intent_use(struct request *r)
{
	static const uint8_t none[INTENT_BYTES];
	struct broker *b = r->broker;
	uint64_t now_ms = clock_now_ms();
	struct intent *intent, *next;

	TAILQ_FOREACH_SAFE (intent, &b->intents, entry, next)
		if (intent->until_ms <= now_ms)
			forget(b, intent);
	if (memcmp(r->intent, none, sizeof(none)) == 0)
		return;
	if (memcmp(mark_of(r->intent), WATCH_MARK, WATCH_MARK_BYTES) == 0)
		r->want = INTENT_WATCH; /* of nobody, yet */
	TAILQ_FOREACH (intent, &b->intents, entry)
		if (CRYPTO_memcmp(
			intent->number, r->intent, sizeof(r->intent)) == 0)
			break;
	if (intent == NULL)
		use_resume(r, conf_find_name(r->conf, r->session->target));
	explicit_bzero(r->intent, sizeof(r->intent));
	if (intent == NULL)
		return;
	if (is_for(intent, r->session) &&
	    strcmp(intent->target, r->session->target) == 0) {
		r->want = intent->kind;
		r->want_fence = intent->fence;
	}
	forget(b, intent);
}

void
intents_init(struct broker *b)
{
	TAILQ_INIT(&b->intents);
	b->tell_held = tell_held;
}
