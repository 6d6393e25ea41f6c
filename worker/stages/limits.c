/* SPDX-License-Identifier: ISC */
#include "common/clock.h"
#include "worker/stages/limits.h"
#include "worker/stages/warn.h"

/* In seconds, 0: there is none. */
static uint32_t
choose(uint32_t of_target, uint32_t usual)
{
	if (of_target == PROTO_NO_LIMIT)
		return 0;
	return of_target != 0 ? of_target : usual;
}

static uint32_t
idle_sec(const struct client *c)
{
	return choose(c->limits.idle_sec, client_settings(c)->idle_timeout_sec);
}

void
limits_expect(struct client *c, const struct msg_opened *opened)
{
	c->limits.idle_sec = opened->idle_timeout_sec;
	c->limits.max_sec = opened->max_session_sec;
}

uint64_t
limits_begin(struct client *c)
{
	int has_greeted = c->greeting.len == GREETING_BYTES;

	rfb_input_begin(&c->input, has_greeted ? c->greeting.bytes : NULL);
	c->input_ms = clock_tick_ms();
	c->limits.max_sec =
	    choose(c->limits.max_sec, client_settings(c)->max_session_sec);
	return (uint64_t)c->limits.max_sec * MS_PER_SEC;
}

void
limits_note_input(struct client *c, const uint8_t *data, size_t len)
{
	if (rfb_input_take(&c->input, data, len))
		c->input_ms = clock_tick_ms();
}

/* Of a limit shorter than that, half of it: not all the time. */
static uint64_t
warning_ms(const struct client *c, uint32_t limit_sec)
{
	uint64_t before_ms =
	    (uint64_t)client_settings(c)->warn_before_sec * MS_PER_SEC;
	uint64_t half_ms = (uint64_t)limit_sec * MS_PER_SEC / 2;

	return before_ms < half_ms ? before_ms : half_ms;
}

/* Says that the end is near, once; and that it is not any more. */
static void
warn(struct client *c, enum warn_kind kind, uint32_t limit_sec, uint64_t end_ms,
    uint64_t now_ms)
{
	uint64_t left_ms = end_ms > now_ms ? end_ms - now_ms : 0;
	uint8_t bit = (uint8_t)(1 << kind);
	int is_near = limit_sec != 0 && left_ms < warning_ms(c, limit_sec);

	if (is_near == ((c->warned & bit) != 0))
		return;
	c->warned ^= bit;
	control_say_warning(c,
	    is_near ? (uint32_t)((left_ms + MS_PER_SEC - 1) / MS_PER_SEC) : 0,
	    kind);
}

int
limits_check(struct client *c, uint64_t now_ms)
{
	uint32_t sec = idle_sec(c);
	uint64_t end_ms = c->input_ms + (uint64_t)sec * MS_PER_SEC;

	if (sec != 0 && now_ms >= end_ms) {
		client_end(c, CODE_IDLE, "the session was idle for %u s", sec);
		return 1;
	}
	warn(c, WARN_IDLE, sec, end_ms, now_ms);
	warn(c, WARN_TIME, c->limits.max_sec, c->deadline_ms, now_ms);
	return 0;
}

void
limits_end_time(struct client *c)
{
	client_end(c, CODE_TIME_OVER, "the session reached its limit of %u s",
	    c->limits.max_sec);
}
