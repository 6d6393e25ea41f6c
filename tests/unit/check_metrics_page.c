/* SPDX-License-Identifier: ISC */
/*
 * The page of metrics, text for text: each family once, with its help and
 * type; labels escaped; no more series than there may be, whatever is counted.
 */
#include <check.h>
#include <ctype.h>
#include <event2/buffer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/metrics.h"
#include "daemon/master/metrics/page.h"
#include "daemon/master/metrics/rows.h"

#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))
#define NAME_MAX_  128
#define LONG_BYTES 8192

static struct msg_ctl_status_is status;
static uint64_t values[METRICS_COUNT];
static uint32_t sessions[METRICS_TARGETS_MAX];
static struct metrics_page page;
static struct evbuffer *out;
static const char *text;

static void
start(void)
{
	memset(&status, 0, sizeof(status));
	memset(values, 0, sizeof(values));
	memset(&page, 0, sizeof(page));
	status.count = 1;
	status.processes[0].role = ROLE_MASTER;
	strlcpy(status.version, "1.2", sizeof(status.version));
	page.status = &status;
	page.values = values;
	page.target_sessions = sessions;
	ck_assert_ptr_nonnull(out = evbuffer_new());
}

static void
stop(void)
{
	evbuffer_free(out);
}

static void
write_page(void)
{
	evbuffer_drain(out, evbuffer_get_length(out));
	ck_assert_int_eq(metrics_page_write(&page, out), 0);
	evbuffer_add(out, "", 1);
	text = (const char *)evbuffer_pullup(out, -1);
}

/* A whole line, or several; what begins so may be in a HELP, too. */
static void
expect(const char *lines)
{
	const char *p;

	for (p = strstr(text, lines); p != NULL; p = strstr(p + 1, lines))
		if ((p == text || p[-1] == '\n') && p[strlen(lines)] == '\n')
			return;
	ck_abort_msg("no line \"%s\"", lines);
}

static size_t
count_lines(void)
{
	size_t n = 0;
	const char *p;

	for (p = text; *p != '\0'; p++)
		n += *p == '\n';
	return n;
}

START_TEST(page_tells_the_daemon_and_its_processes)
{
	struct ctl_process *p = status.processes;

	status.since_sec = 1700000000;
	status.generation = 3;
	status.conns_accepted = 99;
	status.max_connections = 500;
	status.is_draining = 1;
	status.count = 3;
	p[0].is_ready = 1;
	p[1].role = ROLE_WORKER;
	p[1].conns = 7;
	p[1].sessions = 4;
	p[1].is_ready = 1;
	p[2].role = ROLE_WORKER;
	p[2].index = 1;
	p[2].conns = 5;
	p[2].sessions = 1;
	p[2].restarts = 2;
	p[2].since_sec = 1700000100;
	page.descriptors[2] = 42;
	page.descriptors_max = 1024;
	write_page();
	expect("# HELP vncbridge_build_info The running version.\n"
	       "# TYPE vncbridge_build_info gauge\n"
	       "vncbridge_build_info{version=\"1.2\"} 1");
	expect("vncbridge_start_time_seconds 1700000000");
	expect("vncbridge_configuration_generation 3");
	expect("vncbridge_draining 1");
	expect("vncbridge_connections 12");
	expect("vncbridge_max_connections 500");
	expect("vncbridge_sessions 5");
	expect("# TYPE vncbridge_connections_accepted_total counter\n"
	       "vncbridge_connections_accepted_total 99");
	expect("vncbridge_max_fds 1024");
	expect("vncbridge_process_up{process=\"master\",index=\"0\"} 1\n"
	       "vncbridge_process_up{process=\"worker\",index=\"0\"} 1\n"
	       "vncbridge_process_up{process=\"worker\",index=\"1\"} 0");
	expect("vncbridge_process_restarts_total{process=\"worker\","
	       "index=\"1\"} 2");
	expect("vncbridge_process_start_time_seconds{process=\"worker\","
	       "index=\"1\"} 1700000100");
	expect("vncbridge_process_open_fds{process=\"worker\",index=\"1\"} 42");
}
END_TEST

START_TEST(page_tells_what_was_counted)
{
	values[METRIC_BYTES_TO_CLIENT] = UINT64_MAX;
	values[METRIC_STATUS_MISDIRECTED] = 2;
	values[METRIC_STATUS_OTHER] = 1;
	values[METRIC_OPENED] = 5;
	values[METRIC_REFUSED_NOT_FOUND] = 6;
	values[METRIC_ENDED_ABNORMAL] = 7;
	values[METRIC_PENDING] = 8;
	write_page();
	expect("vncbridge_relayed_bytes_total{direction=\"to_client\"} "
	       "18446744073709551615");
	expect("# HELP vncbridge_http_responses_total HTTP answers, by "
	       "status.\n"
	       "# TYPE vncbridge_http_responses_total counter\n"
	       "vncbridge_http_responses_total{code=\"other\"} 1");
	expect("vncbridge_http_responses_total{code=\"421\"} 2");
	expect("vncbridge_opens_total{code=\"0\",cause=\"ok\"} 5");
	expect("vncbridge_opens_total{code=\"4502\",cause=\"not_found\"} 6");
	expect("vncbridge_session_ends_total{code=\"1006\","
	       "cause=\"abnormal\"} 7");
	expect("vncbridge_waiting{for=\"target\"} 8");
	expect("# TYPE vncbridge_waiting gauge\n"
	       "vncbridge_waiting{for=\"broker\"} 0");
}
END_TEST

