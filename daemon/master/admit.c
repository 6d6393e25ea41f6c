/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/metrics.h"
#include "common/network.h"
#include "common/quota.h"
#include "daemon/master/admit.h"
#include "daemon/master/children/sources.h"
#include "daemon/master/children/supervisor.h"

struct admit {
	struct event quota_ev; /* reports the lines that were held back */
};

static void
on_quota_cb(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	quota_end();
}

struct admit *
admit_new(struct event_base *base)
{
	struct admit *a;

	if ((a = calloc(1, sizeof(*a))) == NULL)
		return NULL;
	if (evtimer_assign(&a->quota_ev, base, on_quota_cb, NULL) == -1) {
		free(a);
		return NULL;
	}
	return a;
}

void
admit_free(struct admit *a)
{
	if (a == NULL)
		return;
	event_del(&a->quota_ev);
	quota_end();
	free(a);
}

static int
is_exempt(const struct conf *conf, const struct addr *peer)
{
	return peer->family == ADDR_NONE || addr_is_loopback(peer) ||
	    networks_have(conf->proxies, conf->proxy_count, peer);
}

/* It has come from the address that it came to. */
static int
is_own_host(int fd, const struct addr *peer)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct addr local;

	memset(&ss, 0, sizeof(ss));
	if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1)
		return 0;
	addr_from_sockaddr((struct sockaddr *)&ss, &local);
	return addr_is_same_ip(&local, peer);
}

static void
note(struct admit *a, const struct msg_client *client, const char *setting)
{
	struct timeval minute = clock_timeval(QUOTA_MS);
	char text[ADDR_TEXT_MAX];

	quota_log(LOG_LEVEL_WARN, &client->peer,
	    "refused conn=%llu client=%s why=\"%s reached\"",
	    (unsigned long long)client->conn_id,
	    addr_format(&client->peer, text), setting);
	if (!evtimer_pending(&a->quota_ev, NULL))
		event_add(&a->quota_ev, &minute);
}

int
admit_client(struct admit *a, struct supervisor *sup, const struct conf *conf,
    const struct child *worker, int fd, struct msg_client *client)
{
	const struct source_limits limits = {
	    conf->settings.max_connections_of_address,
	    conf->settings.connections_per_second_of_address};
	uint64_t now_ms = clock_now_ms();
	enum source_verdict verdict;

	if (is_exempt(conf, &client->peer))
		return 1;
	verdict = sources_take(sup->sources, &client->peer, &limits,
	    worker->index, now_ms, &client->place);
	if (verdict == SOURCE_WELCOME || is_own_host(fd, &client->peer))
		return 1;
	metrics_count(verdict == SOURCE_FULL ? METRIC_REFUSED_CONNECTIONS
					     : METRIC_REFUSED_RATE);
	note(a, client,
	    verdict == SOURCE_FULL ? "max-connections-of-address"
				   : "connections-per-second-of-address");
	/* in a crowd there is no place even for a refusal */
	if ((client->flags & CLIENT_CROWDED) != 0 ||
	    !sources_may_tell(sup->sources, &client->peer, now_ms))
		return 0;
	client->flags |= CLIENT_LIMITED;
	return 1;
}
