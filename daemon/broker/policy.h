/* SPDX-License-Identifier: ISC */
/*
 * Who may be dialled. Deny wins; what no entry allows is refused. Pure: it
 * looks at rules and addresses, and asks no one.
 */
#ifndef VB_POLICY_H
#define VB_POLICY_H

#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/errors.h"
#include "common/rule.h"

struct policy;

struct policy *policy_new(void); /* NULL without memory; refuses all */
void policy_free(struct policy *policy);

/*
 * Copies a rule (is_deny tells which list) or a listener into it. Return 0
 * or VB_ENOMEM.
 */
VB_MUST_CHECK int
policy_add_rule(struct policy *policy, const struct rule *rule);
VB_MUST_CHECK int
policy_add_listener(struct policy *policy, const struct addr *listener);

enum policy_verdict {
	POLICY_DENIED = 0,
	POLICY_ALLOWED,
	POLICY_UNDECIDED /* a name that no rule decides: its addresses do */
};

/* What decided. */
struct policy_why {
	const char *text;	 /* of DENIED: a constant */
	const struct rule *rule; /* the policy's own; NULL: it was no entry */
};

/*
 * Judges a name before it is resolved: DENIED by a deny entry, ALLOWED by
 * an allow entry or by is_target (it is a configured target's), UNDECIDED
 * if an entry allows some address at that port. If none does, it is DENIED:
 * no server is asked about a name that can't be dialled. Fills *why.
 */
enum policy_verdict policy_check_name(const struct policy *policy,
    const char *name, uint16_t port, int is_target, struct policy_why *why);

/*
 * Judges a name that one which was judged stands for: DENIED by a deny entry,
 * else UNDECIDED.
 */
enum policy_verdict policy_check_alias(const struct policy *policy,
    const char *name, uint16_t port, struct policy_why *why);

/*
 * Judges an address before it is dialled; *why as above.
 * - One of the daemon's own listeners: DENIED, whatever the entries say.
 * - A deny entry covers it, or the v4 address in it (addr_embedded_v4):
 *   DENIED.
 * - Special (addr_special_kind): needs an allow entry that names exactly
 *   it, or to be a configured target's literal address.
 * - Loopback is never reached by an allowed name alone: an entry must
 *   cover it, or it is a configured target's literal address.
 * - Any other: its name was allowed, or an allow entry covers it.
 * Returns ALLOWED or DENIED.
 */
struct policy_question {
	struct addr addr;
	uint16_t port;
	uint8_t is_name_allowed;   /* the name it came from was, or is a
				      configured target's */
	uint8_t is_literal_target; /* a configured target has this address */
	uint8_t is_own_host;	   /* the address is one of this host's */
};
enum policy_verdict policy_check_addr(const struct policy *policy,
    const struct policy_question *question, struct policy_why *why);

/*
 * True if is_own_host decides a question about this port: the daemon
 * listens there on a wildcard address.
 */
int policy_needs_own_host(const struct policy *policy, uint16_t port);

/*
 * Fills ports, ascending, with every port that an allow entry covers, for
 * the sandbox. Returns the number, or VB_EFULL if they are more than max.
 */
int policy_ports(const struct policy *policy, uint16_t *ports, size_t max);

#endif
