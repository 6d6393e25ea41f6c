/* SPDX-License-Identifier: ISC */
/*
 * What a worker knows of the targets, and what boards are told of it: each
 * change once, in its order, and no text ends a line.
 */
#include <check.h>
#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/starve.h"
#include "worker/stages/board_text.h"
#include "worker/stages/world.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TARGETS	 300
#define ROUNDS	 20000

static struct world *world;
static struct evbuffer *out;

static void
setup(void)
{
	ck_assert_ptr_nonnull(world = world_new(TARGETS));
	ck_assert_ptr_nonnull(out = evbuffer_new());
}

static void
teardown(void)
{
	world_free(world);
	evbuffer_free(out);
}

static struct board_state
state_of(uint32_t target, uint32_t open)
{
	struct board_state state;

	memset(&state, 0, sizeof(state));
	state.target = target;
	state.open = open;
	return state;
}

static void
put(uint32_t target, uint32_t open)
{
	struct board_state state = state_of(target, open);

	ck_assert_int_eq(world_put(world, &state), 0);
}

/* The targets that have changed since then are these; -1 ends them. */
static void
expect_since(uint64_t number, const int *targets)
{
	const struct board_state *states[TARGETS];
	unsigned n, i;

	n = world_since(world, &number, states, TARGETS);
	for (i = 0; targets[i] != -1; i++) {
		ck_assert_uint_lt(i, n);
		ck_assert_int_eq((int)states[i]->target, targets[i]);
	}
	ck_assert_uint_eq(n, i);
}

/* ---- the world ---- */

START_TEST(world_is_free_at_first)
{
	static const int none[] = {-1};

	ck_assert_uint_eq(world_number(world), 0);
	ck_assert_ptr_null(world_find(world, 0));
	ck_assert_ptr_null(world_find(world, TARGETS - 1));
	expect_since(0, none);
	world_free(NULL);
}
END_TEST

START_TEST(world_of_no_targets_takes_none)
{
	struct world *empty = world_new(0);
	struct board_state state = state_of(0, 1);

	ck_assert_ptr_nonnull(empty);
	ck_assert_int_eq(world_put(empty, &state), VB_EBADMSG);
	ck_assert_ptr_null(world_find(empty, 0));
	world_free(empty);
}
END_TEST

START_TEST(world_tells_the_oldest_change_first)
{
	static const int all[] = {9, 4, 7, -1}, some[] = {4, 7, -1};
	static const int moved[] = {4, 7, 9, -1}, one[] = {9, -1};

	put(9, 1);
	put(4, 1);
	put(7, 1);
	ck_assert_uint_eq(world_number(world), 3);
	expect_since(0, all);
	expect_since(1, some);
	/* it is the last now, and is told once */
	put(9, 2);
	ck_assert_uint_eq(world_number(world), 4);
	ck_assert_uint_eq(world_find(world, 9)->open, 2);
	expect_since(0, moved);
	expect_since(3, one);
	expect_since(4, one + 1);
	/* no board has that, but it does no harm */
	expect_since(UINT64_MAX, one + 1);
}
END_TEST

/* One that is free again has changed: a board is to hear of it. */
START_TEST(world_tells_of_what_is_free_again)
{
	static const int one[] = {3, -1};

	put(3, 1);
	put(3, 0);
	ck_assert_ptr_nonnull(world_find(world, 3));
	ck_assert_uint_eq(world_find(world, 3)->open, 0);
	expect_since(1, one);
}
END_TEST

START_TEST(world_is_told_in_slices)
{
	const struct board_state *states[7];
	uint64_t number = 0;
	uint32_t i, told = 0;
	unsigned n, k;

	for (i = 0; i < TARGETS; i++)
		put(TARGETS - 1 - i, 1);
	ck_assert_uint_eq(world_since(world, &number, states, 0), 0);
	ck_assert_uint_eq(number, 0);
	while ((n = world_since(world, &number, states, COUNT(states))) > 0) {
		for (k = 0; k < n; k++, told++)
			ck_assert_uint_eq(
			    states[k]->target, TARGETS - 1 - told);
		ck_assert_uint_eq(number, told);
	}
	ck_assert_uint_eq(told, TARGETS);
	ck_assert_uint_eq(number, world_number(world));
}
END_TEST

