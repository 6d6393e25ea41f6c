/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "daemon/broker/policy.h"

#define PORT_MAX 65535

struct policy {
	struct rule *allow;
	size_t allow_count;
	struct rule *deny;
	size_t deny_count;
	struct addr *listeners;
	size_t listener_count;
};

static const char why_deny_entry[] = "denied by an entry";
static const char why_no_entry[] = "no entry allows it";
static const char why_own_listener[] = "the bridge itself listens there";
static const char why_loopback[] = "loopback, and no entry allows it";

struct policy *
policy_new(void)
{
	return calloc(1, sizeof(struct policy));
}

void
policy_free(struct policy *policy)
{
	if (policy == NULL)
		return;
	free(policy->allow);
	free(policy->deny);
	free(policy->listeners);
	free(policy);
}

static int
append_rule(struct rule **list, size_t *count, const struct rule *rule)
{
	struct rule *grown = reallocarray(*list, *count + 1, sizeof(**list));

	if (grown == NULL)
		return VB_ENOMEM;
	grown[*count] = *rule;
	*list = grown;
	(*count)++;
	return 0;
}

int
policy_add_rule(struct policy *policy, const struct rule *rule)
{
	if (rule->is_deny)
		return append_rule(&policy->deny, &policy->deny_count, rule);
	return append_rule(&policy->allow, &policy->allow_count, rule);
}

int
policy_add_listener(struct policy *policy, const struct addr *listener)
{
	struct addr *grown = reallocarray(policy->listeners,
	    policy->listener_count + 1, sizeof(*policy->listeners));

	if (grown == NULL)
		return VB_ENOMEM;
	grown[policy->listener_count++] = *listener;
	policy->listeners = grown;
	return 0;
}

static enum policy_verdict
decide(struct policy_why *why, enum policy_verdict verdict, const char *text,
    const struct rule *rule)
{
	why->text = text;
	why->rule = rule;
	return verdict;
}

enum policy_verdict
policy_check_alias(const struct policy *policy, const char *name, uint16_t port,
    struct policy_why *why)
{
	size_t i;

	for (i = 0; i < policy->deny_count; i++)
		if (rule_matches_name(&policy->deny[i], name, port))
			return decide(why, POLICY_DENIED, why_deny_entry,
			    &policy->deny[i]);
	return decide(why, POLICY_UNDECIDED, why_no_entry, NULL);
}

enum policy_verdict
policy_check_name(const struct policy *policy, const char *name, uint16_t port,
    int is_target, struct policy_why *why)
{
	const struct rule *r;
	int may_be_addr = 0;
	size_t i;

	if (policy_check_alias(policy, name, port, why) == POLICY_DENIED)
		return POLICY_DENIED;
	if (is_target)
		return decide(why, POLICY_ALLOWED, why_no_entry, NULL);
	for (i = 0; i < policy->allow_count; i++) {
		r = &policy->allow[i];
		if (rule_matches_name(r, name, port))
			return decide(why, POLICY_ALLOWED, why_no_entry, r);
		if (r->kind == RULE_PREFIX && rule_matches_port(r, port))
			may_be_addr = 1;
	}
	return decide(why, may_be_addr ? POLICY_UNDECIDED : POLICY_DENIED,
	    why_no_entry, NULL);
}

/* v4 is the address in a, or of ADDR_NONE. */
static int
is_own_listener(const struct policy *policy, const struct policy_question *q,
    const struct addr *v4)
{
	const struct addr *l;
	size_t i;

	for (i = 0; i < policy->listener_count; i++) {
		l = &policy->listeners[i];
		if (l->family == ADDR_NONE || l->port != q->port)
			continue;
		if (addr_is_same_ip(l, &q->addr) || addr_is_same_ip(l, v4))
			return 1;
		/*
		 * A wildcard v6 listener takes v4 as well, and what is
		 * unspecified leads to this host (RFC 1122, 3.2.1.3).
		 */
		if (addr_is_unspecified(l) &&
		    (q->is_own_host || addr_is_loopback(&q->addr) ||
			addr_is_unspecified(&q->addr) || addr_is_loopback(v4)))
			return 1;
		if (addr_is_loopback(l) && addr_is_unspecified(&q->addr))
			return 1;
	}
	return 0;
}

