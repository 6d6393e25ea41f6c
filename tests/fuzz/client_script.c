/* SPDX-License-Identifier: ISC */
/*
 * A script: a byte of conditions, then ops, each a byte (the low five bits
 * say what, the next two which client, the high one that the worker does
 * not come to its turn behind it) and its arguments. Every input is
 * a script: what is missing at its end is zero, what is too big is taken
 * modulo. mutate_client.c knows the ops' lengths, too.
 */
#include <sys/socket.h>

#include <string.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/fuzz/client_rig.h"
#include "tests/fuzz/client_script.h"

#define OPS_MAX	  200
#define BIG_BYTES 300000

struct script {
	struct rig *rig;
	const uint8_t *data;
	size_t size;
	size_t at;
	uint8_t conditions;
};

static uint8_t
next(struct script *s)
{
	return s->at < s->size ? s->data[s->at++] : 0;
}

/* Up to len of the input's own bytes. */
static const uint8_t *
take(struct script *s, size_t *len)
{
	const uint8_t *p = s->data + s->at;

	if (*len > s->size - s->at)
		*len = s->size - s->at;
	s->at += *len;
	return p;
}

/* ---- clients ---- */

/* The slot is empty, or all of it has ended: begins anew. */
static int
renew(struct script *s, struct slot *slot)
{
	unsigned starve_at = world.starve_at;

	rig_turn(s->rig);
	world.starve_at = starve_at; /* of what is to come */
	if (slot->conn_id != 0) {
		if (rig_find(s->rig, slot) != NULL || slot->client != -1 ||
		    slot->target != -1)
			return 0;
		must(s->rig->broker == -1 ||
		    slot->was_closed == (slot->was_asked | slot->was_held));
		model_check_slot(s->rig, slot);
	}
	slot_clear(slot);
	return 1;
}

static void
op_client(struct script *s, struct slot *slot)
{
	static const uint32_t some[8] = {
	    0, 0, 0, 0, 0, 0, CLIENT_LIMITED, CLIENT_CROWDED};
	uint32_t flags = some[next(s) % 8];

	if (renew(s, slot))
		rig_give_client(s->rig, slot, flags);
}

static void
op_odd_client(struct script *s, struct slot *slot)
{
	rig_give_odd_client(s->rig, slot, next(s) & 1);
}

static void
op_head(struct script *s, struct slot *slot)
{
	char text[512];
	const char *head = client_head(next(s));
	uint8_t cut = next(s), at = next(s), value = next(s);
	size_t len = strlen(head);

	memcpy(text, head, len);
	if (value != 0)
		text[at % len] = (char)value;
	if (cut != 0)
		len = cut % len;
	rig_client_send(slot, text, len);
}

static void
op_client_raw(struct script *s, struct slot *slot)
{
	size_t len = next(s);
	const uint8_t *p = take(s, &len);

	rig_client_send(slot, p, len);
}

/* As client_frames.c has it. */
static void
op_frame(struct script *s, struct slot *slot)
{
	uint8_t parts[4];
	size_t i, len;

	for (i = 0; i < sizeof(parts); i++)
		parts[i] = next(s);
	len = s->size - s->at;
	s->at += frames_send(slot, parts, s->data + s->at, len,
	    s->conditions & SCRIPT_SMALL ? 7 : 10);
}

static size_t
how_much(struct script *s)
{
	uint8_t n = next(s);

	return n == 0 ? SIZE_MAX : n & 128 ? (size_t)(n & 127) << 9 : n;
}

static void
op_client_shut(struct script *s, struct slot *slot)
{
	(void)s;
	slot->has_client_shut = 1;
	if (slot->client != -1)
		(void)shutdown(slot->client, SHUT_WR);
}

/* A reset, over what it has not read. */
static void
op_client_close(struct script *s, struct slot *slot)
{
	(void)s;
	rig_close(&slot->client);
}

static void
op_client_read(struct script *s, struct slot *slot)
{
	(void)rig_client_read(slot, how_much(s));
}

/* ---- the broker ---- */

/* How: 0 a socket, 1 none, 2 nonsense, else a code of 45xx. 64: it looks on. */
static void
op_opened(struct script *s, struct slot *slot)
{
	struct msg_opened opened;
	uint8_t byte = next(s), how = byte % 32;
	int had = slot->target;

	memset(&opened, 0, sizeof(opened));
	opened.is_watching = byte & 64;
	opened.conn_id = slot->conn_id;
	if (how == 2)
		opened.code = 1000;
	else if (how > 2) {
		opened.code = 4497u + how;
		strcpy(opened.reason, "in use by \x1b[1m\xc3\xa4 since 9:00");
	}
	if (how % 2 == 0)
		strcpy(opened.target, "127.0.0.1:5901");
	rig_open(s->rig, slot, &opened, how == 0);
	if (had == -1 && slot->target != -1 && opened.is_watching)
		slot->is_watching = slot->needs_greeting = 1;
}

