/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/close_code.h"
#include "common/ipc.h"
#include "common/log.h"
#include "common/target.h"
#include "daemon/broker/access.h"
#include "daemon/broker/conf.h"
#include "daemon/broker/journal.h"
#include "daemon/broker/peer.h"
#include "daemon/broker/reason.h"
#include "daemon/broker/rights.h"

#define MINUTE_SEC 60

/* Without a calendar it grants nothing. */
static int
local_now(struct tm *local)
{
	time_t now = time(NULL);

	return localtime_r(&now, local) != NULL;
}

static int
ask(const struct conf *conf, const struct rights_question *q)
{
	struct tm local;

	return local_now(&local) &&
	    rights_grant(conf->rights, q, &local) != NULL;
}

int
access_is_for(const struct conf *conf, const struct addr *client)
{
	struct tm local;

	return !rights_apply(conf->rights) ||
	    (local_now(&local) && rights_are_for(conf->rights, client, &local));
}

int
access_grants(
    const struct conf *conf, const struct session *s, const struct addr *addr)
{
	struct rights_question q = {.client = s->client, .addr = *addr};
	const struct configured *t;
	struct target where;

	if (!rights_apply(conf->rights))
		return 1;
	memset(&where, 0, sizeof(where));
	t = conf_find_name(conf, s->target);
	if (t == NULL && target_parse_canonical(s->target, &where) == 0)
		t = conf_find_address(conf, &where);
	if (t != NULL)
		where = t->conf.address;
	q.target = t == NULL ? "" : t->conf.name;
	q.host = where.name;
	q.port = where.port;
	return ask(conf, &q);
}

int
access_shows(const struct conf *conf, const struct configured *target,
    const struct addr *client)
{
	struct rights_question q = {.client = *client,
	    .target = target->conf.name,
	    .host = target->conf.address.name,
	    .addr = target->conf.address.addr,
	    .port = target->conf.address.port};

	return !rights_apply(conf->rights) || ask(conf, &q);
}

/* Returns 0 where its worker had to be given up, with all its sessions. */
static int
expel(struct broker *b, struct session *s)
{
	struct peer *peer = &b->peers[s->worker];
	char name[REASON_NAME_MAX];
	struct msg_end end;
	int error;

	memset(&end, 0, sizeof(end));
	end.conn_id = s->conn_id;
	end.code = CODE_NOT_ALLOWED;
	snprintf(end.reason, sizeof(end.reason), "%s is not open to you now",
	    reason_name(s->target, name));
	journal_refused(s,
	    "target=\"%s\" why=\"no access section grants it "
	    "any more\"",
	    s->target);
	s->is_expelled = 1;
	if ((error = ipc_send(peer->ipc, MSG_END, &end, -1)) == 0)
		return 1;
	peer_drop(peer, error);
	return 0;
}

static void
expel_all(struct broker *b)
{
	struct session *s = session_first(&b->sessions);

	while (s != NULL) {
		if (!s->is_open || s->is_expelled ||
		    access_grants(b->conf, s, &s->addr) || expel(b, s))
			s = session_next(s);
		else /* others of its worker have gone as well */
			s = session_first(&b->sessions);
	}
}

void
access_review(struct broker *b)
{
	struct timeval tv = {0};
	time_t now;

	event_del(&b->review_ev);
	if (!rights_apply(b->conf->rights))
		return;
	expel_all(b);
	now = time(NULL);
	tv.tv_sec = MINUTE_SEC - now % MINUTE_SEC;
	if (event_add(&b->review_ev, &tv) == -1)
		log_fatal("no memory for the event loop");
}

static void
on_review_cb(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	access_review(arg);
}

int
access_init(struct broker *b)
{
	return evtimer_assign(&b->review_ev, b->base, on_review_cb, b) == -1
	    ? VB_ENOMEM
	    : 0;
}
