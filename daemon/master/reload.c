/* SPDX-License-Identifier: ISC */
/*
 * Invariant: bundle is NULL unless the keeper has been asked and has not
 * answered; the deadline is pending exactly then.
 */
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "daemon/master/accept.h"
#include "daemon/master/reload.h"
#include "daemon/master/supervise.h"

#define KEPT_TIMEOUT_MS 10000

struct reload {
	struct supervisor *supervisor;
	struct acceptor *acceptor;
	struct bundle **current;
	struct bundle *bundle;
	reload_done *done;
	void *arg;
	struct event deadline_ev;
};

/* What the bundle has, but only a restart can change. */
static void
keep_unchangeable(const struct conf *before, struct conf *after)
{
	if (strcmp(before->user, after->user) != 0)
		log_warn("reload: user changes with a restart only");
	if (strcmp(before->pid_file, after->pid_file) != 0)
		log_warn("reload: pid-file changes with a restart only");
	if (strcmp(before->control_socket, after->control_socket) != 0)
		log_warn("reload: control-socket changes with a restart only");
	if (before->settings.sandbox != after->settings.sandbox)
		log_warn("reload: sandbox changes with a restart only");
	after->settings.sandbox = before->settings.sandbox;
	strlcpy(after->pid_file, before->pid_file, sizeof(after->pid_file));
	strlcpy(after->control_socket, before->control_socket,
	    sizeof(after->control_socket));
	/* the limit of descriptors was set for the old number */
	if (after->settings.max_connections >
	    before->settings.max_connections) {
		if (after->has_max_connections)
			log_warn("reload: max-connections can be raised with "
				 "a restart only");
		after->settings.max_connections =
		    before->settings.max_connections;
	}
}

/* The second step, which only want of memory can keep from success. */
static const char *
apply(struct reload *reload, struct bundle *bundle)
{
	struct bundle *old = *reload->current;

	if (acceptor_use(reload->acceptor, bundle) < 0) {
		supervisor_withdraw(reload->supervisor);
		return "out of memory";
	}
	bundle->is_current = 1;
	supervisor_reload(reload->supervisor, bundle);
	*reload->current = bundle;
	bundle_free(old);
	return NULL;
}

static void
finish(struct reload *reload, const char *error)
{
	struct bundle *bundle = reload->bundle;

	event_del(&reload->deadline_ev);
	reload->bundle = NULL;
	if (error == NULL)
		error = apply(reload, bundle);
	if (error != NULL)
		bundle_free(bundle);
	reload->done(reload->arg, error);
}

static void
on_deadline_cb(evutil_socket_t fd, short what, void *arg)
{
	struct reload *reload = arg;

	(void)fd;
	(void)what;
	supervisor_withdraw(reload->supervisor);
	finish(reload, "the keeper does not answer");
}

void
reload_on_kept(struct reload *reload, const char *error)
{
	if (reload->bundle != NULL)
		finish(reload, error);
}

struct reload *
reload_new(struct event_base *base, struct supervisor *supervisor,
    struct acceptor *acceptor, struct bundle **current)
{
	struct reload *reload = calloc(1, sizeof(*reload));

	if (reload == NULL)
		return NULL;
	reload->supervisor = supervisor;
	reload->acceptor = acceptor;
	reload->current = current;
	if (evtimer_assign(
		&reload->deadline_ev, base, on_deadline_cb, reload) == -1) {
		free(reload);
		return NULL;
	}
	return reload;
}

void
reload_abandon(struct reload *reload)
{
	if (reload->bundle == NULL)
		return;
	supervisor_withdraw(reload->supervisor);
	event_del(&reload->deadline_ev);
	bundle_free(reload->bundle);
	reload->bundle = NULL;
}

int
reload_is_busy(const struct reload *reload)
{
	return reload->bundle != NULL;
}

void
reload_begin(
    struct reload *reload, struct bundle *bundle, reload_done *done, void *arg)
{
	struct timeval tv = clock_timeval(KEPT_TIMEOUT_MS);

	if (reload->bundle != NULL) {
		bundle_free(bundle);
		done(arg, "another reload is under way");
		return;
	}
	keep_unchangeable((*reload->current)->conf, bundle->conf);
	reload->bundle = bundle;
	reload->done = done;
	reload->arg = arg;
	if (supervisor_offer(reload->supervisor, bundle) < 0)
		finish(reload, "the keeper is just being replaced: try again");
	else if (event_add(&reload->deadline_ev, &tv) == -1)
		on_deadline_cb(-1, 0, reload);
}
