/* SPDX-License-Identifier: ISC */
#include "common/ipc.h"
#include "common/log.h"
#include "common/unjoined.h"
#include "worker/auth.h"
#include "worker/client/client.h"
#include "worker/client/person.h"
#include "worker/spine.h"
#include "worker/stages/admit.h"
#include "worker/stages/login.h"
#include "worker/stages/oidc.h"

static void
tell_unjoined(struct worker *w, uint32_t reason)
{
	const struct unjoined who = {
	    ROLE_AUTH, w->auth_fence, &w->auth_unjoined_fence};

	unjoined_tell(w->master, &who, reason);
}

static void
on_auth_closed(void *arg, int reason)
{
	struct worker *w = arg;

	log_debug("no auth: %s", vb_strerror(reason));
	if (w->conf != NULL && w->conf->settings.has_auth)
		tell_unjoined(w,
		    reason == VB_EBADMSG ? UNJOINED_NONSENSE : UNJOINED_LOST);
	ipc_free(w->auth);
	w->auth = NULL;
}

/* Who has asked that, or NULL: it has gone since. */
static struct client *
find_asker(struct worker *w, uint64_t id, enum msg_type type)
{
	struct client *c = client_find(w, id);
	const struct question *question;

	if (c == NULL || c->state != CLIENT_ASKING || c->person == NULL)
		return NULL;
	question = c->person->question;
	return question != NULL && question->is_asked &&
		(question->type == type ||
		    (type == MSG_LOGIN && question->type == MSG_LOGIN_CODE) ||
		    (type == MSG_WHO &&
			(question->type == MSG_NAMED ||
			    question->type == MSG_PROVE)) ||
		    (type == MSG_OIDC_BEGIN &&
			(question->type == MSG_OIDC_BACK ||
			    question->type == MSG_OIDC_TOKEN)))
	    ? c
	    : NULL;
}

static int
on_logged_in(void *arg, const void *body, int *fd)
{
	const struct msg_logged_in *said = body;
	struct worker *w = arg;
	struct client *c = find_asker(w, said->id, MSG_LOGIN);

	(void)fd;
	if (said->code > LOGIN_FAILED)
		return VB_EBADMSG;
	if (c == NULL)
		return 0;
	if (c->person->question->type == MSG_LOGIN &&
	    c->person->question->body.login.is_basic)
		admit_logged_in(c, said);
	else
		login_answered(c, said);
	w->go_on(c);
	return 0;
}

static int
on_who_is(void *arg, const void *body, int *fd)
{
	const struct msg_who_is *said = body;
	struct worker *w = arg;
	struct client *c = find_asker(w, said->id, MSG_WHO);

	(void)fd;
	if (said->state > WHO_USER || !PROTO_IS_TEXT(said->name) ||
	    !PROTO_IS_TEXT(said->reason))
		return VB_EBADMSG;
	if (c == NULL)
		return 0;
	admit_known(c, said);
	w->go_on(c);
	return 0;
}

static int
on_logged_out(void *arg, const void *body, int *fd)
{
	const struct msg_logged_out *said = body;
	struct worker *w = arg;
	struct client *c = find_asker(w, said->id, MSG_LOGOUT);

	(void)fd;
	if (c == NULL)
		return 0;
	login_ended(c, said);
	w->go_on(c);
	return 0;
}

static int
on_oidc_said(void *arg, const void *body, int *fd)
{
	const struct msg_oidc_said *said = body;
	struct worker *w = arg;
	struct client *c = find_asker(w, said->id, MSG_OIDC_BEGIN);

	(void)fd;
	if (said->code > OIDC_NOWHERE || !PROTO_IS_TEXT(said->next) ||
	    !PROTO_IS_TEXT(said->url))
		return VB_EBADMSG;
	if (c == NULL)
		return 0;
	oidc_answered(c, said);
	w->go_on(c);
	return 0;
}

static void
on_auth_drained(void *arg)
{
	while (person_next(arg) != NULL)
		continue;
}

static const struct ipc_ops auth_ops = {
    .on =
	{
	    [MSG_LOGGED_IN] = on_logged_in,
	    [MSG_WHO_IS] = on_who_is,
	    [MSG_LOGGED_OUT] = on_logged_out,
	    [MSG_OIDC_SAID] = on_oidc_said,
	},
    .closed = on_auth_closed,
    .drained = on_auth_drained,
};

void
auth_join(struct worker *w, int fd, uint32_t fence)
{
	struct client *c;

	w->auth_fence = fence;
	ipc_free(w->auth);
	w->auth = NULL;
	if (fd != -1)
		w->auth =
		    ipc_new(w->base, fd, ROLE_WORKER, ROLE_AUTH, &auth_ops, w);
	if (w->auth == NULL) {
		log_error("no channel to auth");
		tell_unjoined(w, UNJOINED_LOST);
		return;
	}
	ipc_set_phase(w->auth, PHASE_RUN);
	ipc_set_bound(w->auth, SIZE_MAX); /* person.c has one */
	TAILQ_FOREACH (c, &w->clients, entry)
		if (c->person != NULL)
			person_ask_again(c);
}

void
auth_tick(struct worker *w)
{
	if (w->auth == NULL && w->auth_fence != 0 && w->conf->settings.has_auth)
		tell_unjoined(w, UNJOINED_LOST);
}
