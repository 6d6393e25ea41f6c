/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "common/list.h"
#include "daemon/authority/authority.h"
#include "daemon/broker/conf.h"
#include "daemon/broker/policy.h"
#include "daemon/broker/rights.h"

#define DNS_PORT 53 /* RFC 1035, 4.2 */

struct conf *
conf_new(const struct msg_conf_start *start)
{
	struct conf *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return NULL;
	c->refs = 1;
	c->start = *start;
	c->policy = policy_new();
	c->authorities = authorities_new();
	c->rights = rights_new();
	if (c->policy == NULL || c->authorities == NULL || c->rights == NULL) {
		conf_unref(c);
		return NULL;
	}
	return c;
}

struct conf *
conf_ref(struct conf *c)
{
	c->refs++;
	return c;
}

void
conf_unref(struct conf *c)
{
	if (c == NULL || --c->refs > 0)
		return;
	policy_free(c->policy);
	authorities_free(c->authorities);
	rights_free(c->rights);
	free(c->targets);
	free(c->claims);
	free(c->by_name);
	free(c->by_address);
	free(c);
}

int
conf_add_target(struct conf *c, const struct msg_conf_target *target)
{
	struct configured *grown;

	if (c->target_count == PROTO_TARGETS_MAX)
		return VB_EFULL;
	if (!PROTO_IS_TEXT(target->name) || !PROTO_IS_TEXT(target->group) ||
	    !PROTO_IS_TEXT(target->address.name) || target->address.port == 0 ||
	    target->mode >= LEASE_MODE_COUNT ||
	    target->ask_answer >= LEASE_ANSWER_COUNT)
		return VB_EBADMSG;
	grown = list_grow(c->targets, c->target_count, sizeof(*grown));
	if (grown == NULL)
		return VB_ENOMEM;
	c->targets = grown;
	grown[c->target_count++] = (struct configured){.conf = *target};
	return 0;
}

int
conf_add_claim(struct conf *c, const struct msg_conf_claim *claim)
{
	struct msg_conf_claim *grown;

	if (c->claim_count == PROTO_ACCESS_MAX)
		return VB_EFULL;
	if (!PROTO_IS_TEXT(claim->who) || claim->target >= c->target_count ||
	    claim->right >= CLAIM_RIGHT_COUNT)
		return VB_EBADMSG;
	grown = reallocarray(c->claims, c->claim_count + 1, sizeof(*grown));
	if (grown == NULL)
		return VB_ENOMEM;
	c->claims = grown;
	grown[c->claim_count++] = *claim;
	return 0;
}

int
conf_add_nameserver(struct conf *c, const struct addr *server)
{
	struct name_servers *servers = &c->nameservers;
	struct addr *added;

	if (servers->count == PROTO_NAMESERVERS_MAX)
		return VB_EFULL;
	added = &servers->addrs[servers->count++];
	*added = *server;
	if (server->port == 0)
		added->port = DNS_PORT;
	return 0;
}

static int
compare_address(const struct target *a, const struct target *b)
{
	int diff;

	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	if (a->addr.family != b->addr.family)
		return a->addr.family < b->addr.family ? -1 : 1;
	diff = memcmp(a->addr.ip, b->addr.ip, sizeof(a->addr.ip));
	return diff != 0 ? diff : strcmp(a->name, b->name);
}

/* Of equals, the file's order decides. */
static int
order_by_name(const void *a, const void *b)
{
	const struct configured *x = *(struct configured *const *)a;
	const struct configured *y = *(struct configured *const *)b;
	int diff = strcasecmp(x->conf.name, y->conf.name);

	return diff != 0 ? diff : (x > y) - (x < y);
}

static int
order_by_address(const void *a, const void *b)
{
	const struct configured *x = *(struct configured *const *)a;
	const struct configured *y = *(struct configured *const *)b;
	int diff = compare_address(&x->conf.address, &y->conf.address);

	return diff != 0 ? diff : (x > y) - (x < y);
}

int
conf_complete(struct conf *c)
{
	size_t i;

	c->targets = list_fit(c->targets, c->target_count, sizeof(*c->targets));
	/* one more than needed: no array of no elements */
	c->by_name = calloc(c->target_count + 1, sizeof(*c->by_name));
	c->by_address = calloc(c->target_count + 1, sizeof(*c->by_address));
	if (c->by_name == NULL || c->by_address == NULL)
		return VB_ENOMEM;
	for (i = 0; i < c->target_count; i++) {
		TAILQ_INIT(&c->targets[i].holders); /* it no longer moves */
		c->targets[i].most = conf_target_places(&c->targets[i].conf,
		    c->start.settings.max_sessions_of_target);
		c->by_name[i] = c->by_address[i] = &c->targets[i];
	}
	qsort(c->by_name, c->target_count, sizeof(*c->by_name), order_by_name);
	qsort(c->by_address, c->target_count, sizeof(*c->by_address),
	    order_by_address);
	return 0;
}

