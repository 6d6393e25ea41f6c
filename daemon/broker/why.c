/* SPDX-License-Identifier: ISC */
/*
 * Each step is one of request.c or reach.c, by the same functions, for a
 * session that is in no list: so it counts nowhere, and counts what others
 * have. check_broker_why asks both, and compares.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "common/close_code.h"
#include "common/ipc.h"
#include "common/log.h"
#include "daemon/broker/access.h"
#include "daemon/broker/conf.h"
#include "daemon/broker/decider.h"
#include "daemon/broker/lease.h"
#include "daemon/broker/limits.h"
#include "daemon/broker/own_host.h"
#include "daemon/broker/pending.h"
#include "daemon/broker/reason.h"
#include "daemon/names/resolve.h"
#include "daemon/broker/trial.h"
#include "daemon/broker/why.h"

/* Of all trials: the master asks for few at a time. */
static unsigned lookups[2];

/* What each access section lacks. */
static void
explain_sections(struct trial *trial, const struct addr *addr)
{
	char text[WHY_TEXT_MAX];

	access_explain(trial->conf, &trial->session, addr, text, sizeof(text));
	trial_explain(trial, "%s", text);
}

/* ---- where it leads ---- */

/* As request_refuse_ungranted() of pending.c. */
static void
refuse_ungranted(struct trial *trial)
{
	char name[REASON_NAME_MAX];

	trial_refuse(trial, CODE_NOT_ALLOWED, REQUEST_UNGRANTED,
	    reason_name(trial->ask.target, name));
}

static void
refuse_in_use(struct trial *trial, const struct configured *t)
{
	char reason[PROTO_REASON_MAX];
	uint32_t code = lease_refusal(t, (uint64_t)time(NULL), reason);

	if (lease_is_unknown(&trial->session, t)) {
		code = CODE_NO_SERVICE;
		strlcpy(reason, LEASE_UNKNOWN, sizeof(reason));
	}
	trial_explain(trial, "the target %s has as many sessions as it may",
	    t->conf.name);
	snprintf(trial->said.rule, sizeof(trial->said.rule), "target %s",
	    t->conf.name);
	if (access_may_tell(trial->conf, &trial->session))
		trial_finish(trial, code, reason);
	else
		refuse_ungranted(trial);
}

/* As dial_succeeded() of reach.c: the lease of what was dialled. */
static void
allow(struct trial *trial, const struct addr *addr)
{
	uint32_t most = trial->conf->start.settings.max_sessions_of_target;
	char text[ADDR_TEXT_MAX], reason[PROTO_REASON_MAX];
	struct session *s = &trial->session;
	struct configured *t = NULL;
	struct decider section;

	s->addr = *addr;
	if (!trial->is_target_named)
		t = lease_find(trial->conf, s);
	if (t != NULL && !lease_has_room(s, t)) {
		refuse_in_use(trial, t);
		return;
	}
	if (!trial->is_target_named && t == NULL && most != 0 &&
	    lease_count_others(&trial->broker->sessions, s, addr) >= most) {
		trial_explain(trial, "max-sessions-of-target is reached");
		trial_finish(trial,
		    lease_refusal_full(addr_format(addr, text), most, reason),
		    reason);
		return;
	}
	trial->said.addr = *addr;
	decider_of_section(&section, trial->conf, s->section);
	trial_decide(trial, section.rule[0] != '\0' ? &section : &trial->entry);
	if (section.rule[0] != '\0')
		trial_explain(trial, "%s grants it", section.rule);
	else
		trial_explain(trial,
		    "there are no access sections, which would "
		    "grant it to some only");
	trial_finish(trial, 0, "");
}

static void
refuse_policy(
    struct trial *trial, const char *what, const struct policy_why *why)
{
	struct decider decider;

	decider_of_policy(&decider, why);
	trial_decide(trial, &decider);
	trial_explain(trial, "%s: %s", what, why->text);
}

