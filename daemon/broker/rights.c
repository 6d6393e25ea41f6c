/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "daemon/broker/rights.h"

#define SUM_OFFSET 14695981039346656037u /* FNV-1a, 64 bits */
#define SUM_PRIME  1099511628211u

struct right {
	struct msg_conf_access section;
	struct msg_conf_access_user *users;
	size_t user_count;
	struct network *from;
	size_t from_count;
	struct msg_conf_access_target *targets;
	size_t target_count;
};

struct rights {
	struct right *list;
	size_t count;
};

struct rights *
rights_new(void)
{
	return calloc(1, sizeof(struct rights));
}

void
rights_free(struct rights *rights)
{
	size_t i;

	if (rights == NULL)
		return;
	for (i = 0; i < rights->count; i++) {
		free(rights->list[i].users);
		free(rights->list[i].from);
		free(rights->list[i].targets);
	}
	free(rights->list);
	free(rights);
}

int
rights_begin(struct rights *rights, const struct msg_conf_access *section)
{
	struct right *grown;

	if (!PROTO_IS_TEXT(section->name) ||
	    section->times.count > SCHEDULE_SPANS_MAX)
		return VB_EBADMSG;
	grown = reallocarray(
	    rights->list, rights->count + 1, sizeof(*rights->list));
	if (grown == NULL)
		return VB_ENOMEM;
	rights->list = grown;
	memset(&grown[rights->count], 0, sizeof(*grown));
	grown[rights->count++].section = *section;
	return 0;
}

static struct right *
last(struct rights *rights)
{
	return rights->count == 0 ? NULL : &rights->list[rights->count - 1];
}

int
rights_add_user(struct rights *rights, const struct msg_conf_access_user *user)
{
	struct right *right = last(rights);
	struct msg_conf_access_user *grown;

	if (right == NULL || !PROTO_IS_TEXT(user->name) ||
	    user->name[user->name[0] == '@'] == '\0')
		return VB_EBADMSG;
	grown = reallocarray(
	    right->users, right->user_count + 1, sizeof(*right->users));
	if (grown == NULL)
		return VB_ENOMEM;
	right->users = grown;
	grown[right->user_count++] = *user;
	return 0;
}

int
rights_add_from(struct rights *rights, const struct msg_conf_access_from *from)
{
	struct right *right = last(rights);
	struct network *grown;

	if (right == NULL || !network_is_sound(&from->network))
		return VB_EBADMSG;
	grown = reallocarray(
	    right->from, right->from_count + 1, sizeof(*right->from));
	if (grown == NULL)
		return VB_ENOMEM;
	right->from = grown;
	grown[right->from_count++] = from->network;
	return 0;
}

int
rights_add_target(
    struct rights *rights, const struct msg_conf_access_target *target)
{
	struct right *right = last(rights);
	struct msg_conf_access_target *grown;

	if (right == NULL || !PROTO_IS_TEXT(target->name) ||
	    !PROTO_IS_TEXT(target->rule.name))
		return VB_EBADMSG;
	grown = reallocarray(
	    right->targets, right->target_count + 1, sizeof(*right->targets));
	if (grown == NULL)
		return VB_ENOMEM;
	right->targets = grown;
	grown[right->target_count++] = *target;
	return 0;
}

int
rights_apply(const struct rights *rights)
{
	return rights->count > 0;
}

/* "*" is everything: with ports, it is everything at these. */
static int
covers(const struct msg_conf_access_target *target,
    const struct rights_question *q)
{
	const struct rule *rule = &target->rule;

	if (target->name[0] != '\0')
		return strcasecmp(target->name, q->target) == 0;
	if (rule->kind == RULE_ANY && !rule->has_ports)
		return 1;
	if (q->host[0] != '\0' && rule_matches_name(rule, q->host, q->port))
		return 1;
	if (q->addr.family == ADDR_NONE)
		return q->may_be_any && rule->kind == RULE_PREFIX &&
		    rule_matches_port(rule, q->port);
	return rule_matches_addr(rule, &q->addr, q->port);
}

