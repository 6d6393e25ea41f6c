/* SPDX-License-Identifier: ISC */
#include <sys/wait.h>

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/ipc.h"
#include "common/log.h"
#include "daemon/master/bundle.h"
#include "daemon/master/check.h"
#include "daemon/master/child.h"
#include "daemon/master/conf_send.h"

#define ANSWER_TIMEOUT_MS 10000

/* A keeper that lives for this one question. */
struct check {
	struct bundle bundle;
	struct child keeper;
	struct event_base *base;
	char *error;
	int result;
};

static void
end(struct check *c, int result)
{
	c->result = result;
	event_base_loopbreak(c->base);
}

static int
on_kept(void *arg, const void *body, int *fd)
{
	const struct msg_kept *kept = body;
	struct check *c = arg;

	(void)fd;
	if (!PROTO_IS_TEXT(kept->text))
		return VB_EBADMSG;
	if (kept->cert_id == 0)
		end(c, 0);
	else if (certs_describe(&c->bundle.certs, c->bundle.conf, kept->cert_id,
		     kept->text, c->error) == 0)
		end(c, VB_ESYNTAX);
	else
		return VB_EBADMSG;
	return 0;
}

/* It may say what it likes; the answer is all that counts. */
static int
on_other(void *arg, const void *body, int *fd)
{
	(void)arg;
	(void)body;
	(void)fd;
	return 0;
}

static void
on_closed(void *arg, int reason)
{
	struct check *c = arg;

	snprintf(c->error, CONF_ERROR_MAX, "the keeper has ended: %s",
	    vb_strerror(reason));
	end(c, VB_ECLOSED);
}

static const struct ipc_ops keeper_ops = {
    .on =
	{
	    [MSG_READY] = on_other,
	    [MSG_LOG] = on_other,
	    [MSG_KEPT] = on_kept,
	    [MSG_DROPPED] = on_other,
	    [MSG_ALIVE] = on_other,
	},
    .closed = on_closed,
};

static int
ask(struct check *c)
{
	struct timeval tv = clock_timeval(ANSWER_TIMEOUT_MS);

	c->result = VB_ECLOSED;
	snprintf(c->error, CONF_ERROR_MAX, "the keeper does not answer");
	if (conf_send(&c->bundle, &c->keeper, 0) < 0 ||
	    event_base_loopexit(c->base, &tv) == -1)
		return VB_ENOMEM;
	event_base_dispatch(c->base);
	if (c->result == 0)
		c->error[0] = '\0';
	return c->result;
}

/* Runs a keeper, without its master's sandbox, but in its own. */
static int
ask_keeper(struct check *c)
{
	int channel, result = VB_ESYS;

	c->keeper.role = ROLE_KEEPER;
	if ((c->base = event_base_new()) == NULL || child_prepare(1) < 0 ||
	    child_spawn(&c->keeper, &channel) < 0) {
		snprintf(c->error, CONF_ERROR_MAX,
		    "the keeper cannot be started: %s", strerror(errno));
		return VB_ESYS;
	}
	c->keeper.ipc =
	    ipc_new(c->base, channel, ROLE_MASTER, ROLE_KEEPER, &keeper_ops, c);
	if (c->keeper.ipc != NULL)
		result = ask(c);
	/* without its channel it ends */
	ipc_free(c->keeper.ipc);
	while (waitpid(c->keeper.pid, NULL, 0) == -1 && errno == EINTR)
		continue;
	return result;
}

int
check_configuration(
    const struct conf_options *options, char error[CONF_ERROR_MAX])
{
	struct check c;
	int result;

	memset(&c, 0, sizeof(c));
	c.error = error;
	c.bundle.generation = 1;
	if ((result = conf_load(options, &c.bundle.conf, error)) < 0)
		return result;
	result =
	    certs_open(c.bundle.conf, &source_files, &c.bundle.certs, error);
	if (result == 0 && c.bundle.certs.count > 0)
		result = ask_keeper(&c);
	if (result < 0 && error[0] == '\0')
		snprintf(error, CONF_ERROR_MAX, "%s", vb_strerror(result));
	if (c.base != NULL)
		event_base_free(c.base);
	certs_close(&c.bundle.certs);
	conf_free(c.bundle.conf);
	return result;
}
