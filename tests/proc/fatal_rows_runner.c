/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "tests/proc/fatal_rows.h"

static void
fill_version(union proto_any *body)
{
	body->conf_start.proto_version = PROTO_VERSION - 1;
}

static void
fill_generation(union proto_any *body)
{
	body->conf_end.generation = UINT32_MAX;
}

static void
fill_hook(union proto_any *body)
{
	strcpy(body->conf_hook.target, "vm");
}

static void
fill_hook_endless(union proto_any *body)
{
	memset(body->conf_hook.target, 'a', sizeof(body->conf_hook.target));
}

static void
fill_host_endless(union proto_any *body)
{
	fill_hook(body);
	memset(body->conf_hook.address.name, 'a',
	    sizeof(body->conf_hook.address.name));
}

static void
fill_command(union proto_any *body)
{
	body->conf_command.kind = HOOK_EVENT;
	body->conf_command.argc = 1;
	strcpy(body->conf_command.argv, "/bin/true");
}

static void
fill_command_kind(union proto_any *body)
{
	fill_command(body);
	body->conf_command.kind = HOOK_KINDS;
}

static void
fill_command_of_nobody(union proto_any *body)
{
	fill_command(body);
	body->conf_command.kind = HOOK_START;
}

static void
fill_command_count(union proto_any *body)
{
	fill_command(body);
	body->conf_command.argc = UINT32_MAX;
}

static void
fill_command_endless(union proto_any *body)
{
	fill_command(body);
	memset(body->conf_command.argv, '/', sizeof(body->conf_command.argv));
}

static void
fill_name(union proto_any *body)
{
	strcpy(body->conf_hook_name.name, "HOME");
}

static void
fill_name_endless(union proto_any *body)
{
	memset(
	    body->conf_hook_name.name, 'A', sizeof(body->conf_hook_name.name));
}

static void
fill_event(union proto_any *body)
{
	body->event.length = 2;
	memcpy(body->event.line, "{}", 2);
}

static void
fill_event_long(union proto_any *body)
{
	body->event.length = HOOK_EVENT_MAX + 1;
}

static void
fill_event_lines(union proto_any *body)
{
	body->event.length = 3;
	memcpy(body->event.line, "a\nb", 3);
}

static void
fill_runner(union proto_any *body)
{
	body->peer.role = ROLE_RUNNER;
	body->peer.asker = ROLE_BROKER;
}

static void
fill_runner_worker(union proto_any *body)
{
	fill_runner(body);
	body->peer.asker = ROLE_WORKER;
}

static void
fill_runner_index(union proto_any *body)
{
	fill_runner(body);
	body->peer.index = 1;
}

#define ROW(type, what, fill, make, is_started, outcome)                       \
	{                                                                      \
		ROLE_RUNNER, MSG_##type, what, fill, make, is_started, outcome \
	}

const struct fatal_row fatal_rows_runner[] = {
    ROW(CONF_START, "another version", fill_version, NULL, 0, ENDS),
    ROW(CONF_HOOK, "too early", fill_hook, NULL, 0, ENDS),
    ROW(CONF_HOOK, "in its place", fill_hook, NULL, 1, GOES_ON),
    ROW(CONF_HOOK, "without a name", breach_fill_nothing, NULL, 1, ENDS),
    ROW(CONF_HOOK, "endless", fill_hook_endless, NULL, 1, ENDS),
    ROW(CONF_HOOK, "an endless host", fill_host_endless, NULL, 1, ENDS),
    ROW(CONF_COMMAND, "too early", fill_command, NULL, 0, ENDS),
    ROW(CONF_COMMAND, "in its place", fill_command, NULL, 1, GOES_ON),
    ROW(CONF_COMMAND, "no such kind", fill_command_kind, NULL, 1, ENDS),
    ROW(CONF_COMMAND, "of no target", fill_command_of_nobody, NULL, 1, ENDS),
    ROW(CONF_COMMAND, "too many words", fill_command_count, NULL, 1, ENDS),
    ROW(CONF_COMMAND, "endless", fill_command_endless, NULL, 1, ENDS),
    ROW(CONF_COMMAND, "empty", breach_fill_nothing, NULL, 1, ENDS),
    ROW(CONF_HOOK_NAME, "too early", fill_name, NULL, 0, ENDS),
    ROW(CONF_HOOK_NAME, "in its place", fill_name, NULL, 1, GOES_ON),
    ROW(CONF_HOOK_NAME, "empty", breach_fill_nothing, NULL, 1, ENDS),
    ROW(CONF_HOOK_NAME, "endless", fill_name_endless, NULL, 1, ENDS),
    ROW(CONF_END, "too early", breach_fill_nothing, NULL, 0, ENDS),
    ROW(CONF_END, "another generation", fill_generation, NULL, 1, ENDS),
    ROW(EVENT, "a line", fill_event, NULL, 1, GOES_ON),
    ROW(EVENT, "longer than it is", fill_event_long, NULL, 1, ENDS),
    ROW(EVENT, "two lines", fill_event_lines, NULL, 1, ENDS),
    ROW(PEER, "of no role", breach_fill_nothing, breach_null, 1, ENDS),
    ROW(PEER, "of who asks nothing", fill_runner_worker, fatal_make_listener, 1,
	ENDS),
    ROW(PEER, "a second broker", fill_runner_index, fatal_make_listener, 1,
	ENDS),
    ROW(PEER, "a regular file", fill_runner, breach_file, 1, ENDS),
    ROW(PEER, "a listener", fill_runner, fatal_make_listener, 1, GOES_ON),
    ROW(DRAIN, "at any time", breach_fill_nothing, NULL, 1, GOES_ON),
    ROW(PROBE, "at any time", breach_fill_nothing, NULL, 1, GOES_ON),
    ROW(COUNT, "at any time", breach_fill_nothing, NULL, 1, GOES_ON),
};

const size_t fatal_row_runner_count =
    sizeof(fatal_rows_runner) / sizeof(fatal_rows_runner[0]);
