/* SPDX-License-Identifier: ISC */
/* The audit trail's lines: written, read back, and followed as a chain. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/audit/read.h"
#include "daemon/audit/text.h"
#include "daemon/audit/verify.h"

#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define LINES	  200
#define RANDOM_NO 2000 /* changes and cuts */

static struct audit_text text;

/* ---- a line ---- */

static void
begin(uint64_t seq, const char *prev, const char *kind)
{
	const struct audit_head head = {seq, prev, 1764409410123, kind};

	audit_text_begin(&text, &head);
}

START_TEST(audit_writes_the_line_that_the_manual_says)
{
	begin(7, AUDIT_NO_HASH, "open");
	audit_text_number(&text, "conn", 12);
	audit_text_string(&text, "user", "anna");
	audit_text_end(&text);
	ck_assert_str_eq(text.line,
	    "{\"seq\":7,\"prev\":\"" AUDIT_NO_HASH
	    "\",\"time\":\"2025-11-29T09:43:30.123Z\",\"kind\":\"open\","
	    "\"conn\":12,\"user\":\"anna\"}");
	ck_assert_uint_eq(text.len, strlen(text.line));
	ck_assert_int_eq(strncmp(text.line + text.kind_at, "\"kind\"", 6), 0);
}
END_TEST

static const struct {
	const char *value;
	const char *written;
} escapes[] = {
    {"a\"b\\c", "a\\\"b\\\\c"},
    {"\n\x01\x7f", "\\u000a\\u0001\\u007f"},
    {"J\xc3\xbcrgen", "J\\u00fcrgen"},
    {"\xe2\x82\xac", "\\u20ac"},
    {"\xf0\x9f\x98\x80", "\\ud83d\\ude00"},
    {"\xff\xc0\x80", "\\ufffd\\ufffd\\ufffd"},
    {"\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd"},
    {"\xc3", "\\ufffd"},
    {"\"}\n{\"seq\":1", "\\\"}\\u000a{\\\"seq\\\":1"},
    {"", ""},
};

START_TEST(audit_escapes_what_somebody_has_typed)
{
	struct audit_record record;
	char wanted[128];

	begin(1, AUDIT_NO_HASH, "failure");
	audit_text_string(&text, "user", escapes[_i].value);
	audit_text_end(&text);
	snprintf(
	    wanted, sizeof(wanted), ",\"user\":\"%s\"}", escapes[_i].written);
	ck_assert_ptr_nonnull(strstr(text.line, wanted));
	ck_assert_int_eq(audit_read(text.line, text.len, &record), 0);
}
END_TEST

START_TEST(audit_leaves_out_a_field_that_does_not_fit)
{
	static char much[AUDIT_LINE_MAX];
	struct audit_record record;
	size_t n;

	memset(much, 1, sizeof(much) - 1);
	for (n = 0; n < sizeof(much); n += 97) {
		much[n] = '\0';
		begin(1, AUDIT_NO_HASH, "failure");
		audit_text_string(&text, "user", much);
		audit_text_number(&text, "code", UINT64_MAX);
		audit_text_end(&text);
		much[n] = 1;
		ck_assert_uint_le(text.len, AUDIT_LINE_MAX);
		ck_assert_int_eq(audit_read(text.line, text.len, &record), 0);
	}
	ck_assert_int_eq(text.is_cut, 1);
}
END_TEST

#define HEAD(seq)                                    \
	"{\"seq\":" seq ",\"prev\":\"" AUDIT_NO_HASH \
	"\",\"time\":\"2026-11-29T09:43:30.123Z\",\"kind\":\"open\""