static int
is_own_host(const struct addr *addr)
{
	struct addr v4;

	return own_host_has(addr) ||
	    (addr_embedded_v4(addr, &v4) && own_host_has(&v4));
}

/* As is_allowed() of reach.c. Returns 0, and the reason in words. */
static int
judge(struct trial *trial, const struct addr *addr, int is_literal,
    uint32_t *code, char reason[PROTO_REASON_MAX])
{
	struct policy_question q;
	struct policy_why why;
	struct decider decider;
	char text[ADDR_TEXT_MAX], name[REASON_NAME_MAX];
	const char *full;

	memset(&q, 0, sizeof(q));
	q.addr = *addr;
	q.port = trial->where.port;
	q.is_name_allowed = trial->is_name_allowed;
	q.is_literal_target = is_literal && trial->is_target_named;
	if (policy_needs_own_host(trial->conf->policy, q.port))
		q.is_own_host = (uint8_t)is_own_host(addr);
	*code = CODE_NOT_ALLOWED;
	addr_format(addr, text);
	if (policy_check_addr(trial->conf->policy, &q, &why) !=
	    POLICY_ALLOWED) {
		snprintf(reason, PROTO_REASON_MAX, "%s is not allowed", text);
		refuse_policy(trial, text, &why);
		return 0;
	}
	if (why.rule != NULL)
		decider_of_policy(&trial->entry, &why);
	switch (access_grants(trial->conf, &trial->session, addr, &full)) {
	case ACCESS_GRANTED:
		return 1;
	case ACCESS_FULL:
		*code = CODE_TOO_MANY;
		strlcpy(reason,
		    "you have as many sessions as you may have there",
		    PROTO_REASON_MAX);
		break;
	default:
		snprintf(reason, PROTO_REASON_MAX, REQUEST_UNGRANTED,
		    reason_name(trial->ask.target, name));
		break;
	}
	decider_of_section(&decider, trial->conf, full);
	trial_decide(trial, &decider);
	explain_sections(trial, addr);
	return 0;
}

/* As take_lease_of() of reach.c. */
static int
has_lease_of(
    struct trial *trial, struct configured *t, const struct configured **in_use)
{
	if (trial->is_target_named || t == NULL || t == trial->held ||
	    (t->most == 0 && !lease_is_locked(t)))
		return 1;
	if (trial->held == NULL && lease_has_room(&trial->session, t)) {
		trial->held = t;
		return 1;
	}
	*in_use = t;
	return 0;
}

/* Returns 0 if it was refused: by a name that this one stands for. */
static int
check_aliases(struct trial *trial, const struct name_answer *answer)
{
	const struct configured *in_use;
	struct target where = trial->where;
	char cut[REASON_NAME_MAX];
	struct policy_why why;
	size_t i;

	for (i = 0; i < answer->alias_count; i++) {
		memcpy(where.name, answer->aliases[i], sizeof(where.name));
		if (policy_check_alias(trial->conf->policy, where.name,
			where.port, &why) != POLICY_DENIED)
			continue;
		refuse_policy(trial, where.name, &why);
		trial_refuse(trial, CODE_NOT_ALLOWED, "%s:%u is not allowed",
		    reason_name(trial->where.name, cut), where.port);
		return 0;
	}
	for (i = 0; i < answer->alias_count; i++) {
		memcpy(where.name, answer->aliases[i], sizeof(where.name));
		if (has_lease_of(
			trial, conf_find_address(trial->conf, &where), &in_use))
			continue;
		refuse_in_use(trial, in_use);
		return 0;
	}
	return 1;
}

static void
judge_answer(struct trial *trial, const struct name_answer *answer)
{
	const struct configured *in_use = NULL;
	char reason[PROTO_REASON_MAX] = "";
	struct addr addr;
	uint32_t code = 0;
	size_t i;

	if (!check_aliases(trial, answer))
		return;
	for (i = 0; i < answer->count; i++) {
		addr = answer->addrs[i];
		addr.port = trial->where.port;
		if (!judge(trial, &addr, 0, &code, reason))
			continue;
		if (has_lease_of(trial,
			conf_find_addr(trial->conf, &addr, addr.port),
			&in_use)) {
			allow(trial, &addr);
			return;
		}
	}
	if (in_use != NULL)
		refuse_in_use(trial, in_use);
	else
		trial_finish(trial, code, reason);
}

