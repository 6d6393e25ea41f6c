/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "daemon/master/accept.h"
#include "daemon/master/master.h"
#include "daemon/master/notify.h"
#include "daemon/master/operator.h"
#include "daemon/master/reload.h"
#include "daemon/master/children/census.h"
#include "daemon/master/children/count.h"
#include "daemon/master/children/supervise.h"
#include "daemon/master/control/upload.h"

#define STOP_MARGIN_SEC 5 /* after drain-timeout, for the last to end */

void
operator_fill_status(void *arg, struct msg_ctl_status_is *status)
{
	struct master *m = arg;
	struct ctl_process *self = &status->processes[status->count++];

	status->generation = m->bundle->generation;
	status->since_sec = m->since_sec;
	status->now_sec = (uint64_t)time(NULL);
	status->conns_accepted = acceptor_count(m->acceptor);
	status->is_draining = m->is_draining;
	status->max_connections = m->bundle->conf->settings.max_connections;
	strlcpy(status->version, PACKAGE_VERSION, sizeof(status->version));
	self->role = ROLE_MASTER;
	self->pid = (uint32_t)getpid();
	self->is_ready = 1;
	self->since_sec = m->since_sec;
	supervisor_fill_status(m->supervisor, status);
	audit_fill_status(m->audit, &status->audit);
}

static int
list_sessions(void *arg, const struct msg_list *list)
{
	struct master *m = arg;

	return supervisor_list(m->supervisor, list);
}

static int
ask_logins(void *arg, const struct msg_logins *logins)
{
	struct master *m = arg;

	return supervisor_ask_auth(m->supervisor, MSG_LOGINS, logins);
}

static int
ask_expel(void *arg, const struct msg_expel *expel)
{
	struct master *m = arg;

	return supervisor_ask_auth(m->supervisor, MSG_EXPEL, expel);
}

static int
ask_why(void *arg, const struct msg_why *why)
{
	struct master *m = arg;

	return supervisor_ask_broker(m->supervisor, MSG_WHY, why);
}

static int
ask_whose(void *arg, const struct msg_whose *whose)
{
	struct master *m = arg;

	return supervisor_ask_auth(m->supervisor, MSG_WHOSE, whose);
}

/* What is said of new sessions outlives the broker that is told. */
static int
ask_order(void *arg, const struct msg_order *order)
{
	struct master *m = arg;

	if (order->kind == ORDER_REFUSE || order->kind == ORDER_ADMIT)
		supervisor_set_refusing(
		    m->supervisor, order->kind == ORDER_REFUSE);
	return supervisor_ask_broker(m->supervisor, MSG_ORDER, order);
}

static int
ask_targets(void *arg, const struct msg_targets *targets)
{
	struct master *m = arg;

	return supervisor_ask_broker(m->supervisor, MSG_TARGETS, targets);
}

static const char *
file_of_conf(void *arg)
{
	const struct master *m = arg;
	const char *file = m->bundle->conf->file;

	return file == NULL ? "" : file;
}

static int
has_auth(void *arg)
{
	const struct master *m = arg;

	return m->bundle->conf->settings.has_auth;
}

static void
ask_metrics(void *arg)
{
	struct master *m = arg;

	supervisor_count(m->supervisor);
}

static void
fill_certs(void *arg, uint32_t first, struct msg_ctl_certs_are *are)
{
	const struct master *m = arg;
	const struct conf *conf = m->bundle->conf;
	const uint64_t *ends_sec = supervisor_cert_ends(m->supervisor);
	struct ctl_cert *out;
	size_t i;

	are->total = (uint32_t)conf->cert_count;
	for (i = first; i < conf->cert_count && are->count < CTL_CERTS_MAX;
	     i++) {
		out = &are->certs[are->count++];
		out->ends_sec = ends_sec[i];
		strlcpy(
		    out->path, conf->certs[i].certificate, sizeof(out->path));
	}
}

/* Why nothing can be reloaded at the moment; NULL: it can. */
static const char *
busy_with(const struct master *m)
{
	if (!m->is_started)
		return "the daemon is starting";
	return reload_is_busy(m->reload) ? "another reload is under way" : NULL;
}

