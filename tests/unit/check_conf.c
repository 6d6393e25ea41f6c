/* SPDX-License-Identifier: ISC */
/* The configuration: each setting's limits, each kind of fault. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/bundle/conf_load.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TEXT_MAX (256 * 1024)

static char path[64], error[CONF_ERROR_MAX];
static struct conf *conf;

/* Loads a file of that text, with options over it. */
static int
load_with(const char *text, struct conf_options *options)
{
	FILE *file;
	int fd, result;

	strcpy(path, "/tmp/vb-conf-XXXXXX");
	ck_assert_int_ne(fd = mkstemp(path), -1);
	ck_assert_ptr_nonnull(file = fdopen(fd, "w"));
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
	options->file = path;
	result = conf_load(options, &conf, error);
	unlink(path);
	ck_assert((result == 0) == (conf != NULL));
	ck_assert((result == 0) == (error[0] == '\0'));
	return result;
}

static int
load(const char *text)
{
	struct conf_options options = {0};

	return load_with(text, &options);
}

static const struct {
	const char *name;
	size_t offset;
	long usual, least, most;
	const char *unit;
} numbers[] = {
#define X(name, field, def, min, max, unit) \
	{name, offsetof(struct settings, field), def, min, max, unit},
    SETTINGS_NUMBERS(X)
#undef X
};

static const struct {
	const char *name;
	size_t offset;
	int usual;
} switches[] = {
#define X(name, field, def) {name, offsetof(struct settings, field), def},
    SETTINGS_SWITCHES(X)
#undef X
};

static uint32_t
number_at(size_t offset)
{
	uint32_t value;

	memcpy(&value, (const char *)&conf->settings + offset, sizeof(value));
	return value;
}

static int
load_number(const char *name, long value)
{
	char text[128];

	snprintf(text, sizeof(text), "\n%s = %ld\n", name, value);
	return load(text);
}

START_TEST(conf_number_keeps_to_its_range)
{
	long values[] = {numbers[_i].least, numbers[_i].most};
	char expected[128];
	size_t i;

	for (i = 0; i < COUNT(values); i++) {
		ck_assert_int_eq(load_number(numbers[_i].name, values[i]), 0);
		ck_assert_uint_eq(number_at(numbers[_i].offset), values[i]);
		conf_free(conf);
	}
	snprintf(expected, sizeof(expected), ":2: %s must be from %ld to %ld",
	    numbers[_i].name, numbers[_i].least, numbers[_i].most);
	for (i = 0; i < COUNT(values); i++) {
		ck_assert_int_eq(
		    load_number(numbers[_i].name,
			i == 0 ? numbers[_i].least - 1 : numbers[_i].most + 1),
		    VB_ESYNTAX);
		ck_assert_int_eq(strncmp(error, path, strlen(path)), 0);
		ck_assert_ptr_nonnull(strstr(error, expected));
		ck_assert_ptr_nonnull(strstr(error, numbers[_i].unit));
	}
	/* what would be in range again after it was cut to 32 bits */
	ck_assert_int_eq(
	    load_number(numbers[_i].name, (1L << 32) + numbers[_i].least),
	    VB_ESYNTAX);
}
END_TEST

START_TEST(conf_empty_file_gives_the_defaults)
{
	const uint8_t *settings;
	char text[ADDR_TEXT_MAX];
	size_t i;

	ck_assert_int_eq(load(""), 0);
	settings = (const uint8_t *)&conf->settings;
	for (i = 0; i < COUNT(numbers); i++)
		ck_assert_uint_eq(
		    number_at(numbers[i].offset), numbers[i].usual);
	for (i = 0; i < COUNT(switches); i++)
		ck_assert_uint_eq(
		    settings[switches[i].offset], switches[i].usual);
	ck_assert_str_eq(conf->user, VB_USER);
	ck_assert_str_eq(conf->pages, VB_PAGESDIR);
	ck_assert_str_eq(conf->pid_file, VB_RUNSTATEDIR "/vncbridged.pid");
	ck_assert_str_eq(
	    conf->control_socket, VB_RUNSTATEDIR "/vncbridged.sock");
	ck_assert_str_eq(conf->settings.base_path, "");
	ck_assert(!conf->has_pid_file && !conf->has_control_socket &&
	    !conf->has_max_connections);
	ck_assert_uint_eq(conf->listener_count, 1);
	ck_assert_str_eq(
	    addr_format(&conf->listeners[0], text), "127.0.0.1:6080");
	ck_assert_uint_eq(conf->rule_count, 2);
	ck_assert_uint_eq(conf->target_count, 0);
	ck_assert_uint_eq(conf->origin_count, 0);
	ck_assert_uint_eq(conf->nameserver_count, 0);
	conf_free(conf);
	conf_free(NULL);
}
END_TEST

