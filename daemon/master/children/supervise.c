/* SPDX-License-Identifier: ISC */
#include <sys/wait.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/ipc.h"
#include "common/log.h"
#include "daemon/master/children/child.h"
#include "daemon/master/children/conf_send.h"
#include "daemon/master/children/supervisor.h"
#include "daemon/master/children/watchdog.h"

#define READY_TIMEOUT_MS  10000 /* from exec to READY */
#define HEALTHY_MS	  10000 /* died later than this: no crash loop */
#define BACKOFF_FIRST_MS  100
#define BACKOFF_MAX_MS	  30000
#define BACKOFF_SHIFT_MAX 9
#define DRAIN_MARGIN_SEC  2 /* a worker ends by itself before this */

static void
arm(struct child *child, uint64_t ms)
{
	struct timeval tv = {
	    .tv_sec = (time_t)(ms / 1000), .tv_usec = (ms % 1000) * 1000};

	event_add(&child->restart_ev, &tv);
}

/* Ends what is left of a child; its death comes with SIGCHLD. */
void
supervisor_cut_off(struct child *child)
{
	/* before it can end by itself, on a closed channel: the log would say
	 * now this, now that of the same fault */
	if (child->pid != 0)
		kill(child->pid, SIGKILL);
	ipc_free(child->ipc);
	child->ipc = NULL;
	child->is_ready = 0;
	child->owes_kept = 0; /* it can't say it any more */
}

static uint32_t
backoff_ms(const struct child *child)
{
	uint32_t shift;

	if (child->failures <= 1)
		return 0; /* once may happen: no user should wait for it */
	shift = child->failures - 2;
	if (shift > BACKOFF_SHIFT_MAX)
		shift = BACKOFF_SHIFT_MAX;
	return BACKOFF_FIRST_MS << shift > BACKOFF_MAX_MS
	    ? BACKOFF_MAX_MS
	    : BACKOFF_FIRST_MS << shift;
}

/* Says how a child ended, and decides when it starts again. */
static void
plan_restart(struct child *child, pid_t pid, int status)
{
	uint64_t lived_ms = clock_now_ms() - child->started_ms;
	uint32_t wait_ms;

	child->failures = lived_ms >= HEALTHY_MS ? 1 : child->failures + 1;
	wait_ms = backoff_ms(child);
	child->restarts++;
	if (WIFSIGNALED(status))
		log_error("%s died pid=%d signal=%d (%s) sessions=%u "
			  "lived=%llus restart-in=%ums",
		    child_name(child), (int)pid, WTERMSIG(status),
		    strsignal(WTERMSIG(status)), child->sessions,
		    (unsigned long long)lived_ms / 1000, wait_ms);
	else
		log_error("%s ended pid=%d status=%d sessions=%u lived=%llus "
			  "restart-in=%ums",
		    child_name(child), (int)pid, WEXITSTATUS(status),
		    child->sessions, (unsigned long long)lived_ms / 1000,
		    wait_ms);
	if (child->failures > 2)
		log_error("%s is in a crash loop: %u failures in a row",
		    child_name(child), child->failures);
	arm(child, wait_ms);
}

static int
has_workers(const struct supervisor *sup)
{
	uint32_t i;

	for (i = 0; i < sup->worker_count; i++)
		if (sup->workers[i]->pid != 0)
			return 1;
	return 0;
}

