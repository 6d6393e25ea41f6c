/* SPDX-License-Identifier: ISC */
/* Who gets OpenMetrics, and what that is made of. */
#include <check.h>
#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>

#include "worker/parse/accept.h"
#include "worker/stages/openmetrics.h"

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))
#define OM	 ACCEPT_OPENMETRICS

static const struct {
	const char *accept; /* "|" begins another field */
	int is_preferred;
} rows[] = {
    {"", 0},
    {"*/*", 0},
    {"text/plain", 0},
    {OM, 1},
    {"APPLICATION/OpenMetrics-Text", 1},
    {OM "; version=1.0.0; charset=utf-8", 1},
    {OM ";version=0.0.1", 0},
    {OM ";version=0.0.1," OM ";version=1.0.0;q=0.1", 1},
    /* Prometheus 2 */
    {OM ";version=1.0.0," OM
	";version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
	1},
    {OM ";q=0.5, text/plain;q=0.5", 1},
    {OM ";q=0.4, text/plain;q=0.5", 0},
    {OM ";q=0.401, text/plain;q=0.4", 1},
    {OM ";q=0", 0},
    {OM ";q=0.000, */*;q=0", 0},
    {OM ";q=0.5, */*", 0},
    {OM ";q=0.5, */*;q=0.9, text/plain;q=0.1", 1},
    {OM ";q=0.5, */*;q=0.1, text/*;q=0.9", 0},
    {OM ";q=0.5, text/*;q=0.9, text/plain;q=0", 1},
    {"text/plain;q=0.1|" OM ";q=0.9", 1},
    {OM ";q=1.000", 1},
    /* no weights */
    {OM ";q=", 0},
    {OM ";q=1.1", 0},
    {OM ";q=2", 0},
    {OM ";q=0.0001", 0},
    {OM ";q=.5", 0},
    {OM ";q=-1", 0},
    {OM ";q=0x1", 0},
    {OM ";q=1a", 0},
    {OM ";;;q = 0.5 ;", 1},
    {OM "2", 0},
};

START_TEST(accept_prefers_what_it_weighs_most)
{
	struct http_head head;
	const char *p = rows[_i].accept;
	size_t n;

	memset(&head, 0, sizeof(head));
	for (;; p += n + 1) {
		n = strcspn(p, "|");
		head.fields[head.field_count].name =
		    (struct http_span){"accept", 6};
		head.fields[head.field_count++].value =
		    (struct http_span){p, n};
		if (p[n] == '\0')
			break;
	}
	ck_assert_msg(
	    accept_prefers_openmetrics(&head) == rows[_i].is_preferred, "%s",
	    rows[_i].accept);
}
END_TEST

static const struct {
	const char *page;
	const char *open; /* without the end */
} pages[] = {
    {"", ""},
    {"# HELP a_total Some.\n# TYPE a_total counter\na_total 3\n",
	"# HELP a Some.\n# TYPE a counter\na_total 3\n"},
    {"# HELP a_bytes_total B.\n# TYPE a_bytes_total counter\n"
     "a_bytes_total{d=\"x\"} 3\n",
	"# HELP a_bytes B.\n# TYPE a_bytes counter\n# UNIT a_bytes bytes\n"
	"a_bytes_total{d=\"x\"} 3\n"},
    {"# HELP b_info The version.\n# TYPE b_info gauge\n"
     "b_info{v=\"1\"} 1\n",
	"# HELP b The version.\n# TYPE b info\nb_info{v=\"1\"} 1\n"},
    {"# HELP c_seconds S.\n# TYPE c_seconds histogram\n"
     "c_seconds_bucket{le=\"0.5\"} 1\n"
     "c_seconds_bucket{side=\"client\",le=\"10\"} 1\n"
     "c_seconds_bucket{le=\"+Inf\"} 1\nc_seconds_sum 0.100\n",
	"# HELP c_seconds S.\n# TYPE c_seconds histogram\n"
	"# UNIT c_seconds seconds\n"
	"c_seconds_bucket{le=\"0.5\"} 1\n"
	"c_seconds_bucket{side=\"client\",le=\"10.0\"} 1\n"
	"c_seconds_bucket{le=\"+Inf\"} 1\nc_seconds_sum 0.100\n"},
    /* what only looks like it */
    {"# HELP seconds S.\n# TYPE seconds gauge\nseconds{x=\"le=\\\"1\\\"\"} 1\n",
	"# HELP seconds S.\n# TYPE seconds gauge\n"
	"seconds{x=\"le=\\\"1\\\"\"} 1\n"},
    {"# HELP ", "# HELP \n"},
    {"# TYPE a_total", "# TYPE a\n"},
    {"a_bucket{le=\"1", "a_bucket{le=\"1\n"},
    {"\n", "\n"},
};

START_TEST(openmetrics_is_made_of_the_page)
{
	struct evbuffer *out = evbuffer_new();
	size_t len = strlen(pages[_i].page), n;
	char *copy = malloc(len + 1), *text;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, pages[_i].page, len);
	ck_assert_int_eq(openmetrics_write(copy, len, out), 0);
	free(copy);
	n = evbuffer_get_length(out);
	ck_assert_int_eq(evbuffer_add(out, "", 1), 0);
	text = (char *)evbuffer_pullup(out, -1);
	ck_assert_uint_eq(strlen(text), n);
	ck_assert_uint_ge(n, strlen("# EOF\n"));
	ck_assert_str_eq(text + n - strlen("# EOF\n"), "# EOF\n");
	text[n - strlen("# EOF\n")] = '\0';
	ck_assert_str_eq(text, pages[_i].open);
	evbuffer_free(out);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("openmetrics");
	TCase *tc = tcase_create("openmetrics");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(
	    tc, accept_prefers_what_it_weighs_most, 0, COUNT(rows));
	tcase_add_loop_test(
	    tc, openmetrics_is_made_of_the_page, 0, COUNT(pages));
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
