/* SPDX-License-Identifier: ISC */
/* The table of pages: as the master builds it and as the worker maps it. */
#include <check.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/bundle/pages.h"
#include "worker/stages/pages.h"

#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define SEALS	  (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define SPACE_MAX (PAGES_SIZE_MAX + (1u << 20)) /* bytes of a whole table */

static char directory[64], error[512];
static uint64_t size_bytes;
static int fd;
static struct pages *pages;

static const char *
path_of(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

static void
put(const char *name, const char *text)
{
	FILE *file = fopen(path_of(name), "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	ck_assert_int_eq(fclose(file), 0);
}

/* A folder with the four pages that must be there. */
static void
make_directory(void)
{
	strcpy(directory, "/tmp/vb-pages-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	ck_assert_int_eq(mkdir(path_of("assets"), 0700), 0);
	put("index.html", "start");
	put("viewer.html", "viewer");
	put("login.html", "login");
	put("code.html", "code");
}

static void
remove_directory(void)
{
	char command[128];

	ck_assert_int_eq(strncmp(directory, "/tmp/vb-pages-", 14), 0);
	snprintf(command, sizeof(command), "rm -r '%s'", directory);
	ck_assert_int_eq(system(command), 0);
}

static int
build(void)
{
	return pages_build(directory, &fd, &size_bytes, error, sizeof(error));
}

static void
check_page(const char *path, const char *type, const char *text)
{
	const struct pages_entry *page = pages_find(pages, path);

	ck_assert_msg(page != NULL, "no %s", path);
	ck_assert_str_eq(page->type, type);
	ck_assert_uint_eq(page->len, strlen(text));
	ck_assert_mem_eq(pages_bytes(pages, page->offset), text, strlen(text));
	ck_assert(page->etag[0] == '"');
	ck_assert_uint_eq(strlen(page->etag), 26);
}

START_TEST(pages_are_found_as_they_were_built)
{
	make_directory();
	put("assets/a.js", "script");
	put("assets/a.js.gz", "packed");
	put("assets/b.css", "");
	put("assets/secret", "no type");
	put("assets/.hidden.js", "hidden");
	put("only.js.gz", "packed");
	ck_assert_msg(build() == 0, "%s", error);
	ck_assert_int_eq(fcntl(fd, F_GET_SEALS) & SEALS, SEALS);
	ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	ck_assert_int_eq(pages_map(fd, size_bytes, &pages), 0);
	check_page("index.html", "text/html; charset=utf-8", "start");
	check_page("viewer.html", "text/html; charset=utf-8", "viewer");
	check_page("assets/a.js", "text/javascript; charset=utf-8", "script");
	check_page("assets/b.css", "text/css; charset=utf-8", "");
	ck_assert_mem_eq(
	    pages_bytes(pages, pages_find(pages, "assets/a.js")->gzip_offset),
	    "packed", 6);
	ck_assert_uint_eq(pages_find(pages, "assets/b.css")->gzip_len, 0);
	ck_assert_ptr_null(pages_find(pages, "assets/secret"));
	ck_assert_ptr_null(pages_find(pages, "assets/.hidden.js"));
	ck_assert_ptr_null(pages_find(pages, "assets/a.js.gz"));
	ck_assert_ptr_null(pages_find(pages, "only.js.gz"));
	ck_assert_ptr_null(pages_find(pages, ""));
	ck_assert_ptr_null(pages_find(pages, "../index.html"));
	pages_release(pages);
	remove_directory();
}
END_TEST

START_TEST(pages_tag_tells_contents_apart_and_nothing_else)
{
	char tags[3][PAGE_ETAG_MAX];
	static const char *const texts[] = {"one", "two", "one"};
	size_t i;

	make_directory();
	for (i = 0; i < COUNT(texts); i++) {
		put("index.html", texts[i]);
		ck_assert_int_eq(build(), 0);
		ck_assert_int_eq(pages_map(fd, size_bytes, &pages), 0);
		strcpy(tags[i], pages_find(pages, "index.html")->etag);
		pages_release(pages);
	}
	ck_assert_str_ne(tags[0], tags[1]);
	ck_assert_str_eq(tags[0], tags[2]);
	remove_directory();
}
END_TEST

START_TEST(pages_live_as_long_as_somebody_holds_them)
{
	make_directory();
	ck_assert_int_eq(build(), 0);
	ck_assert_int_eq(pages_map(fd, size_bytes, &pages), 0);
	ck_assert_ptr_eq(pages_hold(pages), pages);
	pages_release(pages);
	check_page("index.html", "text/html; charset=utf-8", "start");
	pages_release(pages);
	pages_release(NULL);
	remove_directory();
}
END_TEST

START_TEST(pages_that_must_be_there_are_missed_by_name)
{
	static const char *const names[] = {
	    "index.html", "viewer.html", "login.html", "code.html", "assets"};

	make_directory();
	ck_assert_int_eq(remove(path_of(names[_i])), 0);
	ck_assert_int_lt(build(), 0);
	ck_assert_ptr_nonnull(strstr(error, path_of(names[_i])));
	remove_directory();
	ck_assert_int_eq(build(), VB_ESYS);
	ck_assert_ptr_nonnull(strstr(error, "No such file"));
}
END_TEST

START_TEST(pages_refuse_what_is_no_file_or_too_much)
{
	char name[300];
	int i;

	make_directory();
	if (_i == 0)
		ck_assert_int_eq(mkfifo(path_of("fifo.js"), 0600), 0);
	else if (_i == 1)
		ck_assert_int_eq(mkdir(path_of("assets/dir.js"), 0700), 0);
	else if (_i == 2) {
		put("big.js", "");
		ck_assert_int_eq(
		    truncate(path_of("big.js"), PAGES_SIZE_MAX + 1L), 0);
	} else if (_i == 3) {
		memset(name, 'a', PAGE_PATH_MAX);
		strcpy(name + PAGE_PATH_MAX, ".js");
		put(name, "");
	} else
		for (i = 0; i < PAGES_MAX; i++) {
			snprintf(name, sizeof(name), "p%d.js", i);
			put(name, "");
		}
	ck_assert_int_lt(build(), 0);
	ck_assert_int_eq(strncmp(error, "pages: ", 7), 0);
	remove_directory();
}
END_TEST

/* ---- tables that are none ---- */

/* A memory file of those bytes, sealed with those seals. */
static int
seal(const void *bytes, size_t len, int seals)
{
	int file = memfd_create("table", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	ck_assert_int_ne(file, -1);
	ck_assert_int_eq(write(file, bytes, len), (ssize_t)len);
	ck_assert_int_eq(fcntl(file, F_ADD_SEALS, seals), 0);
	return file;
}

static int
is_open(int file)
{
	return fcntl(file, F_GETFD) != -1;
}

static void
refuse(int file, uint64_t size)
{
	ck_assert_int_lt(pages_map(file, size, &pages), 0);
	ck_assert_ptr_null(pages);
	/* it was taken all the same */
	ck_assert(!is_open(file));
}

struct table {
	struct pages_head head;
	struct pages_entry entries[1];
	char bytes[8];
};

static struct table
good_table(void)
{
	struct table table = {{PAGES_MAGIC, 1},
	    {{.path = "index.html",
		.type = "text/html",
		.etag = "\"x\"",
		.offset = offsetof(struct table, bytes),
		.len = sizeof(table.bytes),
		.gzip_offset = offsetof(struct table, bytes),
		.gzip_len = sizeof(table.bytes)}},
	    "content"};

	return table;
}

START_TEST(pages_map_wants_every_seal)
{
	static const int seals[] = {
	    F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE};
	struct table table = good_table();
	size_t i;

	ck_assert_int_eq(pages_map(seal(&table, sizeof(table), SEALS),
			     sizeof(table), &pages),
	    0);
	pages_release(pages);
	for (i = 0; i < COUNT(seals); i++)
		refuse(seal(&table, sizeof(table), SEALS & ~seals[i]),
		    sizeof(table));
	/* what has no seals at all */
	refuse(open("/dev/null", O_RDONLY | O_CLOEXEC), sizeof(table));
}
END_TEST

START_TEST(pages_map_wants_the_size_it_was_told)
{
	struct table table = good_table();
	const uint64_t wrong[] = {
	    0, sizeof(table) - 1, sizeof(table) + 1, SPACE_MAX + 1, UINT64_MAX};
	size_t i, len;

	for (i = 0; i < COUNT(wrong); i++)
		refuse(seal(&table, sizeof(table), SEALS), wrong[i]);
	/* cut anywhere, it is refused: the last bytes belong to a page */
	for (len = 1; len < sizeof(table); len++)
		refuse(seal(&table, len, SEALS), len);
}
END_TEST

static void
corrupt(struct table *table, int how)
{
	struct pages_entry *e = &table->entries[0];

	switch (how) {
	case 0:
		table->head.magic++;
		break;
	case 1:
		table->head.count = 2;
		break;
	case 2:
		table->head.count = PAGES_MAX + 1;
		break;
	case 3:
		table->head.count = UINT32_MAX;
		break;
	case 4:
		memset(e->path, 'a', sizeof(e->path));
		break;
	case 5:
		memset(e->type, 'a', sizeof(e->type));
		break;
	case 6:
		memset(e->etag, 'a', sizeof(e->etag));
		break;
	case 7:
		e->len++;
		break;
	case 8:
		e->offset = UINT32_MAX;
		break;
	case 9:
		e->len = UINT32_MAX; /* offset + len wraps around */
		break;
	case 10:
		e->gzip_len++;
		break;
	case 11:
		e->gzip_offset = sizeof(*table) + 1;
		e->gzip_len = 0;
		break;
	}
}

START_TEST(pages_map_refuses_a_table_that_points_outside)
{
	struct table table = good_table();

	corrupt(&table, _i);
	refuse(seal(&table, sizeof(table), SEALS), sizeof(table));
}
END_TEST

START_TEST(pages_map_refuses_more_pages_than_there_may_be)
{
	static struct {
		struct pages_head head;
		struct pages_entry entries[PAGES_MAX + 1];
	} table;

	table.head.magic = PAGES_MAGIC;
	table.head.count = PAGES_MAX;
	ck_assert_int_eq(pages_map(seal(&table, sizeof(table), SEALS),
			     sizeof(table), &pages),
	    0);
	pages_release(pages);
	table.head.count = PAGES_MAX + 1;
	refuse(seal(&table, sizeof(table), SEALS), sizeof(table));
}
END_TEST

static Suite *
pages_suite(void)
{
	Suite *suite = suite_create("pages");
	TCase *tc = tcase_create("pages");

	tcase_add_test(tc, pages_are_found_as_they_were_built);
	tcase_add_test(tc, pages_tag_tells_contents_apart_and_nothing_else);
	tcase_add_test(tc, pages_live_as_long_as_somebody_holds_them);
	tcase_add_loop_test(
	    tc, pages_that_must_be_there_are_missed_by_name, 0, 5);
	tcase_add_loop_test(tc, pages_refuse_what_is_no_file_or_too_much, 0, 5);
	tcase_add_test(tc, pages_map_wants_every_seal);
	tcase_add_test(tc, pages_map_wants_the_size_it_was_told);
	tcase_add_loop_test(
	    tc, pages_map_refuses_a_table_that_points_outside, 0, 12);
	tcase_add_test(tc, pages_map_refuses_more_pages_than_there_may_be);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(pages_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
