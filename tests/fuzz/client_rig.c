/* SPDX-License-Identifier: ISC */
/*
 * See client_rig.h.
 */
#include <sys/mman.h>
#include <sys/socket.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/ipc.h"
#include "common/log.h"
#include "tests/fuzz/client_rig.h"
#include "worker/parse/handshake.h"
#include "worker/master.h"
#include "worker/spine.h"
#include "worker/stages/pages.h"
#include "worker/tick.h"

#define TURNS	    4	  /* of the loop, until it is quiet */
#define END_STEP_MS 70000 /* longer than any state of no session lasts */
#define END_STEPS   6
#define FDS_MAX	    64
#define CLOCK_START 1000000

static struct worker worker;
static struct rig rig = {
    .worker = &worker, .master = -1, .broker = -1, .auth = -1};
static int pages_fd;
static uint32_t generation;
static uint64_t open_at_begin; /* descriptors, a bit each */

void
must_at(int holds, const char *text, const char *file, int line)
{
	if (holds)
		return;
	fprintf(stderr, "%s:%d: not so: %s\n", file, line, text);
	abort();
}

/* What main.c does: here the script ends. */
static void
note_drained(int status)
{
	must(status == 0 && worker.conn_count == 0);
	rig.is_drained = 1;
}

static void
miss_master(int reason)
{
	(void)reason;
	abort(); /* the rig's messages are all good ones */
}

/* ---- the master ---- */

static void
make_pages(uint64_t *size_bytes)
{
	static struct {
		struct pages_head head;
		struct pages_entry entries[5];
		char text[64];
	} table = {.head = {PAGES_MAGIC, 5}, .text = "page"};
	static const char *const paths[] = {
	    "assets/app.js", PAGE_START, PAGE_VIEWER, PAGE_LOGIN, PAGE_CODE};
	size_t i;

	for (i = 0; i < 5; i++) {
		struct pages_entry *entry = &table.entries[i];

		snprintf(entry->path, sizeof(entry->path), "%s", paths[i]);
		snprintf(entry->type, sizeof(entry->type), "text/html");
		snprintf(entry->etag, sizeof(entry->etag), "\"%zu\"", i);
		entry->offset = (uint32_t)((char *)table.text - (char *)&table);
		entry->len = sizeof(table.text);
		entry->gzip_offset = entry->offset;
		entry->gzip_len = i == 0 ? 4 : 0;
	}
	*size_bytes = sizeof(table);
	pages_fd = memfd_create("pages", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	must(write(pages_fd, &table, sizeof(table)) == sizeof(table));
	must(
	    fcntl(pages_fd, F_ADD_SEALS,
		F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0);
}

void
rig_send_master(struct rig *r, enum msg_type type, const void *body, int fd)
{
	must(ipc_write_message(r->master, type, body, fd) == 0);
}

void
rig_default_settings(struct settings *settings)
{
	memset(settings, 0, sizeof(*settings));
#define X(name, field, def, min, max, unit) settings->field = def;
	SETTINGS_NUMBERS(X)
#undef X
#define X(name, field, def) settings->field = def;
	SETTINGS_SWITCHES(X)
#undef X
	settings->sandbox = 0;
	settings->request_head_bytes = HEAD_MAX;
}

void
rig_configure(struct rig *r, const struct settings *settings)
{
	static uint64_t size_bytes;
	struct msg_conf_start start = {PROTO_VERSION, 0, 0, 1, {0}, {0}};
	struct msg_conf_pages pages;
	struct msg_conf_listener listener = {
	    .has_proxy_protocol = r->has_people};
	struct msg_conf_target target;
	static const struct msg_conf_host bridge = {"bridge"}, h = {"h"};
	struct msg_conf_end end;

	if (worker.conf != NULL &&
	    memcmp(&worker.conf->settings, settings, sizeof(*settings)) == 0)
		return;
	generation++;
	if (size_bytes == 0)
		make_pages(&size_bytes);
	start.generation = end.generation = generation;
	start.settings = *settings;
	pages.size_bytes = size_bytes;
	rig_send_master(r, MSG_CONF_START, &start, -1);
	rig_send_master(r, MSG_CONF_PAGES, &pages, dup(pages_fd));
	rig_send_master(r, MSG_CONF_LISTENER, &listener, -1);
	people_configure(r);
	rig_send_master(r, MSG_CONF_HOST, &bridge, -1);
	rig_send_master(r, MSG_CONF_HOST, &h, -1);
	memset(&target, 0, sizeof(target));
	strcpy(target.name, "lab1");
	strcpy(target.description, "left \"bench\" <b>");
	rig_send_master(r, MSG_CONF_TARGET, &target, -1);
	rig_send_master(r, MSG_CONF_END, &end, -1);
	rig_turn(r);
	must(worker.conf->generation == generation);
}

static void
take_load(struct rig *r, const struct msg_load *load)
{
	r->taken += load->taken;
	r->ended += load->ended;
	r->sessions = load->sessions;
	must(r->taken <= r->given && r->ended <= r->taken);
	must(r->left >= r->ended); /* else the master would not believe it */
}

static void
read_master(struct rig *r)
{
	union proto_any any;
	int type, fd;

	while ((type = ipc_read_message(
		    r->master, ROLE_MASTER, ROLE_WORKER, &any, &fd)) > 0) {
		must(fd == -1);
		if (type == MSG_LOAD)
			take_load(r, &any.load);
		else if (type == MSG_LEFT)
			r->left += any.left.count;
		else if (type == MSG_LOG)
			must(PROTO_IS_TEXT(any.log.line));
		else
			must(type == MSG_READY || type == MSG_UNJOINED);
	}
	must(type == VB_ESYS && (errno == EAGAIN || errno == EWOULDBLOCK));
}

void
rig_give_client(struct rig *r, struct slot *slot, uint32_t flags)
{
	struct msg_client msg;
	int fds[2], small = RIG_SMALL_BUFFER;

	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
		 fds) == 0);
	if (r->has_small_buffers)
		must(setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &small,
			 sizeof(small)) == 0);
	slot->conn_id = ++r->last_conn_id;
	slot->client = fds[0];
	memset(&msg, 0, sizeof(msg));
	msg.conn_id = slot->conn_id;
	msg.flags = flags;
	msg.place = (uint32_t)msg.conn_id;
	must(addr_parse_ip("192.0.2.7", &msg.peer) == 0);
	r->given++;
	rig_send_master(r, MSG_CLIENT, &msg, fds[1]);
}