static const struct {
	const char *line;
	int result;
} lines[] = {
    {HEAD("1") "}", 0},
    {HEAD("18446744073709551615") "}", 0},
    {HEAD("1") ",\"a_b\":0,\"c\":\"\\u00ff\\\"\\\\\"}", 0},
    {HEAD("1") ",\"lost\":3,\"torn\":1}", 0},
    {"", VB_ESYNTAX},
    {"{}", VB_ESYNTAX},
    {HEAD("1"), VB_ESYNTAX},
    {HEAD("1") "} ", VB_ESYNTAX},
    {HEAD("1") "}}", VB_ESYNTAX},
    {" " HEAD("1") "}", VB_ESYNTAX},
    {HEAD("0") "}", VB_ESYNTAX},
    {HEAD("01") "}", VB_ESYNTAX},
    {HEAD("-1") "}", VB_ESYNTAX},
    {HEAD("") "}", VB_ESYNTAX},
    {HEAD("1.0") "}", VB_ESYNTAX},
    {HEAD("18446744073709551616") "}", VB_ESYNTAX},
    {HEAD("99999999999999999999999") "}", VB_ESYNTAX},
    {HEAD("1") ",}", VB_ESYNTAX},
    {HEAD("1") ",\"A\":1}", VB_ESYNTAX},
    {HEAD("1") ",\"\":1}", VB_ESYNTAX},
    {HEAD("1") ",\"abcdefghijklmnopqrstuvwxyz\":1}", VB_ESYNTAX},
    {HEAD("1") ",\"a\":}", VB_ESYNTAX},
    {HEAD("1") ",\"a\":true}", VB_ESYNTAX},
    {HEAD("1") ",\"a\":{}}", VB_ESYNTAX},
    {HEAD("1") ",\"a\": 1}", VB_ESYNTAX},
    {HEAD("1") ",\"a\":\"\\n\"}", VB_ESYNTAX},
    {HEAD("1") ",\"a\":\"\\u00FF\"}", VB_ESYNTAX},
    {HEAD("1") ",\"a\":\"\\u00f\"}", VB_ESYNTAX},
    {HEAD("1") ",\"a\":\"\\", VB_ESYNTAX},
    {HEAD("1") ",\"a\":\"\\u", VB_ESYNTAX},
    {HEAD("1") ",\"a\":\"\t\"}", VB_ESYNTAX},
    {HEAD("1") ",\"a\":\"\xc3\xbc\"}", VB_ESYNTAX},
    {HEAD("1") ",\"a\":\"}", VB_ESYNTAX},
    {HEAD("1") ",\"lost\":0}", VB_ESYNTAX},
    {HEAD("1") ",\"lost\":1,\"lost\":1}", VB_ESYNTAX},
    {HEAD("1") ",\"lost\":\"1\"}", VB_ESYNTAX},
    {HEAD("1") ",\"torn\":2,\"torn\":2}", VB_ESYNTAX},
    {"{\"prev\":\"" AUDIT_NO_HASH "\",\"seq\":1}", VB_ESYNTAX},
    {"{\"seq\":1,\"prev\":\"00\",\"time\":\"2026-11-29T09:43:30.123Z\","
     "\"kind\":\"open\"}",
	VB_ESYNTAX},
    {"{\"seq\":1,\"prev\":\"" AUDIT_NO_HASH
     "0\",\"time\":\"2026-11-29T09:43:30.123Z\",\"kind\":\"open\"}",
	VB_ESYNTAX},
    {"{\"seq\":1,\"prev\":\"" AUDIT_NO_HASH
     "\",\"time\":\"2026-11-29 09:43:30.123Z\",\"kind\":\"open\"}",
	VB_ESYNTAX},
    {"{\"seq\":1,\"prev\":\"" AUDIT_NO_HASH
     "\",\"time\":\"2026-11-29T09:43:30.123Z\",\"kind\":\"\"}",
	VB_ESYNTAX},
};

START_TEST(audit_reads_what_it_writes_and_nothing_else)
{
	struct audit_record record;

	ck_assert_int_eq(
	    audit_read(lines[_i].line, strlen(lines[_i].line), &record),
	    lines[_i].result);
}
END_TEST

START_TEST(audit_reads_no_part_of_a_line)
{
	struct audit_record record;
	char *copy;
	size_t n;

	begin(3, AUDIT_NO_HASH, "end");
	audit_text_number(&text, "lost", 2);
	audit_text_string(&text, "reason", "\"\\\xc3\xbc");
	audit_text_end(&text);
	for (n = 0; n < text.len; n++) {
		/* exactly as long, so that a sanitizer sees a byte too much */
		ck_assert_ptr_nonnull(copy = malloc(n + 1));
		memcpy(copy, text.line, n);
		ck_assert_int_eq(audit_read(copy, n, &record), VB_ESYNTAX);
		free(copy);
	}
	ck_assert_int_eq(audit_read(text.line, text.len, &record), 0);
	ck_assert_uint_eq(record.seq, 3);
	ck_assert_uint_eq(record.lost, 2);
	ck_assert_str_eq(record.kind, "end");
}
END_TEST

/* ---- the chain ---- */

struct trail {
	char *line[2 * LINES];
	size_t count;
	uint64_t seq;
	char hash[AUDIT_HASH_BYTES];
};

static struct trail trail;

static void
add_raw(const char *line)
{
	ck_assert_ptr_nonnull(trail.line[trail.count++] = strdup(line));
}

static void
add(const char *kind, uint64_t lost, uint64_t torn)
{
	trail.seq += lost + 1;
	begin(trail.seq, trail.hash, kind);
	if (lost > 0)
		audit_text_number(&text, "lost", lost);
	if (torn > 0)
		audit_text_number(&text, "torn", torn);
	audit_text_end(&text);
	audit_hash(text.line, text.len, trail.hash);
	add_raw(text.line);
}

static void
start_trail(void)
{
	size_t i;

	for (i = 0; i < trail.count; i++)
		free(trail.line[i]);
	memset(&trail, 0, sizeof(trail));
	strcpy(trail.hash, AUDIT_NO_HASH);
}