START_TEST(conf_switch_has_each_of_its_words)
{
	static const struct {
		const char *word;
		int value;
	} words[] = {{"yes", 1}, {"no", 0}, {"on", 1}, {"off", 0}, {"true", 1},
	    {"false", 0}};
	char text[128];
	size_t i;

	for (i = 0; i < COUNT(words); i++) {
		snprintf(text, sizeof(text), "audit-file = \"/a\"\n%s = %s",
		    switches[_i].name, words[i].word);
		ck_assert_int_eq(load(text), 0);
		ck_assert_int_eq(
		    ((const uint8_t *)&conf->settings)[switches[_i].offset],
		    words[i].value);
		conf_free(conf);
	}
	snprintf(text, sizeof(text), "%s = 2", switches[_i].name);
	ck_assert_int_eq(load(text), VB_ESYNTAX);
}
END_TEST

START_TEST(conf_takes_what_the_file_says)
{
	char text[ADDR_TEXT_MAX];

	ck_assert_int_eq(
	    load("listen \"127.0.0.1:1\" { }\nlisten \"[::1]:2\" { }\n"
		 "allow = { \"10.0.0.0/8\", \"*.lab:5901\" }\n"
		 "deny = { \"10.0.0.1\" }\n"
		 "user = \"u\" pages = \"/p\" base-path = \"/a/b\"\n"
		 "pid-file = \"/x\" control-socket = \"/y\"\n"
		 "max-connections = 7 default-port = 5999\n"
		 "origins = { \"HTTPS://Panel.Example:443\", "
		 "\"http://h:8080\", \"http://h:80\", \"https://[::1]\" }\n"
		 "nameservers = { \"10.0.0.53\", \"[::1]:54\" }\n"
		 "target \"LAB1\" { address = \"h\" exclusive = yes }\n"
		 "target \"b\" { address = \"[::1]:2\" "
		 "description = \"text\" }\n"),
	    0);
	ck_assert_uint_eq(conf->listener_count, 2);
	ck_assert_str_eq(addr_format(&conf->listeners[1], text), "[::1]:2");
	ck_assert_uint_eq(conf->rule_count, 3);
	ck_assert(!conf->rules[0].is_deny && !conf->rules[1].is_deny);
	ck_assert(conf->rules[2].is_deny);
	ck_assert_str_eq(conf->user, "u");
	ck_assert_str_eq(conf->pages, "/p");
	ck_assert_str_eq(conf->settings.base_path, "/a/b");
	ck_assert(conf->has_pid_file && conf->has_control_socket &&
	    conf->has_max_connections);
	ck_assert_uint_eq(conf->origin_count, 4);
	ck_assert_str_eq(conf->origins[0].origin, "https://panel.example");
	ck_assert_str_eq(conf->origins[1].origin, "http://h:8080");
	ck_assert_str_eq(conf->origins[2].origin, "http://h");
	ck_assert_str_eq(conf->origins[3].origin, "https://[::1]");
	ck_assert_uint_eq(conf->nameserver_count, 2);
	ck_assert_uint_eq(conf->target_count, 2);
	ck_assert_str_eq(conf->targets[0].name, "lab1");
	ck_assert_uint_eq(conf->targets[0].address.port, 5999);
	ck_assert_int_eq(conf->targets[0].mode, LEASE_MODE_EXCLUSIVE);
	ck_assert_uint_eq(conf->targets[1].address.port, 5902);
	ck_assert_int_eq(conf->targets[1].mode, LEASE_MODE_SHARE);
	ck_assert_str_eq(conf->targets[1].description, "text");
	conf_free(conf);
}
END_TEST

