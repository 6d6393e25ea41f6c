/* SPDX-License-Identifier: ISC */
/*
 * What vncbridgectl sends becomes the same bundle that the master would have
 * built; descriptors that are not what they are sent for are refused.
 */
#include <check.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/pages.h"
#include "common/sealed.h"
#include "daemon/bundle/source.h"
#include "daemon/bundle/conf_load.h"
#include "daemon/master/control/upload.h"

#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))
#define FILE_NAME  "/somewhere/test.conf"
#define CONF_BYTES 8192

static char error[CONF_ERROR_MAX];
static struct upload *upload;

/* A memory file with this in it. */
static int
memory_file(const void *bytes, size_t len, int seals)
{
	int fd = memfd_create("check", MFD_ALLOW_SEALING | MFD_CLOEXEC);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
	ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

static int
listen_somewhere(int type, int is_listening, struct addr *addr)
{
	struct sockaddr_in sin = {
	    .sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, type, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	if (is_listening)
		ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	addr_from_sockaddr((struct sockaddr *)&sin, addr);
	return fd;
}

static int
take_text(const char *text)
{
	struct msg_ctl_reload_text body = {.file = FILE_NAME};
	int fd = memory_file(text, strlen(text), SEALED_SEALS), result;

	result = upload_take_text(upload, &body, &fd);
	ck_assert_int_eq(fd == -1, result == 0);
	if (fd != -1)
		close(fd);
	return result;
}

static int
take_listener(int fd, const struct addr *addr)
{
	struct msg_ctl_reload_listener body;
	int result;

	memset(&body, 0, sizeof(body));
	body.addr = *addr;
	result = upload_take_listener(upload, &body, &fd);
	if (fd != -1)
		close(fd);
	return result;
}

static int
take_pages(int fd, uint64_t size)
{
	struct msg_ctl_reload_pages body = {size};
	int result = upload_take_pages(upload, &body, &fd);

	if (fd != -1)
		close(fd);
	return result;
}

static int
take_file(int fd, const char *path)
{
	struct msg_ctl_reload_file body;
	int result;

	memset(&body, 0, sizeof(body));
	snprintf(body.path, sizeof(body.path), "%s", path);
	result = upload_take_file(upload, &body, &fd);
	if (fd != -1)
		close(fd);
	return result;
}

static int
take_audit(int fd)
{
	int result = upload_take_audit(upload, &fd);

	if (fd != -1)
		close(fd);
	return result;
}

/* A table with no page, which is one nevertheless. */
static int
empty_pages(int seals)
{
	struct pages_head head = {PAGES_MAGIC, 0};

	return memory_file(&head, sizeof(head), seals);
}

static void
begin(const char *text)
{
	ck_assert_ptr_nonnull(upload = upload_new(1));
	ck_assert_int_eq(take_text(text), 0);
}

/* ---- the whole ---- */

/* Every number of the table at its greatest, every switch turned. */
static void
write_conf(char out[CONF_BYTES], const struct addr *listener)
{
	char text[ADDR_TEXT_MAX];
	size_t n;

	n = (size_t)snprintf(out, CONF_BYTES,
	    "listen \"%s\" { }\nuser = \"u\"\nbase-path = \"/b\"\n"
	    "pid-file = \"/p\"\ncontrol-socket = \"/c\"\n"
	    "control-group = \"g\"\npages = \"/pages\"\n"
	    "audit-file = \"/audit\"\n"
	    "allow = { \"10.0.0.0/8:1-2\", \"*.x.example\" }\n"
	    "deny = { \"[2001:db8::]\" }\n"
	    "origins = { \"https://a.example\" }\n"
	    "nameservers = { \"10.0.0.1\", \"[::1]:53\" }\n"
	    "target \"t\" { address = \"h:1\" description = \"D\" "
	    "exclusive = yes }\n",
	    addr_format(listener, text));
#define X(name, field, def, min, max, unit) \
	n += (size_t)snprintf(out + n, CONF_BYTES - n, "%s = %d\n", name, max);
	SETTINGS_NUMBERS(X)
#undef X
#define X(name, field, def)    \
	n += (size_t)snprintf( \
	    out + n, CONF_BYTES - n, "%s = %s\n", name, def ? "no" : "yes");
	SETTINGS_SWITCHES(X)
#undef X
	ck_assert_uint_lt(n, CONF_BYTES);
}

static void
check_list(
    const void *a, const void *b, size_t a_count, size_t b_count, size_t size)
{
	ck_assert_uint_eq(a_count, b_count);
	ck_assert_uint_gt(a_count, 0);
	ck_assert_mem_eq(a, b, a_count * size);
}

static void
check_same(const struct conf *a, const struct conf *b)
{
	ck_assert_mem_eq(&a->settings, &b->settings, sizeof(a->settings));
	ck_assert_str_eq(a->user, b->user);
	ck_assert_str_eq(a->pid_file, b->pid_file);
	ck_assert_str_eq(a->control_socket, b->control_socket);
	ck_assert_str_eq(a->control_group, b->control_group);
	ck_assert_str_eq(a->pages, b->pages);
	ck_assert_str_eq(a->audit_file, b->audit_file);
	ck_assert(a->has_pid_file && b->has_pid_file);
	ck_assert(a->has_control_socket && b->has_control_socket);
	ck_assert(a->has_max_connections && b->has_max_connections);
	check_list(a->listeners, b->listeners, a->listener_count,
	    b->listener_count, sizeof(*a->listeners));
	check_list(a->rules, b->rules, a->rule_count, b->rule_count,
	    sizeof(*a->rules));
	check_list(a->targets, b->targets, a->target_count, b->target_count,
	    sizeof(*a->targets));
	check_list(a->origins, b->origins, a->origin_count, b->origin_count,
	    sizeof(*a->origins));
	check_list(a->nameservers, b->nameservers, a->nameserver_count,
	    b->nameserver_count, sizeof(*a->nameservers));
}

START_TEST(upload_becomes_what_the_file_says)
{
	static char text[CONF_BYTES];
	struct conf_options options = {0}, from_file = {.file = text};
	char path[64], audit[] = "/tmp/vb-upload-XXXXXX";
	struct bundle *bundle;
	struct conf *conf;
	struct addr addr;
	int fd = listen_somewhere(SOCK_STREAM, 1, &addr), file;

	write_conf(text, &addr);
	begin(text);
	ck_assert_int_eq(take_listener(fd, &addr), 0);
	ck_assert_int_eq(
	    take_pages(empty_pages(SEALED_SEALS), sizeof(struct pages_head)),
	    0);
	ck_assert_int_lt(
	    upload_build(upload, &options, NULL, &bundle, error), 0);
	ck_assert_ptr_nonnull(strstr(error, "audit-file /audit"));
	close(mkstemp(audit));
	ck_assert_int_eq(take_audit(open(audit, O_RDWR | O_APPEND)), 0);
	unlink(audit);
	ck_assert_int_eq(
	    upload_build(upload, &options, NULL, &bundle, error), 0);
	ck_assert_int_ne(bundle->audit_fd, -1);
	file = memory_file(text, strlen(text), SEALED_SEALS);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	from_file.file = path;
	ck_assert_int_eq(conf_load(&from_file, &conf, error), 0);
	conf->settings.socket_memory_kib =
	    bundle->conf->settings.socket_memory_kib;
	check_same(conf, bundle->conf);
	ck_assert_str_eq(bundle->conf->file, FILE_NAME);
	ck_assert_uint_eq(bundle->listener_count, 1);
	ck_assert_int_ne(
	    fcntl(bundle->listeners[0].fd, F_GETFL) & O_NONBLOCK, 0);
	conf_free(conf);
	bundle_free(bundle);
	upload_free(upload);
	close(file);
}
END_TEST

START_TEST(upload_names_the_line_of_a_fault)
{
	struct conf_options options = {0};
	struct bundle *bundle;

	begin("\n\nnonsense = 1\n");
	ck_assert_int_lt(
	    upload_build(upload, &options, NULL, &bundle, error), 0);
	ck_assert_ptr_null(bundle);
	ck_assert_ptr_nonnull(strstr(error, FILE_NAME ":3: "));
	upload_free(upload);
}
END_TEST

START_TEST(upload_without_what_its_text_names_is_refused)
{
	static char text[CONF_BYTES];
	struct conf_options options = {0};
	struct bundle *bundle;
	struct addr addr;
	int fd = listen_somewhere(SOCK_STREAM, 1, &addr);

	write_conf(text, &addr);
	begin(text);
	ck_assert_int_eq(take_listener(fd, &addr), 0);
	ck_assert_int_lt(
	    upload_build(upload, &options, NULL, &bundle, error), 0);
	ck_assert_ptr_nonnull(strstr(error, "pages"));
	upload_free(upload);
	begin(text);
	ck_assert_int_eq(
	    take_pages(empty_pages(SEALED_SEALS), sizeof(struct pages_head)),
	    0);
	ck_assert_int_lt(
	    upload_build(upload, &options, NULL, &bundle, error), 0);
	ck_assert_ptr_nonnull(strstr(error, "listen 127.0.0.1:"));
	upload_free(upload);
	begin("listen \"127.0.0.1:1\" { certificate = { \"/a.pem\" } }\n");
	ck_assert_int_lt(
	    upload_build(upload, &options, NULL, &bundle, error), 0);
	ck_assert_ptr_nonnull(strstr(error, "/a.pem"));
	upload_free(upload);
}
END_TEST

/* ---- each descriptor ---- */

START_TEST(upload_takes_a_sealed_text_once)
{
	struct msg_ctl_reload_text body = {.file = FILE_NAME};
	int fd = memory_file("x", 1, F_SEAL_WRITE);

	ck_assert_ptr_nonnull(upload = upload_new(1));
	ck_assert_int_eq(upload_take_text(upload, &body, &fd), VB_EBADMSG);
	close(fd);
	ck_assert_int_ne(fd = open("/dev/null", O_RDONLY), -1);
	ck_assert_int_eq(upload_take_text(upload, &body, &fd), VB_EBADMSG);
	close(fd);
	fd = memory_file("x", 1, SEALED_SEALS);
	memset(body.file, 'x', sizeof(body.file));
	ck_assert_int_eq(upload_take_text(upload, &body, &fd), VB_EBADMSG);
	body.file[0] = '\0';
	ck_assert_int_eq(upload_take_text(upload, &body, &fd), VB_EBADMSG);
	close(fd);
	fd = -1;
	ck_assert_int_eq(upload_take_text(upload, &body, &fd), VB_ENOFD);
	ck_assert_int_eq(take_text("x"), 0);
	ck_assert_int_eq(take_text("x"), VB_EBADMSG);
	upload_free(upload);
}
END_TEST

START_TEST(upload_takes_only_listeners_of_that_very_address)
{
	struct addr addr, other;
	int pair[2], fd;

	begin("x");
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	fd = listen_somewhere(SOCK_STREAM, 1, &addr);
	ck_assert_int_eq(take_listener(pair[0], &addr), VB_EBADMSG);
	close(pair[1]);
	ck_assert_int_eq(take_listener(-1, &addr), VB_ENOFD);
	ck_assert_int_eq(
	    take_listener(open("/dev/null", O_RDWR), &addr), VB_EBADMSG);
	ck_assert_int_eq(
	    take_listener(listen_somewhere(SOCK_STREAM, 0, &other), &other),
	    VB_EBADMSG);
	ck_assert_int_eq(
	    take_listener(listen_somewhere(SOCK_DGRAM, 0, &other), &other),
	    VB_EBADMSG);
	ck_assert_int_eq(
	    take_listener(listen_somewhere(SOCK_STREAM, 1, &other), &addr),
	    VB_EBADMSG);
	other = addr;
	other.family = 77;
	ck_assert_int_eq(take_listener(dup(fd), &other), VB_EBADMSG);
	ck_assert_int_eq(take_listener(dup(fd), &addr), 0);
	ck_assert_int_eq(take_listener(fd, &addr), VB_EBADMSG);
	upload_free(upload);
}
END_TEST

START_TEST(upload_takes_only_pages_that_a_worker_can_use)
{
	const uint64_t size = sizeof(struct pages_head);
	struct {
		struct pages_head head;
		struct pages_entry entry;
	} table = {.head = {PAGES_MAGIC, 1}};
	int fd;

	begin("x");
	ck_assert_int_eq(take_pages(-1, size), VB_ENOFD);
	ck_assert_int_eq(take_pages(empty_pages(0), size), VB_EBADMSG);
	ck_assert_int_eq(
	    take_pages(empty_pages(SEALED_SEALS), size + 1), VB_EBADMSG);
	ck_assert_int_eq(
	    take_pages(empty_pages(SEALED_SEALS), UINT64_MAX), VB_EBADMSG);
	ck_assert_int_eq(
	    take_pages(open("/dev/zero", O_RDONLY), size), VB_EBADMSG);
	/* an entry behind the end, a name without one, more than there are */
	table.entry.offset = sizeof(table) + 1;
	fd = memory_file(&table, sizeof(table), SEALED_SEALS);
	ck_assert_int_eq(take_pages(fd, sizeof(table)), VB_EBADMSG);
	table.entry.offset = 0;
	memset(table.entry.path, 'x', sizeof(table.entry.path));
	fd = memory_file(&table, sizeof(table), SEALED_SEALS);
	ck_assert_int_eq(take_pages(fd, sizeof(table)), VB_EBADMSG);
	memset(&table.entry, 0, sizeof(table.entry));
	table.head.count = UINT32_MAX;
	fd = memory_file(&table, sizeof(table), SEALED_SEALS);
	ck_assert_int_eq(take_pages(fd, sizeof(table)), VB_EBADMSG);
	table.head.count = 1;
	fd = memory_file(&table, sizeof(table), SEALED_SEALS);
	ck_assert_int_eq(take_pages(fd, sizeof(table)), 0);
	ck_assert_int_eq(
	    take_pages(empty_pages(SEALED_SEALS), size), VB_EBADMSG);
	upload_free(upload);
}
END_TEST

START_TEST(upload_takes_only_files_that_can_be_read)
{
	char path[] = "/tmp/vb-upload-XXXXXX";
	struct msg_ctl_reload_file body;
	int fd = mkstemp(path), ends[2];

	begin("x");
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(take_file(-1, "a"), VB_ENOFD);
	ck_assert_int_eq(take_file(ends[0], "a"), VB_EBADMSG);
	ck_assert_int_eq(take_file(ends[1], "a"), VB_EBADMSG);
	ck_assert_int_eq(take_file(open("/", O_RDONLY), "a"), VB_EBADMSG);
	ck_assert_int_eq(
	    take_file(open("/dev/zero", O_RDONLY), "a"), VB_EBADMSG);
	ck_assert_int_eq(take_file(open(path, O_WRONLY), "a"), VB_EBADMSG);
	ck_assert_int_eq(take_file(open(path, O_PATH), "a"), VB_EBADMSG);
	ck_assert_int_eq(take_file(dup(fd), "a"), 0);
	ck_assert_int_eq(take_file(dup(fd), "a"), VB_EBADMSG);
	memset(body.path, 'x', sizeof(body.path));
	ck_assert_int_eq(upload_take_file(upload, &body, &fd), VB_EBADMSG);
	ck_assert_int_ne(fd, -1);
	close(fd);
	unlink(path);
	upload_free(upload);
}
END_TEST

START_TEST(upload_takes_an_audit_file_to_append_to_only)
{
	char path[] = "/tmp/vb-upload-XXXXXX", second[32];
	int fd = mkstemp(path), ends[2];

	ck_assert_int_ne(fd, -1);
	close(fd);
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_ptr_nonnull(upload = upload_new(1));
	ck_assert_int_eq(take_audit(open(path, O_RDWR | O_APPEND)), VB_EBADMSG);
	upload_free(upload);
	begin("x");
	ck_assert_int_eq(take_audit(-1), VB_ENOFD);
	ck_assert_int_eq(take_audit(ends[0]), VB_EBADMSG);
	ck_assert_int_eq(take_audit(ends[1]), VB_EBADMSG);
	ck_assert_int_eq(take_audit(open("/", O_RDONLY)), VB_EBADMSG);
	ck_assert_int_eq(
	    take_audit(open("/dev/null", O_RDWR | O_APPEND)), VB_EBADMSG);
	ck_assert_int_eq(take_audit(open(path, O_RDWR)), VB_EBADMSG);
	ck_assert_int_eq(
	    take_audit(open(path, O_WRONLY | O_APPEND)), VB_EBADMSG);
	ck_assert_int_eq(take_audit(open(path, O_PATH)), VB_EBADMSG);
	snprintf(second, sizeof(second), "%s.2", path);
	ck_assert_int_eq(link(path, second), 0);
	ck_assert_int_eq(take_audit(open(path, O_RDWR | O_APPEND)), VB_EBADMSG);
	unlink(second);
	ck_assert_int_eq(take_audit(open(path, O_RDWR | O_APPEND)), 0);
	ck_assert_int_eq(take_audit(open(path, O_RDWR | O_APPEND)), VB_EBADMSG);
	unlink(path);
	upload_free(upload);
}
END_TEST

START_TEST(upload_has_a_bound)
{
	char path[32];
	int i, fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);

	begin("x");
	for (i = 1; i < CTL_RELOAD_FDS_MAX; i++) {
		snprintf(path, sizeof(path), "%d", i);
		ck_assert_int_eq(take_file(dup(fd), path), 0);
	}
	ck_assert_int_eq(take_file(dup(fd), "more"), VB_EFULL);
	upload_free(upload);
	/* nothing was left open */
	ck_assert_int_le(dup(fd), fd + 8);
	close(fd);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("upload");
	TCase *tc = tcase_create("upload");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, upload_becomes_what_the_file_says);
	tcase_add_test(tc, upload_names_the_line_of_a_fault);
	tcase_add_test(tc, upload_without_what_its_text_names_is_refused);
	tcase_add_test(tc, upload_takes_a_sealed_text_once);
	tcase_add_test(tc, upload_takes_only_listeners_of_that_very_address);
	tcase_add_test(tc, upload_takes_only_pages_that_a_worker_can_use);
	tcase_add_test(tc, upload_takes_only_files_that_can_be_read);
	tcase_add_test(tc, upload_takes_an_audit_file_to_append_to_only);
	tcase_add_test(tc, upload_has_a_bound);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
