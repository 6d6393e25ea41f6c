/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "daemon/broker/conf.h"
#include "daemon/broker/lease_memory.h"
#include "daemon/broker/leases.h"
#include "daemon/broker/logins.h"
#include "daemon/broker/session.h"

#define TICK_MS	       1000
#define FENCES_OF_USEC 1000000

/* No honest broker is that far ahead: a worker's word, not a number. */
#define FENCE_LEAP ((uint64_t)1 << 40)

/* So many numbers are noted at a time: the file is no part of each. */
#define FENCE_STEP 1024

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
	if (leases->memory != NULL)
		lease_memory_forget(leases->memory, kept->slot);
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
	if (leases->conf == NULL)
		return; /* not yet */
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

static void
note_fences(struct leases *leases)
{
	leases->noted_fence = leases->last_fence + FENCE_STEP;
	lease_memory_set_fence(leases->memory, leases->noted_fence);
}

uint64_t
leases_next_fence(struct leases *leases)
{
	leases->last_fence++;
	if (leases->memory != NULL && leases->last_fence > leases->noted_fence)
		note_fences(leases);
	return leases->last_fence;
}

/* With a memory, any that was given is known: a greater one is a lie. */
void
leases_note_fence(struct leases *leases, uint64_t fence)
{
	if (leases->memory == NULL && fence > leases->last_fence &&
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

static struct lease *
make(struct leases *leases, const char *name)
{
	struct lease *lease = leases_find(leases, name);

	if (lease != NULL || (lease = calloc(1, sizeof(*lease))) == NULL)
		return lease;
	TAILQ_INIT(&lease->waiting);
	TAILQ_INIT(&lease->kept);
	strlcpy(lease->name, name, sizeof(lease->name));
	RB_INSERT(lease_tree, &leases->tree, lease);
	return lease;
}

struct lease *
leases_of(struct leases *leases, struct configured *t)
{
	struct lease *lease = make(leases, t->conf.name);

	if (lease != NULL)
		t->lease = lease;
	return lease;
}

int
leases_lock(struct leases *leases, struct lease *lease, const char *text)
{
	if (leases->memory != NULL &&
	    lease_memory_lock(leases->memory, lease->name, text) < 0)
		return VB_EFULL;
	lease->is_locked = 1;
	strlcpy(lease->lock_text, text, sizeof(lease->lock_text));
	return 0;
}

void
leases_unlock(struct leases *leases, struct lease *lease)
{
	if (leases->memory != NULL)
		lease_memory_unlock(leases->memory, lease->name);
	lease->is_locked = 0;
	lease->lock_text[0] = '\0';
	leases_wake(leases, lease);
}

static void
add_kept(struct leases *leases, struct lease *lease, struct kept_place *kept)
{
	TAILQ_INSERT_TAIL(&lease->kept, kept, entry);
	lease->kept_count++;
	leases->kept_count++;
}

/* Without memory a place is not kept, or a target not locked: no more. */
static int
recall_kept(struct leases *leases, const struct lease_place *place, int slot)
{
	struct lease *lease = make(leases, place->name);
	struct kept_place *kept = calloc(1, sizeof(*kept));

	if (lease == NULL || kept == NULL) {
		free(kept);
		return VB_ENOMEM;
	}
	kept->fence = place->fence;
	kept->until_ms = place->until_ms;
	kept->client = place->client;
	kept->slot = slot;
	strlcpy(kept->user, place->user, sizeof(kept->user));
	add_kept(leases, lease, kept);
	return 0;
}

static int
recall(struct leases *leases)
{
	const struct lease_place *place;
	const struct lease_lock *lock;
	struct lease *lease;
	int i = 0;

	while ((lock = lease_memory_next_lock(leases->memory, &i)) != NULL) {
		if ((lease = make(leases, lock->name)) == NULL)
			return VB_ENOMEM;
		lease->is_locked = 1;
		strlcpy(lease->lock_text, lock->text, sizeof(lease->lock_text));
	}
	for (i = 0;
	     (place = lease_memory_next_place(leases->memory, &i)) != NULL;)
		if (recall_kept(leases, place, i - 1) < 0)
			return VB_ENOMEM;
	return 0;
}

int
leases_remember(struct leases *leases, int fd)
{
	int error = lease_memory_open(fd, clock_now_ms(), &leases->memory);

	if (error < 0 || (error = recall(leases)) < 0)
		return error;
	if (lease_memory_fence(leases->memory) > leases->last_fence)
		leases->last_fence = lease_memory_fence(leases->memory);
	note_fences(leases);
	arm(leases);
	return 0;
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

static int
remember_kept(const struct leases *leases, const struct lease *lease,
    const struct kept_place *kept)
{
	struct lease_place place;

	if (leases->memory == NULL)
		return LEASE_KEPT_NONE;
	memset(&place, 0, sizeof(place));
	place.fence = kept->fence;
	place.until_ms = kept->until_ms;
	place.client = kept->client;
	strlcpy(place.user, kept->user, sizeof(place.user));
	strlcpy(place.name, lease->name, sizeof(place.name));
	return lease_memory_keep(leases->memory, &place);
}

int
leases_has_kept_for(const struct lease *lease, const struct session *s)
{
	const struct kept_place *kept;

	TAILQ_FOREACH (kept, &lease->kept, entry)
		if (is_for(kept, s))
			return 1;
	return 0;
}

void
leases_keep(struct leases *leases, const struct session *s)
{
	struct configured *t = s->configured;
	struct kept_place *kept;
	struct lease *lease;

	/* of any number of places none has to be kept; nor one for whom auth
	 * has not named yet: nobody could come back to it */
	if (s->login != NULL && !s->login->is_known)
		return;
	if (t == NULL || t->most == 0 || t->conf.grace_sec == 0 ||
	    s->is_expelled || s->is_watching ||
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
	kept->slot = remember_kept(leases, lease, kept);
	add_kept(leases, lease, kept);
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
