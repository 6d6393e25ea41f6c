/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "worker/parse/frame.h"
#include "common/ipc.h"
#include "common/log.h"
#include "daemon/bundle/pages.h"
#include "tests/proc/worker_rig.h"

#define ANSWER_MAX  65536
#define GREETING    "RFB 003.008\n"
#define MASK_BYTE   0x5a
#define SILENCE_MS  100
#define KEY	    "dGhlIHNhbXBsZSBub25jZQ==" /* RFC 6455, 1.3 */
#define KEY_ANSWER  "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
#define LENGTH_NAME "Content-Length: "

/* ---- the master ---- */

static void
write_file(const char *directory, const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	ck_assert_ptr_nonnull(file = fopen(path, "w"));
	fputs(text, file);
	ck_assert_int_eq(fclose(file), 0);
}

static void
remove_files(const char *directory)
{
	static const char *const names[] = {"index.html", "viewer.html",
	    "login.html", "code.html", "assets", ""};
	char path[256];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		ck_assert_int_eq(remove(path), 0);
	}
}

int
make_pages(uint64_t *size_bytes)
{
	char directory[] = "/tmp/vb-pages-XXXXXX", assets[64], error[512];
	int fd;

	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(assets, sizeof(assets), "%s/assets", directory);
	ck_assert_int_eq(mkdir(assets, 0700), 0);
	write_file(directory, "index.html", "the start page\n");
	write_file(directory, "viewer.html", "the viewer\n");
	write_file(directory, "login.html",
	    "the login page {{problem}} "
	    "{{password}}name={{name}} next={{next}}{{/password}}\n"
	    "{{ways}}");
	write_file(directory, "code.html",

	    "the code page {{problem}} next={{next}}\n");
	ck_assert_msg(
	    pages_build(directory, &fd, size_bytes, error, sizeof(error)) == 0,
	    "%s", error);
	remove_files(directory);
	return fd;
}

void
worker_spawn(struct worker_rig *w)
{
	struct rig_conf none = {0};

	memset(w, 0, sizeof(*w));
	w->rig = rig_spawn_program("VB_WORKER", &none);
#define X(name, field, def, min, max, unit) w->settings.field = def;
	SETTINGS_NUMBERS(X)
#undef X
#define X(name, field, def) w->settings.field = def;
	SETTINGS_SWITCHES(X)
#undef X
	w->settings.verbose = 1;
}

void
worker_tell(struct worker_rig *w, enum msg_type type, const void *body, int fd)
{
	ck_assert_int_eq(ipc_write_message(w->rig.master, type, body, fd), 0);
}

static void
send_targets(struct worker_rig *w)
{
	const char *const *name;
	struct msg_conf_target target;

	for (name = w->targets; name != NULL && *name != NULL; name++) {
		memset(&target, 0, sizeof(target));
		snprintf(target.name, sizeof(target.name), "%s", *name);
		worker_tell(w, MSG_CONF_TARGET, &target, -1);
	}
}

/* Whom the clients of the tests ask for. */
static void
send_hosts(struct worker_rig *w)
{
	static const char *const names[] = {"h", "bridge"};
	struct msg_conf_host host;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		memset(&host, 0, sizeof(host));
		snprintf(host.name, sizeof(host.name), "%s", names[i]);
		worker_tell(w, MSG_CONF_HOST, &host, -1);
	}
}

void
worker_configure(struct worker_rig *w)
{
	struct msg_conf_start start;
	struct msg_conf_pages pages;
	struct msg_conf_listener listener = {.is_metrics = w->is_metrics};
	struct msg_conf_end end;
	int fd;

	memset(&start, 0, sizeof(start));
	start.proto_version = PROTO_VERSION;
	start.generation = ++w->rig.generation;
	start.worker_count = 1;
	start.settings = w->settings;
	worker_tell(w, MSG_CONF_START, &start, -1);
	fd = make_pages(&pages.size_bytes);
	worker_tell(w, MSG_CONF_PAGES, &pages, fd);
	listener.addr = w->local;
	worker_tell(w, MSG_CONF_LISTENER, &listener, -1);
	send_targets(w);
	send_hosts(w);
	if (w->tell_more != NULL)
		w->tell_more(w);
	end.generation = start.generation;
	worker_tell(w, MSG_CONF_END, &end, -1);
}

int
worker_hear(struct worker_rig *w)
{
	union proto_any any;
	int type, fd;
	uint32_t i;

	type = ipc_read_message(
	    w->rig.master, ROLE_MASTER, ROLE_WORKER, &any, &fd);
	ck_assert_msg(type > 0, "the worker is silent: %s", vb_strerror(type));
	if (type == MSG_LOG)
		snprintf(w->log, sizeof(w->log), "%s", any.log.line);
	if (type == MSG_READY)
		w->readies++;
	if (type == MSG_UNJOINED) {
		w->unjoined++;
		w->unjoined_fence = any.unjoined.fence;
		w->unjoined_reason = any.unjoined.reason;
		w->unjoined_role = any.unjoined.role;
	}
	if (type == MSG_METRICS) {
		w->metrics++;
		w->metrics_number = any.metrics.number;
	}
	if (type == MSG_LEFT) {
		ck_assert_uint_le(any.left.count, LEFT_MAX);
		for (i = 0; i < any.left.count; i++)
			ck_assert_uint_eq(any.left.places[i], w->place);
		w->left += any.left.count;
	}
	if (type == MSG_LOAD) {
		w->taken += any.load.taken;
		w->ended += any.load.ended;
		w->sessions = any.load.sessions;
	}
	return type;
}

