/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/metrics.h"
#include "daemon/master/accept.h"
#include "daemon/master/expiry.h"
#include "daemon/master/master.h"
#include "daemon/master/notify.h"
#include "daemon/master/children/balance.h"
#include "daemon/master/children/census.h"
#include "daemon/master/children/supervise.h"

#define LAST_WORDS_MS 500

void
master_drain(struct master *m, const char *why)
{
	const struct msg_ctl_reloaded stopping = {
	    .code = CTL_FAILED, .text = "the daemon is stopping"};
	uint32_t timeout_sec = m->bundle->conf->settings.drain_timeout_sec;

	m->is_draining = 1;
	log_info("%s: draining conns=%llu drain-timeout=%us", why,
	    (unsigned long long)supervisor_conns(m->supervisor), timeout_sec);
	notify_send("STOPPING=1\n");
	m->wants_reload = 0;
	reload_abandon(m->reload);
	if (m->control != NULL)
		control_on_reloaded(m->control, &stopping);
	acceptor_stop(m->acceptor);
	/* the kernel refuses new clients, which need not wait in vain */
	bundle_close_listeners(m->bundle);
	supervisor_drain(m->supervisor, timeout_sec);
}

void
master_check_expiry(const struct master *m)
{
	expiry_check(
	    m->bundle->conf, supervisor_cert_ends(m->supervisor), time(NULL));
}

/* Rights that the daemon has given up, root can lend it for one reload. */
static const char *
advise(const char *error)
{
	return strstr(error, strerror(EACCES)) == NULL
	    ? ""
	    : " (\"vncbridgectl reload\", run by root, opens it)";
}

/* By what it has now: a file that was renamed is another's from here on. */
static void
record_reload(struct master *m, const char *error)
{
	struct audit_text *t;

	if (error == NULL)
		audit_use(m->audit, m->bundle);
	t = audit_begin(m->audit, AUDIT_RELOAD);
	audit_text_number(t, "generation", m->bundle->generation);
	if (error != NULL)
		audit_text_string(t, "reason", error);
	audit_end(m->audit);
}

void
master_note_reload(struct master *m, const char *error)
{
	record_reload(m, error);
	metrics_count(
	    error == NULL ? METRIC_RELOADS_DONE : METRIC_RELOADS_FAILED);
	if (error != NULL)
		log_error("reload failed, nothing has changed: %s%s", error,
		    advise(error));
	else {
		log_info("reloaded generation=%u", m->bundle->generation);
		expiry_forget();
		master_check_expiry(m);
	}
	notify_send("READY=1\n");
	if (m->wants_reload)
		master_reload(m);
}

void
master_end_drained(struct master *m)
{
	struct timeval soon = clock_timeval(LAST_WORDS_MS);

	/* the broker may not have read yet what workers said last */
	m->is_drained = 1;
	if (audit_open_count(m->audit) == 0 ||
	    event_base_loopexit(m->base, &soon) == -1)
		event_base_loopbreak(m->base);
}

/* A pipe, from which the daemon was started perhaps, would make it wait. */
static int
is_pipe(const char *file)
{
	struct stat st;

	return stat(file, &st) == 0 && !S_ISREG(st.st_mode);
}

/* vncbridgectl can read what it can't read any more. */
void
master_reread(struct master *m, reload_done *done)
{
	char error[CONF_ERROR_MAX];
	struct bundle *bundle = NULL;
	int result = VB_ERANGE;

	notify_send("RELOADING=1\n");
	if (is_pipe(conf_path(&m->options)))
		snprintf(error, sizeof(error), "%s: not a regular file",
		    conf_path(&m->options));
	else
		result = bundle_build(&m->options, m->bundle, &bundle, error);
	if (result < 0)
		done(m, error);
	else
		reload_begin(m->reload, bundle, done, m);
}

static void
on_reloaded(void *arg, const char *error)
{
	master_note_reload(arg, error);
}

void
master_reload(struct master *m)
{
	m->wants_reload = 0;
	master_reread(m, on_reloaded);
}
