/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/close_code.h"
#include "common/log.h"
#include "daemon/broker/audit.h"
#include "common/metrics.h"
#include "daemon/broker/presented.h"
#include "daemon/broker/conf.h"
#include "daemon/broker/dial.h"
#include "daemon/broker/journal.h"
#include "daemon/broker/lease.h"
#include "daemon/broker/logins.h"
#include "daemon/broker/peer.h"
#include "daemon/broker/pending.h"
#include "daemon/broker/reason.h"
#include "daemon/names/resolve.h"
#include "daemon/broker/vouch.h"

#define UNRECORDED                                                       \
	"the bridge can't write its audit trail now, and opens nothing " \
	"without it"

void
request_give_back(struct request *r)
{
	if (r->sockets > 0)
		share_give(&r->broker->shares, r->asker, &r->peer->sockets,
		    r->sockets);
	r->sockets = 0;
}

void
request_free(struct request *r)
{
	if (r->is_waiting)
		TAILQ_REMOVE(&r->broker->waiting, r, entry);
	if (r->leave != NULL)
		r->leave(r);
	if (r->hook_list != NULL)
		TAILQ_REMOVE(r->hook_list, r, of_hook);
	vouch_cancel(r->vouch);
	lookup_cancel(r->lookup);
	dial_cancel(r->dial);
	request_give_back(r);
	r->session->request = NULL;
	presented_free(r->presented);
	conf_unref(r->conf);
	explicit_bzero(r->cookie, sizeof(r->cookie));
	free(r);
}

/* It must not be circumvented by an address, or by a name that leads to one. */
static uint32_t
tls_of(const struct request *r, const struct addr *addr)
{
	if (r->has_own_name || r->tls_id != 0)
		return r->tls_id;
	return conf_tls_of_addr(r->conf, addr);
}

void
request_end(struct request *r, uint32_t code, const struct addr *addr, int fd,
    const char *reason)
{
	struct session *s = r->session;
	struct broker *b = r->broker;
	struct peer *peer = r->peer;
	struct msg_opened opened;

	memset(&opened, 0, sizeof(opened));
	opened.conn_id = s->conn_id;
	opened.code = code;
	if (addr != NULL)
		opened.addr = *addr;
	if (code == 0) {
		if (s->fence == 0) /* no configured target's */
			s->fence = leases_next_fence(&b->leases);
		opened.fence = s->fence;
		opened.is_watching = s->is_watching;
		opened.tls_id = tls_of(r, addr);
		conf_fill_greeting(r->conf, s->configured, &opened);
	}
	if (s->target != NULL)
		snprintf(opened.target, sizeof(opened.target), "%s", s->target);
	else
		log_escape(r->text, strlen(r->text), opened.target,
		    sizeof(opened.target));
	snprintf(opened.reason, sizeof(opened.reason), "%s", reason);
	if (s->subject != NULL)
		opened.subject = *s->subject;
	if (s->login != NULL) {
		opened.login_id = s->login->id;
		memcpy(opened.user, s->login->name, sizeof(opened.user));
	}
	journal_answered(s, opened.target, code, reason);
	if (audit_answered(s, opened.target, code, reason) < 0 && code == 0) {
		close(fd);
		fd = -1;
		code = opened.code = CODE_NO_SERVICE;
		strlcpy(opened.reason, UNRECORDED, sizeof(opened.reason));
	}
	metrics_count_opened(code);
	request_free(r);
	if (code == 0) {
		session_note_move(s);
		session_set_open(&b->sessions, s);
		lease_open(s);
		b->tell_held(s);
	} else
		peer_remove_session(peer, s);
	peer_send_opened(peer, &opened, fd);
}

void
request_refuse(struct request *r, uint32_t code, const struct addr *addr,
    const char *fmt, ...)
{
	char reason[PROTO_REASON_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	request_end(r, code, addr, -1, reason);
}

void
request_refuse_memory(struct request *r)
{
	request_refuse(r, CODE_TOO_MANY, NULL, "the bridge is out of memory");
}

static void
refuse_full(
    struct request *r, uint32_t code, const char *target, const char *reason)
{
	if (code == CODE_TOO_MANY)
		journal_refused(r->session,
		    "target=\"%s\" why=\"max-sessions of the target reached\"",
		    target);
	request_end(r, code, NULL, -1, reason);
}

void
request_refuse_ungranted(struct request *r, const struct addr *addr)
{
	char name[REASON_NAME_MAX];

	request_refuse(r, CODE_NOT_ALLOWED, addr, REQUEST_UNGRANTED,
	    reason_name(r->text, name));
}

void
request_refuse_in_use(struct request *r, const struct configured *t)
{
	char reason[PROTO_REASON_MAX];
	uint32_t code;

	if (lease_is_unknown(r->session, t)) {
		request_refuse(r, CODE_NO_SERVICE, NULL, LEASE_UNKNOWN);
		return;
	}
	code = lease_refusal(t, (uint64_t)time(NULL), reason);
	refuse_full(r, code, t->conf.name, reason);
}

void
request_refuse_full(struct request *r, const char *target, uint32_t most)
{
	char reason[PROTO_REASON_MAX];
	uint32_t code = lease_refusal_full(target, most, reason);

	refuse_full(r, code, target, reason);
}

int
request_refuse_unrecorded(struct request *r)
{
	if (!r->broker->is_audit_failing)
		return 0;
	request_refuse(r, CODE_NO_SERVICE, NULL, UNRECORDED);
	return 1;
}

int
request_begin_again(struct request *r)
{
	if (r->conf == r->broker->conf)
		return 0;
	conf_unref(r->conf);
	session_clear_subject(r->session);
	r->begin(r);
	return 1;
}
