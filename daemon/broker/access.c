/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/bits.h"
#include "common/close_code.h"
#include "common/log.h"
#include "common/target.h"
#include "daemon/broker/access.h"
#include "daemon/broker/conf.h"
#include "daemon/broker/expel.h"
#include "daemon/broker/peer.h"
#include "daemon/broker/reason.h"
#include "daemon/broker/rights.h"

#define MINUTE_SEC 60

/* Who asks for a place, and whose it would have; or NULL. */
struct claimant {
	const struct session *session;
	const struct session *replaced;
};

/* Without a calendar it grants nothing. */
static int
local_now(struct tm *local)
{
	time_t now = time(NULL);

	return localtime_r(&now, local) != NULL;
}

static int
is_of(const struct session *s, const char *section)
{
	return s->section != NULL && strcmp(s->section, section) == 0;
}

static int
is_other(const struct claimant *claimant, const struct session *s,
    const char *section)
{
	return s != claimant->session && s != claimant->replaced &&
	    is_of(s, section);
}

/* A user's, by whatever login. */
static unsigned
count_of_user(const struct claimant *claimant, const char *section)
{
	const struct session *s = claimant->session, *other;
	struct login *login;
	unsigned n = 0;

	for (login = logins_first(&s->broker->logins); login != NULL;
	     login = logins_next(login)) {
		if (strcmp(login->name, s->login->name) != 0)
			continue;
		TAILQ_FOREACH (other, &login->sessions, of_login)
			n += is_other(claimant, other, section);
	}
	return n;
}

static unsigned
count_of_address(const struct claimant *claimant, const char *section)
{
	const struct session *other;
	unsigned n = 0;

	TAILQ_FOREACH (other, &claimant->session->asker->list, of_asker)
		n += is_other(claimant, other, section);
	return n;
}

/* Pending ones count: so no two take the last place. */
static unsigned
count_held(const void *arg, const char *section)
{
	const struct claimant *claimant = arg;

	return claimant->session->login != NULL
	    ? count_of_user(claimant, section)
	    : count_of_address(claimant, section);
}

/* No place but the one that it has. */
static unsigned
count_others(const void *arg, const char *section)
{
	const struct claimant *claimant = arg;

	return is_of(claimant->session, section) ? 0 : UINT_MAX;
}

/*
 * The section that grants it, or NULL. One that is open keeps its own, so that
 * by looking again no place becomes free; and it loses no place that it has.
 */
static const char *
find_section(const struct conf *conf, const struct session *s,
    struct rights_question *q, const struct tm *local, const char **full)
{
	static unsigned (*const ways[])(const void *, const char *) = {
	    count_others, count_held, NULL};
	size_t first = s->is_open ? 0 : 1, count = s->is_open ? 3 : 2, i;
	struct claimant claimant = {s, NULL};
	const char *section = NULL;

	q->arg = &claimant;
	for (i = first; section == NULL && i < count; i++) {
		q->held = ways[i];
		section = rights_grant(conf->rights, q, local, full);
	}
	return section;
}

/* What a session's target is called now; where has to live as long as q. */
static void
fill_question(const struct conf *conf, const struct session *s,
    struct target *where, struct rights_question *q)
{
	const struct configured *t =
	    s->target == NULL ? NULL : conf_find_name(conf, s->target);

	memset(where, 0, sizeof(*where));
	if (t == NULL && s->target != NULL &&
	    target_parse_canonical(s->target, where) == 0)
		t = conf_find_address(conf, where);
	if (t != NULL)
		*where = t->conf.address;
	q->client = s->client;
	q->user = s->login == NULL ? "" : s->login->name;
	q->groups = s->login == NULL ? "" : s->login->groups;
	q->target = t == NULL ? "" : t->conf.name;
	q->host = where->name;
	q->port = where->port;
}

int
access_is_for(const struct conf *conf, const struct session *s)
{
	struct rights_question q = {.may_be_any = 1};
	struct target where;
	struct tm local;

	if (!rights_apply(conf->rights))
		return 1;
	fill_question(conf, s, &where, &q);
	return local_now(&local) && rights_are_for(conf->rights, &q, &local);
}

enum access_verdict
access_grants(const struct conf *conf, struct session *s,
    const struct addr *addr, const char **full)
{
	struct rights_question q = {.addr = *addr};
	const char *section;
	struct target where;
	struct tm local;

	*full = NULL;
	if (!rights_apply(conf->rights))
		return ACCESS_GRANTED;
	if (!local_now(&local))
		return ACCESS_NONE;
	fill_question(conf, s, &where, &q);
	section = find_section(conf, s, &q, &local, full);
	if (section == NULL)
		return *full != NULL ? ACCESS_FULL : ACCESS_NONE;
	/* one that is open does not end because there is no memory now */
	return session_set_section(s, section) < 0 && !s->is_open
	    ? ACCESS_NONE
	    : ACCESS_GRANTED;
}

/* By what its target is called. */
static int
is_grantable(
    const struct conf *conf, const struct session *s, struct rights_question *q)
{
	struct target where;
	struct tm local;

	if (!rights_apply(conf->rights))
		return 1;
	fill_question(conf, s, &where, q);
	q->addr = where.addr;
	return local_now(&local) &&
	    rights_grant(conf->rights, q, &local, NULL) != NULL;
}

int
access_may_grant(const struct conf *conf, const struct session *s)
{
	struct rights_question q = {.may_be_any = 1};

	return is_grantable(conf, s, &q);
}