struct configured *
conf_find_name(const struct conf *c, const char *text)
{
	size_t low = 0, high = c->target_count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (strcasecmp(c->by_name[middle]->conf.name, text) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == c->target_count ||
	    strcasecmp(c->by_name[low]->conf.name, text) != 0)
		return NULL;
	return c->by_name[low];
}

/* The place of the first with that address, or of what would follow it. */
static size_t
find_place(const struct conf *c, const struct target *address)
{
	size_t low = 0, high = c->target_count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (compare_address(
			&c->by_address[middle]->conf.address, address) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int
is_at(const struct conf *c, size_t place, const struct target *address)
{
	return place < c->target_count &&
	    compare_address(&c->by_address[place]->conf.address, address) == 0;
}

struct configured *
conf_find_address(const struct conf *c, const struct target *address)
{
	size_t place = find_place(c, address);

	return is_at(c, place, address) ? c->by_address[place] : NULL;
}

static struct target
target_of_addr(const struct addr *addr, uint16_t port)
{
	struct target address;

	memset(&address, 0, sizeof(address));
	address.addr = *addr;
	address.port = port;
	return address;
}

struct configured *
conf_find_addr(const struct conf *c, const struct addr *addr, uint16_t port)
{
	struct target address = target_of_addr(addr, port);

	return conf_find_address(c, &address);
}

int
conf_find_target(const struct conf *c, const char *text, struct configured **t,
    struct target *where, char canonical[TARGET_TEXT_MAX])
{
	int error;

	if ((*t = conf_find_name(c, text)) != NULL) {
		*where = (*t)->conf.address;
		strlcpy(canonical, (*t)->conf.name, TARGET_TEXT_MAX);
		return CONF_BY_NAME;
	}
	error =
	    target_parse(text, (uint16_t)c->start.settings.default_port, where);
	if (error < 0)
		return error;
	*t = conf_find_address(c, where);
	target_format(where, canonical);
	return 0;
}

uint32_t
conf_tls_of_address(const struct conf *c, const struct target *address)
{
	size_t place = find_place(c, address);

	for (; is_at(c, place, address); place++)
		if (c->by_address[place]->conf.tls_id != 0)
			return c->by_address[place]->conf.tls_id;
	return 0;
}

uint32_t
conf_tls_of_addr(const struct conf *c, const struct addr *addr)
{
	struct target address = target_of_addr(addr, addr->port);

	return conf_tls_of_address(c, &address);
}

void
conf_fill_greeting(
    const struct conf *c, const struct configured *t, struct msg_opened *opened)
{
	opened->greeting_timeout_sec = c->start.settings.greeting_timeout_sec;
	if (t == NULL)
		return;
	if (t->conf.greeting_timeout_sec != 0)
		opened->greeting_timeout_sec = t->conf.greeting_timeout_sec;
	opened->idle_timeout_sec = t->conf.idle_timeout_sec;
	opened->max_session_sec = t->conf.max_session_sec;
	opened->has_send_proxy = t->conf.has_send_proxy;
	memcpy(opened->repeater_id, t->conf.repeater_id,
	    sizeof(opened->repeater_id));
}

/* A port that is in it already would be a rule for nothing. */
static void
add_port(uint16_t ports[CONF_PORTS_MAX], int *n, uint16_t port)
{
	int i;

	for (i = 0; i < *n; i++)
		if (ports[i] == port)
			return;
	if (port != 0) /* so there is room */
		ports[(*n)++] = port;
}

int
conf_ports(const struct conf *c, uint16_t ports[CONF_PORTS_MAX])
{
	int n = policy_ports(c->policy, ports, CONF_PORTS_MAX);
	size_t i;

	for (i = 0; i < c->target_count; i++)
		add_port(ports, &n, c->targets[i].conf.address.port);
	for (i = 0; i < c->nameservers.count; i++)
		add_port(ports, &n, c->nameservers.addrs[i].port);
	add_port(ports, &n, DNS_PORT);
	return n;
}