START_TEST(conf_lists_replace_the_default_or_add_to_it)
{
	ck_assert_int_eq(load("allow = { \"10.0.0.1\" }"), 0);
	ck_assert_uint_eq(conf->rule_count, 1);
	conf_free(conf);
	ck_assert_int_eq(load("deny = { \"a\" }\ndeny += { \"b\" }"), 0);
	ck_assert_uint_eq(conf->rule_count, 4); /* allow has two by default */
	conf_free(conf);
	ck_assert_int_eq(load("allow += { \"10.0.0.1\" }"), 0);
	ck_assert_uint_eq(conf->rule_count, 3);
	conf_free(conf);
	ck_assert_int_eq(load("allow = { }"), 0);
	ck_assert_uint_eq(conf->rule_count, 0);
	conf_free(conf);
}
END_TEST

/* Faults: the text, the line that is named, and words of what is said. */
static const struct {
	const char *text;
	int line;
	const char *says;
} faults[] = {
    {"\n\nunknown = 1\n", 3, "no such setting: \"unknown\""},
    {"workers = many\n", 1, "not a whole number"},
    {"workers = 99999999999999999999\n", 1, "must be from 0 to 256"},
    {"workers = 1.5\n", 1, "not a whole number"},
    {"#\n#\nsandbox = perhaps\n", 3, "neither yes nor no"},
    {"workers = 1\n}\n", 2, "no section or list"},
    {"allow = { \"10.0.0.1\"\n", 1, "no \"}\" at its end"},
    {"\nallow = { \"10.0.0.300\" }\n", 2,
	"allow: \"10.0.0.300\" is not HOST[:PORTS]"},
    {"deny = {\n\"ok\",\n\"h:0x1\" }\n", 3, "deny: \"h:0x1\""},
    {"allow = { \"\" }\n", 1, "allow: \"\""},
    {"\nlisten \"6080\" { }\n", 2, "listen: \"6080\" is not ADDRESS:PORT"},
    {"listen \"127.0.0.1:0\" { }\n", 1, "is not ADDRESS:PORT"},
    {"listen \"host:6080\" { }\n", 1, "is not ADDRESS:PORT"},
    {"listen { }\n", 1, "a section with a title"},
    {"listen \"127.0.0.1:1\" {\n x = 1\n}\n", 2, "no such setting: \"x\""},
    {"listen \"127.0.0.1:1\" { }\n\nlisten \"127.0.0.1:1\" { }\n", 3,
	"the first begins at line 1"},
    {"target \"a\" { address = \"h\" }\ntarget \"a\" { address = \"h\" }\n", 2,
	"the first begins at line 1"},
    {"target \"a\" { address = \"h\" }\ntarget \"A\" { address = \"h\" }\n", 2,
	"target \"a\" is given twice: the first begins at line 1"},
    {"\ntarget \"a\" { }\n", 2, "target \"a\": address is missing"},
    {"target \"a\" { address = \"h:0\"\n\n description = 1 2 }\n", 3,
	"no such setting: \"2\""},
    {"target \"a\" { address = \"127.1\" }\n", 1,
	"\"127.1\" is not HOST[:PORT]"},
    {"target \"a b\" { address = \"h\" }\n", 1, "\"a b\" is not a name"},
    {"target \"10.0.0.1\" { address = \"h\" }\n", 1, "is not a name"},
    {"target \"a:1\" { address = \"h\" }\n", 1, "is not a name"},
    {"target \"%n%s\" { address = \"h\" }\n", 1, "\"%n%s\" is not a name"},
    {"origins = { \"panel.example\" }\n", 1, "origins"},
    {"origins = { \"https://h/path\" }\n", 1, "origins"},
    {"origins = { \"ftp://h\" }\n", 1, "origins"},
    {"origins = { \"\" }\n", 1, "origins"},
    {"nameservers = { \"dns.example\" }\n", 1, "nameservers"},
    {"base-path = \"vnc\"\n", 1, "base-path"},
    {"base-path = \"/vnc/\"\n", 1, "base-path"},
    {"base-path = \"/\"\n", 1, "base-path"},
    {"base-path = \"/a//b\"\n", 1, "base-path"},
    {"pid-file = \"run/x\"\n", 1, "absolute path"},
    {"pages = \"\"\n", 1, "absolute path"},
    {"pages = \"pages\"\n", 1, "absolute path"},
    {"user = \"\"\n", 1, "user"},
    {"target \"proxy\" { address = \"h\" }\n", 1, "\"proxy\" is a path"},
    {"target \"HealthZ\" { address = \"h\" }\n", 1, "is a path"},
    {"# a\n#\nworkers = 1 # b\n// c\n/* d\n */ x = 1\n", 6, "setting: \"x\""},
    {"user = \"a # \\\" b\\\nc\"\nx = 1\n", 3, "setting: \"x\""},
    {"user = 'a \" # b'\nx = 1 # '\n", 2, "setting: \"x\""},
    {"\n/* deny = { \"*\" }\n", 2,
	"the comment that begins with /* here has no */"},
    {"\nuser = \"x\n#\"\n'\"\n", 2, "has no \" at its end"},
    {"\nuser = \"x\\\"\n", 2, "has no \" at its end"},
    {"\ntarget \"a\" { address = \"h\"\n", 2, "no \"}\" at its end"},
    {"deny = { \"a\" }\n# deny = x\n\ndeny = { \"b\" }\n", 4,
	"deny is given twice"},
    {"workers = 1\nallow = { \"workers\" }\nworkers=2\n", 3,
	"workers is given twice"},
    {"include(\"/etc/passwd\")\n", 1, "no such setting: \"include\""},
};

