/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "daemon/bundle/bundle.h"
#include "daemon/master/audit/audit.h"
#include "daemon/master/audit/fields.h"
#include "daemon/master/audit/fold.h"
#include "daemon/master/audit/open.h"
#include "daemon/master/audit/writer.h"

#define RETRY_SEC   1 /* a disk that was full; and the last records' sync */
#define MS_PER_SEC  1000
#define WORKERS_MAX 256

struct audit {
	const struct audit_ops *ops;
	void *arg;
	struct writer writer;
	struct open_set open;
	struct fold fold;
	struct event flush_ev; /* at the end of the loop's turn */
	struct event retry_ev;
	audit_heard *heard;
	void *heard_arg;
	uint64_t opened; /* records of that kind, since the start */
	uint64_t ended;
	uint8_t is_on;
	uint8_t is_logged; /* audit-syslog */
	uint8_t is_required;
	uint8_t has_failed; /* the last write has; it was said */
	uint8_t is_refusing;
};

static uint64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * MS_PER_SEC +
	    (uint64_t)now.tv_nsec / 1000000;
}

/* ---- the file ---- */

static void
tell(struct audit *a)
{
	uint8_t must_refuse = (uint8_t)audit_must_refuse(a);

	if (must_refuse == a->is_refusing)
		return;
	a->is_refusing = must_refuse;
	a->ops->refuse(a->arg, must_refuse);
}

static void
note_result(struct audit *a, int result)
{
	struct timeval later = {.tv_sec = RETRY_SEC};

	if (result < 0 && !a->has_failed)
		log_error("audit-file can't be written: %s; records wait%s",
		    strerror(a->writer.error),
		    a->is_required ? ", and no session may begin" : "");
	else if (result == 0 && a->has_failed)
		log_info("audit-file is written again lost=%llu",
		    (unsigned long long)a->writer.lost_total);
	a->has_failed = result < 0;
	tell(a);
	if (a->writer.unsynced >= WRITER_SYNC_RECORDS)
		writer_sync_later(&a->writer);
	if ((a->has_failed || a->writer.unsynced > 0) &&
	    !event_pending(&a->retry_ev, EV_TIMEOUT, NULL))
		event_add(&a->retry_ev, &later);
}

static void
on_flush_cb(evutil_socket_t fd, short what, void *arg)
{
	struct audit *a = arg;

	(void)fd;
	(void)what;
	note_result(a, writer_flush(&a->writer));
}

static void
on_retry_cb(evutil_socket_t fd, short what, void *arg)
{
	struct audit *a = arg;

	(void)fd;
	(void)what;
	writer_sync_later(&a->writer);
	note_result(a, writer_flush(&a->writer));
}

int
audit_must_refuse(const struct audit *a)
{
	return a->is_on && a->is_required && a->has_failed;
}

/* ---- a record ---- */

static const char *
name_of(enum audit_kind kind)
{
	static const char *const names[AUDIT_KIND_COUNT] = {
#define X(name, text, from) [AUDIT_##name] = text,
	    AUDIT_KINDS(X)
#undef X
	};

	return names[kind];
}

static struct audit_text *
begin_at(struct audit *a, enum audit_kind kind, uint64_t time_ms)
{
	if (a->is_on) {
		a->opened += kind == AUDIT_OPEN;
		a->ended += kind == AUDIT_END;
	}
	return writer_begin(&a->writer, name_of(kind), time_ms);
}

struct audit_text *
audit_begin(struct audit *a, enum audit_kind kind)
{
	return begin_at(a, kind, now_ms());
}

/* The log has a time of its own, and the hash so that its copy proves it. */
static void
write_log(const struct audit *a, const char *line)
{
	const struct audit_text *t = &a->writer.text;

	log_info("audit {\"seq\":%llu,\"hash\":\"%.64s\",%s",
	    (unsigned long long)a->writer.seq, a->writer.hash,
	    line + t->kind_at);
}

void
audit_end(struct audit *a)
{
	const char *line;

	if (!a->is_on || (line = writer_end(&a->writer)) == NULL)
		return;
	if (a->is_logged)
		write_log(a, line);
	if (a->heard != NULL)
		a->heard(a->heard_arg, line, a->writer.text.len);
	if (a->writer.fd == -1)
		return;
	/* one write for all that comes in a turn */
	if (a->writer.len > WRITER_WAITING_BYTES / 2 && !a->has_failed)
		on_flush_cb(-1, 0, a);
	else
		event_active(&a->flush_ev, 0, 0);
}