void
worker_wait_ready(struct worker_rig *w)
{
	while (worker_hear(w) != MSG_READY)
		continue;
}

void
worker_start(struct worker_rig *w)
{
	worker_spawn(w);
	worker_configure(w);
	worker_wait_ready(w);
}

void
worker_wait_load(struct worker_rig *w, uint32_t taken, uint32_t ended)
{
	while (w->taken < taken || w->ended < ended)
		worker_hear(w);
	ck_assert_uint_eq(w->taken, taken);
	ck_assert_uint_eq(w->ended, ended);
}

void
worker_wait_sessions(struct worker_rig *w, uint32_t sessions)
{
	do
		while (worker_hear(w) != MSG_LOAD)
			continue;
	while (w->sessions != sessions);
}

void
worker_wait_log(struct worker_rig *w)
{
	while (worker_hear(w) != MSG_LOG)
		continue;
}

void
worker_wait_unjoined(struct worker_rig *w, uint32_t count)
{
	while (w->unjoined < count)
		worker_hear(w);
	ck_assert_uint_eq(w->unjoined, count);
}

int
worker_give_client(struct worker_rig *w, uint64_t conn_id, uint32_t flags)
{
	struct msg_client client;
	int fds[2];

	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	rig_bound_waits(fds[0]);
	memset(&client, 0, sizeof(client));
	client.conn_id = conn_id;
	client.flags = flags;
	client.place = w->place;
	client.local = w->local;
	ck_assert_int_eq(addr_parse_ip(w->peer != NULL ? w->peer : "192.0.2.7",
			     &client.peer),
	    0);
	ck_assert_int_eq(fcntl(fds[1], F_SETFL, O_NONBLOCK), 0);
	worker_tell(w, MSG_CLIENT, &client, fds[1]);
	return fds[0];
}

/* ---- the broker ---- */

void
broker_read(int broker, enum msg_type type, union proto_any *any)
{
	int fd, got;

	do
		got = ipc_read_message(
		    broker, ROLE_BROKER, ROLE_WORKER, any, &fd);
	while (got == MSG_TRAFFIC && type != MSG_TRAFFIC);
	ck_assert_msg(got == (int)type, "%s instead of %s",
	    got < 0 ? vb_strerror(got) : proto_row((uint32_t)got)->name,
	    proto_row(type)->name);
	ck_assert_int_eq(fd, -1);
}

void
broker_expect_open(int broker, uint64_t conn_id, const char *target)
{
	union proto_any any;

	broker_read(broker, MSG_OPEN, &any);
	ck_assert_uint_eq(any.open.conn_id, conn_id);
	ck_assert_str_eq(any.open.target, target);
	ck_assert_uint_eq(any.open.client.family, ADDR_V4);
}

void
broker_opened(
    int broker, uint64_t conn_id, uint32_t code, const char *reason, int fd)
{
	struct msg_opened opened;

	memset(&opened, 0, sizeof(opened));
	opened.conn_id = conn_id;
	opened.code = code;
	strcpy(opened.reason, reason);
	strcpy(opened.target, "desk:5901");
	ck_assert_int_eq(
	    addr_parse_endpoint("127.0.0.1:5901", 0, &opened.addr), 0);
	ck_assert_int_eq(ipc_write_message(broker, MSG_OPENED, &opened, fd), 0);
}

void
broker_expect_silence(int broker)
{
	struct pollfd pfd = {broker, POLLIN, 0};
	union proto_any any;
	int type, fd;

	if (poll(&pfd, 1, SILENCE_MS) == 0)
		return;
	type = ipc_read_message(broker, ROLE_BROKER, ROLE_WORKER, &any, &fd);
	ck_abort_msg("%s instead of silence",
	    type < 0 ? vb_strerror(type) : proto_row((uint32_t)type)->name);
}

void
broker_expect_closed(int broker)
{
	char byte;
	ssize_t n;

	while ((n = recv(broker, &byte, 1, 0)) > 0)
		continue;
	ck_assert(n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK));
}

/* ---- clients ---- */

void
client_say(int client, const char *text)
{
	ck_assert_int_eq(send(client, text, strlen(text), MSG_NOSIGNAL),
	    (ssize_t)strlen(text));
}

static void
read_exactly(int fd, void *out, size_t len)
{
	ssize_t n;

	if (len == 0)
		return;
	n = recv(fd, out, len, MSG_WAITALL);
	ck_assert_msg(n == (ssize_t)len, "%zd of %zu bytes came", n, len);
}

