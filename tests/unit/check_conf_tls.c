/* SPDX-License-Identifier: ISC */
/*
 * What the file says of TLS, and how much of anything; what it must not say
 * is in the e2e tests too.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/bundle/conf_load.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TEXT_MAX 65536

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

START_TEST(conf_takes_each_pair_of_files_once_and_knows_its_line)
{
	static const char *const file =
	    "workers = 1\n"
	    "listen \"[::]:1\" {\n"
	    "\tcertificate = { \"/a.pem\",\n"
	    "\t    \"/b.pem\" }\n"
	    "\tkey = { \"/a.key\", \"/b.key\" }\n}\n"
	    "listen \"0.0.0.0:1\" {\n"
	    "\tcertificate = { \"/b.pem\", \"/a.pem\", \"/c.pem\" }\n"
	    "\tkey = { \"/b.key\", \"/a.key\", \"/c.key\" }\n}\n"
	    "listen \"127.0.0.1:2\" { certificate = { \"/c.pem\" } }\n"
	    "listen \"127.0.0.1:3\" { }\n";

	ck_assert_msg(load(file) == 0, "%s", error);
	ck_assert_str_eq(conf->file, path);
	ck_assert_uint_eq(conf->cert_count, 4);
	ck_assert_str_eq(conf->certs[0].certificate, "/a.pem");
	ck_assert_str_eq(conf->certs[0].key, "/a.key");
	ck_assert_int_eq(conf->certs[0].line, 3);
	ck_assert_int_eq(conf->certs[1].line, 4);
	ck_assert_int_eq(conf->certs[2].line, 8);
	ck_assert_str_eq(conf->certs[3].key, "/c.pem"); /* in one file */
	ck_assert_uint_eq(conf->tls[0].cert_count, 2);
	ck_assert_uint_eq(conf->tls[0].certs[0], 0);
	ck_assert_uint_eq(conf->tls[0].certs[1], 1);
	ck_assert_uint_eq(conf->tls[1].cert_count, 3);
	ck_assert_uint_eq(conf->tls[1].certs[0], 1);
	ck_assert_uint_eq(conf->tls[1].certs[1], 0);
	ck_assert_uint_eq(conf->tls[1].certs[2], 2);
	ck_assert_uint_eq(conf->tls[2].certs[0], 3);
	ck_assert_uint_eq(conf->tls[2].redirect, 1);
	ck_assert_uint_eq(conf->tls[3].cert_count, 0);
	conf_free(conf);
}
END_TEST

START_TEST(conf_takes_what_is_said_of_clients_and_versions)
{
	static const char *const file =
	    "tls-minimum = \"1.3\"\nhsts = 300\nsession-tickets = no\n"
	    "ticket-rotation = 60\ncurves = \"P-256\"\n"
	    "ciphers = \"ECDHE-RSA-AES128-GCM-SHA256\"\n"
	    "ciphersuites = \"TLS_AES_128_GCM_SHA256\"\n"
	    "listen \"[::]:1\" { certificate = { \"/a\" } redirect = no\n"
	    " verify-client = \"optional\" client-ca = \"/ca\"\n"
	    " client-crl = \"/crl\" }\n"
	    "listen \"[::]:2\" { certificate = { \"/a\" } metrics = yes\n"
	    " verify-client = \"require\" client-ca = \"/ca\" }\n";

	ck_assert_msg(load(file) == 0, "%s", error);
	ck_assert_uint_eq(conf->settings.tls_minimum, SETTINGS_TLS_1_3);
	ck_assert_uint_eq(conf->settings.hsts_sec, 300);
	ck_assert_uint_eq(conf->settings.session_tickets, 0);
	ck_assert_uint_eq(conf->settings.ticket_rotation_sec, 60);
	ck_assert_str_eq(conf->tls_text.curves, "P-256");
	ck_assert_str_eq(conf->tls_text.ciphers, "ECDHE-RSA-AES128-GCM-SHA256");
	ck_assert_str_eq(conf->tls_text.ciphersuites, "TLS_AES_128_GCM_SHA256");
	ck_assert_uint_eq(conf->tls[0].redirect, 0);
	ck_assert_uint_eq(conf->tls[0].metrics, 0);
	ck_assert_uint_eq(conf->tls[1].metrics, 1);
	ck_assert_uint_eq(conf->tls[0].verify_client, VERIFY_CLIENT_OPTIONAL);
	ck_assert_str_eq(conf->tls[0].client_ca, "/ca");
	ck_assert_str_eq(conf->tls[0].client_crl, "/crl");
	ck_assert_uint_eq(conf->tls[1].verify_client, VERIFY_CLIENT_REQUIRE);
	ck_assert_ptr_null(conf->tls[1].client_crl);
	conf_free(conf);
}
END_TEST