static void
reload_go(void *arg, struct msg_ctl_reload_go *go, uint32_t *generation)
{
	const struct master *m = arg;
	const struct bundle *bundle = m->bundle;
	const char *text = NULL;
	size_t i;

	go->code = CTL_FAILED;
	if (m->is_draining)
		text = "the daemon is stopping";
	else if (m->options.listen_count > 0 || m->options.allow_count > 0)
		text = "the daemon was started with -l or -a, which a file "
		       "would override: send it SIGHUP";
	else if ((text = busy_with(m)) != NULL)
		go->code = CTL_BUSY;
	if (text != NULL) {
		strlcpy(go->text, text, sizeof(go->text));
		return;
	}
	go->code = CTL_DONE;
	strlcpy(go->file, conf_path(&m->options), sizeof(go->file));
	*generation = bundle->generation;
	go->count = (uint32_t)bundle->listener_count;
	for (i = 0; i < bundle->listener_count; i++)
		go->listeners[i] = bundle->listeners[i].addr;
}

static void
answer_reload(struct master *m, enum ctl_code code, const char *text)
{
	struct msg_ctl_reloaded reloaded;

	memset(&reloaded, 0, sizeof(reloaded));
	reloaded.code = code;
	reloaded.generation = m->bundle->generation;
	strlcpy(reloaded.text, text, sizeof(reloaded.text));
	control_on_reloaded(m->control, &reloaded);
}

static void
on_reloaded(void *arg, const char *error)
{
	struct master *m = arg;

	answer_reload(m, error == NULL ? CTL_DONE : CTL_FAILED,
	    error == NULL ? reload_warnings(m->reload) : error);
	master_note_reload(m, error);
}

static void
reload_upload(void *arg, struct upload *upload)
{
	struct master *m = arg;
	char error[CONF_ERROR_MAX];
	struct bundle *bundle;

	/* since it was begun, SIGHUP may have come */
	if (m->is_draining || busy_with(m) != NULL ||
	    upload_generation(upload) != m->bundle->generation) {
		answer_reload(m, CTL_BUSY, "another reload came in between");
		return;
	}
	notify_send("RELOADING=1\n");
	if (upload_build(upload, &m->options, m->bundle, &bundle, error) < 0)
		on_reloaded(m, error);
	else
		reload_begin(m->reload, bundle, on_reloaded, m);
}

static void
reread(void *arg, const char *file)
{
	struct master *m = arg;
	const char *mine = conf_path(&m->options), *busy = busy_with(m);
	char text[CONF_ERROR_MAX];

	if (m->is_draining)
		answer_reload(m, CTL_FAILED, "the daemon is stopping");
	else if (busy != NULL)
		answer_reload(m, CTL_BUSY, busy);
	else if (file[0] != '\0' && strcmp(file, mine) != 0) {
		snprintf(text, sizeof(text),
		    "the running daemon is version %s, and reads %s only",
		    PACKAGE_VERSION, mine);
		answer_reload(m, CTL_FAILED, text);
	} else
		master_reread(m, on_reloaded);
}

static uint32_t
stop(void *arg, int is_now)
{
	struct master *m = arg;

	if (is_now) {
		log_warn("vncbridgectl stop: ending now");
		event_base_loopbreak(m->base);
		return STOP_MARGIN_SEC;
	}
	if (!m->is_draining)
		master_drain(m, "vncbridgectl drain");
	return m->bundle->conf->settings.drain_timeout_sec + STOP_MARGIN_SEC;
}

const struct control_ops operator_ops = {
    .fill_status = operator_fill_status,
    .list = list_sessions,
    .logins = ask_logins,
    .expel = ask_expel,
    .why = ask_why,
    .whose = ask_whose,
    .order = ask_order,
    .targets = ask_targets,
    .file = file_of_conf,
    .has_auth = has_auth,
    .metrics = ask_metrics,
    .fill_certs = fill_certs,
    .reload_go = reload_go,
    .reload = reload_upload,
    .reread = reread,
    .stop = stop,
};
