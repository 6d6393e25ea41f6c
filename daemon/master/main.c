/* SPDX-License-Identifier: ISC */
/*
 * vncbridged - the master: listens, drops privileges, hands accepted
 * sockets to workers, and replaces what dies.
 *
 * MAY        accept, fork and exec its three programs, send descriptors, read
 *            its configuration and pages, write its pid file, append to the
 *            audit trail
 * MAY NOT    read a byte that a client or target sent, hold a secret, be
 *            root after the start
 * RUNS AS    root until ports are bound; then the daemon's user for good;
 *            seccomp master_calls[] (sandbox.c), Landlock
 * RECEIVES   READY, LOG, LEFT, LOAD, UNJOINED, METRICS, ALIVE (worker);
 *            READY, LOG, LISTED, AUDIT, DROPPED, ALIVE (broker); READY, KEPT,
 *            LOG, DROPPED, ALIVE (keeper); AUDIT and more (auth); COUNTED
 *            (all); CTL_* (vncbridgectl)
 * SENDS      CONF_*, HOST_FILE, PEER, CLIENT, DRAIN, LIST, WHY, LOGINS, EXPEL,
 *            WHOSE, AUDITING, PROBE, COUNT, METRICS_ARE; CTL_*
 * TRUSTS     its configuration. A bad message costs a child its life.
 * ENDS       after SIGTERM and the drain; children end with it
 */
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/door.h"
#include "common/inherited.h"
#include "common/log.h"
#include "daemon/master/accept.h"
#include "daemon/master/check.h"
#include "daemon/master/figures.h"
#include "daemon/master/sandbox.h"
#include "daemon/master/children/host_files.h"
#include "daemon/master/children/spawn.h"
#include "daemon/bundle/machine.h"
#include "daemon/master/master.h"
#include "daemon/master/notify.h"
#include "daemon/master/operator.h"
#include "daemon/master/options.h"
#include "daemon/master/pid_file.h"
#include "daemon/master/reload.h"
#include "daemon/master/start.h"
#include "daemon/master/supervised.h"
#include "daemon/master/syslogd.h"
#include "daemon/master/children/events.h"
#include "daemon/master/children/supervise.h"

static void
on_expiry_cb(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	master_check_expiry(arg);
}

/* The first asks for a drain; a second one ends everything now. */
static void
on_term_cb(evutil_socket_t sig, short what, void *arg)
{
	struct master *m = arg;
	char why[32];

	(void)what;
	snprintf(why, sizeof(why), "signal %d", (int)sig);
	if (!m->is_draining) {
		master_drain(m, why);
		return;
	}
	log_warn("%s again: ending now", why);
	event_base_loopbreak(m->base);
}

/*
 * The file may have changed since the start, or the one under way, has read
 * it; and before the start is through, no child can be told anything else.
 */
static void
on_hup_cb(evutil_socket_t sig, short what, void *arg)
{
	struct master *m = arg;

	(void)sig;
	(void)what;
	if (m->is_draining)
		return;
	if (!m->is_started || reload_is_busy(m->reload))
		m->wants_reload = 1;
	else
		master_reload(m);
}

static int
add_signal(struct master *m, struct event *ev, int sig, event_callback_fn cb)
{
	if (event_assign(ev, m->base, sig, EV_SIGNAL | EV_PERSIST, cb, m) == -1)
		return -1;
	return event_add(ev, NULL);
}

/* Until the loop can hear it, a SIGHUP waits: it would end the process. */
static void
hold_hangups(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigprocmask(how, &set, NULL);
}

/* The loop, its signals, and everything on it. */
static int
build_loop(struct master *m)
{
	if ((m->base = event_base_new()) == NULL ||
	    add_signal(m, &m->term_ev, SIGTERM, on_term_cb) == -1 ||
	    add_signal(m, &m->int_ev, SIGINT, on_term_cb) == -1 ||
	    add_signal(m, &m->hup_ev, SIGHUP, on_hup_cb) == -1 ||
	    event_assign(
		&m->expiry_ev, m->base, -1, EV_PERSIST, on_expiry_cb, m) == -1)
		return -1;
	hold_hangups(SIG_UNBLOCK);
	return 0;
}

/* on-event hears of it, too. */
static void
on_recorded(void *arg, const char *line, size_t len)
{
	struct master *m = arg;

	if (m->bundle->conf->event.argc > 0)
		supervisor_tell_event(m->supervisor, line, len);
}