START_TEST(page_adds_the_buckets_of_a_histogram_up)
{
	values[METRIC_CONNECT + METRICS_TO_1] = 1;
	values[METRIC_CONNECT + METRICS_TO_2500] = 2;
	values[METRIC_CONNECT + METRICS_ABOVE] = 4;
	values[METRIC_CONNECT_LAST] = 61005;
	write_page();
	expect("# TYPE vncbridge_connect_seconds histogram\n"
	       "vncbridge_connect_seconds_bucket{le=\"0.001\"} 1\n"
	       "vncbridge_connect_seconds_bucket{le=\"0.002\"} 1\n"
	       "vncbridge_connect_seconds_bucket{le=\"0.005\"} 1\n"
	       "vncbridge_connect_seconds_bucket{le=\"0.01\"} 1\n"
	       "vncbridge_connect_seconds_bucket{le=\"0.025\"} 1\n"
	       "vncbridge_connect_seconds_bucket{le=\"0.05\"} 1\n"
	       "vncbridge_connect_seconds_bucket{le=\"0.1\"} 1\n"
	       "vncbridge_connect_seconds_bucket{le=\"0.25\"} 1\n"
	       "vncbridge_connect_seconds_bucket{le=\"0.5\"} 1\n"
	       "vncbridge_connect_seconds_bucket{le=\"1\"} 1\n"
	       "vncbridge_connect_seconds_bucket{le=\"2.5\"} 3\n"
	       "vncbridge_connect_seconds_bucket{le=\"5\"} 3\n"
	       "vncbridge_connect_seconds_bucket{le=\"10\"} 3\n"
	       "vncbridge_connect_seconds_bucket{le=\"+Inf\"} 7\n"
	       "vncbridge_connect_seconds_sum 61.005\n"
	       "vncbridge_connect_seconds_count 7");
}
END_TEST

START_TEST(page_has_histograms_with_labels)
{
	const char *first;

	values[METRIC_RTT_CLIENT + METRICS_TO_10] = 2;
	values[METRIC_RTT_TARGET + METRICS_ABOVE] = 3;
	values[METRIC_RTT_TARGET_LAST] = 90001;
	write_page();
	expect("vncbridge_round_trip_seconds_bucket{towards=\"client\","
	       "le=\"10\"} 2");
	expect("vncbridge_round_trip_seconds_bucket{towards=\"target\","
	       "le=\"+Inf\"} 3\n"
	       "vncbridge_round_trip_seconds_sum{towards=\"target\"} 90.001\n"
	       "vncbridge_round_trip_seconds_count{towards=\"target\"} 3");
	first = strstr(text, "# TYPE vncbridge_round_trip_seconds ");
	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_null(
	    strstr(first + 1, "# TYPE vncbridge_round_trip_seconds "));
}
END_TEST

START_TEST(page_adds_no_buckets_up_beyond_the_greatest_number)
{
	values[METRIC_CONNECT + METRICS_TO_1] = UINT64_MAX;
	values[METRIC_CONNECT + METRICS_ABOVE] = 2;
	write_page();
	expect("vncbridge_connect_seconds_bucket{le=\"10\"} "
	       "18446744073709551615\n"
	       "vncbridge_connect_seconds_bucket{le=\"+Inf\"} "
	       "18446744073709551615");
}
END_TEST

START_TEST(page_escapes_labels_and_cuts_long_ones)
{
	static char endless[LONG_BYTES];
	const struct metrics_cert certs[] = {
	    {"/a \"b\"\\c\n}", 1800000000}, {endless, 0}};
	const char *name, *end;

	memset(endless, '"', sizeof(endless) - 1);
	page.certs = certs;
	page.cert_count = COUNT(certs);
	write_page();
	expect("vncbridge_certificate_not_after_timestamp_seconds{path=\"/a "
	       "\\\"b\\\"\\\\c\\n}\"} 1800000000");
	ck_assert_ptr_nonnull(name = strstr(text, "{path=\"\\\"\\\""));
	end = strstr(name, "\\\"\"} 0\n");
	ck_assert_ptr_nonnull(end);
	ck_assert_uint_lt((size_t)(end - name), 2 * CTL_CERT_PATH_MAX + 16);
}
END_TEST

