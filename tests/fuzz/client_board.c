/* SPDX-License-Identifier: ISC */
/* The board: what the broker says of it, and what may come of that. */
#include <string.h>

#include "common/close_code.h"
#include "tests/fuzz/client_rig.h"

#define HOW_KIND  3  /* 0 and 1: SEES, 2: STATES, 3: OVER */
#define HOW_OTHER 4  /* another configuration */
#define HOW_NONE  8  /* none of the targets; or code 0 */
#define HOW_TEXTS 16 /* long ones, whose bytes JSON escapes */
#define HOW_WRONG 32 /* own bytes from the fields on that are checked */

static void
write_over(void *to, size_t room, const uint8_t *own, size_t len)
{
	memcpy(to, own, len < room ? len : room);
}

static void
say_sees(struct rig *rig, struct slot *slot, uint8_t how, const uint8_t *own,
    size_t len)
{
	struct msg_board_sees said;

	memset(&said, 0, sizeof(said));
	said.board_id = slot->conn_id;
	said.generation =
	    rig->worker->conf->generation - (how & HOW_OTHER ? 1 : 0);
	said.total = said.count = 1;
	said.sees[0] = how & HOW_NONE ? 0 : 1;
	said.may_take[0] = said.may_watch[0] = how >> 6;
	if (how & HOW_WRONG)
		write_over(&said.total, 3 * sizeof(said.total), own, len);
	rig_send_broker(rig, MSG_BOARD_SEES, &said, -1);
}

static void
say_states(struct rig *rig, uint8_t how, const uint8_t *own, size_t len)
{
	struct msg_board_states said;
	struct board_state *state = said.states;
	size_t i;

	memset(&said, 0, sizeof(said));
	said.generation =
	    rig->worker->conf->generation - (how & HOW_OTHER ? 1 : 0);
	said.count = how & HOW_NONE ? 0 : 1;
	if (how & HOW_TEXTS) {
		state->by_count = BOARD_BY_MAX;
		for (i = 0; i < BOARD_BY_MAX; i++)
			memset(
			    state->by[i], "\"<\n\\"[i % 4], AUTH_NAME_MAX - 1);
		state->is_locked = 1;
		write_over(
		    state->lock_text, sizeof(state->lock_text) - 1, own, len);
	} else if (how & HOW_WRONG)
		write_over(&said.count,
		    sizeof(said.count) + sizeof(said.states), own, len);
	else
		write_over(&state->open,
		    offsetof(struct board_state, by_count) -
			offsetof(struct board_state, open),
		    own, len);
	rig_send_broker(rig, MSG_BOARD_STATES, &said, -1);
}

static void
say_over(struct rig *rig, struct slot *slot, uint8_t how, const uint8_t *own,
    size_t len)
{
	struct msg_board_over over;

	memset(&over, 0, sizeof(over));
	over.board_id = slot->conn_id;
	if (!(how & HOW_NONE))
		over.code = how & HOW_OTHER ? CODE_ENDED : CODE_TOO_MANY;
	write_over(over.reason, sizeof(over.reason) - (how & HOW_WRONG ? 0 : 1),
	    own, len);
	if (rig->broker != -1 && slot->conn_id != 0)
		slot->board |= SLOT_BOARD_OVER;
	rig_send_broker(rig, MSG_BOARD_OVER, &over, -1);
}

void
board_say(struct rig *rig, struct slot *slot, uint8_t how, const uint8_t *own,
    size_t len)
{
	if ((how & HOW_KIND) < 2)
		say_sees(rig, slot, how, own, len);
	else if ((how & HOW_KIND) == 2)
		say_states(rig, how, own, len);
	else
		say_over(rig, slot, how, own, len);
}

void
board_take(struct slot *slot, uint8_t what)
{
	must(!(slot->board & what));
	if (what == SLOT_BOARD_ASKED) {
		must(!slot->has_board_asked);
		slot->has_board_asked = 1;
	} else
		must(slot->board & SLOT_BOARD_ASKED);
	slot->board |= what;
}

void
board_check_end(const struct rig *rig, const struct slot *slot)
{
	must(rig->broker == -1 || world.has_starved || slot->board == 0 ||
	    slot->board == SLOT_BOARD_OVER ||
	    (slot->board & (SLOT_BOARD_ENDED | SLOT_BOARD_OVER)));
}

/* ---- the stream ---- */

/* What has come, in this order; state is there before and behind ready. */
enum part {
	PART_RETRY,
	PART_TARGETS,
	PART_STATES,
	PART_LIVE,
	PART_OVER
};

static const uint8_t *
skip(const uint8_t *p, const uint8_t *end, const char *text)
{
	size_t len = strlen(text);

	return (size_t)(end - p) >= len && memcmp(p, text, len) == 0 ? p + len
								     : NULL;
}

/* One line of JSON, in as far as that can be seen. */
static void
check_data(const uint8_t *p, const uint8_t *end)
{
	int is_in_text = 0;

	for (; p < end; p++) {
		must(*p >= 0x20 && *p != '<');
		must(*p != '\\' || p + 1 == end || p[1] == 'u');
		is_in_text ^= *p == '"';
	}
	must(!is_in_text);
	must(end[-1] == ']' || end[-1] == '}');
}

/* What is between two empty lines. Returns where the stream is behind it. */
static enum part
check_event(enum part part, const uint8_t *p, const uint8_t *end)
{
	const uint8_t *data;

	must(part != PART_OVER);
	if ((data = skip(p, end, "event: beat\ndata: 0")) != NULL) {
		must(data == end);
		return part;
	}
	if ((data = skip(p, end, "event: targets\ndata: [{")) != NULL) {
		must(part <= PART_TARGETS);
		part = PART_TARGETS;
	} else if ((data = skip(p, end, "event: state\ndata: [{")) != NULL) {
		if (part < PART_STATES)
			part = PART_STATES;
	} else if ((data = skip(p, end, "event: ready\ndata: {")) != NULL) {
		must(part < PART_LIVE);
		part = PART_LIVE;
	} else {
		data = skip(p, end, "event: over\ndata: {");
		must(data != NULL);
		part = PART_OVER;
	}
	check_data(data, end);
	return part;
}

void
board_check_stream(const uint8_t *p, size_t len)
{
	const uint8_t *end = p + len, *next;
	enum part part = PART_RETRY;

	/* what there was no memory for is not there */
	if (world.has_starved || (next = memmem(p, len, "\n\n", 2)) == NULL)
		return;
	must(skip(p, end, "retry: 2000\n\n") != NULL);
	for (p = next + 2;
	     (next = memmem(p, (size_t)(end - p), "\n\n", 2)) != NULL;
	     p = next + 2)
		part = check_event(part, p, next);
	must(part != PART_OVER || p == end);
}
