/* SPDX-License-Identifier: ISC */
/*
 * Handlers of the master's messages. The master is trusted: what makes no
 * sense ends the process.
 */
#include <string.h>

#include "common/ipc.h"
#include "common/log.h"
#include "common/process.h"
#include "daemon/pam/auth.h"
#include "daemon/pam/figures.h"
#include "daemon/pam/master.h"
#include "daemon/pam/sandbox.h"

static int
on_conf_start(void *arg, const void *body, int *fd)
{
	const struct msg_conf_start *start = body;
	struct pam *pam = arg;

	(void)fd;
	process_check_version(start);
	pam->staged = *start;
	pam->is_staged = 1;
	memset(&pam->staged_conf, 0, sizeof(pam->staged_conf));
	group_names_clear(&pam->staged_groups);
	return 0;
}

static int
on_conf_pam(void *arg, const void *body, int *fd)
{
	const struct msg_conf_pam *conf = body;
	struct pam *pam = arg;

	(void)fd;
	if (!pam->is_staged || !PROTO_IS_TEXT(conf->service))
		log_fatal("CONF_PAM: out of order, or no text");
	pam->staged_conf = *conf;
	return 0;
}

static int
on_conf_group(void *arg, const void *body, int *fd)
{
	const struct msg_conf_group *group = body;
	struct pam *pam = arg;

	(void)fd;
	if (!pam->is_staged || !PROTO_IS_TEXT(group->name) ||
	    group_names_add(&pam->staged_groups, group->name) < 0)
		log_fatal("CONF_GROUP: out of order, or no text");
	return 0;
}

static int
on_conf_end(void *arg, const void *body, int *fd)
{
	const struct msg_conf_end *end = body;
	struct pam *pam = arg;

	(void)fd;
	if (!pam->is_staged || end->generation != pam->staged.generation ||
	    pam->staged_conf.service[0] == '\0')
		log_fatal("CONF_END: generation=%u", end->generation);
	pam->is_staged = 0;
	group_names_clear(&pam->talks.groups);
	pam->talks.groups = pam->staged_groups;
	memset(&pam->staged_groups, 0, sizeof(pam->staged_groups));
	talks_use(&pam->talks, pam->staged_conf.service, end->generation);
	log_set_verbosity(pam->staged.settings.verbose);
	log_debug("configuration generation=%u service=%s", end->generation,
	    pam->talks.service);
	if (pam->is_ready)
		return 0;
	pam->is_ready = 1;
	pam_sandbox_enter(&pam->staged.settings);
	process_ready();
	return 0;
}

static int
on_peer(void *arg, const void *body, int *fd)
{
	auth_join(arg, body, fd);
	return 0;
}

static const struct ipc_ops master_ops = {
    .on =
	{
	    [MSG_CONF_START] = on_conf_start,
	    [MSG_CONF_PAM] = on_conf_pam,
	    [MSG_CONF_GROUP] = on_conf_group,
	    [MSG_CONF_END] = on_conf_end,
	    [MSG_PEER] = on_peer,
	    [MSG_DRAIN] = process_on_drain, /* logins end by themselves */
	    [MSG_PROBE] = process_on_probe,
	    [MSG_COUNT] = process_on_count,
	},
    .closed = process_on_closed,
};

int
master_connect(struct pam *pam, int fd)
{
	figures_open(pam);
	pam->master =
	    process_connect(pam->base, fd, ROLE_PAM, &master_ops, pam);
	return pam->master == NULL ? VB_ENOMEM : 0;
}
