/* SPDX-License-Identifier: ISC */
/* What the file says of targets that speak TLS. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/bundle/conf_load.h"
#include "daemon/bundle/conf_target.h"

#define TEXT_MAX (1024 * 1024)
#define LOAD_SEC 120 /* of as many targets as there may be */
#define PIN       \
	"sha256:" \
	"00112233445566778899aabbccddeeffFFEEDDCCBBAA99887766554433221100"

static char error[CONF_ERROR_MAX], path[64], text[TEXT_MAX];
static struct conf *conf;

static int
load(const char *what)
{
	struct conf_options options = {.file = path};
	FILE *file;
	int fd, result;

	strcpy(path, "/tmp/vb-conf-XXXXXX");
	ck_assert_int_ne(fd = mkstemp(path), -1);
	ck_assert_ptr_nonnull(file = fdopen(fd, "w"));
	ck_assert_int_ge(fputs(what, file), 0);
	ck_assert_int_eq(fclose(file), 0);
	result = conf_load(&options, &conf, error);
	unlink(path);
	return result;
}

START_TEST(conf_takes_how_targets_are_known)
{
	static const char *const file =
	    "target \"a\" { address = \"A.example:1\" tls = yes\n"
	    "  tls-ca = \"/ca\" }\n"
	    "target \"b\" { address = \"10.0.0.7\" }\n"
	    "target \"c\" { address = \"10.0.0.8\" tls = yes tls-pin = \"" PIN
	    "\" }\n"
	    "target \"d\" { address = \"[::1]:2\" tls = yes\n"
	    "\n  tls-ca = \"/other\" tls-name = \"D.example.\" }\n"
	    "target \"e\" { address = \"e\" tls = yes tls-ca = \"/ca\" }\n"
	    "target \"f\" { address = \"f\" tls = yes\n"
	    "  tls-pin = { \"" PIN "\", \"" PIN "\" } tls-name = \"::1\" }\n";
	const struct msg_conf_target_tls *tls;

	ck_assert_int_ne(load(file), 0); /* v6 goes in brackets */
	strlcpy(text, file, sizeof(text));
	memcpy(strstr(text, "\"::1\""), "\"1.1\"", 5);
	ck_assert_int_ne(load(text), 0); /* and that is none at all */
	memcpy(strstr(text, "\"1.1\""), "\"f.g\"", 5);
	ck_assert_msg(load(text) == 0, "%s", error);
	tls = conf->target_tls;
	ck_assert_uint_eq(conf->target_ca_count, 2);
	ck_assert_str_eq(conf->target_cas[1].path, "/other");
	ck_assert_int_eq(conf->target_cas[0].line, 2);
	ck_assert_int_eq(conf->target_cas[1].line, 7);
	ck_assert_uint_eq(tls[0].ca_id, 1);
	ck_assert_str_eq(tls[0].host.name, "a.example");
	ck_assert_uint_eq(tls[0].is_host_checked, 1);
	ck_assert_uint_eq(tls[1].tls_id, 0);
	ck_assert_uint_eq(conf->targets[1].tls_id, 0);
	ck_assert_uint_eq(tls[2].ca_id, 0);
	ck_assert_uint_eq(tls[2].pin_count, 1);
	ck_assert_uint_eq(tls[2].pins[0][15], 0xff);
	ck_assert_uint_eq(tls[2].pins[0][30], 0x11);
	ck_assert_uint_eq(tls[2].is_host_checked, 0);
	ck_assert_uint_eq(tls[2].host.addr.family, ADDR_V4);
	ck_assert_uint_eq(tls[3].ca_id, 2);
	ck_assert_str_eq(tls[3].host.name, "d.example");
	ck_assert_uint_eq(tls[3].host.addr.family, ADDR_NONE);
	ck_assert_uint_eq(tls[4].ca_id, 1);
	ck_assert_uint_ne(tls[4].tls_id, tls[0].tls_id);
	ck_assert_uint_eq(conf->targets[4].tls_id, tls[4].tls_id);
	ck_assert_uint_eq(tls[5].pin_count, 2);
	ck_assert_uint_eq(tls[5].is_host_checked, 1);
	conf_free(conf);
}
END_TEST

static const struct {
	const char *body;
	const char *fault;
} faults[] = {
    {"tls = yes", "has tls without tls-ca or tls-pin"},
    {"tls = no tls-ca = \"/ca\"", "without tls = yes"},
    {"tls-pin = \"" PIN "\"", "without tls = yes"},
    {"tls-name = \"a\"", "without tls = yes"},
    {"tls = yes tls-ca = \"/ca\" tls-pin = \"" PIN "\"", "has both"},
    {"tls = yes tls-ca = \"ca.pem\"", "is not an absolute path"},
    {"tls = yes tls-ca = \"\"", "is not an absolute path"},
    {"tls = yes tls-pin = \"" PIN "0\"", "is not sha256: and 64 hex digits"},
    {"tls = yes tls-pin = \"sha256:00\"", "is not sha256: and 64 hex digits"},
    {"tls = yes tls-pin = \"sha256:zz112233445566778899aabbccddeeff"
     "00112233445566778899aabbccddeeff\"",
	"is not sha256: and 64 hex digits"},
    {"tls = yes tls-pin = { \"" PIN "\", \"\" }", "is not sha256:"},
    {"tls = yes tls-pin = { " PIN ", " PIN ", " PIN ", " PIN ", " PIN ", " PIN
     ", " PIN ", " PIN ", " PIN " }",
	"has too many pins"},
    {"tls = yes tls-ca = \"/ca\" tls-name = \"a:1\"", "is not a host name"},
    {"tls = yes tls-ca = \"/ca\" tls-name = \"a b\"", "is not a host name"},
    {"tls = yes tls-ca = \"/ca\" tls-name = \"\"", "is not a host name"},
    {"tls = maybe", "neither yes nor no"},
};