static void
make_trail(void)
{
	size_t i;

	start_trail();
	add("start", 0, 0);
	for (i = 0; i < LINES - 2; i++)
		add(i % 3 == 2 ? "end" : i % 3 == 1 ? "refuse" : "open", 0, 0);
	add("stop", 0, 0);
}

static int
verify(struct audit_verify *v, const char *end)
{
	size_t i;
	int result = 0;

	audit_verify_init(v);
	audit_verify_next_file(v);
	for (i = 0; i < trail.count && result == 0; i++)
		result =
		    audit_verify_line(v, trail.line[i], strlen(trail.line[i]));
	return result == 0 ? audit_verify_end(v, end) : result;
}

START_TEST(audit_verifies_a_trail_and_adds_it_up)
{
	struct audit_verify v;

	make_trail();
	ck_assert_int_eq(verify(&v, trail.hash), 0);
	ck_assert_uint_eq(v.records, LINES);
	ck_assert_uint_eq(v.first_seq, 1);
	ck_assert_uint_eq(v.seq, LINES);
	ck_assert_int_eq(v.is_whole, 1);
	ck_assert_uint_eq(v.kinds[AUDIT_OPEN], LINES / 3);
	ck_assert_uint_eq(v.kinds[AUDIT_END], LINES / 3);
	ck_assert_uint_eq(v.running, 0);
	ck_assert_uint_eq(v.earlier, 0);
	ck_assert_str_eq(v.hash, trail.hash);
}
END_TEST

START_TEST(audit_counts_what_died_with_its_daemon)
{
	struct audit_verify v;

	start_trail();
	add("end", 0, 0); /* of one that began before */
	add("open", 0, 0);
	add("open", 0, 0);
	add("start", 0, 0);
	add("open", 2, 0);
	ck_assert_int_eq(verify(&v, NULL), 0);
	ck_assert_uint_eq(v.earlier, 1);
	ck_assert_uint_eq(v.cut_off, 2);
	ck_assert_uint_eq(v.running, 1);
	ck_assert_uint_eq(v.lost, 2);
	/* opened = ended + cut off + running */
	ck_assert_uint_eq(v.kinds[AUDIT_OPEN] + v.earlier,
	    v.kinds[AUDIT_END] + v.cut_off + v.running);
}
END_TEST

START_TEST(audit_finds_each_line_that_is_missing)
{
	struct audit_verify v;
	char last[AUDIT_HASH_BYTES];
	size_t gone;

	for (gone = 0; gone < LINES; gone++) {
		make_trail();
		strcpy(last, trail.hash);
		free(trail.line[gone]);
		memmove(&trail.line[gone], &trail.line[gone + 1],
		    (--trail.count - gone) * sizeof(trail.line[0]));
		if (gone == 0) {
			/* what was before is in an older file, perhaps */
			ck_assert_int_eq(verify(&v, last), 0);
			ck_assert_int_eq(v.is_whole, 0);
			ck_assert_uint_eq(v.first_seq, 2);
			continue;
		}
		ck_assert_int_eq(verify(&v, last), VB_ESYNTAX);
		ck_assert_int_eq(v.fault,
		    gone == LINES - 1 ? AUDIT_OTHER_END : AUDIT_MISSING);
		ck_assert_uint_eq(
		    v.fault_line, gone == LINES - 1 ? gone : gone + 1);
	}
}
END_TEST

START_TEST(audit_finds_lines_that_change_their_places)
{
	struct audit_verify v;
	char *other;
	size_t i;

	for (i = 1; i < LINES - 1; i++) {
		make_trail();
		other = trail.line[i];
		trail.line[i] = trail.line[i + 1];
		trail.line[i + 1] = other;
		ck_assert_int_eq(verify(&v, trail.hash), VB_ESYNTAX);
		ck_assert_int_eq(v.fault, AUDIT_MISSING);
		ck_assert_uint_eq(v.fault_line, i + 1);
	}
}
END_TEST

START_TEST(audit_finds_a_line_that_is_there_twice)
{
	struct audit_verify v;

	make_trail();
	free(trail.line[5]);
	ck_assert_ptr_nonnull(trail.line[5] = strdup(trail.line[4]));
	ck_assert_int_eq(verify(&v, trail.hash), VB_ESYNTAX);
	ck_assert_uint_eq(v.fault_line, 6);
}
END_TEST

