/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <string.h>

#include "common/log.h"
#include "common/quota.h"
#include "daemon/auth/auth.h"
#include "daemon/auth/boot.h"
#include "daemon/auth/broker.h"
#include "daemon/auth/ended.h"
#include "daemon/auth/journal.h"
#include "daemon/auth/login_pam.h"
#include "daemon/auth/watch.h"

void
watch_end(
    struct auth *auth, const struct login_record *login, const char *reason)
{
	uint64_t id = login->id;

	ended_remember(id, reason);
	logins_end(auth->desk.logins, login);
	broker_tell_over(auth, id, reason);
}

static void
on_evicted(void *arg, const struct login_record *login)
{
	static const char reason[] = "there were too many logins";

	journal_over(login, reason);
	ended_remember(login->id, reason);
	broker_tell_over(arg, login->id, reason);
}

/* One that is half has no sessions, and nobody to be told. */
void
watch_fault(
    struct auth *auth, const struct login_record *login, const char *why)
{
	if (login->state == LOGIN_WHOLE) {
		journal_over(login, why);
		watch_end(auth, login, why);
	} else
		logins_end(auth->desk.logins, login);
}

void
watch_all(struct auth *auth)
{
	const struct login_record *login, *next;
	const char *why;

	for (login = logins_first(auth->desk.logins); login != NULL;
	     login = next) {
		next = logins_next(auth->desk.logins, login);
		if ((why = login_fault(&auth->desk, login)) != NULL)
			watch_fault(auth, login, why);
	}
}

uint32_t
watch_expel(struct auth *auth, const char *user)
{
	const struct login_record *login, *next;
	uint32_t count = 0;

	for (login = logins_first(auth->desk.logins); login != NULL;
	     login = next) {
		next = logins_next(auth->desk.logins, login);
		if (strcmp(login->name, user) != 0)
			continue;
		count += login->state == LOGIN_WHOLE;
		watch_fault(auth, login, "an administrator has logged you out");
	}
	return count;
}

static int
has_mark(const struct login_record *login, const uint8_t *subject,
    const uint8_t *session)
{
	if (login->kind != LOGIN_BY_OIDC ||
	    (subject != NULL &&
		memcmp(login->subject, subject, LOGIN_PROOF_BYTES) != 0))
		return 0;
	return session == NULL
	    ? subject != NULL
	    : memcmp(login->session, session, LOGIN_PROOF_BYTES) == 0;
}

uint32_t
watch_expel_mark(
    struct auth *auth, const uint8_t *subject, const uint8_t *session)
{
	const struct login_record *login, *next;
	uint32_t count = 0;

	for (login = logins_first(auth->desk.logins); login != NULL;
	     login = next) {
		next = logins_next(auth->desk.logins, login);
		if (!has_mark(login, subject, session))
			continue;
		count++;
		watch_fault(auth, login, "you have logged out elsewhere");
	}
	return count;
}

/* As login_fault(), but for what changes only with the users. */
static void
on_second_cb(evutil_socket_t fd, short what, void *arg)
{
	struct auth *auth = arg;
	struct login_desk *desk = &auth->desk;
	const struct login_record *login, *next;
	const char *why;

	(void)fd;
	(void)what;
	quota_tick();
	login_pam_tick(desk);
	for (login = logins_first(desk->logins); login != NULL; login = next) {
		next = logins_next(desk->logins, login);
		if ((why = login_expiry(desk, login)) != NULL)
			watch_fault(auth, login, why);
	}
}

int
watch_init(struct auth *auth)
{
	return event_assign(&auth->watch_ev, auth->base, -1, EV_PERSIST,
		   on_second_cb, auth) == -1
	    ? VB_ENOMEM
	    : 0;
}

void
watch_start(struct auth *auth)
{
	struct timeval second = {.tv_sec = 1};

	logins_tell_evicted(auth->desk.logins, on_evicted, auth);
	if (event_add(&auth->watch_ev, &second) == -1)
		log_fatal("no memory for the event loop");
}
