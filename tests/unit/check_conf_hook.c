/* SPDX-License-Identifier: ISC */
/* Commands in the configuration: what they may be, and whose. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/bundle/conf_hook.h"
#include "tests/unit/conf_rig.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TEXT_MAX 65536

static int
load_target(const char *options)
{
	char text[TEXT_MAX];

	snprintf(text, sizeof(text),
	    "\ntarget \"vm\" { address = \"10.0.0.7:5901\" %s }\n", options);
	return load(text);
}

START_TEST(a_target_without_commands_needs_no_runner)
{
	ck_assert_msg(load_target("") == 0, "%s", error);
	ck_assert_uint_eq(conf->settings.has_hooks, 0);
	ck_assert_uint_eq(conf->hook_count, 0);
	ck_assert_uint_eq(conf->targets[0].hooks, 0);
	ck_assert_uint_eq(conf->settings.start_timeout_sec, 120);
	ck_assert_uint_eq(conf->settings.stop_after_sec, 600);
	ck_assert_uint_eq(conf->settings.hook_timeout_sec, 30);
	conf_free(conf);
}
END_TEST

START_TEST(words_are_taken_as_they_are)
{
	static const char argv[] = "/bin/vm\0start\0a b; $(x) `y` 'z' %s\0";
	const struct conf_hook *hook;

	ck_assert_msg(load_target("start = { \"/bin/vm\", \"start\", "
				  "\"a b; $(x) `y` 'z' %s\" }\n"
				  "stop = { \"/bin/vm\" }\n"
				  "stop-after = 5\nstart-timeout = 7") == 0,
	    "%s", error);
	ck_assert_uint_eq(conf->settings.has_hooks, 1);
	ck_assert_uint_eq(conf->hook_count, 1);
	hook = &conf->hooks[0];
	ck_assert_str_eq(hook->head.target, "vm");
	ck_assert_uint_eq(hook->head.address.port, 5901);
	ck_assert_uint_eq(hook->head.start_timeout_sec, 7);
	ck_assert_uint_eq(hook->head.has_wake, 0);
	ck_assert_uint_eq(hook->commands[HOOK_START].argc, 3);
	ck_assert_mem_eq(
	    hook->commands[HOOK_START].argv, argv, sizeof(argv) - 1);
	ck_assert_uint_eq(hook->commands[HOOK_STOP].kind, HOOK_STOP);
	ck_assert_uint_eq(hook->commands[HOOK_CHECK].argc, 0);
	ck_assert_uint_eq(
	    conf->targets[0].hooks, HOOK_BIT(HOOK_START) | HOOK_BIT(HOOK_STOP));
	ck_assert_uint_eq(conf->targets[0].stop_after_sec, 5);
	conf_free(conf);
}
END_TEST

START_TEST(a_card_is_woken_where_it_is_said)
{
	static const uint8_t mac[] = {0x52, 0x54, 0, 0x12, 0xab, 0xCD};
	char text[ADDR_TEXT_MAX];

	ck_assert_int_eq(load_target("wake = \"52:54:00:12:aB:Cd\""), 0);
	ck_assert_uint_eq(conf->hooks[0].head.has_wake, 1);
	ck_assert_mem_eq(conf->hooks[0].head.mac, mac, sizeof(mac));
	ck_assert_str_eq(addr_format(&conf->hooks[0].head.wake_addr, text),
	    "255.255.255.255:9");
	ck_assert_uint_eq(conf->targets[0].hooks, HOOK_BIT(HOOK_START));
	conf_free(conf);
	ck_assert_int_eq(load_target("wake = \"52-54-00-12-ab-cd\" "
				     "wake-address = \"10.0.0.255\""),
	    0);
	ck_assert_str_eq(
	    addr_format(&conf->hooks[0].head.wake_addr, text), "10.0.0.255:9");
	conf_free(conf);
	ck_assert_int_eq(load_target("wake = \"52:54:00:12:ab:cd\" "
				     "wake-address = \"[ff02::1]:7\""),
	    0);
	ck_assert_str_eq(
	    addr_format(&conf->hooks[0].head.wake_addr, text), "[ff02::1]:7");
	conf_free(conf);
}
END_TEST

START_TEST(only_those_with_commands_are_the_runners)
{
	ck_assert_msg(
	    load("hook-environment = { \"LIBVIRT_DEFAULT_URI\", \"_x9\" }\n"
		 "on-event = { \"/bin/cat\", \"-u\" }\n"
		 "target \"a\" { address = \"10.0.0.1\" }\n"
		 "target \"b\" { address = \"10.0.0.2\" "
		 "start = { \"/bin/b\" } }\n"
		 "target \"c\" { address = \"10.0.0.3\" }\n"
		 "target \"d\" { address = \"10.0.0.4\" "
		 "stop = { \"/bin/d\" } }\n") == 0,
	    "%s", error);
	ck_assert_uint_eq(conf->hook_count, 2);
	ck_assert_str_eq(conf->hooks[0].head.target, "b");
	ck_assert_str_eq(conf->hooks[1].head.target, "d");
	ck_assert_uint_eq(conf->hooks[1].commands[HOOK_START].argc, 0);
	ck_assert_uint_eq(conf->event.argc, 2);
	ck_assert_uint_eq(conf->event.kind, HOOK_EVENT);
	ck_assert_uint_eq(conf->hook_name_count, 2);
	ck_assert_str_eq(conf->hook_names[1].name, "_x9");
	conf_free(conf);
	ck_assert_int_eq(load("on-event = { \"/bin/cat\" }\n"), 0);
	ck_assert_uint_eq(conf->settings.has_hooks, 1);
	conf_free(conf);
}
END_TEST

static const struct {
	const char *options;
	const char *words;
} faults[] = {
    {"start = { \"vm\" }", "start: \"vm\" is not an absolute path"},
    {"stop = { \"./vm\" }", "stop: \"./vm\" is not an absolute path"},
    {"start = { \"/a\" } check = { \"\" }", "check: \"\" is not an absolute"},
    {"start = { \"virsh start vm\" }", "is a list of words"},
    {"start = { \"/a\", \"x\ty\" }", "a tab is in the quotes"},
    {"start = { \"/a\", \"x\x1b\" }", "is not allowed in a text"},
    {"check = { \"/a\" }", "has check without start or wake"},
    {"start-timeout = 5", "has start-timeout without start or wake"},
    {"stop-after = 5", "has stop-after without stop"},
    {"start = { \"/a\" } stop-after = 5", "has stop-after without stop"},
    {"start = { \"/a\" } start-timeout = 3601", "from 1 to 3600"},
    {"stop = { \"/a\" } stop-after = 604801", "from 1 to 604800"},
    {"wake = \"52:54:00:12:34\"", "is not the address of a network card"},
    {"wake = \"52:54:00:12:34:5g\"", "is not the address of a network card"},
    {"wake = \"52:54:00:12:34:567\"", "is not the address of a network"},
    {"wake = \"52:54:00:12:34 56\"", "is not the address of a network"},
    {"wake = \"\"", "is not the address of a network card"},
    {"wake-address = \"10.0.0.1\"", "has wake-address without wake"},
    {"wake = \"52:54:00:12:34:56\" wake-address = \"lan\"",
	"is not ADDR or ADDR:PORT"},
    {"wake = \"52:54:00:12:34:56\" wake-address = \"10.0.0.1:0\"",
	"is not ADDR or ADDR:PORT"},
};

START_TEST(a_faulty_command_is_refused)
{
	ck_assert_int_lt(load_target(faults[_i].options), 0);
	ck_assert_msg(strstr(error, faults[_i].words) != NULL, "%s", error);
	ck_assert_msg(strstr(error, ":2: ") != NULL, "%s", error);
}
END_TEST

static const struct {
	const char *text;
	const char *words;
} others[] = {
    {"on-event = { \"cat\" }\n", "on-event: \"cat\" is not an absolute path"},
    {"hook-environment = { \"A=B\" }\n", "is not the name of a variable"},
    {"hook-environment = { \"\" }\n", "is not the name of a variable"},
    {"hook-environment = { \"9A\" }\n", "is not the name of a variable"},
    {"hook-environment = { \"VNCBRIDGE_HOST\" }\n",
	"is not the name of a variable"},
    /* of what is configured alone: there is no such place for others */
    {"start = { \"/a\" }\n", "is a setting of a target section"},
    {"allow = { \"10.0.0.1\" }\nstop = { \"/a\" }\n",
	"is a setting of a target section"},
    {"target \"x; rm -rf\" { address = \"10.0.0.1\" start = { \"/a\" } }\n",
	"is not a name"},
    {"target \"$(x)\" { address = \"10.0.0.1\" start = { \"/a\" } }\n",
	"is not a name"},
    {"target \"x\ty\" { address = \"10.0.0.1\" start = { \"/a\" } }\n",
	"a tab is in the quotes"},
};

