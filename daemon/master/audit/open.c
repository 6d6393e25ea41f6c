/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "daemon/master/audit/open.h"

static int
compare(struct open_session *a, struct open_session *b)
{
	if (a->worker != b->worker)
		return a->worker < b->worker ? -1 : 1;
	return (a->conn_id > b->conn_id) - (a->conn_id < b->conn_id);
}

/* RB_GENERATE_STATIC wants an __unused that not every libc has. */
RB_GENERATE_INTERNAL(
    open_tree, open_session, by_key, compare, static __attribute__((unused)))

void
open_init(struct open_set *set, open_ended *ended, void *arg)
{
	memset(set, 0, sizeof(*set));
	RB_INIT(&set->tree);
	set->ended = ended;
	set->arg = arg;
}

void
open_clear(struct open_set *set)
{
	struct open_session *s;

	while ((s = RB_ROOT(&set->tree)) != NULL)
		open_remove(set, s);
	set->untracked = 0;
}

struct open_session *
open_find(const struct open_set *set, uint32_t worker, uint64_t conn_id)
{
	struct open_session key = {.worker = worker, .conn_id = conn_id};

	return RB_FIND(open_tree, (struct open_tree *)&set->tree, &key);
}

static void
end(struct open_set *set, struct open_session *s, const char *why)
{
	set->ended(set->arg, s, why);
	open_remove(set, s);
}

struct open_session *
open_add(
    struct open_set *set, uint32_t worker, uint64_t conn_id, uint64_t since_ms)
{
	struct open_session *s = open_find(set, worker, conn_id);

	if (s != NULL)
		end(set, s, "another has its number");
	if (set->count == OPEN_MAX_ENTRIES ||
	    (s = calloc(1, sizeof(*s))) == NULL) {
		set->untracked++;
		return NULL;
	}
	s->worker = worker;
	s->conn_id = conn_id;
	s->since_ms = since_ms;
	s->is_known = 1;
	RB_INSERT(open_tree, &set->tree, s);
	set->count++;
	return s;
}

void
open_remove(struct open_set *set, struct open_session *s)
{
	RB_REMOVE(open_tree, &set->tree, s);
	set->count--;
	free(s);
}

void
open_gone(struct open_set *set, struct open_session *s, int lives)
{
	s->is_known = 0;
	if (s->is_workerless || !lives)
		end(set, s, "its worker has died");
}

/* The first of that worker, or of one after it. */
static struct open_session *
first_of(struct open_set *set, uint32_t worker)
{
	struct open_session key = {.worker = worker};

	return RB_NFIND(open_tree, &set->tree, &key);
}

void
open_held_end(struct open_set *set, uint32_t worker)
{
	struct open_session *s, *next;

	for (s = first_of(set, worker); s != NULL && s->worker == worker;
	     s = next) {
		next = RB_NEXT(open_tree, &set->tree, s);
		if (!s->is_known)
			end(set, s, "it ended while nobody could say so");
	}
}

void
open_worker_died(struct open_set *set, uint32_t worker)
{
	struct open_session *s, *next;

	for (s = first_of(set, worker); s != NULL && s->worker == worker;
	     s = next) {
		next = RB_NEXT(open_tree, &set->tree, s);
		s->is_workerless = 1; /* the broker tells how much it moved */
		if (!s->is_known)
			end(set, s, "its worker has died");
	}
}

void
open_broker_died(struct open_set *set, open_lives *lives)
{
	struct open_session *s, *next;

	for (s = first_of(set, 0); s != NULL; s = next) {
		next = RB_NEXT(open_tree, &set->tree, s);
		s->is_known = 0;
		if (s->is_workerless || !lives(set->arg, s->worker))
			end(set, s, "its worker has died");
	}
}

void
open_end_all(struct open_set *set)
{
	struct open_session *s;

	while ((s = RB_ROOT(&set->tree)) != NULL)
		end(set, s, "the bridge has ended");
}
