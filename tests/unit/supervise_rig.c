/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/unit/breach.h"
#include "tests/unit/supervise_rig.h"

#define WAIT_MS	    10000
#define TICK_MS	    5 /* the loop never waits longer */
#define PAGES_BYTES 4096

struct supervise_rig rig;

static struct conf conf;
static struct bundle bundle;
static struct event tick_ev;

/* ---- what spawn.c does ---- */

static struct fake *
fake_of(const struct child *child)
{
	if (child->role == ROLE_KEEPER)
		return &rig.keeper;
	return child->role == ROLE_BROKER ? &rig.broker
					  : &rig.workers[child->index];
}

int
spawn_child(struct child *child, int *channel)
{
	struct fake *fake = fake_of(child);
	struct timeval tv = {.tv_sec = WAIT_MS / MS_PER_SEC};
	int pair[2];

	if (fake->fd > 0)
		close(fake->fd);
	memset(fake, 0, sizeof(*fake));
	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	ck_assert_int_eq(
	    setsockopt(pair[1], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)), 0);
	if ((fake->pid = fork()) == 0) {
		/* no assertion here: libcheck's pipe is the parent's */
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		for (;;)
			pause();
	}
	ck_assert_int_ne(fake->pid, -1);
	fake->fd = pair[1];
	child->pid = fake->pid;
	*channel = pair[0];
	return 0;
}

struct child *
rig_child(const struct fake *fake)
{
	if (fake == &rig.keeper)
		return &rig.sup->keeper;
	return fake == &rig.broker ? &rig.sup->broker
				   : rig.sup->workers[fake - rig.workers];
}

/* ---- what the master does with it ---- */

static void
on_ready(void *arg)
{
	(void)arg;
	rig.ready++;
}

static void
on_nothing(void *arg)
{
	(void)arg;
}

static void
on_listed(void *arg, const struct msg_listed *listed)
{
	(void)arg;
	rig.listed++;
	rig.listed_cookie = listed->cookie;
}

static void
on_broker_lost(void *arg)
{
	(void)arg;
	rig.broker_lost++;
}

static int
offer(uint32_t generation)
{
	static struct bundle offered;

	if (rig.sup->offered == NULL) {
		offered = bundle;
		offered.generation = generation;
	}
	return supervisor_offer(rig.sup, &offered);
}

static void
on_kept(void *arg, const char *error)
{
	uint32_t next = rig.next;

	(void)arg;
	rig.kept++;
	rig.is_refused = error != NULL;
	rig.next = 0;
	if (error != NULL && next != 0)
		ck_assert_int_eq(offer(next), 0);
}

static const struct supervisor_ops ops = {
    .ready = on_ready,
    .failed = on_nothing,
    .capacity = on_nothing,
    .drained = on_nothing,
    .listed = on_listed,
    .broker_lost = on_broker_lost,
    .kept = on_kept,
};

/* ---- what the children do ---- */

static void
hear(struct fake *fake, int type, const union proto_any *any)
{
	switch (type) {
	case MSG_PEER:
		if (any->peer.role == ROLE_KEEPER) {
			fake->keeper_fence = any->peer.fence;
			fake->keeper_peers++;
			break;
		}
		fake->fence = any->peer.fence;
		fake->peers++;
		break;
	case MSG_CONF_END:
		fake->generation = any->conf_end.generation;
		fake->ends++;
		break;
	case MSG_LIST:
		fake->cookie = any->list.cookie;
		fake->lists++;
		break;
	case MSG_PROBE:
		fake->probe_number = any->probe.number;
		fake->probes++;
		break;
	default:
		break;
	}
}

