/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "daemon/broker/broker.h"
#include "daemon/broker/limits.h"

/*
 * This host's own programs may have any number: among them may be a proxy, with
 * everybody behind it.
 */
static int
is_address_over(const struct session *s, const struct session *replaced,
    uint32_t most, unsigned more)
{
	unsigned less = replaced != NULL && replaced->asker == s->asker;

	return most != 0 && s->client.family != ADDR_NONE &&
	    !addr_is_loopback(&s->client) &&
	    s->asker->sessions + more > most + less;
}

/* By whatever login, and from wherever. */
static int
is_user_over(const struct session *s, const struct session *replaced,
    uint32_t most, unsigned more)
{
	unsigned less = s->login != NULL && replaced != NULL &&
	    replaced->login != NULL &&
	    strcmp(replaced->login->name, s->login->name) == 0;

	return most != 0 && s->login != NULL &&
	    logins_count_of(&s->broker->logins, s->login->name) + more >
	    most + less;
}

const char *
limits_exceeded(const struct session *s, const struct session *replaced,
    const struct settings *settings, unsigned more,
    char reason[PROTO_REASON_MAX])
{
	if (settings->max_sessions != 0 &&
	    s->broker->sessions.count + more >
		settings->max_sessions + (replaced != NULL)) {
		strlcpy(reason, "too many sessions", PROTO_REASON_MAX);
		return "max-sessions";
	}
	if (is_address_over(
		s, replaced, settings->max_sessions_of_address, more)) {
		strlcpy(reason, "too many sessions from your address",
		    PROTO_REASON_MAX);
		return "max-sessions-of-address";
	}
	if (is_user_over(s, replaced, settings->max_sessions_of_user, more)) {
		snprintf(reason, PROTO_REASON_MAX,
		    "you have as many sessions as you may have (%u)",
		    settings->max_sessions_of_user);
		return "max-sessions-of-user";
	}
	return NULL;
}
