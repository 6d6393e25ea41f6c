/* SPDX-License-Identifier: ISC */
#include "common/clock.h"
#include "common/log.h"
#include "daemon/master/children/complaints.h"
#include "daemon/master/children/join.h"
#include "daemon/master/children/supervisor.h"

#define COMPLAINT_MS 3600000 /* a worker complains no more often */

/* Who asks child; NULL: there is no such. */
static struct child *
find_asker(struct child *child, const struct msg_dropped *dropped)
{
	struct supervisor *sup = child->supervisor;

	if (dropped->fence == 0)
		return NULL;
	if (dropped->asker == ROLE_BROKER &&
	    (child->role & (ROLE_AUTH | ROLE_RUNNER)) != 0)
		return dropped->index == 0 ? &sup->broker : NULL;
	if ((child->role & (ROLE_FETCH | ROLE_PAM)) != 0)
		return dropped->asker == ROLE_AUTH && dropped->index == 0
		    ? &sup->auth
		    : NULL;
	return dropped->asker == ROLE_WORKER &&
		dropped->index < sup->worker_count
	    ? sup->workers[dropped->index]
	    : NULL;
}

/* One that is asked can't trust an asker any more: no one can. */
int
complaints_on_dropped(void *arg, const void *body, int *fd)
{
	const struct msg_dropped *dropped = body;
	struct child *child = arg, *asker = find_asker(child, dropped);

	(void)fd;
	if (asker == NULL)
		return VB_EBADMSG;
	if (child_link(asker, child->role)->fence != dropped->fence)
		return 0; /* that one has been replaced since */
	log_error("%s was dropped by %s; it is replaced", child_name(asker),
	    child_role_words(child->role));
	child_cut_off(asker);
	return 0;
}

/*
 * A child of which one that asks it complains is replaced: what is new
 * waits for a moment, and no session ends. But the weaker must not hold back
 * the others: the second complaint costs the asker its own place.
 */
static int
on_complaint(struct child *asker, struct child *server)
{
	uint64_t now_ms = clock_now_ms();

	if (asker->complained_ms != 0 &&
	    now_ms - asker->complained_ms < COMPLAINT_MS) {
		log_error("%s complains of %s again", child_name(asker),
		    child_role_words(server->role));
		return VB_EBADMSG;
	}
	asker->complained_ms = now_ms;
	log_error("%s pid=%d sent a malformed message to %s; it is replaced",
	    proto_role_name(server->role), (int)server->pid, child_name(asker));
	child_cut_off(server);
	return 0;
}

int
complaints_on_unjoined(void *arg, const void *body, int *fd)
{
	const struct msg_unjoined *unjoined = body;
	struct child *asker = arg, *server;
	struct supervisor *sup = asker->supervisor;
	struct link *link;

	(void)fd;
	server = supervisor_server(sup, unjoined->role);
	if (server == NULL || !join_asks(asker, server))
		return VB_EBADMSG;
	link = child_link(asker, server->role);
	if (unjoined->fence == link->unjoined_fence ||
	    (unjoined->reason != UNJOINED_NONSENSE &&
		unjoined->reason != UNJOINED_LOST))
		return VB_EBADMSG;
	if (unjoined->fence != link->fence || !server->is_ready)
		return 0; /* another one is on its way already */
	link->unjoined_fence = unjoined->fence;
	if (unjoined->reason == UNJOINED_NONSENSE)
		return on_complaint(asker, server);
	log_info("%s has no channel to %s: it gets another", child_name(asker),
	    child_role_words(server->role));
	link->is_wanted = 1;
	join_later(asker);
	return 0;
}