START_TEST(a_command_of_nothing_or_of_a_strange_name_is_refused)
{
	ck_assert_int_lt(load(others[_i].text), 0);
	ck_assert_msg(strstr(error, others[_i].words) != NULL, "%s", error);
}
END_TEST

static int
load_words(size_t count, size_t length)
{
	static char text[TEXT_MAX];
	size_t i, used;

	used = (size_t)snprintf(
	    text, sizeof(text), "start = { \"/%0*d\"", (int)length - 1, 0);
	for (i = 1; i < count; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
		    ", \"%0*d\"", (int)length, 0);
	snprintf(text + used, sizeof(text) - used, " }");
	return load_target(text);
}

START_TEST(there_is_room_for_so_many_words_and_bytes)
{
	ck_assert_msg(load_words(HOOK_ARGS_MAX, 31) == 0, "%s", error);
	ck_assert_uint_eq(
	    conf->hooks[0].commands[HOOK_START].argc, HOOK_ARGS_MAX);
	conf_free(conf);
	ck_assert_int_lt(load_words(HOOK_ARGS_MAX, 32), 0);
	ck_assert_ptr_nonnull(strstr(error, "has more than"));
	ck_assert_int_lt(load_words(HOOK_ARGS_MAX + 1, 4), 0);
	ck_assert_int_eq(load_words(1, HOOK_ARGV_BYTES - 1), 0);
	conf_free(conf);
	ck_assert_int_lt(load_words(1, HOOK_ARGV_BYTES), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("conf-hook");
	TCase *tc = tcase_create("conf-hook");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, a_target_without_commands_needs_no_runner);
	tcase_add_test(tc, words_are_taken_as_they_are);
	tcase_add_test(tc, a_card_is_woken_where_it_is_said);
	tcase_add_test(tc, only_those_with_commands_are_the_runners);
	tcase_add_loop_test(
	    tc, a_faulty_command_is_refused, 0, (int)COUNT(faults));
	tcase_add_loop_test(tc,
	    a_command_of_nothing_or_of_a_strange_name_is_refused, 0,
	    (int)COUNT(others));
	tcase_add_test(tc, there_is_room_for_so_many_words_and_bytes);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
