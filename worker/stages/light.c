/* SPDX-License-Identifier: ISC */
#include <time.h>

#include "common/clock.h"
#include "worker/client/ways.h"
#include "worker/stages/light.h"
#include "worker/stages/talk.h"

#define SMALL_MS     20 /* less than that more or less is no news */
#define US_PER_MS    1000
#define YOU	     0 /* the two legs in c->light */
#define DESKTOP	     1
#define LEGS	     2
#define QUARTERS(ms) ((uint64_t)4 * (ms))

static const char *const names[] = {
    [LIGHT_GOOD] = "good",
    [LIGHT_SLOW] = "slow",
    [LIGHT_STALLED] = "stalled",
};

/* What there is to say of a leg. */
struct seen {
	enum light_state state;
	uint32_t ms;
	uint32_t stalled_sec;
};

/* What is slow is so until it is a quarter better: it does not flicker. */
static enum light_state
judge(enum light_state before, uint32_t ms, uint32_t stalled_sec)
{
	uint64_t limit = before == LIGHT_SLOW
	    ? QUARTERS(LIGHT_SLOW_MS) - LIGHT_SLOW_MS
	    : QUARTERS(LIGHT_SLOW_MS);

	if (stalled_sec != 0)
		return LIGHT_STALLED;
	return QUARTERS(ms) >= limit ? LIGHT_SLOW : LIGHT_GOOD;
}

/* Up: 0 is for what the kernel does not know. */
static uint32_t
to_ms(uint32_t us)
{
	return us / US_PER_MS + (us % US_PER_MS != 0);
}

/* What is slower is not known any better. */
static uint32_t
at_most(uint32_t ms)
{
	return ms < UINT16_MAX ? ms : UINT16_MAX;
}

/*
 * A ping goes all the way to the browser, through proxies; but it is rare, and
 * the kernel knows at once.
 */
static void
see(const struct client *c, struct seen seen[LEGS])
{
	struct session_ways ways = {0};
	uint32_t ms;

	ways_fill(c, &ways);
	ms = to_ms(ways.client.rtt_us);
	if (ways.has_ping && ways.ping_ms > ms)
		ms = ways.ping_ms;
	seen[YOU].ms = ms = at_most(ms);
	seen[YOU].state = judge(c->light.state[YOU], ms, 0);
	seen[DESKTOP].ms = ms = at_most(to_ms(ways.target.rtt_us));
	seen[DESKTOP].stalled_sec = ways.target.stalled_sec;
	seen[DESKTOP].state =
	    judge(c->light.state[DESKTOP], ms, ways.target.stalled_sec);
}

static int
is_news(uint32_t told_ms, uint32_t ms)
{
	uint32_t more = ms > told_ms ? ms - told_ms : told_ms - ms;

	return more > SMALL_MS && QUARTERS(more) > told_ms;
}

static struct talk_way
way_of(const struct seen *seen)
{
	struct talk_way way = {names[seen->state], seen->ms, 0};
	time_t now = time(NULL);

	/* the clock of the wall may have been set back */
	if (seen->stalled_sec != 0)
		way.seconds = now > (time_t)seen->stalled_sec
		    ? (uint32_t)(now - (time_t)seen->stalled_sec)
		    : 1;
	return way;
}

static void
tell(struct client *c, const struct seen seen[LEGS])
{
	struct talk_way you = way_of(&seen[YOU]);
	struct talk_way desktop = way_of(&seen[DESKTOP]);
	int i;

	if (talk_tell_ways(c, &you, &desktop) < 0)
		return; /* it is told at a later look */
	for (i = 0; i < LEGS; i++) {
		c->light.state[i] = (uint8_t)seen[i].state;
		c->light.ms[i] =
		    seen[i].ms < UINT16_MAX ? (uint16_t)seen[i].ms : UINT16_MAX;
	}
}

void
light_look(struct client *c)
{
	struct seen seen[LEGS] = {{0}};
	int i, has_changed = 0;

	/* one that takes nothing would hear of that when it is over */
	if (!client_is_page(c) || c->way_client.stalled_sec != 0)
		return;
	see(c, seen);
	for (i = 0; i < LEGS; i++)
		has_changed |= seen[i].state != c->light.state[i] ||
		    is_news(c->light.ms[i], seen[i].ms);
	if (has_changed)
		tell(c, seen);
}
