/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/ipc.h"
#include "common/log.h"
#include "daemon/master/children/conf_send.h"
#include "daemon/master/children/join.h"
#include "daemon/master/children/spawn.h"
#include "daemon/master/children/start.h"
#include "daemon/master/children/supervisor.h"

#define READY_TIMEOUT_MS  10000 /* from exec to READY */
#define BACKOFF_FIRST_MS  100
#define BACKOFF_MAX_MS	  30000
#define BACKOFF_SHIFT_MAX 9

static void
arm(struct child *child, uint64_t ms)
{
	struct timeval tv = {
	    .tv_sec = (time_t)(ms / 1000), .tv_usec = (ms % 1000) * 1000};

	event_add(&child->restart_ev, &tv);
}

static uint32_t
backoff_ms(const struct child *child)
{
	uint32_t shift;

	if (child->failures <= 1)
		return 0; /* one may happen: no user should wait for it */
	shift = child->failures - 2;
	if (shift > BACKOFF_SHIFT_MAX)
		shift = BACKOFF_SHIFT_MAX;
	return BACKOFF_FIRST_MS << shift > BACKOFF_MAX_MS
	    ? BACKOFF_MAX_MS
	    : BACKOFF_FIRST_MS << shift;
}

/* Those that a broker will get a PEER for; others hold nothing. */
uint32_t
start_living_workers(const struct supervisor *sup)
{
	uint32_t i, n = 0;

	for (i = 0; i < sup->worker_count; i++)
		if (sup->workers[i]->ipc != NULL)
			n++;
	return n;
}

int
supervisor_configure(struct child *child)
{
	struct supervisor *sup = child->supervisor;

	/* it must say whether it can keep it, once */
	child->owes_kept =
	    child->role == ROLE_KEEPER || child->role == ROLE_AUTH;
	return conf_send(
	    supervisor_bundle_of(child), child, start_living_workers(sup));
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
	memset(&child->auth_link, 0, sizeof(child->auth_link));
	memset(&child->fetch_link, 0, sizeof(child->fetch_link));
	memset(&child->pam_link, 0, sizeof(child->pam_link));
	memset(&child->runner_link, 0, sizeof(child->runner_link));
	child->complained_ms = 0;
	child->started_ms = clock_now_ms();
	child->since_sec = (uint64_t)time(NULL);
	if (spawn_child(child, &channel) < 0) {
		log_error(
		    "cannot start %s: %s", child_name(child), strerror(errno));
		child->failures++;
		wait_ms = backoff_ms(child);
		arm(child, wait_ms > 0 ? wait_ms : BACKOFF_FIRST_MS);
		return;
	}
	child->ipc = ipc_new(
	    sup->base, channel, ROLE_MASTER, child->role, child->ops, child);
	if (child->ipc == NULL || supervisor_configure(child) < 0) {
		log_error("cannot configure %s", child_name(child));
		child_cut_off(child);
		return;
	}
	arm(child, READY_TIMEOUT_MS);
}

uint32_t
start_again_later(struct child *child)
{
	uint32_t wait_ms = backoff_ms(child);

	arm(child, wait_ms);
	return wait_ms;
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
	child_cut_off(child);
}

int
start_init(struct supervisor *sup, struct child *child, enum proto_role role,
    uint32_t index, const struct ipc_ops *ops)
{
	memset(child, 0, sizeof(*child));
	child->supervisor = sup;
	child->role = role;
	child->index = index;
	child->ops = ops;
	child->is_wanted = 1;
	return event_assign(
	    &child->restart_ev, sup->base, -1, 0, on_restart_cb, child);
}

uint32_t
start_wanted_workers(const struct supervisor *sup)
{
	uint32_t n = sup->bundle->conf->settings.workers;

	if (n == 0)
		n = sup->cpus;
	return n > WORKERS_MAX ? WORKERS_MAX : n;
}

/* Makes or wakes slots up to wanted; those beyond end when empty. */
void
start_fit_workers(struct supervisor *sup, uint32_t wanted)
{
	struct child *child;
	uint32_t i;

	for (i = sup->worker_count; i < wanted; i++) {
		if ((child = calloc(1, sizeof(*child))) == NULL)
			break;
		start_init(sup, child, ROLE_WORKER, i, sup->worker_ops);
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
			child_cut_off(child);
	}
}

void
supervisor_start_others(struct supervisor *sup)
{
	start_fit_workers(sup, start_wanted_workers(sup));
	supervisor_start_child(&sup->broker);
	if (sup->auth.is_wanted)
		supervisor_start_child(&sup->auth);
	if (sup->fetch.is_wanted)
		supervisor_start_child(&sup->fetch);
	if (sup->pam.is_wanted)
		supervisor_start_child(&sup->pam);
	if (sup->runner.is_wanted)
		supervisor_start_child(&sup->runner);
}
