/* SPDX-License-Identifier: ISC */
/*
 * What somebody sends for a reload who speaks as vncbridgectl does: messages
 * in any order, with descriptors of any kind, and a configuration of any
 * text. The input is a list of ops (struct op), each followed by the content
 * of its file. A model says what must be taken; what is not stays the
 * sender's. What was taken is built, twice, and no descriptor stays.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "common/pages.h"
#include "common/sealed.h"
#include "daemon/master/control/upload.h"

#define FILE_NAME      "/etc/fuzz.conf"
#define GENERATION     5
#define PLACE_COUNT    2 /* that are listened at */
#define PATH_COUNT     4
#define BAD_TEXT       0xff /* op.arg: a text without its end */
#define CONTENT_MAX    4096
#define EXPANDED_MAX   (CONTENT_MAX * 8)
#define DESCRIPTOR_ANY 1000 /* more than are ever open */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum kind {
	TEXT,
	LISTENER,
	PAGES,
	FILE_SENT,
	END,
	KIND_COUNT
};

enum carried {
	SEALED,
	UNSEALED,
	NOTHING,
	DEVICE,
	DIRECTORY,
	PATH_ONLY,
	PIPE,
	LISTENS_0,
	LISTENS_1,
	DEAF,
	DATAGRAMS,
	CARRIED_COUNT
};

struct op {
	uint8_t kind;
	uint8_t carried;
	uint8_t arg;
	uint8_t len[2]; /* of the content behind it */
};

static struct {
	int fd;
	struct addr addr;
	char text[ADDR_TEXT_MAX];
} places[PLACE_COUNT];

/* What must have been taken. */
static struct {
	int has_text;
	int has_pages;
	int has_place[PLACE_COUNT];
	int has_path[PATH_COUNT];
	uint32_t count;
} model;

static void
must(int is_true)
{
	if (!is_true)
		abort();
}

static void
drop_line(int level, const char *line, void *arg)
{
	(void)level;
	(void)line;
	(void)arg;
}

static void
open_places(void)
{
	struct sockaddr_in sin;
	socklen_t len;
	size_t i;

	if (places[0].fd != 0)
		return;
	log_to_sink(drop_line, NULL);
	for (i = 0; i < PLACE_COUNT; i++) {
		memset(&sin, 0, sizeof(sin));
		sin.sin_family = AF_INET;
		sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		len = sizeof(sin);
		places[i].fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		must(bind(places[i].fd, (struct sockaddr *)&sin, len) == 0);
		must(listen(places[i].fd, 1) == 0);
		must(getsockname(places[i].fd, (struct sockaddr *)&sin, &len) ==
		    0);
		addr_from_sockaddr((struct sockaddr *)&sin, &places[i].addr);
		addr_format(&places[i].addr, places[i].text);
	}
}

/* "@0" and "@1" become the places, whose ports are new in each process. */
static size_t
expand(const uint8_t *content, size_t len, char *out)
{
	size_t i, n = 0;

	for (i = 0; i < len; i++) {
		if (content[i] == '@' && i + 1 < len &&
		    (content[i + 1] == '0' || content[i + 1] == '1'))
			n += (size_t)snprintf(out + n, ADDR_TEXT_MAX, "%s",
			    places[content[++i] - '0'].text);
		else
			out[n++] = (char)content[i];
	}
	return n;
}

static int
make_file(const void *content, size_t len, int is_sealed)
{
	int fd = memfd_create("upload", MFD_ALLOW_SEALING | MFD_CLOEXEC);

	must(fd != -1 && write(fd, content, len) == (ssize_t)len);
	if (is_sealed)
		must(fcntl(fd, F_ADD_SEALS, SEALED_SEALS) == 0);
	return fd;
}

static int
open_path_only(int fd)
{
	char path[64];
	int result;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	result = open(path, O_PATH | O_CLOEXEC);
	close(fd);
	return result;
}

static int
make_pipe(void)
{
	int ends[2];

	must(pipe2(ends, O_CLOEXEC) == 0);
	close(ends[1]);
	return ends[0];
}

static int
make_carried(enum carried what, const char *content, size_t len)
{
	switch (what) {
	case SEALED:
	case UNSEALED:
		return make_file(content, len, what == SEALED);
	case DEVICE:
		return open("/dev/null", O_RDWR | O_CLOEXEC);
	case DIRECTORY:
		return open("/", O_RDONLY | O_CLOEXEC);
	case PATH_ONLY:
		return open_path_only(make_file(content, len, 1));
	case PIPE:
		return make_pipe();
	case LISTENS_0:
	case LISTENS_1:
		return fcntl(places[what - LISTENS_0].fd, F_DUPFD_CLOEXEC, 0);
	case DEAF:
		return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	case DATAGRAMS:
		return socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	default:
		return -1;
	}
}

/* Taken or not, as the model says; what is not stays with the sender. */
static void
must_be(int is_wanted, int result, int fd)
{
	must((result == 0) == is_wanted);
	must(result == 0 ? fd == -1
			 : result == VB_EBADMSG || result == VB_ENOFD ||
		    result == VB_EFULL);
	if (fd != -1)
		must(close(fd) == 0);
}

static void
set_text(char *field, size_t size, const char *text, uint8_t arg)
{
	memset(field, arg == BAD_TEXT ? 'x' : 0, size);
	if (arg != BAD_TEXT)
		snprintf(field, size, "%s", text);
}

