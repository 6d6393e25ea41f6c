/* SPDX-License-Identifier: ISC */
#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/door.h"
#include "common/ipc.h"
#include "common/log.h"
#include "common/orphans.h"
#include "daemon/master/children/child.h"
#include "daemon/master/children/conf_send.h"
#include "daemon/master/children/count.h"
#include "daemon/master/children/events.h"
#include "daemon/master/children/join.h"
#include "daemon/master/children/offer.h"
#include "daemon/master/children/ports.h"
#include "daemon/master/children/reports.h"
#include "daemon/master/children/start.h"
#include "daemon/master/children/supervise.h"
#include "daemon/master/children/sources.h"
#include "daemon/master/children/supervisor.h"
#include "daemon/master/children/watchdog.h"

#define HEALTHY_MS	 10000 /* died later than this: no crash loop */
#define DRAIN_MARGIN_SEC 2     /* a worker ends by itself before this */

/* Says how a child ended, and decides when it starts again. */
static void
plan_restart(struct child *child, pid_t pid, int status)
{
	uint64_t lived_ms = clock_now_ms() - child->started_ms;
	uint32_t wait_ms;

	child->failures = lived_ms >= HEALTHY_MS ? 1 : child->failures + 1;
	wait_ms = start_again_later(child);
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

	child->pid = 0; /* reaped: the number may be another's now */
	if (child->ipc != NULL)
		ipc_drain(child->ipc);
	child_cut_off(child);
	count_bury(child);
	if (child->role == ROLE_WORKER) {
		sup->conns -= child->handed - child->ended;
		sources_give_all(sup->sources, child->index);
		join_tell_gone(child);
	} else
		sup->ops->server_lost(sup->arg, child->role);
	sup->ops->died(sup->arg, child->role, child->index);
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
	else if ((child->role & (ROLE_RESOLVING | ROLE_PAM | ROLE_RUNNER)) !=
		0 &&
	    child->is_wanted)
		supervisor_start_child(child); /* with other ports; or again */
	child->sessions = 0;
	child->handed = child->taken = child->ended = 0;
	/* last: another bundle may wait, and start the next keeper at once */
	if (child->role == ROLE_KEEPER && sup->offer_step == OFFER_KEEPER)
		supervisor_end_offer(sup, "the keeper has died");
	else if (child->role == ROLE_AUTH && sup->offer_step == OFFER_AUTH)
		supervisor_end_offer(sup, "auth has died");
}

static struct child *
find_child(struct supervisor *sup, pid_t pid)
{
	struct child *child;
	uint32_t i;

	for (i = 0; (child = supervisor_child(sup, i)) != NULL; i++)
		if (child->pid == pid)
			break;
	return child;
}

static int
is_child(const void *arg, pid_t pid)
{
	const struct supervisor *sup = arg;
	const struct child *child;
	uint32_t i;

	for (i = 0; (child = supervisor_child(sup, i)) != NULL; i++)
		if (child->pid == pid)
			return 1;
	return door_is(pid);
}

/*
 * What modules of PAM have started becomes ours when pam is killed, which else
 * ends it. Not as process 1, which is everybody's parent; and not where there
 * are hooks: what they have started goes on, even if the runner has died.
 */
static void
adopt_orphans(struct supervisor *sup)
{
	if (sup->bundle->conf->settings.has_pam && !door_is_there() &&
	    getpid() != 1)
		sup->has_orphans =
		    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0;
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
		else if (door_is(pid)) {
			log_error("the runner's door has ended: commands are "
				  "off until a restart");
			door_lost();
		}
	if (sup->has_orphans && orphans_kill(is_child, sup) > 0)
		log_debug("ended what pam has left");
}

static void
on_drain_over_cb(evutil_socket_t fd, short what, void *arg)
{
	struct supervisor *sup = arg;
	uint32_t i;

	(void)fd;
	(void)what;
	log_warn("drain-timeout is over: remaining sessions are cut off");
	for (i = 0; i < sup->worker_count; i++)
		child_cut_off(sup->workers[i]);
}

/* A row for each: in this order they are counted, asked and told of. */
static int
init_servers(struct supervisor *sup)
{
	const struct {
		struct child *child;
		enum proto_role role;
	} rows[SUPERVISOR_SERVERS] = {
	    {&sup->keeper, ROLE_KEEPER},
	    {&sup->broker, ROLE_BROKER},
	    {&sup->auth, ROLE_AUTH},
	    {&sup->fetch, ROLE_FETCH},
	    {&sup->pam, ROLE_PAM},
	    {&sup->runner, ROLE_RUNNER},
	};
	uint32_t i;

	sup->worker_ops = reports_ops(ROLE_WORKER);
	for (i = 0; i < SUPERVISOR_SERVERS; i++) {
		sup->servers[i] = rows[i].child;
		if (start_init(sup, rows[i].child, rows[i].role, 0,
			reports_ops(rows[i].role)) == -1)
			return -1;
	}
	sup->auth.is_wanted = sup->bundle->conf->settings.has_auth;
	sup->fetch.is_wanted = sup->bundle->conf->fetch_count > 0;
	sup->pam.is_wanted = sup->bundle->conf->settings.has_pam;
	sup->runner.is_wanted = sup->bundle->conf->settings.has_hooks;
	return 0;
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
	/* a reload can't raise it */
	sup->sources = sources_new(
	    bundle->conf->settings.max_connections + SUPERVISOR_REFUSED_MAX);
	if (sup->sources == NULL ||
	    event_assign(&sup->child_ev, base, SIGCHLD, EV_SIGNAL | EV_PERSIST,
		on_sigchld_cb, sup) == -1 ||
	    event_assign(&sup->drain_ev, base, -1, 0, on_drain_over_cb, sup) ==
		-1 ||
	    watchdog_init(sup) == -1 || count_init(sup) == -1 ||
	    events_init(sup) < 0 || event_add(&sup->child_ev, NULL) == -1 ||
	    init_servers(sup) == -1 ||
	    host_files_start(&sup->broker_files, base, &sup->broker) == -1 ||
	    host_files_start(&sup->fetch_files, base, &sup->fetch) == -1) {
		sources_free(sup->sources);
		free(sup);
		return NULL;
	}
	adopt_orphans(sup);
	/* for those that ended before: as process 1 we may have some */
	on_sigchld_cb(-1, 0, sup);
	/* the others when it has all keys: supervisor_start_others() */
	supervisor_start_child(&sup->keeper);
	watchdog_start(sup);
	return sup;
}

