/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/close_code.h"
#include "daemon/broker/audit.h"
#include "daemon/broker/conf.h"
#include "daemon/broker/expel.h"
#include "daemon/broker/lease.h"
#include "daemon/broker/logins.h"
#include "daemon/broker/order.h"
#include "daemon/broker/pending.h"
#include "daemon/broker/reason.h"
#include "daemon/broker/say.h"

#define DIGITS_MAX 19 /* these fit into 64 bits */
#define DECIMAL	   10
#define ANY_WORKER UINT64_MAX

/* Whom an order is about. */
struct aim {
	struct broker *broker;
	const struct msg_order *order;
	uint32_t scope; /* one of ORDER_SCOPE_*; 0: all of them */
	uint64_t conn_id;
	uint64_t worker;
	struct configured *target;  /* or NULL */
	char text[TARGET_TEXT_MAX]; /* the target's canonical form */
};

/* ---- whom it is about ---- */

static int
read_number(const char *text, size_t len, uint64_t *out)
{
	if (len == 0 || len > DIGITS_MAX || strspn(text, "0123456789") < len)
		return 0;
	*out = strtoull(text, NULL, DECIMAL);
	return 1;
}

/* "CONN", or "WORKER/CONN". Returns 0 if it is neither. */
static int
read_session(const char *text, struct aim *aim)
{
	const char *slash = strchr(text, '/');

	aim->worker = ANY_WORKER;
	if (slash == NULL)
		return read_number(text, strlen(text), &aim->conn_id);
	return read_number(text, (size_t)(slash - text), &aim->worker) &&
	    read_number(slash + 1, strlen(slash + 1), &aim->conn_id);
}

static int
is_session(const struct aim *aim, const struct session *s)
{
	return s->conn_id == aim->conn_id &&
	    (aim->worker == ANY_WORKER || s->worker == aim->worker);
}

static int
is_of_user(const struct aim *aim, const struct session *s)
{
	return s->login != NULL && s->login->name[0] != '\0' &&
	    strcmp(s->login->name, aim->order->what) == 0;
}

/* It has it, is on the way there, or waits for it. */
static int
is_at_target(const struct aim *aim, const struct session *s)
{
	if (aim->target != NULL &&
	    (s->configured == aim->target ||
		(s->request != NULL && s->request->lease != NULL &&
		    s->request->lease == aim->target->lease)))
		return 1;
	return s->target != NULL && strcmp(s->target, aim->text) == 0;
}

static int
is_aimed_at(const struct aim *aim, const struct session *s)
{
	switch (aim->scope) {
	case ORDER_SCOPE_SESSION:
		return is_session(aim, s);
	case ORDER_SCOPE_USER:
		return is_of_user(aim, s);
	case ORDER_SCOPE_TARGET:
		return is_at_target(aim, s);
	default:
		return 1;
	}
}

/*
 * The first from the key on that it is about, or NULL. The key is set to it:
 * whatever goes meanwhile, the search goes on behind it.
 */
static struct session *
next_aimed(const struct aim *aim, struct session_key *key)
{
	const struct session_table *table = &aim->broker->sessions;
	struct session *s;

	for (s = session_after(table, key); s != NULL; s = session_next(s))
		if (is_aimed_at(aim, s)) {
			key->conn_id = s->conn_id;
			key->worker = s->worker;
			break;
		}
	return s;
}

static int
exists(struct aim *aim, uint32_t scope)
{
	struct session_key key = {0, 0};
	struct target where;

	aim->scope = scope;
	if (scope == ORDER_SCOPE_SESSION &&
	    !read_session(aim->order->what, aim))
		return 0;
	if (scope == ORDER_SCOPE_TARGET) {
		if (conf_find_target(aim->broker->conf, aim->order->what,
			&aim->target, &where, aim->text) < 0)
			return 0;
		if (aim->target != NULL)
			return 1;
	}
	return next_aimed(aim, &key) != NULL;
}

/* What the word is, of what it may be. Returns an enum order_code. */
static uint32_t
take_aim(struct aim *aim, uint32_t *scopes)
{
	uint32_t bit, found = 0;

	*scopes = 0;
	if (aim->order->scopes == 0)
		return ORDER_DONE;
	for (bit = 1; bit < ORDER_SCOPES; bit <<= 1)
		if ((aim->order->scopes & bit) != 0 && exists(aim, bit)) {
			*scopes |= bit;
			found++;
		}
	aim->scope = *scopes;
	if (found == 0)
		return ORDER_UNKNOWN;
	return found == 1 ? ORDER_DONE : ORDER_AMBIGUOUS;
}

