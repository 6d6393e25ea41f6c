/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "daemon/broker/share.h"

#define RESERVE	     12 /* standard streams, loop, channels, a DNS server */
#define RESERVE_PART 8	/* and an eighth: DNS, what waits for a worker */
#define LOOKS	     2	/* at old clients, for each new one, so that they go */

static int
compare(const struct asker *a, const struct asker *b)
{
	if (a->ip.family != b->ip.family)
		return a->ip.family < b->ip.family ? -1 : 1;
	return memcmp(a->ip.ip, b->ip.ip, sizeof(a->ip.ip));
}

RB_GENERATE_INTERNAL(
    asker_tree, asker, by_ip, compare, static __attribute__((unused)))

void
shares_init(struct shares *s, uint64_t descriptors, uint32_t worker_count)
{
	uint64_t kept = RESERVE + worker_count + descriptors / RESERVE_PART;

	memset(s, 0, sizeof(*s));
	RB_INIT(&s->tree);
	TAILQ_INIT(&s->list);
	if (descriptors > UINT32_MAX)
		descriptors = UINT32_MAX;
	s->most = descriptors > kept ? (unsigned)(descriptors - kept) : 1;
}

/* Forgets some that no longer have anything. */
static void
look_at_old(struct shares *s)
{
	struct asker *old;
	int i;

	for (i = 0; i < LOOKS && (old = TAILQ_FIRST(&s->list)) != NULL; i++) {
		TAILQ_REMOVE(&s->list, old, by_age);
		if (old->sessions > 0 || old->sockets > 0 || old->lookups > 0) {
			TAILQ_INSERT_TAIL(&s->list, old, by_age);
			continue;
		}
		RB_REMOVE(asker_tree, &s->tree, old);
		free(old);
	}
}

struct asker *
shares_find(struct shares *s, const struct addr *client)
{
	struct asker key, *found;

	memset(&key, 0, sizeof(key));
	addr_source(client, &key.ip);
	if ((found = RB_FIND(asker_tree, &s->tree, &key)) != NULL)
		return found;
	look_at_old(s);
	if ((found = malloc(sizeof(*found))) == NULL)
		return NULL;
	*found = key;
	TAILQ_INIT(&found->list);
	RB_INSERT(asker_tree, &s->tree, found);
	TAILQ_INSERT_TAIL(&s->list, found, by_age);
	return found;
}

int
share_take(struct shares *s, struct asker *asker, unsigned *of_worker,
    unsigned sockets, uint32_t worker_count)
{
	unsigned part = s->most / 2;

	if (s->sockets + sockets > s->most || asker->sockets + sockets > part ||
	    (worker_count > 1 && *of_worker + sockets > part))
		return VB_EFULL;
	s->sockets += sockets;
	asker->sockets += sockets;
	*of_worker += sockets;
	return 0;
}

void
share_give(struct shares *s, struct asker *asker, unsigned *of_worker,
    unsigned sockets)
{
	s->sockets -= sockets;
	asker->sockets -= sockets;
	*of_worker -= sockets;
}