static int
start_processes(struct master *m)
{
	if ((m->audit = audit_new(m->base, &supervised_audit_ops, m)) == NULL)
		return -1;
	m->supervisor = supervisor_new(
	    m->base, m->bundle, machine()->cpus, &supervised_ops, m);
	if (m->supervisor == NULL)
		return -1;
	audit_listen(m->audit, on_recorded, m);
	m->acceptor = acceptor_new(m->base, m->supervisor);
	if (m->acceptor == NULL)
		return -1;
	m->reload = reload_new(m->base, m->supervisor, m->acceptor, &m->bundle);
	if (m->reload == NULL)
		return -1;
	if (m->control_fd == -1)
		return 0;
	m->control = control_new(
	    m->base, m->control_fd, m->control_group, &operator_ops, m);
	return m->control == NULL ? -1 : 0;
}

/* What the start has left outside, as far as the rights reach. */
static void
clean_up(struct master *m)
{
	if (m->pid_fd != -1)
		pid_file_remove(m->bundle->conf->pid_file, m->pid_fd);
	if (m->control_fd != -1)
		unlink(m->bundle->conf->control_socket);
}

/* Where there are hooks: what they start must not be as confined as this. */
static int
open_door(const struct master *m)
{
	if (!m->bundle->conf->settings.has_hooks ||
	    spawn_open_door(&m->privs) == 0)
		return 0;
	log_error("the runner's door: %s", strerror(errno));
	return VB_ESYS;
}

static int
run(struct master *m)
{
	char error[CONF_ERROR_MAX];
	const char *file = conf_path(&m->options);

	if (open_door(m) < 0)
		return 1;
	/* commands are the door's: what they may, no other process needs */
	if (!m->bundle->conf->settings.has_pam)
		privs_forget_groups(&m->privs);
	if (privs_drop(&m->privs, error, sizeof(error)) < 0) {
		log_error("%s", error);
		return 1;
	}
	log_info(
	    "privileges dropped uid=%d gid=%d", (int)geteuid(), (int)getegid());
	tzset(); /* reads a file, which the sandbox may not allow */
	host_files_prepare();
	if (build_loop(m) == -1 || master_sandbox_enter(m->bundle, file) < 0)
		return 1;
	if (start_processes(m) == -1) {
		log_error("no memory at the start");
		return 1;
	}
	event_base_dispatch(m->base);
	supervisor_free(m->supervisor);
	if (m->has_audit)
		audit_finish(m->audit);
	audit_free(m->audit);
	door_shut();
	log_info("ended");
	return m->has_failed ? 1 : 0;
}

/*
 * What was open before is not ours to hold, and a listener or the pid file
 * must not get the number of a standard stream that was closed.
 */
static void
settle_descriptors(void)
{
	int fd;

	do {
		if ((fd = open("/dev/null", O_RDWR)) == -1)
			exit(1); /* and nowhere to report it */
	} while (fd <= STDERR_FILENO);
	closefrom(STDERR_FILENO + 1);
}

/* A reload must find the file from the folder that a daemon is in: "/". */
static int
make_file_absolute(struct conf_options *options)
{
	static char path[PATH_MAX];
	size_t n;

	if (options->file == NULL || options->file[0] == '/')
		return 0;
	if (getcwd(path, sizeof(path)) == NULL)
		return VB_ESYS;
	n = strlen(path);
	if ((size_t)snprintf(path + n, sizeof(path) - n, "/%s",
		options->file) >= sizeof(path) - n) {
		errno = ENAMETOOLONG;
		return VB_ESYS;
	}
	options->file = path;
	return 0;
}

int
main(int argc, char **argv)
{
	static struct master m;
	char error[CONF_ERROR_MAX] = "";
	int is_check, result;

	settle_descriptors();
	inherited_reset_signals();
	options_parse(argc, argv, &m.options, &is_check);
	m.pid_fd = m.control_fd = -1;
	if (is_check)
		return check_run(&m);
	hold_hangups(SIG_BLOCK);
	if (!m.options.is_foreground && make_file_absolute(&m.options) < 0)
		err(1, "%s", m.options.file);
	machine_learn();
	m.since_sec = (uint64_t)time(NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a full audit-file must not end it */
	log_take_libevent();
	umask(022);
	log_to_stderr("master");
	log_set_verbosity(m.options.verbosity);
	if (start_open(&m, &start_really, error) < 0) {
		if (error[0] == '\0')
			strlcpy(error, strerror(errno), sizeof(error));
		fprintf(
		    stderr, "vncbridged: %s%s\n", error, privs_advise(error));
		clean_up(&m);
		return 1;
	}
	notify_open();
	if (!m.options.is_foreground) {
		if (notify_daemonize() < 0)
			err(1, "daemonize");
		/* until it is ready, the one that started it hears it too */
		syslogd_take_log("master", 1);
	}
	result = run(&m);
	clean_up(&m);
	return result;
}