/* ---- what is done ---- */

static void
kick(struct aim *aim, struct msg_ordered *said)
{
	const char *text = aim->order->text;
	struct session_key key = {0, 0};
	char reason[PROTO_REASON_MAX];
	struct session *s;

	snprintf(reason, sizeof(reason),
	    "an administrator ended the session%s%.*s",
	    text[0] == '\0' ? "" : ": ", ORDER_REASON_MAX, text);
	reason_mend(reason);
	while ((s = next_aimed(aim, &key)) != NULL) {
		if (s->is_expelled && !s->is_orphan)
			continue; /* it ends already */
		if (s->is_orphan) {
			said->left++; /* its worker can't be told */
			continue;
		}
		audit_session(s, AUDIT_KICK, "", CODE_ENDED_BY_ADMIN, reason);
		if (session_expel(aim->broker, s, CODE_ENDED_BY_ADMIN, reason,
			"an administrator has ended it"))
			said->count++;
		else
			said->left++;
	}
}

static void
message(struct aim *aim, struct msg_ordered *said)
{
	struct session_key key = {0, 0};
	struct msg_tell tell;
	struct session *s;

	memset(&tell, 0, sizeof(tell));
	tell.kind = TELL_NOTICE;
	strlcpy(tell.text, aim->order->text, sizeof(tell.text));
	while ((s = next_aimed(aim, &key)) != NULL) {
		if (!s->can_wait || s->is_orphan || s->is_expelled) {
			said->left++;
			continue;
		}
		say_to(s, &tell);
		said->count++;
	}
}

/* Who waits is new, too: of one target, or of all. */
static void
refuse_waiting(
    struct broker *b, const struct lease *lease, uint32_t code, const char *why)
{
	struct session_key key = {0, 0};
	struct session *s;

	while ((s = session_after(&b->sessions, &key)) != NULL) {
		key.conn_id = s->conn_id;
		key.worker = s->worker;
		if (s->request != NULL && s->request->lease != NULL &&
		    (lease == NULL || s->request->lease == lease))
			request_refuse(s->request, code, NULL, "%s", why);
	}
}

static uint32_t
lock(struct broker *b, struct configured *t, const char *text)
{
	char reason[PROTO_REASON_MAX];
	struct lease *lease = leases_of(&b->leases, t);

	if (lease == NULL || leases_lock(&b->leases, lease, text) < 0)
		return ORDER_FULL;
	lease_refusal(t, 0, reason);
	refuse_waiting(b, lease, CODE_LOCKED, reason);
	return ORDER_DONE;
}

/* By its name alone: one that a reload has taken away may be locked still. */
static void
unlock(struct broker *b, const struct aim *aim, struct msg_ordered *said)
{
	struct lease *lease = leases_find(&b->leases, aim->order->what);

	if (aim->target != NULL)
		lease = aim->target->lease;
	if (lease == NULL || !lease->is_locked) {
		if (aim->target == NULL)
			said->code = ORDER_UNKNOWN;
		return;
	}
	leases_unlock(&b->leases, lease);
	said->code = ORDER_DONE;
	said->count = 1;
}

static void
refuse(struct broker *b, int is_refusing)
{
	b->is_refusing = is_refusing;
	if (is_refusing)
		refuse_waiting(b, NULL, CODE_RESTARTING, REQUEST_REFUSING);
}

void
order_follow(
    struct broker *b, const struct msg_order *order, struct msg_ordered *said)
{
	struct aim aim = {.broker = b, .order = order};

	said->code = take_aim(&aim, &said->scopes);
	if (order->kind == ORDER_UNLOCK) {
		unlock(b, &aim, said);
		return;
	}
	if (b->is_holding_back &&
	    (order->kind == ORDER_KICK || order->kind == ORDER_MESSAGE))
		said->code = ORDER_BUSY; /* not all sessions are known yet */
	if (said->code != ORDER_DONE)
		return;
	switch (order->kind) {
	case ORDER_KICK:
		kick(&aim, said);
		break;
	case ORDER_MESSAGE:
		message(&aim, said);
		break;
	case ORDER_LOCK:
		if (aim.target == NULL)
			said->code = ORDER_UNKNOWN;
		else
			said->code = lock(b, aim.target, order->text);
		break;
	default:
		refuse(b, order->kind == ORDER_REFUSE);
		break;
	}
}
