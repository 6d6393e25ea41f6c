/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "daemon/broker/conf.h"
#include "daemon/broker/leases.h"
#include "daemon/broker/logins.h"
#include "daemon/broker/session.h"

#define TICK_MS	       1000
#define FENCES_OF_USEC 1000000

/* No honest broker is that far ahead: a worker's word, not a number. */
#define FENCE_LEAP ((uint64_t)1 << 40)

static int
compare(struct lease *a, struct lease *b)
{
	return strcmp(a->name, b->name);
}

RB_GENERATE(lease_tree, lease, by_name, compare)

static void
arm(struct leases *leases)
{
	struct timeval tv = clock_timeval(TICK_MS);

	if (leases->question_count + leases->kept_count == 0)
		event_del(&leases->tick_ev);
	else if (!event_pending(&leases->tick_ev, EV_TIMEOUT, NULL))
		event_add(&leases->tick_ev, &tv);
}

static void
forget_kept(struct leases *leases, struct lease *lease, struct kept_place *kept)
{
	TAILQ_REMOVE(&lease->kept, kept, entry);
	lease->kept_count--;
	leases->kept_count--;
	free(kept);
	leases_wake(leases, lease);
}

static void
end_kept(struct leases *leases, uint64_t now_ms)
{
	struct kept_place *kept, *next;
	struct lease *lease;

	RB_FOREACH (lease, lease_tree, &leases->tree)
		TAILQ_FOREACH_SAFE (kept, &lease->kept, entry, next)
			if (kept->until_ms <= now_ms)
				forget_kept(leases, lease, kept);
}

static void
on_tick_cb(evutil_socket_t fd, short what, void *arg)
{
	struct leases *leases = arg;
	uint64_t now_ms = clock_now_ms();

	(void)fd;
	(void)what;
	end_kept(leases, now_ms);
	leases->tick(leases, now_ms);
	arm(leases);
}

static void
on_serve_cb(evutil_socket_t fd, short what, void *arg)
{
	struct leases *leases = arg;
	struct lease *lease, *next;

	(void)fd;
	(void)what;
	for (lease = RB_MIN(lease_tree, &leases->tree); lease != NULL;
	     lease = next) {
		next = RB_NEXT(lease_tree, &leases->tree, lease);
		if (!lease->is_due)
			continue;
		lease->is_due = 0;
		leases->serve(leases, lease);
		leases_release(leases, lease);
	}
	arm(leases);
}

int
leases_init(struct leases *leases, struct event_base *base)
{
	struct timespec now;

	RB_INIT(&leases->tree);
	clock_gettime(CLOCK_REALTIME, &now);
	leases->last_fence = (uint64_t)now.tv_sec * FENCES_OF_USEC +
	    (uint64_t)now.tv_nsec / 1000;
	if (event_assign(&leases->serve_ev, base, -1, 0, on_serve_cb, leases) ==
		-1 ||
	    event_assign(&leases->tick_ev, base, -1, EV_PERSIST, on_tick_cb,
		leases) == -1)
		return VB_ENOMEM;
	return 0;
}

uint64_t
leases_next_fence(struct leases *leases)
{
	return ++leases->last_fence;
}

void
leases_note_fence(struct leases *leases, uint64_t fence)
{
	if (fence > leases->last_fence &&
	    fence - leases->last_fence < FENCE_LEAP)
		leases->last_fence = fence;
}

struct lease *
leases_find(struct leases *leases, const char *name)
{
	struct lease key;

	strlcpy(key.name, name, sizeof(key.name));
	return RB_FIND(lease_tree, &leases->tree, &key);
}

struct lease *
leases_of(struct leases *leases, struct configured *t)
{
	struct lease *lease = leases_find(leases, t->conf.name);

	if (lease == NULL) {
		if ((lease = calloc(1, sizeof(*lease))) == NULL)
			return NULL;
		TAILQ_INIT(&lease->waiting);
		TAILQ_INIT(&lease->kept);
		strlcpy(lease->name, t->conf.name, sizeof(lease->name));
		RB_INSERT(lease_tree, &leases->tree, lease);
	}
	t->lease = lease;
	return lease;
}

void
leases_release(struct leases *leases, struct lease *lease)
{
	struct configured *t;

	if (lease->waiting_count + lease->kept_count > 0 || lease->is_locked ||
	    lease->is_due)
		return;
	t = conf_find_name(leases->conf, lease->name);
	if (t != NULL)
		t->lease = NULL;
	RB_REMOVE(lease_tree, &leases->tree, lease);
	free(lease);
}

void
leases_attach(struct leases *leases, const struct conf *conf)
{
	struct configured *t;
	struct lease *lease;

	leases->conf = conf;
	RB_FOREACH (lease, lease_tree, &leases->tree) {
		if ((t = conf_find_name(conf, lease->name)) != NULL)
			t->lease = lease;
		leases_wake(leases, lease);
	}
}

void
leases_wake(struct leases *leases, struct lease *lease)
{
	if (lease == NULL)
		return;
	lease->is_due = 1;
	event_active(&leases->serve_ev, EV_TIMEOUT, 0);
}

void
leases_wake_all(struct leases *leases)
{
	struct lease *lease;

	RB_FOREACH (lease, lease_tree, &leases->tree)
		leases_wake(leases, lease);
}

/* By name where people log in, else by address. */
static int
is_for(const struct kept_place *kept, const struct session *s)
{
	if (kept->user[0] != '\0' || s->login != NULL)
		return s->login != NULL &&
		    strcmp(kept->user, s->login->name) == 0;
	return addr_is_same_ip(&kept->client, &s->client);
}

unsigned
leases_owed(const struct lease *lease, const struct session *s)
{
	const struct kept_place *kept;
	unsigned owed = s->is_served ? 0 : lease->waiting_count;

	TAILQ_FOREACH (kept, &lease->kept, entry)
		owed += !is_for(kept, s);
	return owed;
}

void
leases_keep(struct leases *leases, const struct session *s)
{
	struct configured *t = s->configured;
	struct kept_place *kept;
	struct lease *lease;

	if (t == NULL || t->conf.grace_sec == 0 || s->is_expelled ||
	    (kept = calloc(1, sizeof(*kept))) == NULL)
		return;
	if ((lease = leases_of(leases, t)) == NULL) {
		free(kept);
		return;
	}
	kept->fence = s->fence;
	kept->until_ms =
	    clock_now_ms() + (uint64_t)t->conf.grace_sec * MS_PER_SEC;
	kept->client = s->client;
	if (s->login != NULL)
		strlcpy(kept->user, s->login->name, sizeof(kept->user));
	TAILQ_INSERT_TAIL(&lease->kept, kept, entry);
	lease->kept_count++;
	leases->kept_count++;
	arm(leases);
}

void
leases_take_kept(
    struct leases *leases, struct lease *lease, const struct session *s)
{
	struct kept_place *kept;

	TAILQ_FOREACH (kept, &lease->kept, entry) {
		if (!is_for(kept, s))
			continue;
		forget_kept(leases, lease, kept);
		return;
	}
}
