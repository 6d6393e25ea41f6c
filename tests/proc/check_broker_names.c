/* SPDX-License-Identifier: ISC */
/*
 * What becomes of an OPEN of a name: the real broker, in its sandbox,
 * with a name server of the test's own.
 */
#include <sys/mman.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/broker_rig.h"
#include "tests/proc/dns_server.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))
#define TEST_SEC	30
#define TEXT_MAX	512
#define LOOKUPS		1024 /* SHARE_LOOKUPS_CLIENT */
#define FEW_DESCRIPTORS 66
#define FEW_DIALS	7 /* of three sockets: what they leave to one */

static char rules[TEXT_MAX], text[TEXT_MAX], wanted[2 * TEXT_MAX];
static char literal[TEXT_MAX], by_name[TEXT_MAX]; /* of the target */
static struct msg_opened opened;

static double
now_sec(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static struct dns_name dns_names[] = {
    {"one.test", DNS_NOERROR, "127.0.0.2", NULL, NULL, 0, NULL},
    {"both.test", DNS_NOERROR, "127.0.0.2", "::1", NULL, 0, NULL},
    {"several.test", DNS_NOERROR, "127.0.0.3 127.0.0.4 127.0.0.2", NULL, NULL,
	0, NULL},
    {"mixed.test", DNS_NOERROR, "10.99.0.1 127.0.0.2 169.254.169.254", NULL,
	NULL, 0, NULL},
    {"private.test", DNS_NOERROR, "10.99.0.1", NULL, NULL, 0, NULL},
    {"meta.test", DNS_NOERROR, "169.254.169.254", NULL, NULL, 0, NULL},
    {"mapped.test", DNS_NOERROR, NULL, "::ffff:10.99.0.1", NULL, 0, NULL},
    {"rebind.test", DNS_NOERROR, "127.0.0.2", NULL, "127.0.0.3", 0, NULL},
    {"empty.test", DNS_NOERROR, NULL, NULL, NULL, 0, NULL},
    {"broken.test", DNS_SERVFAIL, NULL, NULL, NULL, 0, NULL},
    {"closed.test", DNS_REFUSED, NULL, NULL, NULL, 0, NULL},
    {"large.test", DNS_TCP_ONLY, "127.0.0.2", NULL, NULL, 0, NULL},
    {"silent.test", DNS_SILENT, NULL, NULL, NULL, 0, NULL},
    {"many.test", DNS_NOERROR,
	"127.0.0.211 127.0.0.212 127.0.0.213 127.0.0.214", NULL, NULL, 0, NULL},
    {"alias.test", DNS_NOERROR, "127.0.0.2", NULL, NULL, 0, "secret.corp"},
    {"capital.test", DNS_NOERROR, "127.0.0.2", NULL, NULL, 0, "SECRET.Corp"},
    {NULL, 0, NULL, NULL, NULL, 0, NULL},
};

static struct dns_name *
dns_name(const char *name)
{
	struct dns_name *n;

	for (n = dns_names; strcmp(n->name, name) != 0; n++)
		;
	return n;
}

struct named {
	struct dns_server *dns;
	struct rig rig;
	int worker;
	int listener; /* 127.0.0.2 */
	uint16_t port;
};

/*
 * A rig with the name server and configured targets, and a target on
 * 127.0.0.2. fmt: %u is port
 */
static void
start_with_targets(struct named *n, const char *fmt, struct rig_target *targets)
{
	struct rig_conf conf = {
	    .rules = rules, .connect_timeout_sec = 1, .targets = targets};

	memset(n, 0, sizeof(*n));
	n->dns = dns_server_start(dns_names);
	n->listener = listen_on("127.0.0.2", &n->port);
	snprintf(rules, sizeof(rules), fmt, n->port, n->port, n->port);
	snprintf(literal, sizeof(literal), "127.0.0.2:%u", n->port);
	snprintf(by_name, sizeof(by_name), "one.test:%u", n->port);
	conf.nameserver = dns_server_addr(n->dns);
	n->rig = rig_start(&conf);
	n->worker = rig_add_worker(&n->rig, 0);
}

static void
start_named(struct named *n, const char *fmt)
{
	start_with_targets(n, fmt, NULL);
}

static void
stop_named(struct named *n)
{
	rig_stop(&n->rig);
	dns_server_stop(n->dns);
}

static uint32_t
try_name(struct named *n, uint64_t id, const char *name)
{
	snprintf(text, sizeof(text), "%s:%u", name, n->port);
	return worker_try(n->worker, id, text, &opened);
}

START_TEST(broker_resolves_once_and_dials_what_it_has_checked)
{
	struct named n;

	start_named(&n, "127.0.0.2:%u");
	ck_assert_uint_eq(try_name(&n, 1, "rebind.test"), 0);
	ck_assert_str_eq(opened.target, text);
	snprintf(wanted, sizeof(wanted), "127.0.0.2:%u", n.port);
	ck_assert_str_eq(addr_format(&opened.addr, text), wanted);
	ck_assert_int_eq(dns_name("rebind.test")->query_count, 1);
	close(accept_on(n.listener));
	/* now it says 127.0.0.3, which nothing allows */
	ck_assert_uint_eq(try_name(&n, 2, "rebind.test"), 4520);
	snprintf(wanted, sizeof(wanted), "127.0.0.3:%u is not allowed", n.port);
	ck_assert_str_eq(opened.reason, wanted);
	ck_assert_int_eq(dns_name("rebind.test")->query_count, 2);
	stop_named(&n);
}
END_TEST

static const struct {
	const char *rules;
	const char *name;
	uint32_t code;
	const char *reason; /* contains; of code 0: the address */
} names[] = {
    {"127.0.0.2:%u", "one.test", 0, "127.0.0.2"},
    {"127.0.0.2:%u", "ONE.Test.", 0, "127.0.0.2"},
    {"127.0.0.2:%u", "large.test", 0, "127.0.0.2"},
    {"127.0.0.2:%u", "mixed.test", 0, "127.0.0.2"},
    {"127.0.0.2:%u", "both.test", 0, "127.0.0.2"},
    {"127.0.0.2:%u", "private.test", 4520, "10.99.0.1:"},
    {"127.0.0.2:%u", "meta.test", 4520, "169.254.169.254:"},
    {"*:%u", "meta.test", 4520, "169.254.169.254:"},
    {"meta.test:%u", "meta.test", 4520, "169.254.169.254:"},
    {"127.0.0.2:%u", "mapped.test", 4520, "10.99.0.1:"},
    {"*:%u !10.0.0.0/8", "mapped.test", 4520, "10.99.0.1:"},
    /* an allowed name does not reach loopback, an entry does */
    {"one.test:%u", "one.test", 4520, "127.0.0.2:"},
    {"*.test:%u", "one.test", 4520, "127.0.0.2:"},
    {"*.test:%u 127.0.0.0/8:%u", "one.test", 0, "127.0.0.2"},
    {"*:%u", "one.test", 0, "127.0.0.2"},
    /* a name that is denied is not asked about */
    {"*:%u !one.test", "one.test", 4520, "one.test:"},
    {"*:%u !*.test", "one.test", 4520, "one.test:"},
    {"*:%u !127.0.0.2", "one.test", 4520, "127.0.0.2:"},
    /* a name that one stands for is judged too, whatever it looks like */
    {"*:%u", "alias.test", 0, "127.0.0.2"},
    {"*:%u !*.corp", "alias.test", 4520, "alias.test:"},
    {"*:%u !secret.corp", "capital.test", 4520, "capital.test:"},
    {"*:%u !*.corp:1-2", "alias.test", 0, "127.0.0.2"},
    {"*:%u !corp", "alias.test", 0, "127.0.0.2"},
    /* what goes wrong with names */
    {"*:%u", "missing.test", 4502, "missing.test: name not found"},
    {"*:%u", "empty.test", 4502, "empty.test: name not found"},
    {"*:%u", "broken.test", 4502, "broken.test: no name server has an answer"},
    {"*:%u", "closed.test", 4502, "closed.test: no name server has an answer"},
    {"*:%u", "silent.test", 4501, "silent.test: the name server did not"},
};

START_TEST(broker_judges_names_and_each_of_their_addresses)
{
	struct named n;
	char ip[ADDR_TEXT_MAX];

	start_named(&n, names[_i].rules);
	ck_assert_msg(try_name(&n, 1, names[_i].name) == names[_i].code,
	    "%s with %s: %u \"%s\"", names[_i].name, rules, opened.code,
	    opened.reason);
	if (opened.code == 0) {
		ck_assert_str_eq(
		    addr_format_ip(&opened.addr, ip), names[_i].reason);
		close(accept_on(n.listener));
	} else {
		ck_assert_msg(strstr(opened.reason, names[_i].reason) != NULL,
		    "\"%s\"", opened.reason);
		ck_assert(!has_connection(n.listener));
	}
	stop_named(&n);
}
END_TEST

/* Sends hosts or resolv.conf (enum host_file); NULL: there is none. */
static void
send_host_file(struct rig *rig, uint32_t kind, const char *words)
{
	struct msg_host_file file = {.kind = kind};
	int fd = -1;

	if (words != NULL) {
		ck_assert_int_ne((fd = memfd_create("f", MFD_CLOEXEC)), -1);
		ck_assert_int_ge(write(fd, words, strlen(words)), 0);
	}
	ck_assert_int_eq(
	    ipc_write_message(rig->master, MSG_HOST_FILE, &file, fd), 0);
}

/* The host's own files, as the master sends them, at any time. */
START_TEST(broker_judges_and_follows_the_hosts_file_that_it_is_sent)
{
	struct named n;

	start_named(&n, "*:%u !*.corp");
	ck_assert_uint_eq(try_name(&n, 1, "desk"), 4502);
	send_host_file(&n.rig, HOST_FILE_HOSTS,
	    "127.0.0.2 desk\n127.0.0.2 secret.corp short\n"
	    "127.0.0.3 one.test\n");
	ck_assert_uint_eq(rig_count(&n.rig), 0); /* it has been read */
	ck_assert_uint_eq(try_name(&n, 2, "desk"), 0);
	ck_assert_uint_eq(try_name(&n, 3, "DESK."), 0);
	/* before DNS, which is not asked */
	ck_assert_uint_eq(try_name(&n, 4, "one.test"), 4500);
	ck_assert_int_eq(dns_name("one.test")->query_count, 0);
	/* the first name of a line is what the others stand for */
	ck_assert_uint_eq(try_name(&n, 5, "short"), 4520);
	send_host_file(&n.rig, HOST_FILE_HOSTS, NULL);
	ck_assert_uint_eq(rig_count(&n.rig), 2);
	ck_assert_uint_eq(try_name(&n, 6, "desk"), 4502);
	ck_assert_uint_eq(try_name(&n, 7, "one.test"), 0);
	stop_named(&n);
}
END_TEST

START_TEST(broker_keeps_the_lease_of_a_name_under_its_aliases_too)
{
	char at[TEXT_MAX];
	struct rig_target targets[] = {{"lab1", at, 1}, {NULL, NULL, 0}};
	struct named n;

	start_named(&n, "*:%u");
	snprintf(at, sizeof(at), "secret.corp:%u", n.port);
	rig_configure(&n.rig,
	    &(struct rig_conf){.rules = rules,
		.targets = targets,
		.nameserver = dns_server_addr(n.dns)});
	send_host_file(&n.rig, HOST_FILE_HOSTS, "127.0.0.2 secret.corp\n");
	ck_assert_uint_eq(rig_count(&n.rig), 0);
	ck_assert_uint_eq(worker_try(n.worker, 1, "lab1", &opened), 0);
	ck_assert_uint_eq(try_name(&n, 2, "alias.test"), 4510);
	worker_close(n.worker, 1);
	ck_assert_uint_eq(try_name(&n, 3, "alias.test"), 0);
	ck_assert_uint_eq(worker_try(n.worker, 4, "lab1", &opened), 4510);
	stop_named(&n);
}
END_TEST

START_TEST(broker_does_not_ask_about_a_name_that_cannot_be_dialled)
{
	struct named n;

	start_named(&n, "127.0.0.2:%u");
	ck_assert_uint_eq(
	    worker_try(n.worker, 1, "one.test:8080", &opened), 4520);
	ck_assert_str_eq(opened.reason, "one.test:8080 is not allowed");
	ck_assert_int_eq(dns_name("one.test")->query_count, 0);
	stop_named(&n);
}
END_TEST

START_TEST(broker_keeps_the_lease_of_an_address_under_other_names_too)
{
	struct rig_target targets[] = {{"lab1", literal, 1}, {NULL, NULL, 0}};
	struct named n;

	start_with_targets(&n, "127.0.0.2:%u", targets);
	ck_assert_uint_eq(worker_try(n.worker, 1, "lab1", &opened), 0);
	close(accept_on(n.listener));
	ck_assert_uint_eq(try_name(&n, 2, "one.test"), 4510);
	ck_assert(!has_connection(n.listener));
	worker_close(n.worker, 1);
	ck_assert_uint_eq(try_name(&n, 4, "one.test"), 0);
	ck_assert_uint_eq(worker_try(n.worker, 5, "lab1", &opened), 4510);
	ck_assert_uint_eq(try_name(&n, 6, "mixed.test"), 4510);
	stop_named(&n);
}
END_TEST

START_TEST(broker_counts_a_target_under_other_names_too)
{
	struct rig_target targets[] = {{"lab1", literal, 0}, {NULL, NULL, 0}};
	struct msg_stated stated;
	struct named n;

	start_with_targets(&n, "127.0.0.2:%u", targets);
	ck_assert_uint_eq(try_name(&n, 1, "one.test"), 0);
	ck_assert_uint_eq(try_name(&n, 2, "one.test"), 0);
	worker_state(n.worker, &stated);
	ck_assert_uint_eq(stated.sessions[0], 2);
	stop_named(&n);
}
END_TEST

START_TEST(broker_bounds_the_names_that_one_worker_waits_for)
{
	struct named n;
	uint64_t id;
	int fd;

	start_named(&n, "127.0.0.2:%u");
	/* one after the other, as many as one likes */
	for (id = 1; id <= LOOKUPS + 1; id++)
		ck_assert_uint_eq(try_name(&n, id, "empty.test"), 4502);
	/* at once, and cancelled ones count until c-ares is done with them */
	snprintf(text, sizeof(text), "silent.test:%u", n.port);
	for (id = 1; id <= LOOKUPS; id++) {
		worker_open(n.worker, id, text);
		worker_close(n.worker, id);
		ck_assert_uint_eq(worker_opened(n.worker, &opened, &fd), 4500);
	}
	ck_assert_uint_eq(worker_try(n.worker, id, text, &opened), 4522);
	/* addresses need no names */
	ck_assert_uint_eq(worker_try(n.worker, id, literal, &opened), 0);
	stop_named(&n);
}
END_TEST

START_TEST(broker_reaches_loopback_by_a_targets_name_only_if_an_entry_says)
{
	struct rig_target targets[] = {{"lab1", by_name, 0}, {NULL, NULL, 0}};
	struct named n;

	start_with_targets(&n, "127.0.0.9:%u", targets);
	ck_assert_uint_eq(worker_try(n.worker, 1, "lab1", &opened), 4520);
	ck_assert_str_eq(opened.target, "lab1");
	stop_named(&n);
	start_with_targets(&n, "127.0.0.2:%u", targets);
	ck_assert_uint_eq(worker_try(n.worker, 1, "lab1", &opened), 0);
	ck_assert_uint_eq(worker_try(n.worker, 2, by_name, &opened), 0);
	stop_named(&n);
	start_with_targets(&n, "127.0.0.2:%u !one.test", targets);
	ck_assert_uint_eq(worker_try(n.worker, 1, "lab1", &opened), 4520);
	stop_named(&n);
}
END_TEST

/* OPEN of another client than worker_open()'s. */
static uint32_t
try_as(int worker, uint64_t conn_id, const char *client, const char *target)
{
	struct msg_open open;
	int fd;

	memset(&open, 0, sizeof(open));
	open.conn_id = conn_id;
	ck_assert_int_eq(addr_parse_ip(client, &open.client), 0);
	snprintf(open.target, sizeof(open.target), "%s", target);
	ck_assert_int_eq(addr_parse_endpoint(RIG_LOCAL, 0, &open.local), 0);
	ck_assert_int_eq(ipc_write_message(worker, MSG_OPEN, &open, -1), 0);
	worker_opened(worker, &opened, &fd);
	if (fd != -1)
		close(fd);
	return opened.code;
}

START_TEST(broker_lets_nobody_take_all_sockets)
{
	struct rig_conf conf = {.rules = rules,
	    .connect_timeout_sec = 20,
	    .descriptors_max = FEW_DESCRIPTORS};
	struct silent_target silent[4];
	struct named n = {.port = 0};
	int is_refused[FEW_DESCRIPTORS + 1] = {0};
	char ip[ADDR_TEXT_MAX];
	uint64_t id;
	int i, fd;

	n.listener = listen_on("127.0.0.2", &n.port);
	for (i = 0; i < 4; i++) {
		snprintf(ip, sizeof(ip), "127.0.0.%d", 211 + i);
		silent_on(&silent[i], ip, &n.port);
	}
	n.dns = dns_server_start(dns_names);
	conf.nameserver = dns_server_addr(n.dns);
	snprintf(rules, sizeof(rules), "127.0.0.0/8:%u", n.port);
	snprintf(literal, sizeof(literal), "127.0.0.2:%u", n.port);
	n.rig = rig_start(&conf);
	n.worker = rig_add_worker(&n.rig, 0);
	snprintf(text, sizeof(text), "many.test:%u", n.port);
	for (id = 1; id <= FEW_DESCRIPTORS; id++)
		worker_open(n.worker, id, text);
	/* the one at fault is told so, and keeps less than half of them */
	for (i = 0; i < FEW_DESCRIPTORS - FEW_DIALS; i++) {
		ck_assert_uint_eq(worker_opened(n.worker, &opened, &fd), 4522);
		is_refused[opened.conn_id] = 1;
	}
	ck_assert_uint_eq(try_as(n.worker, 1000, "192.0.2.9", literal), 0);
	snprintf(text, sizeof(text), "one.test:%u", n.port);
	ck_assert_uint_eq(try_as(n.worker, 1002, "192.0.2.9", text), 0);
	ck_assert_uint_eq(try_as(n.worker, 1003, "192.0.2.7", text), 0);
	for (id = 1; is_refused[id];)
		id++;
	worker_close(n.worker, id);
	ck_assert_uint_eq(worker_opened(n.worker, &opened, &fd), 4500);
	ck_assert_uint_eq(try_as(n.worker, 1004, "192.0.2.7", literal), 0);
	stop_named(&n);
}
END_TEST

START_TEST(broker_tries_the_next_address_when_one_refuses)
{
	struct named n;
	char ip[ADDR_TEXT_MAX];

	start_named(&n, "127.0.0.0/8:%u");
	ck_assert_uint_eq(try_name(&n, 1, "several.test"), 0);
	ck_assert_str_eq(addr_format_ip(&opened.addr, ip), "127.0.0.2");
	stop_named(&n);
}
END_TEST

START_TEST(broker_passes_by_a_silent_address_before_the_deadline_rfc8305)
{
	struct named n;
	struct silent_target silent[2];
	double begin;

	start_named(&n, "127.0.0.0/8:%u");
	silent_on(&silent[0], "127.0.0.3", &n.port);
	silent_on(&silent[1], "127.0.0.4", &n.port);
	begin = now_sec();
	ck_assert_uint_eq(try_name(&n, 1, "several.test"), 0);
	/* two of them went first, 250 ms each */
	ck_assert(now_sec() - begin >= 0.45 && now_sec() - begin < 0.95);
	stop_named(&n);
}
END_TEST

START_TEST(broker_tells_of_several_failures_the_most_telling)
{
	struct named n;
	struct silent_target silent;

	start_named(&n, "127.0.0.0/8:%u");
	silent_on(&silent, "127.0.0.3", &n.port);
	close(n.listener); /* 127.0.0.2 and 127.0.0.4 refuse */
	ck_assert_uint_eq(try_name(&n, 1, "several.test"), 4500);
	ck_assert_ptr_nonnull(strstr(opened.reason, "connection refused"));
	stop_named(&n);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("broker");
	TCase *tc = tcase_create("names");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_test(tc, broker_resolves_once_and_dials_what_it_has_checked);
	tcase_add_loop_test(tc, broker_judges_names_and_each_of_their_addresses,
	    0, COUNT(names));
	tcase_add_test(
	    tc, broker_judges_and_follows_the_hosts_file_that_it_is_sent);
	tcase_add_test(
	    tc, broker_keeps_the_lease_of_a_name_under_its_aliases_too);
	tcase_add_test(
	    tc, broker_does_not_ask_about_a_name_that_cannot_be_dialled);
	tcase_add_test(
	    tc, broker_keeps_the_lease_of_an_address_under_other_names_too);
	tcase_add_test(tc, broker_counts_a_target_under_other_names_too);
	tcase_add_test(tc, broker_lets_nobody_take_all_sockets);
	tcase_add_test(tc, broker_bounds_the_names_that_one_worker_waits_for);
	tcase_add_test(tc,
	    broker_reaches_loopback_by_a_targets_name_only_if_an_entry_says);
	tcase_add_test(tc, broker_tries_the_next_address_when_one_refuses);
	tcase_add_test(
	    tc, broker_passes_by_a_silent_address_before_the_deadline_rfc8305);
	tcase_add_test(tc, broker_tells_of_several_failures_the_most_telling);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