static void begin(struct trial *trial);

static void
on_resolved(void *arg, enum resolve_status status,
    const struct name_answer *answer, const char *detail)
{
	struct trial *trial = arg;
	char reason[PROTO_REASON_MAX];
	uint32_t code;

	trial->lookup = NULL;
	/* one that has nothing may have been forgotten since */
	trial->session.asker =
	    shares_find(&trial->broker->shares, &trial->ask.client);
	if (trial->session.asker == NULL) {
		trial_refuse(
		    trial, CODE_TOO_MANY, "the bridge is out of memory");
	} else if (trial->conf != trial->broker->conf) {
		begin(trial); /* a reload has come in between */
	} else if (status == RESOLVE_OK) {
		judge_answer(trial, answer);
	} else {
		code =
		    reason_of_lookup(status, trial->where.name, detail, reason);
		trial_explain(trial, "its name leads to no address");
		trial_finish(trial, code, reason);
	}
}

static void
look_up(struct trial *trial)
{
	struct broker *b = trial->broker;
	struct name_answer answer;

	if (names_find_host(b->hosts != NULL ? b->hosts : "", b->hosts_len,
		trial->where.name, &answer) > 0) {
		judge_answer(trial, &answer);
		return;
	}
	trial->lookup =
	    resolver_start(b->resolver, trial->where.name, trial->deadline_ms,
		(unsigned *[2]){&lookups[0], &lookups[1]}, on_resolved, trial);
	if (trial->lookup == NULL)
		trial_refuse(
		    trial, CODE_TOO_MANY, "the bridge is out of memory");
}

static void
check_name(struct trial *trial)
{
	char name[REASON_NAME_MAX];
	const struct target *where = &trial->where;
	struct policy_why why;

	switch (policy_check_name(trial->conf->policy, where->name, where->port,
	    trial->is_target_named, &why)) {
	case POLICY_ALLOWED:
		trial->is_name_allowed = 1;
		if (why.rule != NULL)
			decider_of_policy(&trial->entry, &why);
		break;
	case POLICY_UNDECIDED:
		break;
	case POLICY_DENIED:
		refuse_policy(trial, where->name, &why);
		trial_refuse(trial, CODE_NOT_ALLOWED, "%s:%u is not allowed",
		    reason_name(where->name, name), where->port);
		return;
	}
	look_up(trial);
}

static void
check_literal(struct trial *trial)
{
	struct addr addr = trial->where.addr;
	char reason[PROTO_REASON_MAX];
	uint32_t code;

	addr.port = trial->where.port;
	if (judge(trial, &addr, 1, &code, reason))
		allow(trial, &addr);
	else
		trial_finish(trial, code, reason);
}

/* ---- who, and whether at all ---- */

/* As begin() of request.c. Returns 0 if it was refused. */
static int
check_person(struct trial *trial)
{
	const struct settings *settings = &trial->conf->start.settings;
	struct session *s = &trial->session;
	static const struct addr unknown;
	char reason[PROTO_REASON_MAX];
	const char *setting;

	if (trial->broker->is_draining) {
		trial_refuse(
		    trial, CODE_RESTARTING, "the bridge is restarting");
		return 0;
	}
	if (trial->broker->is_refusing) {
		trial_explain(trial, "vncbridgectl drain -k was said");
		trial_refuse(trial, CODE_RESTARTING, REQUEST_REFUSING);
		return 0;
	}
	if ((setting = limits_exceeded(s, NULL, settings, 1, reason)) != NULL) {
		trial_explain(trial, "%s is reached", setting);
		strlcpy(trial->said.rule, setting, sizeof(trial->said.rule));
		trial_finish(trial, CODE_TOO_MANY, reason);
		return 0;
	}
	if (settings->has_auth && s->login == NULL) {
		trial_explain(trial, "who has not logged in may open nothing");
		trial_refuse(trial, CODE_ENDED, "you are not logged in");
		return 0;
	}
	if (!access_is_for(trial->conf, s)) {
		explain_sections(trial, &unknown);
		trial_refuse(
		    trial, CODE_NOT_ALLOWED, "no desktop is open to you now");
		return 0;
	}
	return 1;
}

