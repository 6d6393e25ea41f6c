/* SPDX-License-Identifier: ISC */
#include <sys/wait.h>

#include <errno.h>
#include <event2/event.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/ipc.h"
#include "common/log.h"
#include "daemon/master/check.h"
#include "daemon/master/children/conf_send.h"
#include "daemon/master/children/spawn.h"
#include "daemon/bundle/audit_file.h"
#include "daemon/bundle/listen.h"
#include "daemon/bundle/exposure.h"
#include "daemon/bundle/machine.h"
#include "daemon/master/pid_file.h"
#include "daemon/master/sandbox.h"
#include "daemon/bundle/source.h"
#include "daemon/master/start.h"

#define ANSWER_TIMEOUT_MS 10000

/* A keeper, or an auth, that lives for this one question. */
struct check {
	const struct bundle *bundle;
	struct child child;
	struct event_base *base;
	char *error;
	int result;
};

static void
end(struct check *c, int result)
{
	c->result = result;
	event_base_loopbreak(c->base);
}

static int
on_kept(void *arg, const void *body, int *fd)
{
	const struct msg_kept *kept = body;
	struct check *c = arg;

	(void)fd;
	if (!PROTO_IS_TEXT(kept->text))
		return VB_EBADMSG;
	if (kept->cert_id == 0)
		end(c, 0);
	else if (certs_describe(&c->bundle->certs, c->bundle->conf,
		     kept->cert_id, kept->text, c->error) == 0)
		end(c, VB_ESYNTAX);
	else
		return VB_EBADMSG;
	return 0;
}

static int
on_known(void *arg, const void *body, int *fd)
{
	const struct msg_known *known = body;
	struct check *c = arg;

	(void)fd;
	if (!PROTO_IS_TEXT(known->text))
		return VB_EBADMSG;
	if (known->is_refused)
		bundle_describe(c->bundle->conf, known, c->error);
	end(c, known->is_refused ? VB_ESYNTAX : 0);
	return 0;
}

/* It may say what it likes; the answer is all that counts. */
static int
on_other(void *arg, const void *body, int *fd)
{
	(void)arg;
	(void)body;
	(void)fd;
	return 0;
}

static void
on_closed(void *arg, int reason)
{
	struct check *c = arg;

	snprintf(c->error, CONF_ERROR_MAX, "%s has ended: %s",
	    child_role_words(c->child.role), vb_strerror(reason));
	end(c, VB_ECLOSED);
}

static const struct ipc_ops keeper_ops = {
    .on =
	{
	    [MSG_READY] = on_other,
	    [MSG_LOG] = on_other,
	    [MSG_KEPT] = on_kept,
	    [MSG_DROPPED] = on_other,
	    [MSG_ALIVE] = on_other,
	    [MSG_COUNTED] = on_other,
	},
    .closed = on_closed,
};

static const struct ipc_ops auth_ops = {
    .on =
	{
	    [MSG_READY] = on_other,
	    [MSG_LOG] = on_other,
	    [MSG_KNOWN] = on_known,
	    [MSG_AUDIT] = on_other,
	    [MSG_LOGINS_ARE] = on_other,
	    [MSG_EXPELLED] = on_other,
	    [MSG_GROUPS] = on_other,
	    [MSG_DROPPED] = on_other,
	    [MSG_UNJOINED] = on_other,
	    [MSG_ALIVE] = on_other,
	    [MSG_COUNTED] = on_other,
	},
    .closed = on_closed,
};

static int
ask(struct check *c)
{
	struct timeval tv = clock_timeval(ANSWER_TIMEOUT_MS);

	c->result = VB_ECLOSED;
	snprintf(c->error, CONF_ERROR_MAX, "%s does not answer",
	    child_role_words(c->child.role));
	if (conf_send(c->bundle, &c->child, 0) < 0 ||
	    event_base_loopexit(c->base, &tv) == -1)
		return VB_ENOMEM;
	event_base_dispatch(c->base);
	if (c->result == 0)
		c->error[0] = '\0';
	return c->result;
}

static int
ask_child(struct check *c, enum proto_role role, const struct ipc_ops *ops)
{
	int channel, result = VB_ESYS;

	memset(&c->child, 0, sizeof(c->child));
	c->child.role = role;
	if (spawn_child(&c->child, &channel) < 0) {
		snprintf(c->error, CONF_ERROR_MAX, "%s cannot be started: %s",
		    child_role_words(role), strerror(errno));
		return VB_ESYS;
	}
	c->child.ipc = ipc_new(c->base, channel, ROLE_MASTER, role, ops, c);
	if (c->child.ipc != NULL)
		result = ask(c);
	/* without its channel it ends */
	ipc_free(c->child.ipc);
	while (waitpid(c->child.pid, NULL, 0) == -1 && errno == EINTR)
		continue;
	return result;
}

/* ---- what a start would open ---- */

/* What could not be looked at. */
static struct {
	int is_answered; /* such a daemon runs */
	size_t in_use_count;
	struct addr in_use[PROTO_LISTENERS_MAX];
	int has_skipped; /* a certificate or a key */
} found;

static void __attribute__((format(printf, 1, 2))) note(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	fprintf(stderr, "vncbridged: not checked: ");
	vfprintf(stderr, format, ap);
	fprintf(stderr, "\n");
	va_end(ap);
}