/* s: the session that it ends; or NULL. */
static void
record(struct audit *a, enum audit_kind kind, const struct msg_audit *m,
    const struct open_session *s)
{
	uint64_t time_ms = now_ms();

	fields_of_said(begin_at(a, kind, time_ms), m, s, time_ms);
	audit_end(a);
}

/* Nobody else has said so. */
static void
on_ended(void *arg, const struct open_session *s, const char *why)
{
	struct audit *a = arg;
	uint64_t time_ms = now_ms();

	fields_of_end(begin_at(a, AUDIT_END, time_ms), s, time_ms, why);
	audit_end(a);
}

static void
on_folded(void *arg, const struct folded *folded)
{
	struct audit *a = arg;
	enum audit_kind kind = (enum audit_kind)folded->kind;

	fields_of_folded(begin_at(a, kind, now_ms()), folded);
	audit_end(a);
}

/* ---- what children say ---- */

static unsigned
may_say(uint32_t kind)
{
	static const unsigned roles[AUDIT_KIND_COUNT] = {
#define X(name, text, from) [AUDIT_##name] = from,
	    AUDIT_KINDS(X)
#undef X
	};

	return kind < AUDIT_KIND_COUNT ? roles[kind] : 0;
}

static int
is_well_formed(enum proto_role role, const struct msg_audit *m)
{
	int is_of_session = m->kind == AUDIT_OPEN || m->kind == AUDIT_END ||
	    m->kind == AUDIT_HELD || m->kind == AUDIT_GONE;

	return (may_say(m->kind) & role) != 0 && m->worker < WORKERS_MAX &&
	    (!is_of_session || m->conn_id != 0) && PROTO_IS_TEXT(m->user) &&
	    PROTO_IS_TEXT(m->by) && PROTO_IS_TEXT(m->how) &&
	    PROTO_IS_TEXT(m->target) && PROTO_IS_TEXT(m->reason);
}

static uint64_t
since_ms(const struct msg_audit *m)
{
	uint64_t now = now_ms();

	/* a worker's word: no session began later than now */
	return m->since_sec == 0 || m->since_sec > now / MS_PER_SEC
	    ? now
	    : m->since_sec * MS_PER_SEC;
}

static void
on_open(struct audit *a, const struct msg_audit *m)
{
	open_add(&a->open, m->worker, m->conn_id, now_ms());
	record(a, AUDIT_OPEN, m, NULL);
}

/* A new broker has heard of it; the one before may have died unheard. */
static void
on_held(struct audit *a, const struct msg_audit *m)
{
	struct open_session *s = open_find(&a->open, m->worker, m->conn_id);

	if (s != NULL) {
		s->is_known = 1;
		return;
	}
	open_add(&a->open, m->worker, m->conn_id, since_ms(m));
	record(a, AUDIT_OPEN, m, NULL);
}

static void
take_bytes(struct open_session *s, const struct msg_audit *m)
{
	s->to_client_bytes = m->to_client_bytes;
	s->to_target_bytes = m->to_target_bytes;
}

static void
on_end(struct audit *a, const struct msg_audit *m)
{
	struct open_session *s = open_find(&a->open, m->worker, m->conn_id);
	struct open_session alone = {.since_ms = since_ms(m)};

	if (s != NULL) {
		take_bytes(s, m);
		record(a, AUDIT_END, m, s);
		open_remove(&a->open, s);
	} else if (a->open.untracked > 0) {
		a->open.untracked--;
		take_bytes(&alone, m);
		record(a, AUDIT_END, m, &alone);
	}
	/* else it has its record; or began before there was an audit trail */
}

static void
on_gone(struct audit *a, const struct msg_audit *m)
{
	struct open_session *s = open_find(&a->open, m->worker, m->conn_id);

	if (s == NULL)
		return;
	take_bytes(s, m);
	open_gone(&a->open, s, a->ops->worker_lives(a->arg, m->worker));
}