/* Boards that are behind by any number end with what is so by then. */
START_TEST(world_is_known_to_all_in_the_end)
{
	const struct board_state *states[5];
	static uint32_t truth[TARGETS], known[3][TARGETS];
	uint64_t numbers[3] = {0};
	uint32_t seed = 7, i, k, b;
	unsigned n;

	for (i = 0; i < ROUNDS; i++) {
		seed = seed * 1664525 + 1013904223;
		k = (seed >> 8) % TARGETS;
		truth[k] = seed >> 16;
		put(k, truth[k]);
		for (b = 0; b < 3; b++) {
			if (i % (b * b * 20 + 1) != 0 && i + 1 < ROUNDS)
				continue;
			do {
				n = world_since(
				    world, &numbers[b], states, COUNT(states));
				for (k = 0; k < n; k++)
					known[b][states[k]->target] =
					    states[k]->open;
			} while (n > 0 && i + 1 == ROUNDS);
		}
	}
	ck_assert_uint_eq(world_number(world), ROUNDS);
	for (b = 0; b < 3; b++)
		ck_assert_mem_eq(known[b], truth, sizeof(truth));
}
END_TEST

static const struct {
	uint32_t target;
	uint32_t by_count;
	int endless; /* which text has no end; -1: none, BOARD_BY_MAX: lock's */
	int error;
} hostile[] = {
    {TARGETS - 1, BOARD_BY_MAX, -1, 0},
    {TARGETS, 0, -1, VB_EBADMSG},
    {UINT32_MAX, 0, -1, VB_EBADMSG},
    {0, BOARD_BY_MAX + 1, -1, VB_EBADMSG},
    {0, UINT32_MAX, -1, VB_EBADMSG},
    {0, 1, 0, VB_EBADMSG},
    {0, BOARD_BY_MAX, BOARD_BY_MAX - 1, VB_EBADMSG},
    {0, BOARD_BY_MAX - 1, BOARD_BY_MAX - 1, 0}, /* nobody reads that one */
    {0, 0, BOARD_BY_MAX, VB_EBADMSG},
};

START_TEST(world_refuses_what_cannot_be)
{
	struct board_state state = state_of(hostile[_i].target, 1);

	put(0, 5);
	state.by_count = hostile[_i].by_count;
	if (hostile[_i].endless == BOARD_BY_MAX)
		memset(state.lock_text, 'a', sizeof(state.lock_text));
	else if (hostile[_i].endless >= 0)
		memset(state.by[hostile[_i].endless], 'a', AUTH_NAME_MAX);
	ck_assert_int_eq(world_put(world, &state), hostile[_i].error);
	ck_assert_uint_eq(world_number(world), hostile[_i].error == 0 ? 2 : 1);
	if (hostile[_i].error != 0)
		ck_assert_uint_eq(world_find(world, 0)->open, 5);
	ck_assert_ptr_null(world_find(world, TARGETS));
	ck_assert_ptr_null(world_find(world, UINT32_MAX));
}
END_TEST

START_TEST(world_is_whole_without_memory)
{
	static const int one[] = {3, -1}, both[] = {3, 4, -1};
	struct board_state state = state_of(4, 1);
	struct world *other;
	unsigned n;
	int error;

	for (n = 1;; n++) {
		starve_at(n);
		other = world_new(TARGETS);
		if (!starve_has_come())
			break;
		ck_assert_ptr_null(other);
	}
	ck_assert_uint_eq(n, 3);
	world_free(other);
	put(3, 1);
	starve_at(1);
	error = world_put(world, &state);
	ck_assert_int_eq(starve_has_come(), 1);
	ck_assert_int_eq(error, VB_ENOMEM);
	ck_assert_ptr_null(world_find(world, 4));
	ck_assert_uint_eq(world_number(world), 1);
	expect_since(0, one);
	/* one that is there needs none */
	state.target = 3;
	starve_at(1);
	error = world_put(world, &state);
	ck_assert_int_eq(starve_has_come(), 0);
	ck_assert_int_eq(error, 0);
	put(4, 1);
	expect_since(1, both);
}
END_TEST