/* What root could do, and we can't. */
static int
is_roots_right(void)
{
	return geteuid() != 0 && (errno == EACCES || errno == EPERM);
}

static int
check_file(void *arg, const char *path, int *fd)
{
	int result = source_files.file(arg, path, fd);

	if (result == 0 || !is_roots_right())
		return result;
	note("%s: %s", path, strerror(errno));
	found.has_skipped = 1;
	return 0; /* and no file */
}

/* A port in use may be the daemon's that runs: that is found out later. */
static int
check_listener(void *arg, const struct addr *addr,
    const struct settings *settings, int *fd, char *error, size_t error_size)
{
	int result = listen_check(
	    addr, settings->socket_buffer_bytes, error, error_size);

	(void)arg;
	*fd = -1;
	if (result == 0)
		return 0;
	if (errno == EADDRINUSE)
		found.in_use[found.in_use_count++] = *addr;
	else if (is_roots_right())
		note("%s", error);
	else
		return result;
	error[0] = '\0';
	return 0;
}

static int
check_pages(void *arg, const char *directory, int *fd, uint64_t *size_bytes,
    char *error, size_t error_size)
{
	int result = source_files.pages(
	    arg, directory, fd, size_bytes, error, error_size);

	if (result == 0 || !is_roots_right())
		return result;
	note("%s", error);
	error[0] = '\0';
	return 0;
}

static int
check_audit(void *arg, const char *path, const char *user, int *fd)
{
	(void)arg;
	(void)user;
	*fd = -1;
	if (audit_file_check(path) == 0)
		return 0;
	if (!is_roots_right())
		return VB_ESYS;
	note("%s: %s", path, strerror(errno));
	return 0;
}

static int
check_pid_file(
    const char *path, uid_t user, int *fd, char *error, size_t error_size)
{
	int is_in_use, result;

	*fd = -1;
	result = pid_file_check(path, user, &is_in_use, error, error_size);
	found.is_answered |= is_in_use;
	return result;
}

static int
check_control(
    const char *path, gid_t group, int *fd, char *error, size_t error_size)
{
	int is_answered, result;

	(void)group;
	*fd = -1;
	result = listen_check_control(path, &is_answered, error, error_size);
	found.is_answered |= is_answered;
	return result;
}

static int
excuse(const struct master *m, int result, const char *error)
{
	const struct conf *conf = m->bundle->conf;
	int is_usual_pid_file =
	    !conf->has_pid_file && strstr(error, conf->pid_file) != NULL;

	if (result != VB_ESYS || (!is_usual_pid_file && !is_roots_right()))
		return 0;
	note(
	    "%s%s", error, is_usual_pid_file ? " (with -d there is none)" : "");
	return 1;
}

static const struct source check_source = {
    .text_fd = -1,
    .is_check = 1,
    .file = check_file,
    .listener = check_listener,
    .pages = check_pages,
    .audit = check_audit,
};

static const struct start_ops checking = {
    .source = &check_source,
    .pid_file = check_pid_file,
    .control = check_control,
    .excuse = excuse,
};

/* ---- the way of a start ---- */

static int
check_all(struct master *m, struct check *c)
{
	const struct conf *conf;
	int result;

	if ((result = start_open(m, &checking, c->error)) < 0)
		return result;
	conf = m->bundle->conf;
	if (!m->privs.is_root && conf->lines.user > 0 &&
	    getpwnam(conf->user) == NULL)
		note("user \"%s\" does not exist: root could not start it",
		    conf->user);
	if ((result = privs_drop(&m->privs, c->error, CONF_ERROR_MAX)) < 0)
		return result;
	if ((c->base = event_base_new()) == NULL)
		return VB_ENOMEM;
	result = master_sandbox_enter(m->bundle, conf_path(&m->options));
	if (result < 0) {
		snprintf(c->error, CONF_ERROR_MAX, "there is no sandbox");
		return result;
	}
	c->bundle = m->bundle;
	if (found.has_skipped)
		return 0;
	if (m->bundle->certs.count > 0)
		result = ask_child(c, ROLE_KEEPER, &keeper_ops);
	if (result == 0 && m->bundle->users_fd != -1)
		result = ask_child(c, ROLE_AUTH, &auth_ops);
	return result;
}

static void
report_in_use(void)
{
	char text[ADDR_TEXT_MAX];
	size_t i;

	for (i = 0; !found.is_answered && i < found.in_use_count; i++)
		note("listen %s: the port is in use, by a running daemon or "
		     "another program",
		    addr_format(&found.in_use[i], text));
}

int
check_run(struct master *m)
{
	char error[CONF_ERROR_MAX] = "", names[MACHINE_TEXT_MAX];
	struct check c = {.error = error};
	int result;

	machine_learn();
	signal(SIGPIPE, SIG_IGN);
	if (m->options.verbosity == 0)
		log_set_level(LOG_LEVEL_WARN);
	result = check_all(m, &c);
	if (result < 0)
		fprintf(stderr, "vncbridged: %s%s\n",
		    error[0] != '\0' ? error : vb_strerror(result),
		    privs_advise(error));
	else {
		report_in_use();
		fprintf(
		    stderr, "vncbridged: %s\n", machine_describe_names(names));
		exposure_report(m->bundle->conf, stderr);
		printf("configuration ok\n");
	}
	if (c.base != NULL)
		event_base_free(c.base);
	bundle_free(m->bundle);
	return result < 0 ? 1 : 0;
}