START_TEST(conf_fault_is_told_with_file_and_line)
{
	char where[128];

	ck_assert_int_eq(load(faults[_i].text), VB_ESYNTAX);
	snprintf(where, sizeof(where), "%s:%d: ", path, faults[_i].line);
	ck_assert_msg(strncmp(error, where, strlen(where)) == 0,
	    "\"%s\" is not told of line %d", error, faults[_i].line);
	ck_assert_msg(strstr(error, faults[_i].says) != NULL,
	    "\"%s\" does not say \"%s\"", error, faults[_i].says);
}
END_TEST

/* A text of one setting, as long as that. */
static int
load_long(const char *before, size_t len, const char *after)
{
	static char text[TEXT_MAX];
	size_t n = (size_t)snprintf(text, sizeof(text), "%s", before);

	memset(text + n, 'a', len);
	strcpy(text + n + len, after);
	return load(text);
}

START_TEST(conf_text_is_as_long_as_its_place)
{
	static const struct {
		const char *before, *after;
		size_t most;
	} texts[] = {
	    {"base-path = \"/", "\"", BASE_PATH_MAX - 2},
	    {"user = \"", "\"", CONF_USER_MAX - 1},
	    {"pages = \"/", "\"", PATH_MAX - 2},
	    {"pid-file = \"/", "\"", PATH_MAX - 2},
	    {"target \"t\" { address = \"h\" description = \"", "\" }",
		PROTO_DESCRIPTION_MAX - 1},
	};
	size_t i;

	for (i = 0; i < COUNT(texts); i++) {
		ck_assert_int_eq(
		    load_long(texts[i].before, texts[i].most, texts[i].after),
		    0);
		conf_free(conf);
		ck_assert_int_eq(load_long(texts[i].before, texts[i].most + 1,
				     texts[i].after),
		    VB_ESYNTAX);
		ck_assert_int_eq(
		    load_long(texts[i].before, TEXT_MAX / 2, texts[i].after),
		    VB_ESYNTAX);
	}
}
END_TEST

/* ---- the command line ---- */

START_TEST(conf_comment_is_no_part_of_a_value)
{
	ck_assert_int_eq(load("# user = \"a\"\nuser = \"b#c\" # \"d\"\n"
			      "origins = { \"https://h\" /* , \"x\" */ }\n#"),
	    0);
	ck_assert_str_eq(conf->user, "b#c");
	ck_assert_uint_eq(conf->origin_count, 1);
	conf_free(conf);
}
END_TEST