static void
op_stated(struct script *s, struct slot *slot)
{
	struct msg_stated stated;
	uint8_t how = next(s);

	(void)slot;
	memset(&stated, 0, sizeof(stated));
	stated.number = s->rig->worker->state_number + (how >> 2 & 1);
	stated.generation = s->rig->worker->conf->generation - (how & 1);
	stated.total = stated.count = how & 2 ? 0 : 1;
	if (how == 0xff)
		stated.count = PROTO_STATED_MAX + 1;
	stated.sessions[0] = how;
	rig_send_broker(s->rig, MSG_STATED, &stated, -1);
}

/* A datagram of the input's own bytes. */
static void
op_broker_raw(struct script *s, struct slot *slot)
{
	size_t len = next(s);
	const uint8_t *p = take(s, &len);

	(void)slot;
	if (s->rig->broker != -1 && len > 0)
		(void)send(s->rig->broker, p, len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void
op_broker_leaves(struct script *s, struct slot *slot)
{
	(void)slot;
	rig_turn(s->rig); /* what the old one has said is heard */
	rig_leave_broker(s->rig);
}

/* The old one is heard. */
static void
join(struct script *s, void (*join_it)(struct rig *rig))
{
	unsigned starve_at = world.starve_at;

	rig_turn(s->rig);
	world.starve_at = starve_at;
	join_it(s->rig);
}

static void
op_peer(struct script *s, struct slot *slot)
{
	(void)slot;
	join(s, rig_join_broker);
}

/* ---- targets ---- */

static void
op_greet(struct script *s, struct slot *slot)
{
	static const char greeting[] = "RFB 003.008\n";
	uint8_t part = next(s), from = 0;

	/* the rest of one that has begun */
	if (slot->said.len < sizeof(greeting) - 1)
		from = (uint8_t)slot->said.len;
	part = part == 0 ? 12 : part % 12;
	if (part > 12 - from)
		part = 12 - from;
	rig_target_send(slot, greeting + from, part);
}

static void
op_target_send(struct script *s, struct slot *slot)
{
	static uint8_t data[BIG_BYTES];
	uint8_t how = next(s);
	size_t len = how;

	if (how >= 128)
		len = (size_t)(how - 127)
		    << (s->conditions & SCRIPT_SMALL ? 7 : 11);
	frames_fill(data, len, &slot->pattern);
	rig_target_send(slot, data, len);
}

static void
op_target_raw(struct script *s, struct slot *slot)
{
	size_t len = next(s);
	const uint8_t *p = take(s, &len);

	rig_target_send(slot, p, len);
}

static void
op_target_shut(struct script *s, struct slot *slot)
{
	(void)s;
	if (slot->target != -1)
		(void)shutdown(slot->target, SHUT_WR);
}

static void
op_target_close(struct script *s, struct slot *slot)
{
	(void)s;
	rig_close(&slot->target);
}

static void
op_target_read(struct script *s, struct slot *slot)
{
	(void)rig_target_read(slot, how_much(s));
}

/* ---- the master, the clock ---- */

static void
op_drain(struct script *s, struct slot *slot)
{
	struct msg_drain drain = {next(s)};

	(void)slot;
	rig_send_master(s->rig, MSG_DRAIN, &drain, -1);
}

static void
configure(struct script *s, uint8_t how)
{
	struct settings settings;

	rig_default_settings(&settings);
	settings.require_rfb = (how & SCRIPT_NO_GREETING) == 0;
	settings.has_auth = settings.has_password = s->rig->has_people;
	if (how & SCRIPT_NO_PING)
		settings.ping_interval_sec = 0;
	if (how & SCRIPT_IDLE)
		settings.idle_timeout_sec = 60;
	if (how & SCRIPT_LONG)
		settings.max_session_sec = 200;
	rig_configure(s->rig, &settings);
}

static void
op_reload(struct script *s, struct slot *slot)
{
	(void)slot;
	rig_turn(s->rig); /* without memory for this, a worker has to end */
	configure(s, next(s));
}

static void
op_tick(struct script *s, struct slot *slot)
{
	uint8_t n = next(s);

	(void)slot;
	rig_tick(s->rig, n & 128 ? (uint64_t)(n & 127) * 1000 : n * 10u);
}

/* No memory, once, for what comes next. */
static void
op_starve(struct script *s, struct slot *slot)
{
	(void)slot;
	rig_turn(s->rig); /* no reload is under way */
	world.starve_at = 1u + next(s) % 32;
}

/* All that a session needs to relay. */
static void
op_session(struct script *s, struct slot *slot)
{
	struct msg_opened opened;

	if (!renew(s, slot))
		return;
	rig_give_client(s->rig, slot, 0);
	if (s->rig->has_people)
		people_enter(s->rig, slot);
	else
		rig_client_send(slot, client_head(0), strlen(client_head(0)));
	rig_turn(s->rig);
	memset(&opened, 0, sizeof(opened));
	opened.conn_id = slot->conn_id;
	strcpy(opened.target, "desk:5901");
	rig_open(s->rig, slot, &opened, 1);
	rig_turn(s->rig);
	rig_target_send(slot, "RFB 003.008\n", 12);
}

/* ---- people ---- */

static void
op_preface(struct script *s, struct slot *slot)
{
	const char *text = people_preface(next(s));
	uint8_t cut = next(s);

	rig_client_send(
	    slot, text, cut == 0 ? strlen(text) : cut % strlen(text));
}

static void
op_auth_says(struct script *s, struct slot *slot)
{
	people_answer(s->rig, slot, next(s));
}

static void
op_auth_raw(struct script *s, struct slot *slot)
{
	size_t len = next(s);
	const uint8_t *p = take(s, &len);

	(void)slot;
	people_say(s->rig, p, len);
}

static void
op_auth_leaves(struct script *s, struct slot *slot)
{
	(void)slot;
	rig_turn(s->rig);
	people_leave(s->rig);
}

static void
op_auth_peer(struct script *s, struct slot *slot)
{
	(void)slot;
	join(s, people_join);
}

static void
op_board_says(struct script *s, struct slot *slot)
{
	size_t len = next(s);
	uint8_t how = next(s);
	const uint8_t *p = take(s, &len);

	board_say(s->rig, slot, how, p, len);
}

/* ---- the script ---- */

static void (*const run_op[OP_COUNT])(struct script *, struct slot *) = {
    [OP_CLIENT] = op_client,
    [OP_ODD_CLIENT] = op_odd_client,
    [OP_SESSION] = op_session,
    [OP_HEAD] = op_head,
    [OP_CLIENT_RAW] = op_client_raw,
    [OP_FRAME] = op_frame,
    [OP_CLIENT_SHUT] = op_client_shut,
    [OP_CLIENT_CLOSE] = op_client_close,
    [OP_CLIENT_READ] = op_client_read,
    [OP_OPENED] = op_opened,
    [OP_STATED] = op_stated,
    [OP_GREET] = op_greet,
    [OP_TARGET_SEND] = op_target_send,
    [OP_TARGET_RAW] = op_target_raw,
    [OP_TARGET_SHUT] = op_target_shut,
    [OP_TARGET_CLOSE] = op_target_close,
    [OP_TARGET_READ] = op_target_read,
    [OP_BROKER_RAW] = op_broker_raw,
    [OP_BROKER_LEAVES] = op_broker_leaves,
    [OP_PEER] = op_peer,
    [OP_TICK] = op_tick,
    [OP_DRAIN] = op_drain,
    [OP_RELOAD] = op_reload,
    [OP_STARVE] = op_starve,
    [OP_PREFACE] = op_preface,
    [OP_AUTH_SAYS] = op_auth_says,
    [OP_AUTH_RAW] = op_auth_raw,
    [OP_AUTH_LEAVES] = op_auth_leaves,
    [OP_AUTH_PEER] = op_auth_peer,
    [OP_BOARD_SAYS] = op_board_says,
};

void
script_run(struct rig *rig, const uint8_t *data, size_t size)
{
	struct script s = {.rig = rig, .data = data, .size = size};
	uint8_t op;
	int i, n;

	s.conditions = next(&s);
	rig->has_small_buffers = (s.conditions & SCRIPT_SMALL) != 0;
	rig->has_people = (s.conditions & SCRIPT_PEOPLE) != 0;
	configure(&s, s.conditions);
	if (rig->has_people)
		people_join(rig);
	if (!(s.conditions & SCRIPT_NO_BROKER))
		rig_join_broker(rig);
	rig_turn(rig);
	for (n = 0; n < OPS_MAX && s.at < s.size && !rig->is_drained; n++) {
		op = next(&s);
		run_op[(op & 31) % OP_COUNT](
		    &s, &rig->slots[(op >> 5 & 3) % SLOTS]);
		if (((op & 128) || world.starve_at != 0) && s.at < s.size)
			continue;
		rig_turn(rig);
		model_check_worker(rig);
	}
	if (s.conditions & SCRIPT_SETTLE)
		model_settle(rig);
	for (i = 0; i < SLOTS; i++)
		model_check_slot(rig, &rig->slots[i]);
}
