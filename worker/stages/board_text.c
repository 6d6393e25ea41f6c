/* SPDX-License-Identifier: ISC */
#include <event2/buffer.h>
#include <string.h>
#include <time.h>

#include "worker/stages/board_text.h"
#include "worker/stages/json.h"

static void
add(struct evbuffer *out, const char *text)
{
	evbuffer_add(out, text, strlen(text));
}

void
board_text_target(struct evbuffer *out, const struct worker_conf *conf,
    uint32_t target, int may_take, int may_watch)
{
	static const char *const modes[LEASE_MODE_COUNT] = {
	    [LEASE_MODE_SHARE] = "share",
	    [LEASE_MODE_EXCLUSIVE] = "exclusive",
	    [LEASE_MODE_ASK] = "ask",
	    [LEASE_MODE_QUEUE] = "queue",
	};
	const struct msg_conf_target *t = &conf->targets[target];

	evbuffer_add_printf(out, "{\"id\":%u,\"name\":", target);
	json_add_string(out, t->name);
	add(out, ",\"description\":");
	json_add_string(out, t->description);
	add(out, ",\"group\":");
	json_add_string(out, t->group);
	evbuffer_add_printf(out,
	    ",\"mode\":\"%s\",\"places\":%u,\"may\":\"%s%s\"}", modes[t->mode],
	    conf_target_places(t, conf->settings.max_sessions_of_target),
	    may_take ? "t" : "", may_watch ? "w" : "");
}

static void
add_number(struct evbuffer *out, const char *key, uint64_t number)
{
	if (number != 0)
		evbuffer_add_printf(
		    out, ",\"%s\":%llu", key, (unsigned long long)number);
}

static int
add_own(struct evbuffer *out, const struct board_state *state, const char *own)
{
	uint32_t i;

	for (i = 0; i < state->by_count; i++)
		if (strcmp(state->by[i], own) == 0) {
			json_add_string(out, own);
			return 1;
		}
	return 0;
}

/* One's own first: what follows may be too much to show. */
static void
add_names(
    struct evbuffer *out, const struct board_state *state, const char *own)
{
	uint32_t i;
	int n;

	if (state->by_count == 0)
		return;
	add(out, ",\"by\":[");
	n = add_own(out, state, own);
	for (i = 0; i < state->by_count; i++) {
		if (strcmp(state->by[i], own) == 0)
			continue;
		if (n++ > 0)
			add(out, ",");
		json_add_string(out, state->by[i]);
	}
	add(out, "]");
}

void
board_text_state(
    struct evbuffer *out, const struct board_state *state, const char *own)
{
	evbuffer_add_printf(out, "{\"id\":%u", state->target);
	add_number(out, "sessions", state->open);
	add_number(out, "opening", state->pending);
	add_number(out, "waiting", state->waiting);
	add_number(out, "kept", state->kept);
	add_names(out, state, own);
	add_number(out, "since", state->since_sec);
	add_number(out, "idle", state->idle_sec);
	add_number(out, "down", state->down_sec);
	if (state->is_locked) {
		add(out, ",\"locked\":");
		json_add_string(out, state->lock_text);
	}
	add(out, state->is_starting ? ",\"starting\":true}" : "}");
}

void
board_text_ready(struct evbuffer *out, uint32_t targets)
{
	evbuffer_add_printf(out,
	    "event: ready\ndata: {\"targets\":%u,\"now\":%llu}\n\n", targets,
	    (unsigned long long)time(NULL));
}

void
board_text_over(struct evbuffer *out, uint32_t code, const char *reason)
{
	evbuffer_add_printf(out, "event: over\ndata: {\"code\":%u", code);
	if (reason[0] != '\0') {
		add(out, ",\"reason\":");
		json_add_string(out, reason);
	}
	add(out, "}\n\n");
}