/* Listeners of the command line have no section to say it in. */
START_TEST(conf_listeners_of_the_command_line_speak_plain_http)
{
	const char *listen[] = {"127.0.0.1:9"};
	struct conf_options options = {
	    .file = path, .listen = listen, .listen_count = 1};
	FILE *file;
	int fd;

	strcpy(path, "/tmp/vb-conf-XXXXXX");
	ck_assert_int_ne(fd = mkstemp(path), -1);
	ck_assert_ptr_nonnull(file = fdopen(fd, "w"));
	fputs("listen \"[::]:1\" { certificate = { \"/a\" } }\n", file);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(conf_load(&options, &conf, error), 0);
	unlink(path);
	ck_assert_uint_eq(conf->cert_count, 0);
	ck_assert_uint_eq(conf->tls[0].cert_count, 0);
	conf_free(conf);
}
END_TEST

/* One listener's, and all of them together. */
START_TEST(conf_bounds_the_number_of_certificates)
{
	size_t n;
	int i, j;

	strcpy(text, "listen \"[::]:1\" { certificate = { \"/0\"");
	for (i = 1; i < PROTO_LISTENER_CERTS + 1; i++) {
		n = strlen(text);
		snprintf(text + n, sizeof(text) - n, ", \"/%d\"", i);
	}
	strcat(text, " } }\n");
	ck_assert_int_eq(load(text), VB_ESYNTAX);
	ck_assert_ptr_nonnull(strstr(error, "too many certificates"));
	for (j = 0, text[0] = '\0'; j <= PROTO_CERTS_MAX; j++) {
		n = strlen(text);
		snprintf(text + n, sizeof(text) - n,
		    "listen \"[::]:%d\" { certificate = { \"/%d\" } }\n", j + 1,
		    j);
		ck_assert_int_eq(
		    load(text), j < PROTO_CERTS_MAX ? 0 : VB_EFULL);
		conf_free(conf);
	}
	ck_assert_ptr_nonnull(strstr(error, "more than 64 certificates"));
}
END_TEST

static const struct {
	const char *name;
	const char *entry;
	unsigned most;
	const char *says;
} lists[] = {
    {"allow", "10.0.0.1", PROTO_RULES_MAX, "entries of allow and deny"},
    {"deny", "10.0.0.1", PROTO_RULES_MAX - 2, "entries of allow and deny"},
    {"origins", "https://a", PROTO_ORIGINS_MAX, "origins"},
    {"hosts", "a", PROTO_HOSTS_MAX, "hosts"},
    {"frame-ancestors", "https://a", PROTO_ORIGINS_MAX, "frame-ancestors"},
    {"nameservers", "10.0.0.1", PROTO_NAMESERVERS_MAX, "nameservers"},
};

/* A child would end of more than it has room for. */
START_TEST(conf_has_no_longer_list_than_a_child_has_room_for)
{
	unsigned count, i;
	size_t n;

	for (count = lists[_i].most; count <= lists[_i].most + 1; count++) {
		n = (size_t)snprintf(
		    text, sizeof(text), "%s = {", lists[_i].name);
		for (i = 0; i < count; i++)
			n += (size_t)snprintf(text + n, sizeof(text) - n,
			    "%s\"%s\"", i == 0 ? "" : ", ", lists[_i].entry);
		snprintf(text + n, sizeof(text) - n, "}\n");
		ck_assert_int_eq(
		    load(text), count <= lists[_i].most ? 0 : VB_EFULL);
		conf_free(conf);
	}
	ck_assert_ptr_nonnull(strstr(error, lists[_i].says));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("conf-tls");
	TCase *tc = tcase_create("conf-tls");
	SRunner *runner;
	int failed;

	tcase_add_test(
	    tc, conf_takes_each_pair_of_files_once_and_knows_its_line);
	tcase_add_test(tc, conf_takes_what_is_said_of_clients_and_versions);
	tcase_add_test(tc, conf_listeners_of_the_command_line_speak_plain_http);
	tcase_add_test(tc, conf_bounds_the_number_of_certificates);
	tcase_add_loop_test(tc,
	    conf_has_no_longer_list_than_a_child_has_room_for, 0, COUNT(lists));
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
