/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "daemon/broker/logins.h"
#include "daemon/broker/session.h"
#include "daemon/broker/vouch.h"

static int
compare(const struct login *a, const struct login *b)
{
	return (a->id > b->id) - (a->id < b->id);
}

RB_GENERATE_INTERNAL(
    login_tree, login, by_id, compare, static __attribute__((unused)))

struct login *
logins_find(struct login_tree *logins, uint64_t id)
{
	struct login key = {.id = id};

	return RB_FIND(login_tree, logins, &key);
}

struct login *
logins_add(struct login_tree *logins, uint64_t id, struct session *s)
{
	struct login *login = logins_find(logins, id);

	if (login == NULL) {
		if ((login = calloc(1, sizeof(*login))) == NULL)
			return NULL;
		login->id = id;
		TAILQ_INIT(&login->sessions);
		RB_INSERT(login_tree, logins, login);
	}
	s->login = login;
	TAILQ_INSERT_TAIL(&login->sessions, s, of_login);
	return login;
}

void
login_know(struct login *login, const struct msg_vouched *who)
{
	login->is_known = 1;
	memcpy(login->name, who->name, sizeof(login->name));
	memcpy(login->groups, who->groups, sizeof(login->groups));
}

void
logins_remove(struct login_tree *logins, struct session *s)
{
	struct login *login = s->login;

	if (login == NULL)
		return;
	s->login = NULL;
	TAILQ_REMOVE(&login->sessions, s, of_login);
	if (!TAILQ_EMPTY(&login->sessions))
		return;
	vouch_cancel(login->vouch);
	RB_REMOVE(login_tree, logins, login);
	free(login);
}

unsigned
logins_count_of(struct login_tree *logins, const char *name)
{
	const struct session *s;
	struct login *login;
	unsigned n = 0;

	for (login = logins_first(logins); login != NULL;
	     login = logins_next(login)) {
		if (strcmp(login->name, name) != 0)
			continue;
		TAILQ_FOREACH (s, &login->sessions, of_login)
			n++;
	}
	return n;
}

struct login *
logins_first(struct login_tree *logins)
{
	return RB_MIN(login_tree, logins);
}

struct login *
logins_next(struct login *login)
{
	return RB_NEXT(login_tree, NULL, login);
}
