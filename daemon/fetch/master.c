/* SPDX-License-Identifier: ISC */
/*
 * Handlers of the master's messages. The master is trusted: what makes no
 * sense ends the process.
 */
#include <string.h>

#include "common/ipc.h"
#include "common/log.h"
#include "common/process.h"
#include "daemon/fetch/auth.h"
#include "daemon/fetch/figures.h"
#include "daemon/fetch/master.h"
#include "daemon/fetch/sandbox.h"

#define DNS_PORT 53 /* RFC 1035, 4.2 */

static void
must(int result, const char *message)
{
	if (result < 0)
		log_fatal("%s: %s", message, vb_strerror(result));
}

static struct providers *
staged(struct fetch *f, const char *message)
{
	if (f->staged_providers == NULL)
		log_fatal("%s before CONF_START", message);
	return f->staged_providers;
}

static int
on_conf_start(void *arg, const void *body, int *fd)
{
	const struct msg_conf_start *start = body;
	struct fetch *f = arg;

	(void)fd;
	process_check_version(start);
	f->staged = *start;
	memset(&f->staged_servers, 0, sizeof(f->staged_servers));
	providers_free(f->staged_providers);
	if ((f->staged_providers = providers_new()) == NULL)
		log_fatal("CONF_START: %s", vb_strerror(VB_ENOMEM));
	return 0;
}

static int
on_conf_fetch_host(void *arg, const void *body, int *fd)
{
	(void)fd;
	must(providers_add_host(staged(arg, "CONF_FETCH_HOST"), body),
	    "CONF_FETCH_HOST");
	return 0;
}

static int
on_conf_fetch_ca(void *arg, const void *body, int *fd)
{
	const struct msg_conf_fetch_ca *ca = body;
	struct providers *providers = staged(arg, "CONF_FETCH_CA");

	if (*fd == -1)
		log_fatal("CONF_FETCH_CA: %s", vb_strerror(VB_ENOFD));
	must(providers_set_ca(providers, ca->source, *fd), "CONF_FETCH_CA");
	return 0;
}

static int
on_conf_nameserver(void *arg, const void *body, int *fd)
{
	const struct msg_conf_nameserver *server = body;
	struct fetch *f = arg;
	struct name_servers *servers = &f->staged_servers;
	struct addr *added;

	(void)fd;
	(void)staged(f, "CONF_NAMESERVER");
	if (servers->count == PROTO_NAMESERVERS_MAX)
		log_fatal("CONF_NAMESERVER: %s", vb_strerror(VB_EFULL));
	added = &servers->addrs[servers->count++];
	*added = server->addr;
	if (added->port == 0)
		added->port = DNS_PORT;
	return 0;
}

static int
on_host_file(void *arg, const void *body, int *fd)
{
	const struct msg_host_file *file = body;
	struct fetch *f = arg;

	if (file->kind != HOST_FILE_HOSTS &&
	    file->kind != HOST_FILE_RESOLV_CONF)
		log_fatal("HOST_FILE: kind=%u", file->kind);
	finder_take_file(&f->desk.finder, file->kind, *fd);
	return 0;
}

static int
on_conf_end(void *arg, const void *body, int *fd)
{
	const struct msg_conf_end *end = body;
	struct fetch *f = arg;
	struct providers *providers = staged(f, "CONF_END");

	(void)fd;
	if (end->generation != f->staged.generation)
		log_fatal("CONF_END: generation=%u", end->generation);
	must(finder_use_servers(&f->desk.finder, &f->staged_servers),
	    "CONF_END");
	f->staged_providers = NULL;
	desk_use(&f->desk, providers, end->generation);
	log_set_verbosity(f->staged.settings.verbose);
	log_debug("configuration generation=%u", end->generation);
	if (f->is_ready)
		return 0;
	f->is_ready = 1;
	fetch_sandbox_enter(&f->staged.settings, providers, &f->staged_servers);
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
	    [MSG_CONF_FETCH_HOST] = on_conf_fetch_host,
	    [MSG_CONF_FETCH_CA] = on_conf_fetch_ca,
	    [MSG_CONF_NAMESERVER] = on_conf_nameserver,
	    [MSG_HOST_FILE] = on_host_file,
	    [MSG_CONF_END] = on_conf_end,
	    [MSG_PEER] = on_peer,
	    [MSG_DRAIN] = process_on_drain, /* logins end by themselves */
	    [MSG_PROBE] = process_on_probe,
	    [MSG_COUNT] = process_on_count,
	},
    .closed = process_on_closed,
};

int
master_connect(struct fetch *fetch, int fd)
{
	figures_open(fetch);
	fetch->master =
	    process_connect(fetch->base, fd, ROLE_FETCH, &master_ops, fetch);
	return fetch->master == NULL ? VB_ENOMEM : 0;
}