START_TEST(conf_options_come_before_the_file)
{
	const char *listen[] = {"127.0.0.1:1", "[::1]:2"};
	const char *allow[] = {"10.0.0.0/24"};
	struct conf_options options = {.listen = listen,
	    .listen_count = 2,
	    .allow = allow,
	    .allow_count = 1,
	    .verbosity = 1};
	char text[ADDR_TEXT_MAX];

	ck_assert_int_eq(load_with("listen \"127.0.0.1:9\" { }\n"
				   "allow = { \"*\", \"*:*\" }\n"
				   "deny = { \"10.0.0.1\" }\n",
			     &options),
	    0);
	ck_assert_uint_eq(conf->listener_count, 2);
	ck_assert_str_eq(addr_format(&conf->listeners[0], text), "127.0.0.1:1");
	/* what is denied stays denied */
	ck_assert_uint_eq(conf->rule_count, 2);
	ck_assert_uint_eq(conf->rules[0].bits, 24);
	ck_assert(conf->rules[1].is_deny);
	ck_assert_uint_eq(conf->settings.verbose, 1);
	conf_free(conf);
}
END_TEST

START_TEST(conf_option_that_is_wrong_is_named)
{
	const char *wrong[] = {"nonsense/"};
	struct conf_options options = {.listen = wrong, .listen_count = 1};

	ck_assert_int_eq(load_with("", &options), VB_ESYNTAX);
	ck_assert_ptr_nonnull(strstr(error, "-l \"nonsense/\""));
	options = (struct conf_options){.allow = wrong, .allow_count = 1};
	ck_assert_int_eq(load_with("", &options), VB_ESYNTAX);
	ck_assert_ptr_nonnull(strstr(error, "-a \"nonsense/\""));
}
END_TEST

START_TEST(conf_file_that_cannot_be_read_is_an_error_not_the_end)
{
	static const struct {
		const char *file, *says;
		int result;
	} files[] = {
	    {"/nonexistent/vncbridge.conf", "No such file", VB_ENOTFOUND},
	    {"/", "Is a directory", VB_ESYS}};
	struct conf_options options = {.file = files[_i].file};

	ck_assert_int_eq(conf_load(&options, &conf, error), files[_i].result);
	ck_assert_ptr_null(conf);
	ck_assert_int_eq(
	    strncmp(error, files[_i].file, strlen(files[_i].file)), 0);
	ck_assert_ptr_nonnull(strstr(error, files[_i].says));
}
END_TEST

START_TEST(conf_needs_no_file_when_the_command_line_says_where_to_listen)
{
	const char *listen[] = {"127.0.0.1:6080"};
	struct conf_options options = {.listen = listen, .listen_count = 1};

	if (access(VB_CONF_FILE, F_OK) == 0)
		return; /* there is one: it would be read */
	ck_assert_int_eq(conf_load(&options, &conf, error), 0);
	ck_assert_uint_eq(conf->listener_count, 1);
	ck_assert_uint_eq(conf->rule_count, 2);
	conf_free(conf);
	options.listen_count = 0;
	ck_assert_int_eq(conf_load(&options, &conf, error), VB_ENOTFOUND);
}
END_TEST

static Suite *
conf_suite(void)
{
	Suite *suite = suite_create("conf");
	TCase *tc = tcase_create("conf");

	tcase_add_loop_test(
	    tc, conf_number_keeps_to_its_range, 0, COUNT(numbers));
	tcase_add_test(tc, conf_empty_file_gives_the_defaults);
	tcase_add_loop_test(
	    tc, conf_switch_has_each_of_its_words, 0, COUNT(switches));
	tcase_add_test(tc, conf_takes_what_the_file_says);
	tcase_add_test(tc, conf_lists_replace_the_default_or_add_to_it);
	tcase_add_loop_test(
	    tc, conf_fault_is_told_with_file_and_line, 0, COUNT(faults));
	tcase_add_test(tc, conf_text_is_as_long_as_its_place);
	tcase_add_test(tc, conf_comment_is_no_part_of_a_value);
	tcase_add_test(tc, conf_options_come_before_the_file);
	tcase_add_test(tc, conf_option_that_is_wrong_is_named);
	tcase_add_loop_test(
	    tc, conf_file_that_cannot_be_read_is_an_error_not_the_end, 0, 2);
	tcase_add_test(
	    tc, conf_needs_no_file_when_the_command_line_says_where_to_listen);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(conf_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
