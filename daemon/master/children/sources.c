/* SPDX-License-Identifier: ISC */
/*
 * Invariants: a source is in the tree, or in no use; one without connections is
 * in the list of the idle, the longest idle first. There are more sources than
 * places, so that an idle one can always make room.
 */
#include <sys/queue.h>
#include <sys/tree.h>

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "daemon/master/children/sources.h"
#include "daemon/master/children/supervisor.h"

#define IDLE_MAX 4096 /* without a connection, remembered for their rate */
#define LOOKS	 2    /* at idle ones, for each new one, so that they go */
#define US_PER_S 1000000

struct caller {
	RB_ENTRY(caller) by_ip;
	TAILQ_ENTRY(caller) entry; /* of idle or unused */
	struct addr ip;
	uint32_t conns;
	uint64_t due_us;  /* up to when its connections have come already */
	uint64_t told_us; /* the same, of refusals with words */
};

RB_HEAD(caller_tree, caller);
TAILQ_HEAD(caller_list, caller);

/* A counted connection; its number is its index. */
struct place {
	struct caller *source;
	uint32_t next;	 /* of those that are free, 0: none */
	uint32_t holder; /* the worker's index and 1; 0: it is free */
};

struct sources {
	struct caller_tree tree;
	struct caller_list idle;
	struct caller_list unused; /* they were in use */
	struct caller *list;
	size_t used; /* the others of the list were never touched */
	size_t count;
	struct place *places; /* from 1 */
	uint32_t place_count;
	uint32_t place_used;
	uint32_t free_place; /* 0: none */
	uint32_t held[WORKERS_MAX];
};

static int
compare(const struct caller *a, const struct caller *b)
{
	if (a->ip.family != b->ip.family)
		return a->ip.family < b->ip.family ? -1 : 1;
	return memcmp(a->ip.ip, b->ip.ip, sizeof(a->ip.ip));
}

RB_GENERATE_INTERNAL(
    caller_tree, caller, by_ip, compare, static __attribute__((unused)))

struct sources *
sources_new(uint32_t connections)
{
	struct sources *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return NULL;
	RB_INIT(&s->tree);
	TAILQ_INIT(&s->idle);
	TAILQ_INIT(&s->unused);
	s->place_count = connections;
	s->count = (size_t)connections + IDLE_MAX;
	/* what is never used is no memory, but of addresses */
	s->places = calloc((size_t)connections + 1, sizeof(*s->places));
	s->list = calloc(s->count, sizeof(*s->list));
	if (s->places == NULL || s->list == NULL) {
		sources_free(s);
		return NULL;
	}
	return s;
}

void
sources_free(struct sources *s)
{
	if (s == NULL)
		return;
	free(s->places);
	free(s->list);
	free(s);
}

static void
forget(struct sources *s, struct caller *source)
{
	TAILQ_REMOVE(&s->idle, source, entry);
	RB_REMOVE(caller_tree, &s->tree, source);
	TAILQ_INSERT_HEAD(&s->unused, source, entry);
}

/* Those that could come again as if they had never come. */
static void
look_at_idle(struct sources *s, uint64_t now_us)
{
	struct caller *source;
	int i;

	for (i = 0; i < LOOKS && (source = TAILQ_FIRST(&s->idle)) != NULL; i++)
		if (source->due_us <= now_us && source->told_us <= now_us)
			forget(s, source);
}

static struct caller *
take_unused(struct sources *s)
{
	struct caller *source;

	if (TAILQ_EMPTY(&s->unused) && s->used < s->count)
		return &s->list[s->used++];
	if (TAILQ_EMPTY(&s->unused))
		forget(s, TAILQ_FIRST(&s->idle)); /* there is one */
	source = TAILQ_FIRST(&s->unused);
	TAILQ_REMOVE(&s->unused, source, entry);
	return source;
}

/* The source, idle where it is new. */
static struct caller *
find(struct sources *s, const struct addr *peer, uint64_t now_us)
{
	struct caller key, *source;

	memset(&key, 0, sizeof(key));
	addr_source(peer, &key.ip);
	if ((source = RB_FIND(caller_tree, &s->tree, &key)) != NULL)
		return source;
	look_at_idle(s, now_us);
	source = take_unused(s);
	*source = key;
	RB_INSERT(caller_tree, &s->tree, source);
	TAILQ_INSERT_TAIL(&s->idle, source, entry);
	return source;
}

/*
 * One more at that rate, of which burst may come at once: each moves the time
 * up to which they have come already on by its own part of a second.
 */
static int
is_in_time(uint64_t *due_us, uint64_t now_us, uint32_t per_sec, uint64_t burst)
{
	uint64_t step_us = US_PER_S / per_sec;

	if (*due_us < now_us)
		*due_us = now_us;
	if (*due_us - now_us + step_us > burst * step_us)
		return 0;
	*due_us += step_us;
	return 1;
}

static uint32_t
take_place(struct sources *s, struct caller *source, uint32_t worker)
{
	uint32_t place = s->free_place;

	if (place != 0)
		s->free_place = s->places[place].next;
	else if (s->place_used < s->place_count)
		place = ++s->place_used;
	else
		return 0;
	s->places[place] = (struct place){source, 0, worker + 1};
	s->held[worker]++;
	if (source->conns++ == 0)
		TAILQ_REMOVE(&s->idle, source, entry);
	return place;
}

enum source_verdict
sources_take(struct sources *s, const struct addr *peer,
    const struct source_limits *limits, uint32_t worker, uint64_t now_ms,
    uint32_t *place)
{
	uint64_t now_us = now_ms * US_PER_MS;
	struct caller *source;

	*place = 0;
	if (limits->connections == 0 && limits->per_sec == 0)
		return SOURCE_WELCOME;
	source = find(s, peer, now_us);
	if (limits->connections != 0 && source->conns >= limits->connections)
		return SOURCE_FULL;
	if (limits->per_sec != 0 &&
	    !is_in_time(&source->due_us, now_us, limits->per_sec,
		(uint64_t)limits->per_sec * SOURCES_BURST_SEC))
		return SOURCE_FAST;
	*place = take_place(s, source, worker);
	return SOURCE_WELCOME;
}

int
sources_may_tell(struct sources *s, const struct addr *peer, uint64_t now_ms)
{
	uint64_t now_us = now_ms * US_PER_MS;
	struct caller *source = find(s, peer, now_us);

	return is_in_time(
	    &source->told_us, now_us, SOURCES_TOLD_RATE, SOURCES_TOLD_MAX);
}

int
sources_give(struct sources *s, uint32_t number, uint32_t worker)
{
	struct place *place;

	if (number == 0 || number > s->place_used)
		return VB_EBADMSG;
	place = &s->places[number];
	if (place->holder != worker + 1)
		return VB_EBADMSG;
	s->held[worker]--;
	if (--place->source->conns == 0)
		TAILQ_INSERT_TAIL(&s->idle, place->source, entry);
	*place = (struct place){NULL, s->free_place, 0};
	s->free_place = number;
	return 0;
}

void
sources_give_all(struct sources *s, uint32_t worker)
{
	uint32_t i;

	for (i = 1; i <= s->place_used && s->held[worker] > 0; i++)
		if (s->places[i].holder == worker + 1 &&
		    sources_give(s, i, worker) < 0)
			return; /* it can't: it is its own */
}

uint32_t
sources_held(const struct sources *s, uint32_t worker)
{
	return s->held[worker];
}
