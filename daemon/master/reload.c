/* SPDX-License-Identifier: ISC */
/*
 * Invariant: bundle is NULL unless keeper and auth are asked and have not
 * answered; the deadline is pending exactly then.
 */
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "daemon/master/accept.h"
#include "daemon/master/children/conf_send.h"
#include "daemon/master/reload.h"
#include "daemon/master/children/offer.h"
#include "daemon/master/children/supervise.h"

#define KEPT_TIMEOUT_MS 10000
#define WARNINGS_MAX	512 /* all of them */

struct reload {
	struct supervisor *supervisor;
	struct acceptor *acceptor;
	struct bundle **current;
	struct bundle *bundle;
	reload_done *done;
	void *arg;
	int may_use_pam; /* its sandbox and groups are those of the start */
	int may_use_hooks;
	struct event deadline_ev;
	char warnings[WARNINGS_MAX]; /* of the last one, a line each */
};

static void
warn(struct reload *reload, const char *text)
{
	log_warn("reload: %s", text);
	strlcat(reload->warnings, text, sizeof(reload->warnings));
	strlcat(reload->warnings, "\n", sizeof(reload->warnings));
}

/* A text that lives until the daemon ends. */
static void
keep_text(struct reload *reload, const char *name, const char *before,
    char *after, size_t size)
{
	char text[64];

	if (strcmp(before, after) == 0)
		return;
	snprintf(text, sizeof(text), "%s changes only with a restart", name);
	warn(reload, text);
	strlcpy(after, before, size);
}

/* What the bundle has, but only a restart can change. */
static void
keep_unchangeable(
    struct reload *reload, const struct conf *before, struct conf *after)
{
	reload->warnings[0] = '\0';
	keep_text(
	    reload, "user", before->user, after->user, sizeof(after->user));
	keep_text(reload, "pid-file", before->pid_file, after->pid_file,
	    sizeof(after->pid_file));
	keep_text(reload, "control-socket", before->control_socket,
	    after->control_socket, sizeof(after->control_socket));
	keep_text(reload, "control-group", before->control_group,
	    after->control_group, sizeof(after->control_group));
	if (before->settings.sandbox != after->settings.sandbox)
		warn(reload, "sandbox changes only with a restart");
	after->settings.sandbox = before->settings.sandbox;
	/* the limit of descriptors was set for the old number */
	if (after->settings.max_connections >
	    before->settings.max_connections) {
		if (after->has_max_connections)
			warn(reload,
			    "max-connections can be raised only with a "
			    "restart");
		after->settings.max_connections =
		    before->settings.max_connections;
	}
}

/* The second step, which fails only for lack of resources. */
static const char *
apply(struct reload *reload, struct bundle *bundle)
{
	struct bundle *old = *reload->current;
	const char *error;
	/* a worker that can't be told has to die, with its sessions */
	int result = conf_send_reserve(bundle);

	if (result == 0)
		result = acceptor_use(reload->acceptor, bundle);
	if (result < 0) {
		error = vb_strerror(result);
		supervisor_withdraw(reload->supervisor);
		return error;
	}
	bundle->is_current = 1;
	bundle_tune_listeners(bundle);
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
	finish(reload, "the keeper, or auth, does not answer");
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
	reload->may_use_pam = (*current)->conf->settings.has_pam;
	reload->may_use_hooks = (*current)->conf->settings.has_hooks;
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

const char *
reload_warnings(const struct reload *reload)
{
	return reload->warnings;
}

int
reload_is_busy(const struct reload *reload)
{
	return reload->bundle != NULL;
}

/* What the sandbox of the start has no room for; or NULL. */
static const char *
why_not(const struct reload *reload, const struct conf *conf)
{
	if (conf->settings.has_pam && !reload->may_use_pam)
		return "auth \"pam\" comes only with a restart: the sandbox of "
		       "the start has no room for PAM's modules";
	if (conf->settings.has_hooks && !reload->may_use_hooks)
		return "the first command (start, stop, check, wake, on-event) "
		       "comes only with a restart: what runs it has to be "
		       "started outside of the sandbox";
	return NULL;
}

void
reload_begin(
    struct reload *reload, struct bundle *bundle, reload_done *done, void *arg)
{
	struct timeval tv = clock_timeval(KEPT_TIMEOUT_MS);
	const char *why;
	int result;

	if (reload->bundle != NULL) {
		bundle_free(bundle);
		done(arg, "another reload is under way");
		return;
	}
	if ((why = why_not(reload, bundle->conf)) != NULL) {
		bundle_free(bundle);
		done(arg, why);
		return;
	}
	keep_unchangeable(reload, (*reload->current)->conf, bundle->conf);
	reload->bundle = bundle;
	reload->done = done;
	reload->arg = arg;
	if ((result = conf_send_reserve(bundle)) < 0)
		finish(reload, vb_strerror(result));
	else if (supervisor_offer(reload->supervisor, bundle) < 0)
		finish(reload, "a process is just being replaced: try again");
	else if (event_add(&reload->deadline_ev, &tv) == -1)
		on_deadline_cb(-1, 0, reload);
}