/* Bound by the right hash, and yet a number that does not follow. */
START_TEST(audit_finds_a_number_that_does_not_follow)
{
	struct audit_verify v;

	start_trail();
	add("start", 0, 0);
	trail.seq += 4;
	add("open", 0, 0);
	ck_assert_int_eq(verify(&v, trail.hash), VB_ESYNTAX);
	ck_assert_int_eq(v.fault, AUDIT_NUMBER);
	start_trail();
	trail.seq = 1;
	add("start", 0, 0); /* the first of all, and has number 2 */
	ck_assert_int_eq(verify(&v, trail.hash), VB_ESYNTAX);
	ck_assert_int_eq(v.fault, AUDIT_NUMBER);
	start_trail();
	trail.seq = UINT64_MAX - 1;
	add("start", UINT64_MAX - 1, 0); /* the numbers wrap */
	add("open", UINT64_MAX, 0);
	ck_assert_int_eq(verify(&v, trail.hash), VB_ESYNTAX);
}
END_TEST

START_TEST(audit_takes_half_a_line_only_where_the_next_one_says_so)
{
	struct audit_verify v;
	unsigned says;

	for (says = 0; says < 2; says++) {
		make_trail();
		add_raw("{\"seq\":201,\"pre");
		audit_hash(trail.line[trail.count - 1],
		    strlen(trail.line[trail.count - 1]), trail.hash);
		ck_assert_int_eq(verify(&v, NULL), VB_ESYNTAX);
		ck_assert_int_eq(v.fault, AUDIT_NO_RECORD);
		ck_assert_uint_eq(v.fault_line, LINES + 1);
		add("start", 0, says * 15);
		ck_assert_int_eq(verify(&v, trail.hash), says ? 0 : VB_ESYNTAX);
		ck_assert_uint_eq(v.torn, says);
	}
	/* another half line than that */
	trail.line[LINES][3] = 'x';
	ck_assert_int_eq(verify(&v, trail.hash), VB_ESYNTAX);
	ck_assert_uint_eq(v.fault_line, LINES + 1);
}
END_TEST

/* Any byte, any line, any other value; the last line's hash is known. */
START_TEST(audit_finds_each_change_of_a_byte)
{
	struct audit_verify v;
	size_t line, at;
	char old, new;
	int i;

	srandom(1);
	make_trail();
	for (i = 0; i < RANDOM_NO; i++) {
		line = (size_t)random() % LINES;
		at = (size_t)random() % strlen(trail.line[line]);
		old = trail.line[line][at];
		new = (char)(1 + random() % 255);
		if (new == old || new == '\n')
			continue;
		trail.line[line][at] = new;
		ck_assert_int_eq(verify(&v, trail.hash), VB_ESYNTAX);
		ck_assert_uint_ge(v.fault_line, line);
		ck_assert_uint_le(v.fault_line, line + 2);
		trail.line[line][at] = old;
	}
	ck_assert_int_eq(verify(&v, trail.hash), 0);
}
END_TEST

START_TEST(audit_says_each_fault_in_words)
{
	unsigned fault;

	for (fault = AUDIT_GOOD; fault <= AUDIT_OTHER_END; fault++)
		ck_assert_uint_gt(
		    strlen(audit_fault_text((enum audit_fault)fault)), 0);
}
END_TEST

START_TEST(audit_follows_from_file_to_file)
{
	struct audit_verify v;
	size_t i;

	make_trail();
	audit_verify_init(&v);
	for (i = 0; i < trail.count; i++) {
		if (i % 50 == 0)
			audit_verify_next_file(&v);
		/* a file is missing */
		if (i == 100)
			i = 150;
		if (audit_verify_line(
			&v, trail.line[i], strlen(trail.line[i])) < 0)
			break;
	}
	ck_assert_uint_eq(i, 150);
	ck_assert_int_eq(v.fault, AUDIT_MISSING);
	ck_assert_uint_eq(v.fault_line, 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("audit");
	TCase *tc = tcase_create("audit");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, audit_writes_the_line_that_the_manual_says);
	tcase_add_loop_test(
	    tc, audit_escapes_what_somebody_has_typed, 0, COUNT(escapes));
	tcase_add_test(tc, audit_leaves_out_a_field_that_does_not_fit);
	tcase_add_loop_test(
	    tc, audit_reads_what_it_writes_and_nothing_else, 0, COUNT(lines));
	tcase_add_test(tc, audit_reads_no_part_of_a_line);
	tcase_add_test(tc, audit_verifies_a_trail_and_adds_it_up);
	tcase_add_test(tc, audit_counts_what_died_with_its_daemon);
	tcase_add_test(tc, audit_finds_each_line_that_is_missing);
	tcase_add_test(tc, audit_finds_lines_that_change_their_places);
	tcase_add_test(tc, audit_finds_a_line_that_is_there_twice);
	tcase_add_test(tc, audit_finds_a_number_that_does_not_follow);
	tcase_add_test(
	    tc, audit_takes_half_a_line_only_where_the_next_one_says_so);
	tcase_add_test(tc, audit_finds_each_change_of_a_byte);
	tcase_add_test(tc, audit_says_each_fault_in_words);
	tcase_add_test(tc, audit_follows_from_file_to_file);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
