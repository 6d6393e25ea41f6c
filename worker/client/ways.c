/* SPDX-License-Identifier: ISC */
#include <time.h>

#include "common/metrics.h"
#include "common/tcp.h"
#include "worker/client/ways.h"

#define US_PER_MS 1000

/* Returns 1 if it has ceased to. */
static int
go_on(struct way *way, uint32_t acked)
{
	int has_stalled = way->stalled_sec != 0;

	way->acked = acked;
	way->stalled_sec = 0;
	return has_stalled;
}

/* sent_bytes: low half. A key that no host answers waits in the kernel. */
static int
look(struct way *way, const struct leg *leg, uint32_t sent_bytes)
{
	uint32_t acked;
	int has_more;

	if (!leg_is_open(leg) ||
	    (leg_queued(leg) == 0 && !way->is_behind &&
		sent_bytes == way->sent))
		return go_on(way, way->acked);
	way->sent = sent_bytes;
	acked = (uint32_t)tcp_acknowledged(leg->fd, &has_more);
	way->is_behind = (uint8_t)has_more;
	if (acked != way->acked || (!has_more && leg_queued(leg) == 0))
		return go_on(way, acked);
	if (way->stalled_sec != 0)
		return 0;
	way->stalled_sec = (uint32_t)time(NULL);
	return 1;
}

int
ways_look(struct client *c)
{
	return look(&c->way_client, &c->client, (uint32_t)c->count.to_client) |
	    look(&c->way_target, &c->target, (uint32_t)c->count.to_target);
}

/* A socket that is no TCP's has no round trip. */
static void
count(struct way *way, const struct session_way *said, enum metric round_trip,
    enum metric resent)
{
	uint16_t more = (uint16_t)(said->resent - way->resent);

	if (said->rtt_us == 0)
		return; /* nor is it known what was sent again */
	metrics_observe(round_trip, (said->rtt_us + US_PER_MS / 2) / US_PER_MS);
	if (more > 0)
		metrics_add(resent, more);
	way->resent = (uint16_t)said->resent;
}

static void
fill(const struct way *way, const struct leg *leg, struct session_way *out)
{
	out->stalled_sec = way->stalled_sec;
	if (leg_is_open(leg))
		out->rtt_us = tcp_round_trip(leg->fd, &out->resent);
}

void
ways_fill(const struct client *c, struct session_ways *ways)
{
	ways->has_ping = c->ws.ping_took_ms != 0;
	ways->ping_ms = ways->has_ping ? c->ws.ping_took_ms - 1 : 0;
	fill(&c->way_client, &c->client, &ways->client);
	fill(&c->way_target, &c->target, &ways->target);
}

void
ways_count(struct client *c, const struct session_ways *ways)
{
	count(&c->way_client, &ways->client, METRIC_RTT_CLIENT,
	    METRIC_RESENT_CLIENT);
	count(&c->way_target, &ways->target, METRIC_RTT_TARGET,
	    METRIC_RESENT_TARGET);
}