static const struct {
	const char *own;
	uint32_t idle_sec, max_sec;
} limits[] = {
    {"", 0, 0}, /* the settings' */
    {"idle-timeout = 30", 30, 0},
    {"max-session = 2592000", 0, 2592000},
    {"idle-timeout = 604800 max-session = 1", 604800, 1},
    {"idle-timeout = 0 max-session = 0", PROTO_NO_LIMIT, PROTO_NO_LIMIT},
};

START_TEST(conf_takes_the_limits_of_a_target)
{
	snprintf(text, sizeof(text),
	    "idle-timeout = 7\nmax-session = 8\n"
	    "target \"a\" { address = \"a\" %s }\n"
	    "target \"b\" { address = \"b\" }",
	    limits[_i].own);
	ck_assert_msg(load(text) == 0, "%s", error);
	ck_assert_uint_eq(
	    conf->targets[0].idle_timeout_sec, limits[_i].idle_sec);
	ck_assert_uint_eq(conf->targets[0].max_session_sec, limits[_i].max_sec);
	ck_assert_uint_eq(conf->targets[1].idle_timeout_sec, 0);
	ck_assert_uint_eq(conf->targets[1].max_session_sec, 0);
	conf_free(conf);
}
END_TEST

/* Its older name counts where the newer is not given. */
START_TEST(conf_takes_the_older_name_of_max_session)
{
	static const struct {
		const char *file;
		uint32_t sec;
	} files[] = {{"", 0}, {"session-timeout = 5", 5},
	    {"session-timeout = 5\nmax-session = 6", 6},
	    {"max-session = 0\nsession-timeout = 5", 0}};
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		ck_assert_msg(load(files[i].file) == 0, "%s", error);
		ck_assert_uint_eq(conf->settings.max_session_sec, files[i].sec);
		conf_free(conf);
	}
}
END_TEST

START_TEST(conf_refuses_a_target_that_nothing_would_verify)
{
	char place[80];

	snprintf(text, sizeof(text),
	    "workers = 1\ntarget \"a\" { address = \"a\" %s }\n",
	    faults[_i].body);
	ck_assert_int_eq(load(text), VB_ESYNTAX);
	snprintf(place, sizeof(place), "%s:2: ", path);
	ck_assert_msg(strncmp(error, place, strlen(place)) == 0, "%s", error);
	ck_assert_msg(strstr(error, faults[_i].fault) != NULL, "%s", error);
}
END_TEST

START_TEST(conf_bounds_the_files_of_authorities)
{
	size_t n;
	int i;

	for (i = 0, text[0] = '\0'; i <= PROTO_TARGET_CAS_MAX; i++) {
		n = strlen(text);
		snprintf(text + n, sizeof(text) - n,
		    "target \"t%d\" { address = \"a\" tls = yes tls-ca = "
		    "\"/%d\" }\n",
		    i, i);
		ck_assert_int_eq(
		    load(text), i < PROTO_TARGET_CAS_MAX ? 0 : VB_EFULL);
		conf_free(conf);
	}
	ck_assert_ptr_nonnull(strstr(error, "more than 32 different files"));
}
END_TEST

START_TEST(conf_has_room_for_so_many_targets)
{
	size_t n = 0;
	int i;

	for (i = 0; i < PROTO_TARGETS_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "target \"t%d\" { address = \"h:%d\" }\n", i, i + 1);
	ck_assert_int_eq(load(text), 0);
	ck_assert_uint_eq(conf->target_count, PROTO_TARGETS_MAX);
	ck_assert_str_eq(conf->targets[PROTO_TARGETS_MAX - 1].name, "t16383");
	conf_free(conf);
	strcpy(text + n, "target \"more\" { address = \"h\" }\n");
	ck_assert_int_eq(load(text), VB_EFULL);
	ck_assert_ptr_nonnull(strstr(error, "16385 targets"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("conf-target");
	TCase *tc = tcase_create("conf-target");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, LOAD_SEC);
	tcase_add_test(tc, conf_has_room_for_so_many_targets);
	tcase_add_test(tc, conf_takes_how_targets_are_known);
	tcase_add_loop_test(tc, conf_takes_the_limits_of_a_target, 0,
	    sizeof(limits) / sizeof(limits[0]));
	tcase_add_test(tc, conf_takes_the_older_name_of_max_session);
	tcase_add_loop_test(tc, conf_refuses_a_target_that_nothing_would_verify,
	    0, sizeof(faults) / sizeof(faults[0]));
	tcase_add_test(tc, conf_bounds_the_files_of_authorities);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
