/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "daemon/bundle/machine.h"
#include "daemon/master/accept.h"
#include "daemon/master/children/census.h"
#include "daemon/master/children/supervise.h"
#include "daemon/master/control/control_logins.h"
#include "daemon/master/control/control_orders.h"
#include "daemon/master/control/control_why.h"
#include "daemon/master/figures.h"
#include "daemon/master/master.h"
#include "daemon/master/notify.h"
#include "daemon/master/pid_file.h"
#include "daemon/master/supervised.h"
#include "daemon/master/syslogd.h"

#define EXPIRY_LOOK_SEC 3600 /* between two looks at the certificates */

/* The first record of this daemon, before there can be a session. */
static void
record_start(struct master *m)
{
	struct audit_text *t;

	audit_use(m->audit, m->bundle);
	t = audit_begin(m->audit, AUDIT_START);
	audit_text_string(t, "version", PACKAGE_VERSION);
	audit_text_number(t, "pid", (uint64_t)getpid());
	audit_end(m->audit);
	m->has_audit = 1;
}

static void
on_started(void *arg)
{
	struct timeval hour = {.tv_sec = EXPIRY_LOOK_SEC};
	struct master *m = arg;
	char state[128], address[ADDR_TEXT_MAX], names[MACHINE_TEXT_MAX];
	size_t i;

	m->bundle->is_current = 1;
	record_start(m);
	if (acceptor_use(m->acceptor, m->bundle) < 0) {
		m->has_failed = 1;
		event_base_loopbreak(m->base);
		return;
	}
	if (m->pid_fd != -1 && pid_file_write(m->pid_fd) < 0)
		log_warn("pid-file %s: %s", m->bundle->conf->pid_file,
		    strerror(errno));
	for (i = 0; i < m->bundle->listener_count; i++)
		log_info("listening on %s://%s/%s",
		    m->bundle->conf->tls[i].cert_count > 0 ? "https" : "http",
		    addr_format(&m->bundle->listeners[i].addr, address),
		    m->bundle->conf->tls[i].metrics ? "metrics" : "");
	log_info("%s", machine_describe_names(names));
	log_info("ready version=%s uid=%d gid=%d max-connections=%u",
	    PACKAGE_VERSION, (int)geteuid(), (int)getegid(),
	    m->bundle->conf->settings.max_connections);
	snprintf(state, sizeof(state), "READY=1\nMAINPID=%d\n", (int)getpid());
	notify_send(state);
	master_check_expiry(m);
	event_add(&m->expiry_ev, &hour);
	if (!m->options.is_foreground) {
		notify_parent();
		syslogd_take_log("master", 0);
	}
	m->is_started = 1;
	if (m->wants_reload && !m->is_draining)
		master_reload(m);
}

static void
on_failed(void *arg)
{
	struct master *m = arg;

	m->has_failed = 1;
	event_base_loopbreak(m->base);
}

static void
on_capacity(void *arg)
{
	struct master *m = arg;

	acceptor_resume(m->acceptor);
}

static void
on_drained(void *arg)
{
	master_end_drained(arg);
}

static void
on_listed(void *arg, const struct msg_listed *listed)
{
	struct master *m = arg;

	if (m->control != NULL)
		control_on_listed(m->control, listed);
}

static void
on_logins_are(void *arg, const struct msg_logins_are *are)
{
	struct master *m = arg;

	if (m->control != NULL)
		control_on_logins_are(m->control, are);
}

static void
on_expelled(void *arg, const struct msg_expelled *expelled)
{
	struct master *m = arg;

	if (m->control != NULL)
		control_on_expelled(m->control, expelled);
}

static void
on_groups(void *arg, const struct msg_groups *groups)
{
	struct master *m = arg;

	if (m->control != NULL)
		control_on_groups(m->control, groups);
}

static void
on_whyed(void *arg, const struct msg_whyed *whyed)
{
	struct master *m = arg;

	if (m->control != NULL)
		control_on_whyed(m->control, whyed);
}

static void
on_ordered(void *arg, const struct msg_ordered *ordered)
{
	struct master *m = arg;

	if (m->control != NULL)
		control_on_ordered(m->control, ordered);
}

static void
on_targets_are(void *arg, const struct msg_targets_are *are)
{
	struct master *m = arg;

	if (m->control != NULL)
		control_on_targets_are(m->control, are);
}

static void
on_counted(void *arg)
{
	figures_tell(arg);
}

static void
on_server_lost(void *arg, enum proto_role role)
{
	struct master *m = arg;

	if (m->control != NULL)
		control_on_lost(m->control, role);
}

static int
on_audited(void *arg, enum proto_role role, const struct msg_audit *said)
{
	struct master *m = arg;
	int result = audit_hear(m->audit, role, said);

	if (m->is_drained && audit_open_count(m->audit) == 0)
		event_base_loopbreak(m->base);
	return result;
}

static void
on_died(void *arg, enum proto_role role, uint32_t index)
{
	struct master *m = arg;

	audit_child_died(m->audit, role, index);
}

static void
on_audit_refuse(void *arg, int must_refuse)
{
	struct master *m = arg;
	struct msg_auditing auditing = {(uint32_t)must_refuse};

	/* a broker that is not there yet is told when it is ready */
	if (supervisor_ask_broker(m->supervisor, MSG_AUDITING, &auditing) < 0)
		log_debug("broker not told: audit refuse=%d", must_refuse);
}

static void
on_broker_ready(void *arg)
{
	struct master *m = arg;

	if (audit_must_refuse(m->audit))
		on_audit_refuse(m, 1);
}

static int
worker_lives(void *arg, uint32_t index)
{
	const struct master *m = arg;

	return supervisor_has_worker(m->supervisor, index);
}

const struct audit_ops supervised_audit_ops = {
    .refuse = on_audit_refuse,
    .worker_lives = worker_lives,
};

static void
on_kept(void *arg, const char *error)
{
	struct master *m = arg;

	reload_on_kept(m->reload, error);
}

const struct supervisor_ops supervised_ops = {
    .ready = on_started,
    .failed = on_failed,
    .capacity = on_capacity,
    .drained = on_drained,
    .listed = on_listed,
    .logins_are = on_logins_are,
    .expelled = on_expelled,
    .groups = on_groups,
    .whyed = on_whyed,
    .ordered = on_ordered,
    .targets_are = on_targets_are,
    .counted = on_counted,
    .server_lost = on_server_lost,
    .audited = on_audited,
    .died = on_died,
    .broker_ready = on_broker_ready,
    .kept = on_kept,
};
