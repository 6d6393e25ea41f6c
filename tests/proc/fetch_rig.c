/* SPDX-License-Identifier: ISC */
#include <sys/mman.h>
#include <sys/socket.h>

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/fetch_rig.h"

static void
tell(struct fetch_rig *f, enum msg_type type, const void *body, int fd)
{
	ck_assert_int_eq(ipc_write_message(f->rig.master, type, body, fd), 0);
}

/* A sanitizer holds back what is freed, which would look like growth. */
static void
hold_nothing_back(void)
{
	const char *usual = getenv("ASAN_OPTIONS");
	char options[512];

	if (usual != NULL && strstr(usual, "quarantine") != NULL)
		return;
	snprintf(options, sizeof(options), "%s:quarantine_size_mb=1",
	    usual != NULL ? usual : "");
	ck_assert_int_eq(setenv("ASAN_OPTIONS", options, 1), 0);
}

void
fetch_begin(struct fetch_rig *f)
{
	hold_nothing_back();
	memset(f, 0, sizeof(*f));
	f->fence = RIG_FENCE;
#define X(name, field, def, min, max, unit) f->settings.field = def;
	SETTINGS_NUMBERS(X)
#undef X
#define X(name, field, def) f->settings.field = def;
	SETTINGS_SWITCHES(X)
#undef X
}

void
fetch_spawn(struct fetch_rig *f)
{
	struct rig_conf conf = {0};
	uint32_t generation = f->rig.generation;

	f->rig = rig_spawn_program(
	    f->settings.sandbox ? "VB_CONFINED_FETCH" : "VB_FETCH", &conf);
	f->rig.generation = generation;
}

void
fetch_host_files(struct fetch_rig *f)
{
	struct msg_host_file file = {HOST_FILE_HOSTS};
	int fd = memfd_create("hosts", MFD_CLOEXEC);

	ck_assert_int_eq(
	    write(fd, f->hosts, strlen(f->hosts)), (int)strlen(f->hosts));
	tell(f, MSG_HOST_FILE, &file, fd);
	file.kind = HOST_FILE_RESOLV_CONF;
	tell(f, MSG_HOST_FILE, &file, -1);
}

void
fetch_conf_start(struct fetch_rig *f)
{
	struct msg_conf_start start;

	memset(&start, 0, sizeof(start));
	start.proto_version = PROTO_VERSION;
	start.generation = ++f->rig.generation;
	start.settings = f->settings;
	tell(f, MSG_CONF_START, &start, -1);
}

void
fetch_conf_host(struct fetch_rig *f, const struct fetch_host *host)
{
	struct msg_conf_fetch_host body;

	memset(&body, 0, sizeof(body));
	body.source = host->source;
	body.port = host->port;
	body.is_plain = (uint32_t)host->is_plain;
	strlcpy(body.host, host->host, sizeof(body.host));
	tell(f, MSG_CONF_FETCH_HOST, &body, -1);
}

void
fetch_conf_ca(struct fetch_rig *f, uint32_t source, int ca_fd)
{
	struct msg_conf_fetch_ca body = {source};

	tell(f, MSG_CONF_FETCH_CA, &body, fcntl(ca_fd, F_DUPFD_CLOEXEC, 0));
}

void
fetch_conf_end(struct fetch_rig *f)
{
	struct msg_conf_end end = {f->rig.generation};
	struct msg_conf_nameserver server;

	memset(&server, 0, sizeof(server));
	server.addr = f->nameserver;
	if (server.addr.family != ADDR_NONE)
		tell(f, MSG_CONF_NAMESERVER, &server, -1);
	tell(f, MSG_CONF_END, &end, -1);
}

void
fetch_configure(struct fetch_rig *f, const struct fetch_host *hosts, int ca_fd)
{
	uint8_t has_ca[FETCH_SOURCES_MAX] = {0};

	fetch_conf_start(f);
	for (; hosts->host != NULL; hosts++) {
		fetch_conf_host(f, hosts);
		if (ca_fd != -1 && !has_ca[hosts->source]++)
			fetch_conf_ca(f, hosts->source, ca_fd);
	}
	fetch_conf_end(f);
}

static void
note_line(struct fetch_rig *f, const struct msg_log *log)
{
	if (getenv("VB_TEST_VERBOSE") != NULL)
		fprintf(stderr, "fetch: %s\n", log->line);
	strlcat(f->log, log->line, sizeof(f->log));
	strlcat(f->log, "\n", sizeof(f->log));
}

