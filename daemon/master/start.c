/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "daemon/master/children/spawn.h"
#include "daemon/bundle/listen.h"
#include "daemon/master/pid_file.h"
#include "daemon/master/start.h"

const struct start_ops start_really = {
    .pid_file = pid_file_open,
    .control = listen_open_control,
};

/* One pid file, one daemon: the lock beside it says whether it lives. */
static int
open_pid_file(
    struct master *m, const struct start_ops *ops, char error[CONF_ERROR_MAX])
{
	const struct conf *conf = m->bundle->conf;

	if (conf->pid_file[0] == '\0' ||
	    (m->options.is_foreground && !conf->has_pid_file))
		return 0;
	return ops->pid_file(
	    conf->pid_file, m->privs.uid, &m->pid_fd, error, CONF_ERROR_MAX);
}

static int
find_group(
    struct master *m, const struct start_ops *ops, char error[CONF_ERROR_MAX])
{
	const char *name = m->bundle->conf->control_group;
	struct group *group;

	(void)ops;
	m->control_group = CONTROL_NO_GROUP;
	if (name[0] == '\0')
		return 0;
	if ((group = getgrnam(name)) == NULL) {
		snprintf(error, CONF_ERROR_MAX,
		    "control-group \"%s\" does not exist: make it (groupadd "
		    "-r %s), or name another",
		    name, name);
		return VB_ENOTFOUND;
	}
	if (!m->privs.is_root && !privs_has(CAP_CHOWN) &&
	    !group_member(group->gr_gid)) {
		snprintf(error, CONF_ERROR_MAX,
		    "control-group \"%s\": only root, or one of its members, "
		    "can give it the control socket",
		    name);
		errno = EPERM;
		return VB_ESYS;
	}
	m->control_group = group->gr_gid;
	return 0;
}

static int
open_control(
    struct master *m, const struct start_ops *ops, char error[CONF_ERROR_MAX])
{
	const struct conf *conf = m->bundle->conf;
	int result;

	if (conf->control_socket[0] == '\0')
		return 0;
	result = ops->control(conf->control_socket, m->control_group,
	    &m->control_fd, error, CONF_ERROR_MAX);
	if (result == 0 || conf->has_control_socket || m->privs.is_root)
		return result;
	/* an ordinary user's quick start has no right to the default */
	log_warn("%s: vncbridgectl cannot reach this daemon", error);
	error[0] = '\0';
	return 0;
}

static int
find_user(
    struct master *m, const struct start_ops *ops, char error[CONF_ERROR_MAX])
{
	const struct conf *conf = m->bundle->conf;
	struct passwd *pw;
	int result;

	(void)ops;
	result = privs_find(conf->user, &m->privs, error, CONF_ERROR_MAX);
	if (result == 0 && (conf->settings.has_pam || conf->settings.has_hooks))
		result = privs_keep_groups(
		    conf->user, &m->privs, error, CONF_ERROR_MAX);
	if (result < 0 || m->privs.is_root || conf->lines.user == 0)
		return result;
	if ((pw = getpwnam(conf->user)) == NULL || pw->pw_uid != m->privs.uid)
		log_warn("user \"%s\" does not apply: only root can change to "
			 "it, and this was started by uid=%d (User= of a "
			 "systemd unit)",
		    conf->user, (int)m->privs.uid);
	return 0;
}

static int
raise_limits(
    struct master *m, const struct start_ops *ops, char error[CONF_ERROR_MAX])
{
	(void)ops;
	return bundle_raise_limits(m->bundle, error);
}

static int
prepare_children(
    struct master *m, const struct start_ops *ops, char error[CONF_ERROR_MAX])
{
	(void)ops;
	(void)error;
	return spawn_prepare(m->options.is_foreground, error, CONF_ERROR_MAX);
}

static const struct {
	int (*run)(struct master *m, const struct start_ops *ops,
	    char error[CONF_ERROR_MAX]);
	size_t line; /* in struct conf_lines: of the setting it goes by */
} steps[] = {
    {find_user, offsetof(struct conf_lines, user)},
    {raise_limits, offsetof(struct conf_lines, max_connections)},
    {open_pid_file, offsetof(struct conf_lines, pid_file)},
    {find_group, offsetof(struct conf_lines, control_group)},
    {open_control, offsetof(struct conf_lines, control_socket)},
    {prepare_children, offsetof(struct conf_lines, none)},
};

static int
line_of(const struct conf *conf, size_t i)
{
	int line;

	memcpy(&line, (const char *)&conf->lines + steps[i].line, sizeof(line));
	return line;
}

int
start_open(
    struct master *m, const struct start_ops *ops, char error[CONF_ERROR_MAX])
{
	const struct conf *conf;
	size_t i;
	int result;

	if (ops->source != NULL)
		m->options.source = ops->source;
	if ((result = bundle_build(&m->options, NULL, &m->bundle, error)) < 0)
		return result;
	conf = m->bundle->conf;
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if ((result = steps[i].run(m, ops, error)) == 0)
			continue;
		conf_add_place(conf, line_of(conf, i), error);
		if (ops->excuse == NULL || !ops->excuse(m, result, error))
			return result;
		error[0] = '\0';
	}
	return 0;
}