static void
on_child_died(struct child *child, pid_t pid, int status)
{
	struct supervisor *sup = child->supervisor;
	int was_planned = child->is_retiring;

	child->pid = 0; /* reaped: the number may be anybody's now */
	if (child->ipc != NULL)
		ipc_drain(child->ipc);
	supervisor_cut_off(child);
	if (child->role == ROLE_WORKER)
		sup->conns -= child->handed - child->ended;
	else if (child->role == ROLE_BROKER)
		sup->ops->broker_lost(sup->arg);
	event_del(&child->restart_ev);
	if (sup->is_draining) {
		if (!has_workers(sup))
			sup->ops->drained(sup->arg);
		return;
	}
	if (!sup->has_started) {
		if (!was_planned)
			log_error(
			    "%s could not start pid=%d status=%d signal=%d",
			    child_name(child), (int)pid,
			    WIFEXITED(status) ? WEXITSTATUS(status) : -1,
			    WIFSIGNALED(status) ? WTERMSIG(status) : 0);
		sup->ops->failed(sup->arg);
		return;
	}
	if (!was_planned)
		plan_restart(child, pid, status);
	else if (child->role == ROLE_BROKER)
		supervisor_start_child(child);
	child->sessions = 0;
	child->handed = child->taken = child->ended = 0;
	/* last: another bundle may wait, and start the next keeper at once */
	if (child->role == ROLE_KEEPER && sup->offered != NULL)
		supervisor_end_offer(sup, "the keeper has died");
}

static struct child *
find_child(struct supervisor *sup, pid_t pid)
{
	uint32_t i;

	if (sup->keeper.pid == pid)
		return &sup->keeper;
	if (sup->broker.pid == pid)
		return &sup->broker;
	for (i = 0; i < sup->worker_count; i++)
		if (sup->workers[i]->pid == pid)
			return sup->workers[i];
	return NULL;
}

static void
on_sigchld_cb(evutil_socket_t sig, short what, void *arg)
{
	struct supervisor *sup = arg;
	struct child *child;
	pid_t pid;
	int status;

	(void)sig;
	(void)what;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if ((child = find_child(sup, pid)) != NULL)
			on_child_died(child, pid, status);
}

/* Those that a broker will get a PEER for; others hold nothing. */
static uint32_t
living_workers(const struct supervisor *sup)
{
	uint32_t i, n = 0;

	for (i = 0; i < sup->worker_count; i++)
		if (sup->workers[i]->ipc != NULL)
			n++;
	return n;
}

static const struct ipc_ops *
ops_of(enum proto_role role)
{
	switch (role) {
	case ROLE_KEEPER:
		return &supervisor_keeper_ops;
	case ROLE_BROKER:
		return &supervisor_broker_ops;
	default:
		return &supervisor_worker_ops;
	}
}

int
supervisor_configure(struct child *child)
{
	struct supervisor *sup = child->supervisor;
	const struct bundle *bundle = sup->bundle;

	if (child->role == ROLE_KEEPER) {
		/* it must say whether it can keep it, once */
		child->owes_kept = 1;
		if (sup->offered != NULL)
			bundle = sup->offered;
	}
	return conf_send(bundle, child, living_workers(sup));
}

void
supervisor_start_child(struct child *child)
{
	struct supervisor *sup = child->supervisor;
	uint32_t wait_ms;
	int channel;

	child->is_ready = child->is_retiring = child->was_stalled = 0;
	child->handed = child->taken = child->ended = 0;
	child->sessions = 0;
	child->owes_alive = 0;
	child->missed = 0;
	/* what is still said of the one before does not concern this one */
	memset(&child->broker_link, 0, sizeof(child->broker_link));
	memset(&child->keeper_link, 0, sizeof(child->keeper_link));
	child->complained_ms = 0;
	child->started_ms = clock_now_ms();
	child->since_sec = (uint64_t)time(NULL);
	if (child_spawn(child, &channel) < 0) {
		log_error(
		    "cannot start %s: %s", child_name(child), strerror(errno));
		child->failures++;
		wait_ms = backoff_ms(child);
		arm(child, wait_ms > 0 ? wait_ms : BACKOFF_FIRST_MS);
		return;
	}
	child->ipc = ipc_new(sup->base, channel, ROLE_MASTER, child->role,
	    ops_of(child->role), child);
	if (child->ipc == NULL || supervisor_configure(child) < 0) {
		log_error("cannot configure %s", child_name(child));
		supervisor_cut_off(child);
		return;
	}
	arm(child, READY_TIMEOUT_MS);
}