int
rights_has_group(const char *groups, const char *name)
{
	size_t len = strlen(name), n;

	for (; *groups != '\0'; groups += n + (groups[n] == ',')) {
		n = strcspn(groups, ",");
		if (n == len && memcmp(groups, name, n) == 0)
			return 1;
	}
	return 0;
}

static int
names_user(const struct right *right, const struct rights_question *q)
{
	const char *name;
	size_t i;

	for (i = 0; i < right->user_count; i++) {
		name = right->users[i].name;
		if (name[0] == '@' ? rights_has_group(q->groups, name + 1)
				   : strcmp(name, q->user) == 0)
			return 1;
	}
	return right->user_count == 0;
}

static int
names_client(const struct right *right, const struct rights_question *q)
{
	return right->from_count == 0 ||
	    networks_have(right->from, right->from_count, &q->client);
}

static int
is_for(const struct right *right, const struct rights_question *q,
    const struct tm *local)
{
	return names_user(right, q) && names_client(right, q) &&
	    schedule_has(&right->section.times, local);
}

int
rights_are_for(const struct rights *rights, const struct rights_question *q,
    const struct tm *local)
{
	size_t i;

	for (i = 0; i < rights->count; i++)
		if (is_for(&rights->list[i], q, local))
			return 1;
	return rights->count == 0;
}

uint64_t
rights_times_sum(const struct rights *rights, const struct tm *local)
{
	uint64_t sum = SUM_OFFSET;
	size_t i;

	for (i = 0; i < rights->count; i++)
		sum = (sum ^
			  (uint64_t)schedule_has(
			      &rights->list[i].section.times, local)) *
		    SUM_PRIME;
	return sum;
}

static int
names_target(const struct right *right, const struct rights_question *q)
{
	size_t i;

	for (i = 0; i < right->target_count; i++)
		if (covers(&right->targets[i], q))
			return 1;
	return 0;
}

static int
grants(const struct right *right, const struct rights_question *q,
    const struct tm *local)
{
	return is_for(right, q, local) && names_target(right, q);
}

static int
has_place(const struct right *right, const struct rights_question *q)
{
	return q->held == NULL || right->section.max_sessions == 0 ||
	    q->held(q->arg, right->section.name) < right->section.max_sessions;
}

const char *
rights_grant(const struct rights *rights, const struct rights_question *q,
    const struct tm *local, const char **full)
{
	const struct right *right;
	const char *was_full = NULL;
	size_t i;

	if (full != NULL)
		*full = NULL;
	if (rights->count == 0)
		return "";
	for (i = 0; i < rights->count; i++) {
		right = &rights->list[i];
		if (!grants(right, q, local))
			continue;
		if (has_place(right, q))
			return right->section.name;
		if (was_full == NULL)
			was_full = right->section.name;
	}
	if (full != NULL)
		*full = was_full;
	return NULL;
}

uint32_t
rights_line(const struct rights *rights, const char *section)
{
	size_t i;

	for (i = 0; i < rights->count; i++)
		if (strcmp(rights->list[i].section.name, section) == 0)
			return rights->list[i].section.line;
	return 0;
}

const struct msg_conf_access *
rights_look(const struct rights *rights, size_t i,
    const struct rights_question *q, const struct tm *local,
    enum rights_part *lack)
{
	const struct right *right;

	if (i >= rights->count)
		return NULL;
	right = &rights->list[i];
	if (!names_user(right, q))
		*lack = RIGHTS_USER;
	else if (!names_client(right, q))
		*lack = RIGHTS_FROM;
	else if (!schedule_has(&right->section.times, local))
		*lack = RIGHTS_TIME;
	else if (!names_target(right, q))
		*lack = RIGHTS_TARGET;
	else
		*lack = has_place(right, q) ? RIGHTS_NONE : RIGHTS_PLACE;
	return &right->section;
}
