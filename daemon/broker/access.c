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

/* What a session's target is called now; where has to live as long as q. */
static void
fill_question(const struct conf *conf, const struct session *s,
    struct target *where, struct rights_question *q)
{
	const struct configured *t = conf_find_name(conf, s->target);

	memset(where, 0, sizeof(*where));
	if (t == NULL && target_parse_canonical(s->target, where) == 0)
		t = conf_find_address(conf, where);
	if (t != NULL)
		*where = t->conf.address;
	q->client = s->client;
	q->target = t == NULL ? "" : t->conf.name;
	q->host = where->name;
	q->port = where->port;
}

int
access_grants(
    const struct conf *conf, const struct session *s, const struct addr *addr)
{
	struct rights_question q = {.addr = *addr};
	struct target where;

	if (!rights_apply(conf->rights))
		return 1;
	fill_question(conf, s, &where, &q);
	return ask(conf, &q);
}

int
access_may_grant(const struct conf *conf, const struct session *s)
{
	struct rights_question q = {.may_be_any = 1};
	struct target where;

	if (!rights_apply(conf->rights))
		return 1;
	fill_question(conf, s, &where, &q);
	return ask(conf, &q);
}

void
access_hide(const struct conf *conf, const struct addr *client,
    uint8_t hidden[PROTO_TARGETS_MAX / 8])
{
	struct rights_question q = {.client = *client};
	const struct msg_conf_target *t;
	struct tm local;
	int has_time;
	size_t i;

	if (!rights_apply(conf->rights))
		return;
	has_time = local_now(&local);
	for (i = 0; i < conf->target_count; i++) {
		t = &conf->targets[i].conf;
		q.target = t->name;
		q.host = t->address.name;
		q.addr = t->address.addr;
		q.port = t->address.port;
		if (!has_time || rights_grant(conf->rights, &q, &local) == NULL)
			hidden[i / 8] |= (uint8_t)(1 << i % 8);
	}
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

void
access_review_peer(struct peer *peer)
{
	struct broker *b = peer->broker;
	struct session *s;

	if (!rights_apply(b->conf->rights))
		return;
	TAILQ_FOREACH (s, &peer->sessions, of_worker)
		if (s->is_open && !s->is_expelled &&
		    !access_grants(b->conf, s, &s->addr) && !expel(b, s))
			return; /* its sessions are gone */
}

void
access_review(struct broker *b)
{
	struct timeval tv = {0};
	time_t now;
	uint32_t i;

	event_del(&b->review_ev);
	if (!rights_apply(b->conf->rights))
		return;
	for (i = 0; i < PEERS_MAX; i++)
		access_review_peer(&b->peers[i]);
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