/*
 * It is time to start a child again, or to join a worker with the others
 * again; or it never became ready.
 */
static void
on_restart_cb(evutil_socket_t fd, short what, void *arg)
{
	struct child *child = arg;

	(void)fd;
	(void)what;
	if (child->supervisor->is_draining)
		return;
	if (child->pid == 0) {
		supervisor_start_child(child);
		return;
	}
	if (child->is_ready) {
		supervisor_join(child);
		return;
	}
	log_error("%s pid=%d is not ready after %d s; it is replaced",
	    child_name(child), (int)child->pid, READY_TIMEOUT_MS / 1000);
	supervisor_cut_off(child);
}

static int
init_child(struct supervisor *sup, struct child *child, enum proto_role role,
    uint32_t index)
{
	memset(child, 0, sizeof(*child));
	child->supervisor = sup;
	child->role = role;
	child->index = index;
	return event_assign(
	    &child->restart_ev, sup->base, -1, 0, on_restart_cb, child);
}

static uint32_t
wanted_workers(const struct supervisor *sup)
{
	uint32_t n = sup->bundle->conf->settings.workers;

	if (n == 0)
		n = sup->cpus;
	return n > WORKERS_MAX ? WORKERS_MAX : n;
}

/* Makes or wakes slots up to wanted; those beyond end when empty. */
static void
fit_workers(struct supervisor *sup, uint32_t wanted)
{
	struct child *child;
	uint32_t i;

	for (i = sup->worker_count; i < wanted; i++) {
		if ((child = calloc(1, sizeof(*child))) == NULL)
			break;
		init_child(sup, child, ROLE_WORKER, i);
		sup->workers[i] = child;
		sup->worker_count = i + 1;
	}
	for (i = 0; i < sup->worker_count; i++) {
		child = sup->workers[i];
		if (i < wanted) {
			child->is_retiring = 0;
			if (child->pid == 0 &&
			    !event_pending(
				&child->restart_ev, EV_TIMEOUT, NULL))
				supervisor_start_child(child);
			continue;
		}
		child->is_retiring = 1;
		if (!child->is_ready) /* or else it is to join again */
			event_del(&child->restart_ev);
		if (child->handed == child->ended)
			supervisor_cut_off(child);
	}
}

static void
on_drain_over_cb(evutil_socket_t fd, short what, void *arg)
{
	struct supervisor *sup = arg;
	uint32_t i;

	(void)fd;
	(void)what;
	log_warn("drain-timeout is over: what still runs is cut off");
	for (i = 0; i < sup->worker_count; i++)
		supervisor_cut_off(sup->workers[i]);
}

struct supervisor *
supervisor_new(struct event_base *base, const struct bundle *bundle,
    unsigned cpus, const struct supervisor_ops *ops, void *arg)
{
	struct supervisor *sup;

	if ((sup = calloc(1, sizeof(*sup))) == NULL)
		return NULL;
	sup->base = base;
	sup->bundle = bundle;
	sup->cpus = cpus;
	sup->ops = ops;
	sup->arg = arg;
	if (event_assign(&sup->child_ev, base, SIGCHLD, EV_SIGNAL | EV_PERSIST,
		on_sigchld_cb, sup) == -1 ||
	    event_assign(&sup->drain_ev, base, -1, 0, on_drain_over_cb, sup) ==
		-1 ||
	    watchdog_init(sup) == -1 || event_add(&sup->child_ev, NULL) == -1 ||
	    init_child(sup, &sup->keeper, ROLE_KEEPER, 0) == -1 ||
	    init_child(sup, &sup->broker, ROLE_BROKER, 0) == -1 ||
	    host_files_start(&sup->files, sup) == -1) {
		free(sup);
		return NULL;
	}
	/* who ended before SIGCHLD was heard: as process 1 we may have some */
	on_sigchld_cb(-1, 0, sup);
	/* the others when it has all keys: supervisor_start_others() */
	supervisor_start_child(&sup->keeper);
	watchdog_start(sup);
	return sup;
}