/* The next message of that type; what comes before it is remembered. */
static void
read_master(struct fetch_rig *f, enum msg_type wanted, union proto_any *any)
{
	int type, fd;

	do {
		type = ipc_read_message(
		    f->rig.master, ROLE_MASTER, ROLE_FETCH, any, &fd);
		ck_assert_msg(type > 0, "%s", vb_strerror(type));
		ck_assert_int_eq(fd, -1);
		if (type == MSG_LOG)
			note_line(f, &any->log);
		else if (type == MSG_DROPPED) {
			f->dropped++;
			f->last_dropped = any->dropped;
		}
	} while (type != (int)wanted);
}

void
fetch_wait_ready(struct fetch_rig *f)
{
	union proto_any any;

	read_master(f, MSG_READY, &any);
	ck_assert_uint_eq(any.ready.proto_version, PROTO_VERSION);
}

void
fetch_probe(struct fetch_rig *f)
{
	static uint64_t number;
	struct msg_probe probe = {++number};
	union proto_any any;

	tell(f, MSG_PROBE, &probe, -1);
	read_master(f, MSG_ALIVE, &any);
	ck_assert_uint_eq(any.alive.number, number);
}

void
fetch_join(struct fetch_rig *f)
{
	struct msg_peer peer = {
	    .fence = ++f->fence, .role = ROLE_FETCH, .asker = ROLE_AUTH};
	int fds[2];

	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	rig_bound_waits(fds[0]);
	tell(f, MSG_PEER, &peer, fds[1]);
	f->auth = fds[0];
}

void
fetch_run(struct fetch_rig *f, const struct fetch_host *hosts, int ca_fd)
{
	fetch_spawn(f);
	fetch_host_files(f);
	fetch_configure(f, hosts, ca_fd);
	fetch_wait_ready(f);
	fetch_join(f);
}

void
fetch_stop(struct fetch_rig *f)
{
	fetch_probe(f);
	rig_stop(&f->rig);
	close(f->auth);
}

void
fetch_ask(struct fetch_rig *f, uint64_t id, const char *url,
    const char *authorization, const char *body)
{
	static struct msg_fetch fetch;

	memset(&fetch, 0, sizeof(fetch));
	fetch.id = id;
	fetch.is_post = body != NULL;
	strlcpy(fetch.url, url, sizeof(fetch.url));
	if (authorization != NULL)
		strlcpy(fetch.authorization, authorization,
		    sizeof(fetch.authorization));
	if (body != NULL)
		strlcpy(fetch.body, body, sizeof(fetch.body));
	ck_assert_int_eq(ipc_write_message(f->auth, MSG_FETCH, &fetch, -1), 0);
}

void
fetch_read(struct fetch_rig *f, struct fetch_answer *answer)
{
	static union proto_any any;
	const struct msg_fetched *part = &any.fetched;
	int type, fd;

	memset(answer, 0, sizeof(*answer));
	do {
		type =
		    ipc_read_message(f->auth, ROLE_AUTH, ROLE_FETCH, &any, &fd);
		ck_assert_msg(
		    type == MSG_FETCHED, "%d: %s", type, vb_strerror(type));
		ck_assert_uint_le(part->len, FETCH_CHUNK_BYTES);
		ck_assert_uint_le(answer->len + part->len, FETCH_ANSWER_MAX);
		ck_assert(PROTO_IS_TEXT(part->error));
		ck_assert(answer->parts == 0 || part->id == answer->id);
		ck_assert(answer->parts == 0 || part->len > 0);
		ck_assert(part->status == 0 || part->error[0] == '\0');
		answer->id = part->id;
		answer->status = part->status;
		memcpy(answer->error, part->error, sizeof(answer->error));
		memcpy(answer->data + answer->len, part->data, part->len);
		answer->len += part->len;
		answer->parts++;
	} while (part->has_more);
	ck_assert(answer->status != 0 || answer->error[0] != '\0');
	ck_assert(answer->status != 0 || answer->len == 0);
}

void
fetch_get(struct fetch_rig *f, const char *url, struct fetch_answer *answer)
{
	static uint64_t id;

	fetch_ask(f, ++id, url, NULL, NULL);
	fetch_read(f, answer);
	ck_assert_uint_eq(answer->id, id);
}

void
fetch_get_path(struct fetch_rig *f, uint16_t port, const char *path,
    struct fetch_answer *answer)
{
	char url[FETCH_URL_MAX];

	snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", port, path);
	fetch_get(f, url, answer);
}
