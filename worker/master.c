/* SPDX-License-Identifier: ISC */
#include <unistd.h>

#include "common/clock.h"
#include "common/ipc.h"
#include "common/log.h"
#include "common/process.h"
#include "worker/auth.h"
#include "worker/broker.h"
#include "worker/client/client.h"
#include "worker/client/load.h"
#include "worker/client/tell.h"
#include "worker/conf.h"
#include "worker/crowd.h"
#include "worker/figures.h"
#include "worker/keeper.h"
#include "worker/master.h"
#include "worker/sandbox.h"
#include "worker/spine.h"
#include "worker/stages/board.h"
#include "worker/stages/scrape.h"
#include "worker/tick.h"

static int
on_conf_end(void *arg, const void *body, int *fd)
{
	struct worker *w = arg;
	int is_first = w->conf == NULL, result;

	(void)fd;
	if ((result = conf_apply(w, body)) < 0)
		return result;
	board_end_all(w); /* they would show another's targets */
	if (!is_first)
		return 0;
	worker_sandbox_enter(&w->conf->settings);
	process_ready();
	return 0;
}

static int
on_peer(void *arg, const void *body, int *fd)
{
	const struct msg_peer *peer = body;
	struct worker *w = arg;
	int channel = *fd;

	if (peer->role == ROLE_KEEPER) {
		*fd = -1;
		keeper_join(w, channel, peer->fence);
		return 0;
	}
	if (peer->role == ROLE_AUTH) {
		*fd = -1;
		auth_join(w, channel, peer->fence);
		return 0;
	}
	if (peer->role != ROLE_BROKER)
		return VB_EBADMSG;
	w->broker_fence = peer->fence;
	if (channel == -1) {
		log_error("no descriptor for the broker's channel");
		/* sessions that run do not need it, new ones do */
		tell_no_broker(w, UNJOINED_LOST);
		return 0;
	}
	*fd = -1;
	broker_join(w, channel);
	return 0;
}

static int
on_client(void *arg, const void *body, int *fd)
{
	const struct msg_client *client = body;
	struct worker *w = arg;
	int socket = *fd, is_refused;

	w->load.taken++;
	load_touch(w);
	if (socket == -1 || client_find(w, client->conn_id) != NULL) {
		log_error("conn=%llu has lost its descriptor",
		    (unsigned long long)client->conn_id);
		load_end(w, client->place);
		return 0;
	}
	*fd = -1;
	is_refused = (client->flags & CLIENT_CROWDED) && !crowd_make_room(w);
	if (client_new(w, client, socket, is_refused) < 0) {
		log_error("conn=%llu: out of memory",
		    (unsigned long long)client->conn_id);
		load_end(w, client->place);
	}
	return 0;
}

static int
on_drain(void *arg, const void *body, int *fd)
{
	const struct msg_drain *drain = body;
	struct worker *w = arg;
	struct client *c, *next;

	(void)fd;
	w->drain_deadline_ms =
	    clock_now_ms() + (uint64_t)drain->timeout_sec * MS_PER_SEC;
	TAILQ_FOREACH_SAFE (c, &w->clients, entry, next)
		client_drain(c);
	tick_end_if_drained(w);
	return 0;
}

static int
on_metrics_are(void *arg, const void *body, int *fd)
{
	return scrape_take(arg, body, *fd);
}

static void
on_master_closed(void *arg, int reason)
{
	const struct worker *w = arg;

	w->orphaned(reason);
}

static const struct ipc_ops master_ops = {
    .on =
	{
	    [MSG_CONF_START] = conf_on_start,
	    [MSG_CONF_PAGES] = conf_on_pages,
	    [MSG_CONF_LISTENER] = conf_on_listener,
	    [MSG_CONF_ORIGIN] = conf_on_origin,
	    [MSG_CONF_HOST] = conf_on_host,
	    [MSG_CONF_PROXY] = conf_on_proxy,
	    [MSG_CONF_BUTTON] = conf_on_button,
	    [MSG_CONF_HEADER] = conf_on_header,
	    [MSG_CONF_TARGET] = conf_on_target,
	    [MSG_CONF_CERT] = conf_on_cert,
	    [MSG_CONF_TLS] = conf_on_tls,
	    [MSG_CONF_CA] = conf_on_ca,
	    [MSG_CONF_TLS_TEXT] = conf_on_tls_text,
	    [MSG_CONF_TARGET_CA] = conf_on_target_ca,
	    [MSG_CONF_TARGET_TLS] = conf_on_target_tls,
	    [MSG_CONF_END] = on_conf_end,
	    [MSG_PEER] = on_peer,
	    [MSG_CLIENT] = on_client,
	    [MSG_DRAIN] = on_drain,
	    [MSG_METRICS_ARE] = on_metrics_are,
	    [MSG_PROBE] = process_on_probe,
	    [MSG_COUNT] = process_on_count,
	},
    .closed = on_master_closed,
};

int
master_connect(struct worker *w, int fd)
{
	if (load_open(w) < 0 || tick_open(w) < 0) {
		close(fd);
		return VB_ENOMEM;
	}
	figures_open(w);
	w->master = process_connect(w->base, fd, ROLE_WORKER, &master_ops, w);
	return w->master == NULL ? VB_ENOMEM : 0;
}