/* All that has come for a child. */
static void
hear_all(struct fake *fake)
{
	enum proto_role role = rig_child(fake)->role;
	static union proto_any any;
	char byte;
	int type, fd;

	while (recv(fake->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0) {
		type = ipc_read_message(fake->fd, role, ROLE_MASTER, &any, &fd);
		ck_assert_msg(type > 0, "the master says what it may not: %s",
		    vb_strerror(type));
		if (fd != -1)
			close(fd);
		hear(fake, type, &any);
	}
}

void
rig_run(void)
{
	int i;

	/* a message, what it leads to, and what that leads to */
	for (i = 0; i < 8; i++)
		event_base_loop(rig.base, EVLOOP_NONBLOCK);
	hear_all(&rig.keeper);
	if (!rig.sup->has_kept)
		return; /* nobody else is there yet */
	hear_all(&rig.broker);
	for (i = 0; i < RIG_WORKERS; i++)
		hear_all(&rig.workers[i]);
}

static void
on_tick_cb(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

void
rig_wait_replaced(struct fake *fake, pid_t pid)
{
	uint64_t end_ms = clock_now_ms() + WAIT_MS;

	while (fake->pid == pid || rig_child(fake)->pid == 0) {
		ck_assert_msg(clock_now_ms() < end_ms, "%s is not replaced",
		    child_name(rig_child(fake)));
		event_base_loop(rig.base, EVLOOP_ONCE);
	}
	rig_run();
}

int
rig_say(struct fake *fake, enum msg_type type, const void *body)
{
	return breach_say(fake->fd, type, body, -1);
}

void
rig_say_kept(uint32_t cert_id)
{
	struct msg_kept kept;

	memset(&kept, 0, sizeof(kept));
	kept.generation = rig.keeper.generation;
	kept.cert_id = cert_id;
	ck_assert_int_eq(rig_say(&rig.keeper, MSG_KEPT, &kept), 0);
	rig_run();
}

void
rig_ready(struct fake *fake)
{
	struct msg_ready ready = {PROTO_VERSION};

	if (fake == &rig.keeper && rig_child(fake)->owes_kept)
		rig_say_kept(0);
	ck_assert_int_eq(rig_say(fake, MSG_READY, &ready), 0);
	rig_run();
	ck_assert_uint_eq(rig_child(fake)->is_ready, 1);
}

static void
fill_settings(struct settings *settings)
{
#define X(name, field, def, min, max, unit) settings->field = def;
	SETTINGS_NUMBERS(X)
#undef X
	settings->workers = RIG_WORKERS;
	settings->watchdog_timeout_sec = 0;
}

void
rig_start_silent(void)
{
	struct timeval tick = clock_timeval(TICK_MS);

	signal(SIGPIPE, SIG_IGN);
	memset(&rig, 0, sizeof(rig));
	fill_settings(&conf.settings);
	bundle.conf = &conf;
	bundle.generation = 1;
	bundle.pages_size_bytes = PAGES_BYTES;
	bundle.pages_fd = memfd_create("pages", MFD_CLOEXEC);
	ck_assert_int_ne(bundle.pages_fd, -1);
	ck_assert_ptr_nonnull(rig.base = event_base_new());
	ck_assert_int_eq(
	    event_assign(&tick_ev, rig.base, -1, EV_PERSIST, on_tick_cb, NULL),
	    0);
	ck_assert_int_eq(event_add(&tick_ev, &tick), 0);
	rig.sup = supervisor_new(rig.base, &bundle, 1, &ops, NULL);
	ck_assert_ptr_nonnull(rig.sup);
	rig_run();
	rig_ready(&rig.keeper);
}

void
rig_start(void)
{
	int i;

	rig_start_silent();
	for (i = 0; i < RIG_WORKERS; i++)
		rig_ready(&rig.workers[i]);
	rig_ready(&rig.broker);
	ck_assert_uint_eq(rig.ready, 1);
	ck_assert_uint_eq(rig.broker.peers, RIG_WORKERS);
	ck_assert_uint_eq(rig.keeper.keeper_peers, RIG_WORKERS);
}

void
rig_stop(void)
{
	int i;

	supervisor_free(rig.sup);
	event_del(&tick_ev);
	event_base_free(rig.base);
	close(rig.keeper.fd);
	close(rig.broker.fd);
	for (i = 0; i < RIG_WORKERS; i++)
		close(rig.workers[i].fd);
	close(bundle.pages_fd);
}

void
rig_watch(uint32_t timeout_sec)
{
	conf.settings.watchdog_timeout_sec = timeout_sec;
	supervisor_reload(rig.sup, &bundle);
	rig_run();
}

int
rig_offer(uint32_t generation)
{
	int result = offer(generation);

	rig_run();
	return result;
}

void
rig_take_offer(void)
{
	bundle = *rig.sup->offered;
	supervisor_reload(rig.sup, &bundle);
	rig_run();
}
