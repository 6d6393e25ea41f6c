/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
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
static struct conf auth_conf; /* the same with an auth section */
static struct bundle bundle;
static char users_file[] = "/etc/vncbridge/users";
static struct event tick_ev;

struct child *
rig_child(const struct fake *fake)
{
	if (fake == &rig.keeper)
		return &rig.sup->keeper;
	if (fake == &rig.auth)
		return &rig.sup->auth;
	if (fake == &rig.fetch)
		return &rig.sup->fetch;
	if (fake == &rig.pam)
		return &rig.sup->pam;
	if (fake == &rig.runner)
		return &rig.sup->runner;
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
on_failed(void *arg)
{
	(void)arg;
	rig.failed++;
}

static void
on_drained(void *arg)
{
	(void)arg;
	rig.drained++;
}

static void
on_listed(void *arg, const struct msg_listed *listed)
{
	(void)arg;
	rig.listed++;
	rig.listed_cookie = listed->cookie;
}

static void
on_logins_are(void *arg, const struct msg_logins_are *are)
{
	(void)arg;
	(void)are;
	rig.logins_are++;
}

static void
on_expelled(void *arg, const struct msg_expelled *expelled)
{
	(void)arg;
	(void)expelled;
}

static void
on_groups(void *arg, const struct msg_groups *groups)
{
	(void)arg;
	(void)groups;
	rig.groups++;
}

static void
on_whyed(void *arg, const struct msg_whyed *whyed)
{
	(void)arg;
	(void)whyed;
	rig.whyed++;
}

static void
on_ordered(void *arg, const struct msg_ordered *ordered)
{
	(void)arg;
	(void)ordered;
	rig.ordered++;
}

static void
on_targets_are(void *arg, const struct msg_targets_are *are)
{
	(void)arg;
	(void)are;
	rig.targets_are++;
}

static void
on_server_lost(void *arg, enum proto_role role)
{
	(void)arg;
	rig.broker_lost += role == ROLE_BROKER;
	rig.auth_lost += role == ROLE_AUTH;
}

static int
offer(uint32_t generation, int has_auth)
{
	static struct bundle offered;

	if (rig.sup->offered == NULL) {
		offered = bundle;
		offered.generation = generation;
		offered.conf = has_auth ? &auth_conf : &conf;
		offered.users_fd = has_auth ? offered.pages_fd : -1;
	}
	return supervisor_offer(rig.sup, &offered);
}

static void
on_counted(void *arg)
{
	(void)arg;
	rig.counted++;
}

static void
on_kept(void *arg, const char *error)
{
	uint32_t next = rig.next;

	(void)arg;
	rig.kept++;
	rig.is_refused = error != NULL;
	strlcpy(rig.error, error == NULL ? "" : error, sizeof(rig.error));
	rig.next = 0;
	if (error != NULL && next != 0)
		ck_assert_int_eq(offer(next, bundle.conf == &auth_conf), 0);
}

static int
on_audited(void *arg, enum proto_role role, const struct msg_audit *said)
{
	(void)arg;
	(void)role;
	return said->kind == AUDIT_NONE ? VB_EBADMSG : 0;
}

static void
on_died(void *arg, enum proto_role role, uint32_t index)
{
	(void)arg;
	(void)role;
	(void)index;
}

static const struct supervisor_ops ops = {
    .audited = on_audited,
    .died = on_died,
    .broker_ready = on_nothing,
    .ready = on_ready,
    .failed = on_failed,
    .capacity = on_nothing,
    .drained = on_drained,
    .listed = on_listed,
    .logins_are = on_logins_are,
    .expelled = on_expelled,
    .groups = on_groups,
    .whyed = on_whyed,
    .counted = on_counted,
    .ordered = on_ordered,
    .targets_are = on_targets_are,
    .server_lost = on_server_lost,
    .kept = on_kept,
};

/* ---- what the children do ---- */

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
		rig_hear(fake, type, &any, fd);
		if (fd != -1)
			close(fd);
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
	if (rig.auth.fd > 0)
		hear_all(&rig.auth);
	if (rig.fetch.fd > 0)
		hear_all(&rig.fetch);
	if (rig.pam.fd > 0)
		hear_all(&rig.pam);
	if (rig.runner.fd > 0)
		hear_all(&rig.runner);
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

void
rig_wait_gone(struct fake *fake)
{
	struct child *child = rig_child(fake);
	uint64_t end_ms = clock_now_ms() + WAIT_MS;

	while (child->pid != 0) {
		ck_assert_msg(clock_now_ms() < end_ms, "%s does not end",
		    child_name(child));
		event_base_loop(rig.base, EVLOOP_ONCE);
	}
	rig_run();
	ck_assert_int_eq(child->pid, 0);
	ck_assert(!event_pending(&child->restart_ev, EV_TIMEOUT, NULL));
}

void
rig_die(struct fake *fake)
{
	pid_t pid = fake->pid;

	kill(pid, SIGKILL);
	rig_wait_replaced(fake, pid);
}

int
rig_say(struct fake *fake, enum msg_type type, const void *body)
{
	return breach_say(fake->fd, type, body, -1);
}

void
rig_ready(struct fake *fake)
{
	struct msg_ready ready = {PROTO_VERSION};

	if (fake == &rig.keeper && rig_child(fake)->owes_kept)
		rig_say_kept(0);
	if (fake == &rig.auth && rig_child(fake)->owes_kept)
		rig_say_known(NULL);
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

static void
start_silent(int has_auth)
{
	struct timeval tick = clock_timeval(TICK_MS);

	signal(SIGPIPE, SIG_IGN);
	memset(&rig, 0, sizeof(rig));
	fill_settings(&conf.settings);
	auth_conf = conf;
	auth_conf.settings.has_auth = 1;
	auth_conf.users_file = users_file;
	bundle.conf = has_auth ? &auth_conf : &conf;
	bundle.generation = 1;
	bundle.pages_size_bytes = PAGES_BYTES;
	bundle.pages_fd = memfd_create("pages", MFD_CLOEXEC);
	ck_assert_int_ne(bundle.pages_fd, -1);
	memset(bundle.provider_fds, -1, sizeof(bundle.provider_fds));
	/* the master does not look into it */
	bundle.users_fd = has_auth ? bundle.pages_fd : -1;
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
rig_start_silent(void)
{
	start_silent(0);
}

void
rig_start_silent_auth(void)
{
	start_silent(1);
	ck_assert_int_gt(rig.auth.fd, 0);
	ck_assert_uint_eq(rig.auth.ends, 1);
}

static void
start_others(void)
{
	int i;

	for (i = 0; i < RIG_WORKERS; i++)
		rig_ready(&rig.workers[i]);
	rig_ready(&rig.broker);
	ck_assert_uint_eq(rig.ready, 1);
	ck_assert_uint_eq(rig.broker.peers, RIG_WORKERS);
	ck_assert_uint_eq(rig.keeper.keeper_peers, RIG_WORKERS);
}

void
rig_start(void)
{
	start_silent(0);
	start_others();
	ck_assert_int_eq(rig.auth.pid, 0);
}

void
rig_start_auth(void)
{
	rig_start_silent_auth();
	rig_ready(&rig.auth);
	start_others();
	ck_assert_uint_eq(rig.auth.auth_peers, RIG_WORKERS + 1);
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
	if (rig.auth.fd > 0)
		close(rig.auth.fd);
	if (rig.fetch.fd > 0)
		close(rig.fetch.fd);
	if (rig.pam.fd > 0)
		close(rig.pam.fd);
	if (rig.runner.fd > 0)
		close(rig.runner.fd);
	for (i = 0; i < RIG_WORKERS; i++)
		close(rig.workers[i].fd);
	close(bundle.pages_fd);
}

void
rig_watch(uint32_t timeout_sec)
{
	conf.settings.watchdog_timeout_sec = timeout_sec;
	auth_conf.settings.watchdog_timeout_sec = timeout_sec;
	supervisor_reload(rig.sup, &bundle);
	rig_run();
}

int
rig_offer(uint32_t generation)
{
	return rig_offer_auth(generation, bundle.conf == &auth_conf);
}

int
rig_offer_auth(uint32_t generation, int has_auth)
{
	int result = offer(generation, has_auth);

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