/*
 * It was killed: this waits for the kernel only. Not for any child: that of a
 * process 1 may be another's orphan, which goes on.
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
	struct child *child;
	uint32_t i;

	if (sup == NULL)
		return;
	event_del(&sup->child_ev);
	event_del(&sup->drain_ev);
	event_del(&sup->watch_ev);
	event_del(&sup->counting.ev);
	events_end(sup);
	host_files_stop(&sup->broker_files);
	host_files_stop(&sup->fetch_files);
	for (i = 0; (child = supervisor_child(sup, i)) != NULL; i++) {
		child_cut_off(child);
		event_del(&child->restart_ev);
	}
	for (i = 0; (child = supervisor_child(sup, i)) != NULL; i++)
		reap(child);
	if (sup->has_orphans)
		orphans_end();
	for (i = 0; i < sup->worker_count; i++)
		free(sup->workers[i]);
	sources_free(sup->sources);
	free(sup);
}

/*
 * The sandbox of one that looks names up has the ports that were: with others
 * it is replaced. What goes on goes on without it.
 */
static void
reload_resolving(struct child *child, int has_new_ports)
{
	struct supervisor *sup = child->supervisor;

	if (child->ipc == NULL)
		return; /* the next one starts with the new bundle */
	if (has_new_ports) {
		child->is_retiring = 1;
		child_cut_off(child);
	} else if (conf_send(sup->bundle, child, start_living_workers(sup)) < 0)
		child_cut_off(child);
}

/* fetch, pam and runner run exactly while somebody is to be asked. */
static void
reload_asked(struct child *child, int is_wanted, int has_new_ports)
{
	int was_wanted = child->is_wanted;

	child->is_wanted = (uint8_t)is_wanted;
	if (is_wanted && (was_wanted || child->pid != 0)) {
		reload_resolving(child, has_new_ports);
	} else if (is_wanted) {
		supervisor_start_child(child);
	} else if (was_wanted) {
		child->is_retiring = 1;
		event_del(&child->restart_ev);
		child_cut_off(child);
	}
}

void
supervisor_reload(struct supervisor *sup, const struct bundle *bundle)
{
	const struct bundle *before = sup->bundle;
	int new_broker = ports_differ(before, bundle, ROLE_BROKER);
	int new_fetch = ports_differ(before, bundle, ROLE_FETCH);
	uint32_t i, wanted;
	struct child *child;

	sup->bundle = bundle;
	sup->offered = NULL;
	sup->offer_step = OFFER_NONE;
	watchdog_start(sup);
	if (!bundle->conf->settings.has_auth)
		offer_retire_auth(sup);
	wanted = start_wanted_workers(sup);
	for (i = 0; i < sup->worker_count; i++) {
		child = sup->workers[i];
		if (child->ipc != NULL && conf_send(bundle, child, wanted) < 0)
			child_cut_off(child);
	}
	start_fit_workers(sup, wanted);
	reload_resolving(&sup->broker, new_broker);
	reload_asked(&sup->fetch, bundle->conf->fetch_count > 0, new_fetch);
	reload_asked(&sup->pam, bundle->conf->settings.has_pam, 0);
	reload_asked(&sup->runner, bundle->conf->settings.has_hooks, 0);
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
			child_cut_off(child);
	}
	for (i = 0; i < SUPERVISOR_SERVERS; i++) {
		child = sup->servers[i];
		if (child->is_ready &&
		    ipc_send(child->ipc, MSG_DRAIN, &drain, -1) < 0)
			child_cut_off(child);
	}
	event_add(&sup->drain_ev, &tv);
	if (!has_workers(sup))
		sup->ops->drained(sup->arg);
}

int
supervisor_ask_auth(
    struct supervisor *sup, enum msg_type type, const void *body)
{
	if (!sup->auth.is_ready)
		return VB_ENOTFOUND;
	return ipc_send(sup->auth.ipc, type, body, -1);
}

int
supervisor_ask_broker(
    struct supervisor *sup, enum msg_type type, const void *body)
{
	if (!sup->broker.is_ready)
		return VB_ENOTFOUND;
	return ipc_send(sup->broker.ipc, type, body, -1);
}

void
supervisor_set_refusing(struct supervisor *sup, int is_refusing)
{
	sup->is_refusing = (uint8_t)(is_refusing != 0);
}

int
supervisor_list(struct supervisor *sup, const struct msg_list *list)
{
	return supervisor_ask_broker(sup, MSG_LIST, list);
}
