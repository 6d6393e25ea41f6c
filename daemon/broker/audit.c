/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "common/ipc.h"
#include "common/log.h"
#include "common/quota.h"
#include "daemon/broker/audit.h"
#include "daemon/broker/broker.h"
#include "daemon/broker/conf.h"
#include "daemon/broker/logins.h"

#define QUEUE_MAX (IPC_QUEUE_BYTES / 4 * 3)
#define ROOM_MS	  100

static int
is_on(const struct broker *b)
{
	return b->conf != NULL && b->conf->start.settings.has_audit;
}

/*
 * Some of the queue is for what matters more: ALIVE, DROPPED. Many sessions may
 * end in one turn: then this waits for the master.
 */
static int
make_room(struct broker *b)
{
	if (ipc_queued_bytes(b->master) > QUEUE_MAX &&
	    ipc_flush(b->master, ROOM_MS) < 0)
		log_debug("audit: the master is slow");
	return ipc_queued_bytes(b->master) > QUEUE_MAX ? VB_EFULL : 0;
}

/* A record that the channel has no room for is told of in the next one. */
static int
say(struct broker *b, struct msg_audit *said)
{
	int result = make_room(b);

	said->lost = b->audit_unsaid;
	if (result == 0 &&
	    (result = ipc_send(b->master, MSG_AUDIT, said, -1)) == 0) {
		b->audit_unsaid = 0;
		return 0;
	}
	b->audit_unsaid++;
	quota_log(LOG_LEVEL_ERROR, NULL, "audit: the master can't be told: %s",
	    vb_strerror(result));
	return result;
}

static void
fill(struct msg_audit *said, enum audit_kind kind, const struct session *s)
{
	memset(said, 0, sizeof(*said));
	said->kind = kind;
	said->worker = s->worker;
	said->conn_id = s->conn_id;
	said->client = s->client;
	said->addr = s->addr;
	said->is_watching = s->is_watching;
	if (s->target != NULL)
		strlcpy(said->target, s->target, sizeof(said->target));
	if (s->login == NULL)
		return;
	said->login_id = s->login->id;
	memcpy(said->user, s->login->name, sizeof(said->user));
}

/*
 * Before anybody hears of it: if this process dies now, the record is there.
 * What the kernel does not take at once goes with the rest.
 */
static void
say_at_once(struct broker *b)
{
	if (ipc_flush(b->master, 0) < 0)
		log_debug("audit: the master is slow");
}

int
audit_answered(
    struct session *s, const char *target, uint32_t code, const char *reason)
{
	struct broker *b = s->broker;
	struct msg_audit said;
	int result;

	if (!is_on(b))
		return 0;
	fill(&said, code == 0 ? AUDIT_OPEN : AUDIT_REFUSE, s);
	strlcpy(said.target, target, sizeof(said.target));
	said.code = code;
	strlcpy(said.reason, reason, sizeof(said.reason));
	if ((result = say(b, &said)) == 0 && code == 0)
		s->is_audited = 1;
	say_at_once(b);
	return result < 0 && b->conf->start.settings.audit_required ? result
								    : 0;
}

void
audit_unanswered(struct broker *b, uint32_t worker, const struct msg_open *open,
    const struct msg_opened *opened)
{
	struct msg_audit said;

	if (!is_on(b))
		return;
	memset(&said, 0, sizeof(said));
	said.kind = AUDIT_REFUSE;
	said.worker = worker;
	said.conn_id = open->conn_id;
	said.client = open->client;
	said.code = opened->code;
	strlcpy(said.target, opened->target, sizeof(said.target));
	strlcpy(said.reason, opened->reason, sizeof(said.reason));
	if (say(b, &said) == 0)
		say_at_once(b);
}

void
audit_session(struct session *s, enum audit_kind kind, const char *by,
    uint32_t code, const char *reason)
{
	struct msg_audit said;

	if (!is_on(s->broker))
		return;
	fill(&said, kind, s);
	strlcpy(said.by, by, sizeof(said.by));
	said.code = code;
	strlcpy(said.reason, reason, sizeof(said.reason));
	if (say(s->broker, &said) == 0)
		say_at_once(s->broker);
}

/* Each that was said to be open, whatever a reload has changed since. */
static void
say_over(struct session *s, enum audit_kind kind, uint64_t to_client_bytes,
    uint64_t to_target_bytes, uint32_t code)
{
	struct msg_audit said;

	if (!s->is_audited)
		return;
	fill(&said, kind, s);
	said.since_sec = s->since_sec;
	said.to_client_bytes = to_client_bytes;
	said.to_target_bytes = to_target_bytes;
	said.code = code;
	s->is_audited = say(s->broker, &said) < 0;
}

void
audit_closed(struct session *s, const struct msg_closed *closed)
{
	say_over(s, AUDIT_END, closed->to_client_bytes, closed->to_target_bytes,
	    closed->code);
}

void
audit_gone(struct session *s)
{
	say_over(s, AUDIT_GONE, s->to_client_bytes, s->to_target_bytes, 0);
}

void
audit_held(struct session *s, uint64_t login_id)
{
	struct msg_audit said;

	if (!is_on(s->broker))
		return;
	fill(&said, AUDIT_HELD, s);
	said.login_id = login_id;
	said.since_sec = s->since_sec;
	s->is_audited = say(s->broker, &said) == 0;
}

void
audit_held_end(struct broker *b, uint32_t worker)
{
	struct msg_audit said;

	if (!is_on(b))
		return;
	memset(&said, 0, sizeof(said));
	said.kind = AUDIT_HELD_END;
	said.worker = worker;
	(void)say(b, &said);
}