void
supervisor_start_others(struct supervisor *sup)
{
	fit_workers(sup, wanted_workers(sup));
	supervisor_start_child(&sup->broker);
}

/*
 * It was killed: this waits for the kernel only. Not for any child: that of a
 * process 1 may be somebody else's orphan, which goes on.
 */
static void
reap(const struct child *child)
{
	while (child->pid != 0 && waitpid(child->pid, NULL, 0) == -1 &&
	    errno == EINTR)
		continue;
}

void
supervisor_free(struct supervisor *sup)
{
	uint32_t i;

	if (sup == NULL)
		return;
	event_del(&sup->child_ev);
	event_del(&sup->drain_ev);
	event_del(&sup->watch_ev);
	host_files_stop(&sup->files);
	supervisor_cut_off(&sup->keeper);
	event_del(&sup->keeper.restart_ev);
	supervisor_cut_off(&sup->broker);
	event_del(&sup->broker.restart_ev);
	for (i = 0; i < sup->worker_count; i++) {
		supervisor_cut_off(sup->workers[i]);
		event_del(&sup->workers[i]->restart_ev);
	}
	reap(&sup->keeper);
	reap(&sup->broker);
	for (i = 0; i < sup->worker_count; i++) {
		reap(sup->workers[i]);
		free(sup->workers[i]);
	}
	free(sup);
}

void
supervisor_reload(struct supervisor *sup, const struct bundle *bundle)
{
	int new_broker = conf_send_ports_differ(sup->bundle, bundle);
	uint32_t i, wanted;
	struct child *child;

	sup->bundle = bundle;
	sup->offered = NULL;
	watchdog_start(sup);
	wanted = wanted_workers(sup);
	for (i = 0; i < sup->worker_count; i++) {
		child = sup->workers[i];
		if (child->ipc != NULL && conf_send(bundle, child, wanted) < 0)
			supervisor_cut_off(child);
	}
	fit_workers(sup, wanted);
	child = &sup->broker;
	if (child->ipc == NULL)
		return; /* the next one starts with the new bundle */
	if (new_broker) {
		/* its sandbox has the old ports; sessions go on without it */
		child->is_retiring = 1;
		supervisor_cut_off(child);
	} else if (conf_send(bundle, child, living_workers(sup)) < 0)
		supervisor_cut_off(child);
}

void
supervisor_drain(struct supervisor *sup, uint32_t timeout_sec)
{
	struct timeval tv = {.tv_sec = (time_t)timeout_sec + DRAIN_MARGIN_SEC};
	struct msg_drain drain = {timeout_sec};
	struct child *child;
	uint32_t i;

	sup->is_draining = 1;
	for (i = 0; i < sup->worker_count; i++) {
		child = sup->workers[i];
		if (!child->is_ready ||
		    ipc_send(child->ipc, MSG_DRAIN, &drain, -1) < 0)
			supervisor_cut_off(child);
	}
	if (sup->broker.is_ready &&
	    ipc_send(sup->broker.ipc, MSG_DRAIN, &drain, -1) < 0)
		supervisor_cut_off(&sup->broker);
	if (sup->keeper.is_ready &&
	    ipc_send(sup->keeper.ipc, MSG_DRAIN, &drain, -1) < 0)
		supervisor_cut_off(&sup->keeper);
	event_add(&sup->drain_ev, &tv);
	if (!has_workers(sup))
		sup->ops->drained(sup->arg);
}

int
supervisor_list(struct supervisor *sup, const struct msg_list *list)
{
	if (!sup->broker.is_ready)
		return VB_ENOTFOUND;
	return ipc_send(sup->broker.ipc, MSG_LIST, list, -1);
}
