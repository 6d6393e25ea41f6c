/* SPDX-License-Identifier: ISC */
/*
 * Handlers of the master's messages. The master is trusted: what makes no
 * sense ends the process.
 */
#include <string.h>

#include "common/ipc.h"
#include "common/log.h"
#include "common/process.h"
#include "daemon/runner/broker.h"
#include "daemon/runner/master.h"

static int
on_conf_start(void *arg, const void *body, int *fd)
{
	const struct msg_conf_start *start = body;
	struct runner *r = arg;

	(void)fd;
	process_check_version(start);
	r->staged = *start;
	r->is_staged = 1;
	hooks_clear(&r->staged_hooks);
	return 0;
}

static void
must_add(const struct runner *r, int result, const char *message)
{
	if (!r->is_staged)
		log_fatal("%s before CONF_START", message);
	if (result < 0)
		log_fatal("%s: %s", message, vb_strerror(result));
}

static int
on_conf_hook(void *arg, const void *body, int *fd)
{
	struct runner *r = arg;

	(void)fd;
	must_add(r, hooks_add(&r->staged_hooks, body), "CONF_HOOK");
	return 0;
}

static int
on_conf_command(void *arg, const void *body, int *fd)
{
	struct runner *r = arg;

	(void)fd;
	must_add(r, hooks_add_command(&r->staged_hooks, body), "CONF_COMMAND");
	return 0;
}

static int
on_conf_hook_name(void *arg, const void *body, int *fd)
{
	struct runner *r = arg;

	(void)fd;
	must_add(r, hooks_add_name(&r->staged_hooks, body), "CONF_HOOK_NAME");
	return 0;
}

/* The others' commands go on as they were begun. */
static int
on_conf_end(void *arg, const void *body, int *fd)
{
	const struct msg_conf_end *end = body;
	struct runner *r = arg;

	(void)fd;
	if (!r->is_staged || end->generation != r->staged.generation)
		log_fatal("CONF_END: generation=%u", end->generation);
	r->is_staged = 0;
	hooks_clear(&r->hooks);
	hooks_move(&r->hooks, &r->staged_hooks);
	r->hooks.generation = end->generation;
	r->hooks.timeout_sec = r->staged.settings.hook_timeout_sec;
	jobs_use(&r->jobs);
	feed_use(&r->feed);
	log_set_verbosity(r->staged.settings.verbose);
	log_debug("configuration generation=%u", end->generation);
	if (r->is_ready)
		return 0;
	r->is_ready = 1;
	log_info("in no sandbox: commands of the configuration may do what the "
		 "daemon's user may");
	process_ready();
	return 0;
}

static int
on_peer(void *arg, const void *body, int *fd)
{
	const struct msg_peer *peer = body;
	struct runner *r = arg;
	int result;

	if (peer->role != ROLE_RUNNER || peer->asker != ROLE_BROKER ||
	    peer->index != 0)
		log_fatal("PEER: index=%u role=%u asker=%u", peer->index,
		    peer->role, peer->asker);
	if (*fd == -1)
		log_fatal("PEER: %s", vb_strerror(VB_ENOFD));
	if ((result = broker_join(r, peer->fence, *fd)) < 0)
		log_fatal("PEER: %s", vb_strerror(result));
	*fd = -1;
	return 0;
}

static int
on_event(void *arg, const void *body, int *fd)
{
	const struct msg_event *event = body;
	struct runner *r = arg;

	(void)fd;
	if (event->length > sizeof(event->line) ||
	    memchr(event->line, '\n', event->length) != NULL)
		log_fatal("EVENT: length=%u, or no line", event->length);
	feed_add(&r->feed, event->line, event->length);
	return 0;
}

static const struct ipc_ops master_ops = {
    .on =
	{
	    [MSG_CONF_START] = on_conf_start,
	    [MSG_CONF_HOOK] = on_conf_hook,
	    [MSG_CONF_COMMAND] = on_conf_command,
	    [MSG_CONF_HOOK_NAME] = on_conf_hook_name,
	    [MSG_CONF_END] = on_conf_end,
	    [MSG_PEER] = on_peer,
	    [MSG_EVENT] = on_event,
	    [MSG_DRAIN] = process_on_drain,
	    [MSG_PROBE] = process_on_probe,
	    [MSG_COUNT] = process_on_count,
	},
    .closed = process_on_closed,
};

int
master_connect(struct runner *r, int fd)
{
	r->master = process_connect(r->base, fd, ROLE_RUNNER, &master_ops, r);
	return r->master == NULL ? VB_ENOMEM : 0;
}
