/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/proto.h"
#include "common/target.h"
#include "daemon/broker/session.h"

static int
compare(struct session *a, struct session *b)
{
	if (a->conn_id != b->conn_id)
		return a->conn_id < b->conn_id ? -1 : 1;
	return (a->worker > b->worker) - (a->worker < b->worker);
}

/* RB_GENERATE_STATIC wants an __unused that not every libc has. */
RB_GENERATE_INTERNAL(
    session_tree, session, by_id, compare, static __attribute__((unused)))

void
session_table_init(struct session_table *table)
{
	memset(table, 0, sizeof(*table));
	RB_INIT(&table->tree);
}

struct session *
session_new(struct session_table *table, struct session_list *of_worker,
    const struct session_key *key)
{
	struct session *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->conn_id = key->conn_id;
	s->worker = (uint16_t)key->worker;
	RB_INSERT(session_tree, &table->tree, s);
	TAILQ_INSERT_TAIL(of_worker, s, of_worker);
	table->count++;
	return s;
}

void
session_clear_target(struct session *s)
{
	if (s->where != s->target)
		free(s->where);
	free(s->target);
	s->target = s->where = NULL;
}

void
session_free(struct session_table *table, struct session_list *of_worker,
    struct session *s)
{
	RB_REMOVE(session_tree, &table->tree, s);
	TAILQ_REMOVE(of_worker, s, of_worker);
	table->count--;
	if (s->is_open)
		table->open_count--;
	session_clear_target(s);
	freezero(s->resume, INTENT_BYTES);
	free(s->section);
	free(s->subject);
	free(s);
}

int
session_set_target(
    struct session *s, const char *target, const struct target *where)
{
	char canonical[TARGET_TEXT_MAX];
	char *copy = strdup(target), *where_copy = NULL;

	if (copy == NULL)
		return VB_ENOMEM;
	if (where != NULL) {
		where_copy = strcmp(target_format(where, canonical), copy) == 0
		    ? copy
		    : strdup(canonical);
		if (where_copy == NULL) {
			free(copy);
			return VB_ENOMEM;
		}
	}
	session_clear_target(s);
	s->target = copy;
	s->where = where_copy;
	return 0;
}

int
session_set_subject(struct session *s, const struct subject *subject)
{
	struct subject *copy = malloc(sizeof(*copy));

	if (copy == NULL)
		return VB_ENOMEM;
	*copy = *subject;
	free(s->subject);
	s->subject = copy;
	return 0;
}

int
session_set_section(struct session *s, const char *section)
{
	char *copy;

	if (s->section != NULL && strcmp(s->section, section) == 0)
		return 0;
	if ((copy = strdup(section)) == NULL)
		return VB_ENOMEM;
	free(s->section);
	s->section = copy;
	return 0;
}

void
session_clear_section(struct session *s)
{
	free(s->section);
	s->section = NULL;
}

void
session_note_move(struct session *s)
{
	s->moved_sec = (uint32_t)(clock_now_ms() / MS_PER_SEC) + 1;
}

void
session_clear_subject(struct session *s)
{
	free(s->subject);
	s->subject = NULL;
}

void
session_set_open(struct session_table *table, struct session *s)
{
	s->is_open = 1;
	table->open_count++;
}

struct session *
session_find(const struct session_table *table, const struct session_key *key)
{
	struct session at = {.conn_id = key->conn_id, .worker = key->worker};

	return RB_FIND(session_tree, (struct session_tree *)&table->tree, &at);
}

struct session *
session_after(const struct session_table *table, const struct session_key *key)
{
	struct session at = {.conn_id = key->conn_id, .worker = key->worker};
	struct session *s;

	s = RB_NFIND(session_tree, (struct session_tree *)&table->tree, &at);
	return s != NULL && compare(s, &at) == 0 ? session_next(s) : s;
}

struct session *
session_first(const struct session_table *table)
{
	return RB_MIN(session_tree, (struct session_tree *)&table->tree);
}

struct session *
session_next(struct session *s)
{
	return RB_NEXT(session_tree, NULL, s);
}