int
audit_hear(struct audit *a, enum proto_role role, const struct msg_audit *m)
{
	if (!is_well_formed(role, m))
		return VB_EBADMSG;
	if (!a->is_on)
		return 0; /* a reload and this have crossed on the way */
	switch (m->kind) {
	case AUDIT_OPEN:
		/* one of that number before had no end: it could not be said */
		on_open(a, m);
		break;
	case AUDIT_HELD:
		on_held(a, m);
		break;
	case AUDIT_HELD_END:
		open_held_end(&a->open, m->worker);
		break;
	case AUDIT_END:
		on_end(a, m);
		break;
	case AUDIT_GONE:
		on_gone(a, m);
		break;
	default:
		/* one that tells of others that could not be said is written */
		if (m->lost == 0 &&
		    fold_takes(&a->fold, (enum audit_kind)m->kind, &m->client))
			break;
		record(a, (enum audit_kind)m->kind, m, NULL);
		break;
	}
	return 0;
}

static int
worker_lives(void *arg, uint32_t worker)
{
	const struct audit *a = arg;

	return a->ops->worker_lives(a->arg, worker);
}

void
audit_child_died(struct audit *a, enum proto_role role, uint32_t index)
{
	if (role == ROLE_WORKER)
		open_worker_died(&a->open, index);
	else if (role == ROLE_BROKER)
		open_broker_died(&a->open, worker_lives);
}

size_t
audit_open_count(const struct audit *a)
{
	return a->open.count;
}

/* ---- its life ---- */

struct audit *
audit_new(struct event_base *base, const struct audit_ops *ops, void *arg)
{
	struct audit *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->ops = ops;
	a->arg = arg;
	open_init(&a->open, on_ended, a);
	if (writer_init(&a->writer) < 0 ||
	    fold_init(&a->fold, base, on_folded, a) < 0 ||
	    event_assign(&a->flush_ev, base, -1, 0, on_flush_cb, a) == -1 ||
	    event_assign(&a->retry_ev, base, -1, 0, on_retry_cb, a) == -1) {
		free(a->writer.waiting);
		free(a);
		return NULL;
	}
	return a;
}

void
audit_free(struct audit *a)
{
	if (a == NULL)
		return;
	event_del(&a->flush_ev);
	event_del(&a->retry_ev);
	fold_clear(&a->fold);
	open_clear(&a->open);
	writer_clear(&a->writer);
	free(a);
}

void
audit_use(struct audit *a, const struct bundle *bundle)
{
	const struct settings *s = &bundle->conf->settings;
	int fd = -1;

	/* its own: the bundle before is closed before the next is used */
	if (bundle->audit_fd != -1 &&
	    (fd = fcntl(bundle->audit_fd, F_DUPFD_CLOEXEC, 0)) == -1) {
		log_error(
		    "audit-file: the one before is used: %s", strerror(errno));
		return;
	}
	if (!s->has_audit) /* what was counted is of the time before */
		fold_tell(&a->fold);
	a->is_on = s->has_audit;
	a->is_logged = s->audit_syslog;
	a->is_required = s->audit_required;
	if (!a->is_on)
		open_clear(&a->open);
	writer_use(&a->writer, fd);
	note_result(a, a->writer.fd == -1 ? 0 : writer_flush(&a->writer));
}

void
audit_finish(struct audit *a)
{
	open_end_all(&a->open);
	fold_tell(&a->fold);
	audit_begin(a, AUDIT_STOP);
	audit_end(a);
	if (a->writer.fd == -1)
		return;
	if (writer_flush(&a->writer) < 0)
		log_error("audit-file: the last records are lost: %s",
		    strerror(a->writer.error));
	writer_sync(&a->writer);
}

void
audit_fill_status(const struct audit *a, struct ctl_audit *status)
{
	if (!a->is_on)
		return;
	status->is_on = 1;
	status->seq = a->writer.seq;
	status->opened = a->opened;
	status->ended = a->ended;
	status->running = a->open.count + a->open.untracked;
	status->lost = a->writer.lost_total;
	status->error = (uint32_t)a->writer.error;
	strlcpy(status->hash, a->writer.hash, sizeof(status->hash));
}

void
audit_listen(struct audit *a, audit_heard *heard, void *arg)
{
	a->heard = heard;
	a->heard_arg = arg;
}