int
access_may_tell(const struct conf *conf, const struct session *s)
{
	struct rights_question q = {0};

	return s->section != NULL || is_grantable(conf, s, &q);
}

int
access_has_place(const struct conf *conf, const struct session *s,
    const struct session *replaced)
{
	struct claimant claimant = {s, replaced};
	struct rights_question q = {.held = count_held, .arg = &claimant};

	return is_grantable(conf, s, &q);
}

/* Returns 0 when there is no more room. */
static int
add_line(const struct msg_conf_access *section, enum rights_part lack,
    char *out, size_t size)
{
	static const char *const words[] = {
	    [RIGHTS_USER] = "is not for that user",
	    [RIGHTS_FROM] = "is not for that address",
	    [RIGHTS_TIME] = "is not for this time",
	    [RIGHTS_TARGET] = "does not have that target",
	    [RIGHTS_PLACE] = "has no place: max-sessions is reached",
	    [RIGHTS_NONE] = "grants it",
	};
	char name[4 * ACCESS_NAME_MAX], at[24] = "";
	size_t len = strlen(out);
	int n;

	log_escape(section->name, strlen(section->name), name, sizeof(name));
	if (section->line != 0)
		snprintf(at, sizeof(at), " (line %u)", section->line);
	n = snprintf(out + len, size - len, "%saccess %s%s %s",
	    len == 0 ? "" : "\n", name, at, words[lack]);
	if (n < 0 || (size_t)n < size - len)
		return 1;
	out[len] = '\0'; /* no half line */
	return 0;
}

void
access_explain(const struct conf *conf, const struct session *s,
    const struct addr *addr, char *out, size_t size)
{
	struct claimant claimant = {s, NULL};
	struct rights_question q = {.addr = *addr,
	    .held = count_held,
	    .arg = &claimant,
	    .may_be_any = addr->family == ADDR_NONE};
	const struct msg_conf_access *section;
	enum rights_part lack;
	struct target where;
	struct tm local;
	size_t i;

	out[0] = '\0';
	fill_question(conf, s, &where, &q);
	if (!local_now(&local))
		return;
	for (i = 0; (section = rights_look(
			 conf->rights, i, &q, &local, &lack)) != NULL;
	     i++)
		if (!add_line(section, lack, out, size))
			return;
}

void
access_hide(const struct conf *conf, const struct addr *client,
    const struct msg_vouched *who, uint8_t hidden[PROTO_TARGETS_MAX / 8])
{
	int is_nobody = who == NULL || who->login_id == 0;
	struct rights_question q = {.client = *client,
	    .user = is_nobody ? "" : who->name,
	    .groups = is_nobody ? "" : who->groups};
	const struct msg_conf_target *t;
	struct tm local;
	int has_time;
	size_t i;

	if (is_nobody && conf->start.settings.has_auth) {
		memset(hidden, 0xff, PROTO_TARGETS_MAX / 8);
		return;
	}
	if (!rights_apply(conf->rights))
		return;
	has_time = local_now(&local);
	for (i = 0; i < conf->target_count; i++) {
		t = &conf->targets[i].conf;
		q.target = t->name;
		q.host = t->address.name;
		q.addr = t->address.addr;
		q.port = t->address.port;
		if (!has_time ||
		    rights_grant(conf->rights, &q, &local, NULL) == NULL)
			bits_set(hidden, i);
	}
}

uint64_t
access_times_sum(const struct conf *conf)
{
	struct tm local;

	return local_now(&local) ? rights_times_sum(conf->rights, &local) : 0;
}

/*
 * One whose login is not known yet has to wait for that. Returns 0 where its
 * worker had to be given up, with all its sessions.
 */
static int
review(struct broker *b, struct session *s)
{
	char name[REASON_NAME_MAX], reason[PROTO_REASON_MAX];
	const char *full;

	if (!s->is_open || s->is_expelled ||
	    (b->conf_has_auth && s->login != NULL && !s->login->is_known))
		return 1;
	if (b->conf_has_auth && s->login == NULL)
		return session_expel(b, s, CODE_ENDED, "you are not logged in",
		    "logins have come, and it has none");
	if (access_grants(b->conf, s, &s->addr, &full) == ACCESS_GRANTED)
		return 1;
	snprintf(reason, sizeof(reason), "%s is not open to you now",
	    reason_name(s->target, name));
	return session_expel(b, s, CODE_NOT_ALLOWED, reason,
	    "no access section grants it any more");
}

static int
needs_review(const struct broker *b)
{
	return b->conf_has_auth || rights_apply(b->conf->rights);
}

void
access_review_peer(struct peer *peer)
{
	struct broker *b = peer->broker;
	struct session *s;

	if (!needs_review(b))
		return;
	TAILQ_FOREACH (s, &peer->sessions, of_worker)
		if (!review(b, s))
			return; /* its sessions are gone */
}

void
access_review_login(struct broker *b, struct login *login)
{
	uint64_t id = login->id;
	struct session *s, *next;

	event_active(&b->watch_ev, EV_TIMEOUT, 0); /* its other right */
	for (s = TAILQ_FIRST(&login->sessions); s != NULL; s = next) {
		next = TAILQ_NEXT(s, of_login);
		if (review(b, s))
			continue;
		if ((login = logins_find(&b->logins, id)) == NULL)
			return;
		next = TAILQ_FIRST(&login->sessions);
	}
}

void
access_review(struct broker *b)
{
	struct timeval tv = {0};
	time_t now;
	uint32_t i;

	event_active(&b->watch_ev, EV_TIMEOUT, 0);
	event_del(&b->review_ev);
	if (!needs_review(b))
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