START_TEST(page_has_a_series_for_some_targets_and_one_for_the_others)
{
	static char names[METRICS_TARGETS_MAX][8];
	const char *targets[METRICS_TARGETS_MAX];
	size_t i, without;

	write_page();
	without = count_lines();
	for (i = 0; i < METRICS_TARGETS_MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "lab%zu", i);
		targets[i] = names[i];
		sessions[i] = (uint32_t)i;
	}
	page.targets = targets;
	page.target_count = METRICS_TARGETS_MAX;
	page.has_more_targets = 1;
	values[METRIC_TARGETS_REST] = 9;
	write_page();
	ck_assert_uint_eq(count_lines(), without + METRICS_TARGETS_MAX + 1);
	expect("vncbridge_target_sessions{target=\"lab0\"} 0\n"
	       "vncbridge_target_sessions{target=\"lab1\"} 1");
	expect("vncbridge_target_sessions{target=\"lab63\"} 63\n"
	       "vncbridge_target_sessions{target=\"(others)\"} 9");
}
END_TEST

/* The largest daemon's page is of a size that is known. */
START_TEST(page_of_all_that_may_be_fits)
{
	static struct metrics_cert certs[PROTO_CERTS_MAX];
	static char path[CTL_CERT_PATH_MAX];
	static char name[TARGET_NAME_MAX];
	const char *targets[METRICS_TARGETS_MAX];
	size_t i;

	memset(path, '\\', sizeof(path) - 1);
	memset(name, 'a', sizeof(name) - 1);
	memset(values, 0xff, sizeof(values));
	memset(&status, 0xff, sizeof(status));
	memset(status.version, 0, sizeof(status.version));
	memset(page.descriptors, 0xff, sizeof(page.descriptors));
	status.count = CTL_PROCESS_MAX;
	for (i = 0; i < CTL_PROCESS_MAX; i++)
		status.processes[i].role = ROLE_WORKER;
	for (i = 0; i < PROTO_CERTS_MAX; i++)
		certs[i] = (struct metrics_cert){path, UINT64_MAX};
	for (i = 0; i < METRICS_TARGETS_MAX; i++)
		targets[i] = name;
	page.certs = certs;
	page.cert_count = PROTO_CERTS_MAX;
	page.targets = targets;
	page.target_count = METRICS_TARGETS_MAX;
	page.has_more_targets = 1;
	write_page();
	ck_assert_uint_le(evbuffer_get_length(out), METRICS_TEXT_MAX);
}
END_TEST

static int
is_named(uint32_t metric)
{
	uint32_t i;

	for (i = 0; i < metrics_row_count; i++)
		if (metrics_rows[i].metric == metric)
			return 1;
	for (i = 0; i < metrics_histogram_count; i++)
		if (metric >= metrics_histograms[i].metric &&
		    metric <
			metrics_histograms[i].metric + METRICS_HISTOGRAM_SIZE)
			return 1;
	return metric == METRIC_TARGETS_REST;
}

START_TEST(page_has_a_name_for_all_that_is_counted)
{
	uint32_t i;

	for (i = 0; i < METRICS_COUNT; i++)
		ck_assert_msg(is_named(i), "metric %u has no row", i);
	ck_assert_ptr_nonnull(metrics_rows[0].name);
}
END_TEST

/* Prometheus refuses a page that has a series twice, or a family in pieces. */
START_TEST(page_has_each_family_once_and_names_that_are_allowed)
{
	char needle[NAME_MAX_ + 16];
	const char *p, *name, *q;
	size_t len, n = 0;

	write_page();
	for (p = text; (p = strstr(p, "# TYPE ")) != NULL; n++) {
		p += strlen("# TYPE ");
		name = p;
		len = strcspn(name, " ");
		ck_assert_uint_lt(len, NAME_MAX_);
		for (q = name; q < name + len; q++)
			ck_assert(islower((unsigned char)*q) || *q == '_');
		snprintf(
		    needle, sizeof(needle), "# TYPE %.*s ", (int)len, name);
		ck_assert_ptr_null(strstr(p, needle));
		/* by convention, which promtool checks */
		ck_assert_int_eq(strncmp(name + len - 6, "_total", 6) == 0,
		    strncmp(name + len, " counter", 8) == 0);
	}
	ck_assert_uint_gt(n, 30);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("metrics-page");
	TCase *tc = tcase_create("page");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, start, stop);
	tcase_add_test(tc, page_tells_the_daemon_and_its_processes);
	tcase_add_test(tc, page_tells_what_was_counted);
	tcase_add_test(tc, page_adds_the_buckets_of_a_histogram_up);
	tcase_add_test(tc, page_has_histograms_with_labels);
	tcase_add_test(tc, page_adds_no_buckets_up_beyond_the_greatest_number);
	tcase_add_test(tc, page_escapes_labels_and_cuts_long_ones);
	tcase_add_test(
	    tc, page_has_a_series_for_some_targets_and_one_for_the_others);
	tcase_add_test(tc, page_of_all_that_may_be_fits);
	tcase_add_test(tc, page_has_a_name_for_all_that_is_counted);
	tcase_add_test(
	    tc, page_has_each_family_once_and_names_that_are_allowed);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