static void
send_text(struct upload *u, const struct op *op, int fd)
{
	int is_wanted =
	    !model.has_text && op->carried == SEALED && op->arg != BAD_TEXT;
	struct msg_ctl_reload_text body;
	int result;

	memset(&body, 0, sizeof(body));
	set_text(body.file, sizeof(body.file), FILE_NAME, op->arg);
	result = upload_take_text(u, &body, &fd);
	must_be(is_wanted, result, fd);
	model.has_text |= is_wanted;
	model.count += (uint32_t)is_wanted;
}

static void
send_listener(struct upload *u, const struct op *op, int fd)
{
	struct msg_ctl_reload_listener body;
	int result;
	unsigned place = op->arg % PLACE_COUNT;
	int is_wanted = model.has_text && op->arg < PLACE_COUNT &&
	    op->carried == LISTENS_0 + place && !model.has_place[place];

	memset(&body, 0, sizeof(body));
	body.addr = places[place].addr;
	if (op->arg >= PLACE_COUNT)
		body.addr.port ^= (uint16_t)op->arg;
	result = upload_take_listener(u, &body, &fd);
	must_be(is_wanted, result, fd);
	model.has_place[place] |= is_wanted;
	model.count += (uint32_t)is_wanted;
}

static void
send_pages(struct upload *u, const struct op *op, int fd, size_t len)
{
	/* what a table must be has its own test: here, what it must not */
	int may_be = model.has_text && !model.has_pages &&
	    op->carried == SEALED && op->arg == 0;
	struct msg_ctl_reload_pages body = {len + (uint64_t)(int8_t)op->arg};
	int result = upload_take_pages(u, &body, &fd);

	must(may_be || result != 0);
	must_be(result == 0, result, fd);
	model.has_pages |= result == 0;
	model.count += result == 0;
}

static void
send_file(struct upload *u, const struct op *op, int fd)
{
	unsigned path = op->arg % PATH_COUNT;
	int is_wanted = model.has_text && op->arg != BAD_TEXT &&
	    (op->carried == SEALED || op->carried == UNSEALED) &&
	    !model.has_path[path];
	struct msg_ctl_reload_file body;
	char text[] = "/a.pem";
	int result;

	memset(&body, 0, sizeof(body));
	text[1] = (char)(text[1] + (int)path);
	set_text(body.path, sizeof(body.path), text, op->arg);
	result = upload_take_file(u, &body, &fd);
	must_be(is_wanted, result, fd);
	model.has_path[path] |= is_wanted;
	model.count += (uint32_t)is_wanted;
}

static int
build(struct upload *u)
{
	struct conf_options options = {0};
	char error[CONF_ERROR_MAX] = "";
	struct bundle *bundle;
	size_t i, j;
	int result = upload_build(u, &options, NULL, &bundle, error);

	must((result == 0) == (bundle != NULL));
	must(result == 0 || error[0] != '\0');
	if (result < 0)
		return result;
	must(model.has_pages && bundle->pages_fd != -1);
	must(strcmp(bundle->conf->file, FILE_NAME) == 0);
	must(bundle->listener_count == bundle->conf->listener_count);
	for (i = 0; i < bundle->listener_count; i++) {
		/* at a place that was sent, or it would have been opened */
		for (j = 0; j < PLACE_COUNT; j++)
			if (bundle->listeners[i].addr.port ==
			    places[j].addr.port)
				break;
		must(j < PLACE_COUNT && model.has_place[j]);
		must(bundle->listeners[i].fd != -1);
	}
	bundle_free(bundle);
	return 0;
}

static void
end(struct upload *u, const struct op *op)
{
	struct msg_ctl_reload_end body = {model.count + op->arg};
	int is_whole = model.has_text && op->arg == 0;

	must(upload_take_end(u, &body) == (is_whole ? 0 : VB_EBADMSG));
	if (is_whole)
		must(build(u) == build(u));
}

/* Returns how much of the input it was. */
static size_t
run_op(struct upload *u, const uint8_t *data, size_t size)
{
	static char content[EXPANDED_MAX];
	struct op op;
	size_t len, expanded;
	int fd;

	if (size < sizeof(op))
		return size;
	memcpy(&op, data, sizeof(op));
	op.kind %= KIND_COUNT;
	op.carried %= CARRIED_COUNT;
	len = (size_t)(op.len[0] << 8 | op.len[1]);
	if (len > size - sizeof(op))
		len = size - sizeof(op);
	if (len > CONTENT_MAX)
		len = CONTENT_MAX;
	expanded = expand(data + sizeof(op), len, content);
	if (op.kind == END) {
		end(u, &op);
		return sizeof(op) + len;
	}
	fd = make_carried((enum carried)op.carried, content, expanded);
	if (op.kind == TEXT)
		send_text(u, &op, fd);
	else if (op.kind == LISTENER)
		send_listener(u, &op, fd);
	else if (op.kind == PAGES)
		send_pages(u, &op, fd, expanded);
	else
		send_file(u, &op, fd);
	return sizeof(op) + len;
}

static int
lowest_free(void)
{
	int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);

	must(fd != -1 && fd < DESCRIPTOR_ANY);
	close(fd);
	return fd;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct upload *u;
	size_t at = 0;
	int before;

	open_places();
	before = lowest_free();
	memset(&model, 0, sizeof(model));
	must((u = upload_new(GENERATION)) != NULL);
	while (at < size)
		at += run_op(u, data + at, size - at);
	must(upload_generation(u) == GENERATION);
	upload_free(u);
	must(lowest_free() == before);
	return 0;
}