void
rig_give_odd_client(struct rig *r, struct slot *slot, int has_fd)
{
	struct msg_client msg;
	int fds[2] = {-1, -1};

	memset(&msg, 0, sizeof(msg));
	msg.conn_id = slot->conn_id;
	msg.place = UINT32_MAX;
	if (rig_find(r, slot) != NULL && has_fd)
		must(socketpair(AF_UNIX,
			 SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
			 fds) == 0);
	r->given++;
	rig_send_master(r, MSG_CLIENT, &msg, fds[1]);
	rig_close(&fds[0]);
}

struct client *
rig_find(struct rig *r, const struct slot *slot)
{
	return slot->conn_id == 0 ? NULL
				  : client_find(r->worker, slot->conn_id);
}

/* ---- the loop ---- */

void
rig_turn(struct rig *r)
{
	int i;

	world.is_workers_turn = 1;
	for (i = 0; i < TURNS; i++)
		must(event_base_loop(worker.base,
			 EVLOOP_NONBLOCK | EVLOOP_NO_EXIT_ON_EMPTY) != -1);
	world.is_workers_turn = 0;
	world.starve_at = 0;
	read_master(r);
	rig_read_broker(r);
	people_read(r);
}

void
rig_tick(struct rig *r, uint64_t ms)
{
	world.now_ms += ms;
	r->has_ticked = 1;
	world.is_workers_turn = 1;
	worker_tick(&worker);
	rig_turn(r);
}

static void
start_worker(void)
{
	struct event_config *config = event_config_new();
	struct settings settings;
	uint8_t *buffer;
	int fds[2];

	signal(SIGPIPE, SIG_IGN);
	world_share_memory();
	must(handshake_prepare() == 0);
	must((buffer = malloc(WORKER_BUFFER_BYTES)) != NULL);
	worker.drained = note_drained;
	worker.orphaned = miss_master;
	must(config != NULL);
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
	must((worker.base = event_base_new_with_config(config)) != NULL);
	event_config_free(config);
	spine_open(&worker, buffer);
	must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC,
		 0, fds) == 0);
	rig.master = fds[0];
	must(master_connect(&worker, fds[1]) == 0);
	log_to_sink(ipc_log_sink, worker.master);
	rig_default_settings(&settings);
	rig_configure(&rig, &settings);
}

struct rig *
rig_get(void)
{
	if (rig.master == -1)
		start_worker();
	return &rig;
}

/* Those that are open of the first 64; a script has far fewer. */
static uint64_t
open_descriptors(void)
{
	uint64_t set = 0;
	int fd;

	for (fd = 0; fd < FDS_MAX; fd++)
		if (fcntl(fd, F_GETFD) != -1)
			set |= 1ull << fd;
	return set;
}

void
rig_begin(struct rig *r)
{
	size_t i;

	world.now_ms = CLOCK_START;
	worker.ticks = 0;
	worker.drain_deadline_ms = 0;
	worker.load.taken = worker.load.ended = 0; /* a LOAD may have starved */
	worker.load.left.count = 0;
	r->last_conn_id = 0;
	r->given = r->taken = r->ended = r->left = 0;
	r->sessions = r->helds = 0;
	r->is_drained = r->has_ticked = 0;
	world.has_starved = 0;
	world.starve_at = 0;
	for (i = 0; i < SLOTS; i++)
		slot_clear(&r->slots[i]);
	open_at_begin = open_descriptors();
}

void
rig_end(struct rig *r)
{
	int i;

	for (i = 0; i < SLOTS; i++) {
		rig_close(&r->slots[i].client);
		rig_close(&r->slots[i].target);
	}
	rig_turn(r);
	for (i = 0; i < END_STEPS && worker.conn_count > 0; i++)
		rig_tick(r, END_STEP_MS);
	must(worker.conn_count == 0 && worker.session_count == 0);
	must(TAILQ_EMPTY(&worker.clients) && RB_EMPTY(&worker.by_id));
	must(world.has_starved ||
	    (r->taken == r->given && r->ended == r->given &&
		r->left == r->given && r->sessions == 0));
	/* each OPEN and HELD has its CLOSED, or the process's end says it */
	for (i = 0; i < SLOTS; i++) {
		must(r->broker == -1 || (world.has_starved && r->is_drained) ||
		    r->slots[i].was_closed ==
			(r->slots[i].was_asked | r->slots[i].was_held));
		board_check_end(r, &r->slots[i]);
	}
	rig_leave_broker(r);
	people_leave(r);
	rig_turn(r);
	must(worker.broker == NULL && worker.auth == NULL);
	must(worker.boards == NULL);
	must(open_descriptors() == open_at_begin);
}