const char *
client_http(int client, const char *request)
{
	static char answer[ANSWER_MAX];
	const char *length;
	size_t n = 0;

	client_say(client, request);
	do {
		ck_assert_uint_lt(n, sizeof(answer) - 1);
		read_exactly(client, answer + n++, 1);
		answer[n] = '\0';
	} while (strstr(answer, "\r\n\r\n") == NULL);
	if ((length = strstr(answer, LENGTH_NAME)) != NULL) {
		size_t len = strtoul(length + strlen(LENGTH_NAME), NULL, 10);

		ck_assert_uint_lt(n + len, sizeof(answer));
		read_exactly(client, answer + n, len);
		answer[n + len] = '\0';
	}
	return answer;
}

void
client_upgrade(int client, const char *target)
{
	char request[1024];
	const char *answer;

	snprintf(request, sizeof(request),
	    "GET /proxy?target=%s HTTP/1.1\r\n"
	    "Host: bridge\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	    "Sec-WebSocket-Key: " KEY "\r\nSec-WebSocket-Version: 13\r\n\r\n",
	    target);
	answer = client_http(client, request);
	ck_assert_int_eq(strncmp(answer, "HTTP/1.1 101 ", 13), 0);
	ck_assert_ptr_nonnull(strstr(answer, KEY_ANSWER));
}

void
client_send(int client, unsigned opcode, const void *data, size_t len)
{
	unsigned char frame[WS_CLIENT_HEAD_MAX + WS_CONTROL_MAX];
	size_t i, n = 0;

	ck_assert_uint_le(len, WS_CONTROL_MAX);
	frame[n++] = (unsigned char)(0x80 | opcode);
	frame[n++] = (unsigned char)(0x80 | len);
	for (i = 0; i < 4; i++)
		frame[n++] = MASK_BYTE;
	for (i = 0; i < len; i++)
		frame[n++] = ((const unsigned char *)data)[i] ^ MASK_BYTE;
	ck_assert_int_eq(send(client, frame, n, MSG_NOSIGNAL), (ssize_t)n);
}

unsigned
client_read(int client, char payload[FRAME_MAX], size_t *len)
{
	unsigned char head[4];

	read_exactly(client, head, 2);
	/* one whole frame, unmasked (RFC 6455, 5.1) */
	ck_assert_uint_eq(head[0] & 0xf0, 0x80);
	ck_assert_uint_eq(head[1] & 0x80, 0);
	*len = head[1];
	if (*len == 126) {
		read_exactly(client, head + 2, 2);
		*len = (size_t)head[2] << 8 | head[3];
	}
	ck_assert_uint_lt(*len, FRAME_MAX);
	read_exactly(client, payload, *len);
	payload[*len] = '\0';
	return head[0] & 15;
}

unsigned
client_closed(int client, char reason[FRAME_MAX])
{
	unsigned char payload[FRAME_MAX];
	unsigned code;
	size_t len;

	while (client_read(client, (char *)payload, &len) != WS_CLOSE)
		continue;
	reason[0] = '\0';
	if (len == 0) {
		client_send(client, WS_CLOSE, "", 0);
		return WS_CLOSE_NO_STATUS;
	}
	code = (unsigned)payload[0] << 8 | payload[1];
	strcpy(reason, (const char *)payload + 2);
	client_send(client, WS_CLOSE, payload, 2);
	return code;
}

int
is_at_end(int fd)
{
	char byte;
	ssize_t n = recv(fd, &byte, 1, 0);

	return n == 0 || (n == -1 && errno == ECONNRESET);
}

void
session_open(
    struct worker_rig *w, int broker, uint64_t conn_id, struct session *s)
{
	char payload[FRAME_MAX];
	int fds[2];
	size_t len;

	s->conn_id = conn_id;
	s->client = worker_give_client(w, conn_id, 0);
	client_upgrade(s->client, "desk");
	broker_expect_open(broker, conn_id, "desk");
	ck_assert_int_eq(
	    socketpair(
		AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds),
	    0);
	broker_opened(broker, conn_id, 0, "", fds[1]);
	s->target = fds[0];
	ck_assert_int_eq(fcntl(s->target, F_SETFL, 0), 0);
	rig_bound_waits(s->target);
	client_say(s->target, GREETING);
	ck_assert_uint_eq(client_read(s->client, payload, &len), WS_BINARY);
	ck_assert_str_eq(payload, GREETING);
}

void
session_check(const struct session *s)
{
	char payload[FRAME_MAX];
	size_t len;

	client_send(s->client, WS_BINARY, "key", 3);
	read_exactly(s->target, payload, 3);
	ck_assert_mem_eq(payload, "key", 3);
	client_say(s->target, "picture");
	ck_assert_uint_eq(client_read(s->client, payload, &len), WS_BINARY);
	ck_assert_str_eq(payload, "picture");
}