/* Returns 0 if it was refused. */
static int
find_target(struct trial *trial, struct configured **t)
{
	char canonical[TARGET_TEXT_MAX];
	int error = conf_find_target(
	    trial->conf, trial->ask.target, t, &trial->where, canonical);

	if (error >= 0)
		error = session_set_target(
		    &trial->session, canonical, &trial->where);
	if (error == VB_ENOMEM) {
		trial_refuse(
		    trial, CODE_TOO_MANY, "the bridge is out of memory");
	} else if (error < 0) {
		trial_explain(trial, "that is no target, and no host and port");
		trial_refuse(trial, CODE_NOT_ALLOWED,
		    "not a valid host name or address%s",
		    error == VB_ERANGE ? " (port out of range)" : "");
	}
	return error >= 0;
}

static void
begin(struct trial *trial)
{
	struct broker *b = trial->broker;
	struct configured *t;
	struct addr addr;

	conf_unref(trial->conf);
	trial->conf = conf_ref(b->conf);
	trial->held = NULL;
	trial->is_name_allowed = 0;
	trial->said.why[0] = '\0';
	memset(&trial->entry, 0, sizeof(trial->entry));
	trial->deadline_ms = clock_now_ms() +
	    (uint64_t)b->conf->start.settings.connect_timeout_sec * MS_PER_SEC;
	trial->session.asker = shares_find(&b->shares, &trial->ask.client);
	if (trial->session.asker == NULL) {
		trial_refuse(
		    trial, CODE_TOO_MANY, "the bridge is out of memory");
		return;
	}
	if (!find_target(trial, &t) || !check_person(trial))
		return;
	if (!access_may_grant(trial->conf, &trial->session)) {
		addr = trial->where.addr;
		addr.port = trial->where.port;
		explain_sections(trial, &addr);
		refuse_ungranted(trial);
		return;
	}
	trial->is_target_named = trial->is_name_allowed = t != NULL;
	if (t != NULL) {
		snprintf(trial->entry.rule, sizeof(trial->entry.rule),
		    "target %s", t->conf.name);
		if (!lease_has_room(&trial->session, t)) {
			refuse_in_use(trial, t);
			return;
		}
	}
	if (trial->where.addr.family != ADDR_NONE)
		check_literal(trial);
	else
		check_name(trial);
}

void
why_ask(struct broker *b, const struct msg_why *ask)
{
	struct trial *trial;
	struct msg_whyed said;

	if ((trial = calloc(1, sizeof(*trial))) == NULL) {
		memset(&said, 0, sizeof(said));
		said.cookie = ask->cookie;
		said.code = CODE_TOO_MANY;
		strlcpy(said.reason, "the bridge is out of memory",
		    sizeof(said.reason));
		if (ipc_send(b->master, MSG_WHYED, &said, -1) < 0)
			log_fatal("WHYED cannot be sent");
		return;
	}
	trial->broker = b;
	trial->ask = *ask;
	trial->session.broker = b;
	trial->session.client = ask->client;
	if (b->conf_has_auth && ask->user[0] != '\0') {
		trial->session.login = &trial->login;
		TAILQ_INIT(&trial->login.sessions);
		trial->login.is_known = 1;
		memcpy(trial->login.name, ask->user, sizeof(ask->user));
		memcpy(trial->login.groups, ask->groups, sizeof(ask->groups));
	}
	begin(trial);
}