/* ---- the texts ---- */

static const char *
text(void)
{
	evbuffer_add(out, "", 1);
	return (const char *)evbuffer_pullup(out, -1);
}

static void
expect_text(const char *wanted)
{
	ck_assert_str_eq(text(), wanted);
	evbuffer_drain(out, evbuffer_get_length(out));
}

/* Each byte there is, but for the NUL; the text has as many as fit. */
static void
fill_all(char *at, size_t size, unsigned char first)
{
	size_t i;

	for (i = 0; i + 1 < size && first + i <= 255; i++)
		at[i] = (char)(first + i);
	at[i] = '\0';
}

/* One line, no "<", and quotes only where we write them. */
static void
expect_one_line(unsigned quotes)
{
	const char *p = text();
	size_t len = evbuffer_get_length(out) - 1;

	ck_assert_uint_eq(strlen(p), len);
	for (; *p != '\0'; p++) {
		ck_assert((unsigned char)*p >= 0x20);
		ck_assert(*p != '<');
		/* a backslash of ours is before a "u" */
		ck_assert(*p != '\\' || p[1] == 'u');
		if (*p == '"')
			quotes--;
	}
	ck_assert_uint_eq(quotes, 0);
	evbuffer_drain(out, evbuffer_get_length(out));
}

START_TEST(state_has_what_is_not_zero)
{
	struct board_state state = state_of(7, 0);

	board_text_state(out, &state, "");
	expect_text("{\"id\":7}");
	state.is_locked = 1;
	board_text_state(out, &state, "");
	expect_text("{\"id\":7,\"locked\":\"\"}");
	state = state_of(0, 2);
	state.pending = 3;
	state.waiting = 4;
	state.kept = 5;
	state.is_starting = 1;
	state.since_sec = UINT64_MAX;
	state.idle_sec = 6;
	state.down_sec = 8;
	state.by_count = 2;
	strcpy(state.by[0], "alice");
	strcpy(state.by[1], "bob");
	/* it isn't locked */
	strcpy(state.lock_text, "paint");
	board_text_state(out, &state, "");
	expect_text("{\"id\":0,\"sessions\":2,\"opening\":3,\"waiting\":4,"
		    "\"kept\":5,\"by\":[\"alice\",\"bob\"],"
		    "\"since\":18446744073709551615,\"idle\":6,\"down\":8,"
		    "\"starting\":true}");
	memset(&state, 0, sizeof(state));
	state.by_count = 3;
	strcpy(state.by[0], "alice");
	strcpy(state.by[1], "bob");
	strcpy(state.by[2], "carol");
	board_text_state(out, &state, "bob");
	expect_text("{\"id\":0,\"by\":[\"bob\",\"alice\",\"carol\"]}");
	board_text_state(out, &state, "bo");
	expect_text("{\"id\":0,\"by\":[\"alice\",\"bob\",\"carol\"]}");
}
END_TEST

START_TEST(state_is_one_line_whatever_the_texts)
{
	struct board_state state = state_of(1, 1);
	unsigned first;

	for (first = 1; first < 256; first += AUTH_NAME_MAX / 2) {
		state.is_locked = 1;
		state.by_count = 2;
		fill_all(state.by[0], AUTH_NAME_MAX, (unsigned char)first);
		strcpy(state.by[1], "</script>\r\ndata: [\n\n");
		fill_all(state.lock_text, sizeof(state.lock_text),
		    (unsigned char)first);
		board_text_state(out, &state, "");
		/* id, sessions, by, locked; and three texts */
		expect_one_line(8 + 6);
	}
}
END_TEST

static struct msg_conf_target targets[1];
static struct worker_conf conf = {.targets = targets, .target_count = 1};