static const struct rule *
find_denial(const struct policy *policy, const struct policy_question *q,
    const struct addr *v4)
{
	const struct rule *r;
	size_t i;

	for (i = 0; i < policy->deny_count; i++) {
		r = &policy->deny[i];
		if (rule_matches_addr(r, &q->addr, q->port))
			return r;
		if (v4->family != ADDR_NONE &&
		    rule_matches_addr(r, v4, q->port))
			return r;
	}
	return NULL;
}

/* is_exact: only an entry that names the very address counts. */
static const struct rule *
find_cover(
    const struct policy *policy, const struct policy_question *q, int is_exact)
{
	const struct rule *r;
	size_t i;

	for (i = 0; i < policy->allow_count; i++) {
		r = &policy->allow[i];
		if (is_exact && !(r->kind == RULE_PREFIX && r->is_exact))
			continue;
		if (rule_matches_addr(r, &q->addr, q->port))
			return r;
	}
	return NULL;
}

/* What needs an entry. */
static enum policy_verdict
judge_by_entry(const struct policy *policy, const struct policy_question *q,
    int is_exact, const char *otherwise, struct policy_why *why)
{
	const struct rule *r = find_cover(policy, q, is_exact);

	return decide(
	    why, r != NULL ? POLICY_ALLOWED : POLICY_DENIED, otherwise, r);
}

enum policy_verdict
policy_check_addr(const struct policy *policy, const struct policy_question *q,
    struct policy_why *why)
{
	const char *kind = addr_special_kind(&q->addr);
	const struct rule *r;
	struct addr v4;

	addr_embedded_v4(&q->addr, &v4);
	if (q->addr.family == ADDR_NONE || q->port == 0)
		return decide(why, POLICY_DENIED, why_no_entry, NULL);
	if (is_own_listener(policy, q, &v4))
		return decide(why, POLICY_DENIED, why_own_listener, NULL);
	if ((r = find_denial(policy, q, &v4)) != NULL)
		return decide(why, POLICY_DENIED, why_deny_entry, r);
	if (q->is_literal_target)
		return decide(why, POLICY_ALLOWED, why_no_entry, NULL);
	if (kind != NULL)
		return judge_by_entry(policy, q, 1, kind, why);
	if (addr_is_loopback(&q->addr))
		return judge_by_entry(policy, q, 0, why_loopback, why);
	if (q->is_name_allowed)
		return decide(why, POLICY_ALLOWED, why_no_entry, NULL);
	return judge_by_entry(policy, q, 0, why_no_entry, why);
}

int
policy_needs_own_host(const struct policy *policy, uint16_t port)
{
	size_t i;

	for (i = 0; i < policy->listener_count; i++) {
		if (policy->listeners[i].port == port &&
		    addr_is_unspecified(&policy->listeners[i]))
			return 1;
	}
	return 0;
}

int
policy_ports(const struct policy *policy, uint16_t *ports, size_t max)
{
	uint8_t is_set[PORT_MAX / 8 + 1] = {0};
	const struct rule *r;
	size_t i, n = 0;
	uint32_t port;

	for (i = 0; i < policy->allow_count; i++) {
		r = &policy->allow[i];
		for (port = r->port_first; port <= r->port_last; port++)
			is_set[port / 8] |= (uint8_t)(1U << port % 8);
	}
	for (port = 1; port <= PORT_MAX; port++) {
		if ((is_set[port / 8] & (1U << port % 8)) == 0)
			continue;
		if (n == max)
			return VB_EFULL;
		ports[n++] = (uint16_t)port;
	}
	return (int)n;
}