START_TEST(target_is_one_line_whatever_the_texts)
{
	struct msg_conf_target *t = &targets[0];
	unsigned first;

	memset(t, 0, sizeof(*t));
	for (first = 1; first < 256; first++) {
		fill_all(t->name, sizeof(t->name), (unsigned char)first);
		fill_all(t->description, sizeof(t->description),
		    (unsigned char)first);
		fill_all(t->group, sizeof(t->group), (unsigned char)first);
		board_text_target(out, &conf, 0, 1, 1);
		/* seven keys; three texts, mode and may */
		expect_one_line(14 + 10);
	}
}
END_TEST

static const struct {
	enum lease_mode mode;
	uint32_t max_sessions;
	int may_take;
	int may_watch;
	const char *text;
} shown[] = {
    {LEASE_MODE_SHARE, 0, 0, 0, "\"share\",\"places\":9,\"may\":\"\"}"},
    {LEASE_MODE_SHARE, 3, 1, 0, "\"share\",\"places\":3,\"may\":\"t\"}"},
    {LEASE_MODE_EXCLUSIVE, 0, 0, 1,
	"\"exclusive\",\"places\":1,\"may\":\"w\"}"},
    {LEASE_MODE_ASK, 0, 1, 1, "\"ask\",\"places\":1,\"may\":\"tw\"}"},
    {LEASE_MODE_QUEUE, 0, 0, 0, "\"queue\",\"places\":1,\"may\":\"\"}"},
};

START_TEST(target_says_what_may_be_done)
{
	struct msg_conf_target *t = &targets[0];
	char wanted[256] = "{\"id\":0,\"name\":\"lab\",\"description\":\"\","
			   "\"group\":\"G\",\"mode\":";

	memset(t, 0, sizeof(*t));
	strcpy(t->name, "lab");
	strcpy(t->group, "G");
	t->mode = shown[_i].mode;
	t->max_sessions = shown[_i].max_sessions;
	conf.settings.max_sessions_of_target = 9;
	board_text_target(
	    out, &conf, 0, shown[_i].may_take, shown[_i].may_watch);
	strlcat(wanted, shown[_i].text, sizeof(wanted));
	expect_text(wanted);
}
END_TEST

START_TEST(over_says_why)
{
	board_text_over(out, 0, "");
	expect_text("event: over\ndata: {\"code\":0}\n\n");
	board_text_over(out, 4521, "\n\"<");
	expect_text("event: over\ndata: {\"code\":4521,"
		    "\"reason\":\"\\u000a\\u0022\\u003c\"}\n\n");
}
END_TEST

START_TEST(ready_tells_how_many_and_when)
{
	const char *p;

	board_text_ready(out, 12);
	p = text();
	ck_assert_int_eq(
	    strncmp(p, "event: ready\ndata: {\"targets\":12,\"now\":", 39), 0);
	ck_assert_uint_gt(strtoull(p + 39, NULL, 10), 0);
	ck_assert_str_eq(p + strlen(p) - 3, "}\n\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("world");
	TCase *tc = tcase_create("world");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, world_is_free_at_first);
	tcase_add_test(tc, world_of_no_targets_takes_none);
	tcase_add_test(tc, world_tells_the_oldest_change_first);
	tcase_add_test(tc, world_tells_of_what_is_free_again);
	tcase_add_test(tc, world_is_told_in_slices);
	tcase_add_test(tc, world_is_known_to_all_in_the_end);
	tcase_add_loop_test(
	    tc, world_refuses_what_cannot_be, 0, COUNT(hostile));
	tcase_add_test(tc, world_is_whole_without_memory);
	tcase_add_test(tc, state_has_what_is_not_zero);
	tcase_add_test(tc, state_is_one_line_whatever_the_texts);
	tcase_add_test(tc, target_is_one_line_whatever_the_texts);
	tcase_add_loop_test(tc, target_says_what_may_be_done, 0, COUNT(shown));
	tcase_add_test(tc, over_says_why);
	tcase_add_test(tc, ready_tells_how_many_and_when);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
