/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/ipc.h"
#include "common/log.h"
#include "common/sealed.h"
#include "common/stamp.h"
#include "daemon/master/children/conf_send.h"
#include "daemon/master/children/conf_send_hooks.h"
#include "daemon/master/children/conf_send_login.h"
#include "daemon/master/children/conf_send_tls.h"
#include "daemon/bundle/machine.h"
#include "daemon/master/children/supervisor.h"

#define SCARCE_WAIT_MS 1000 /* for a child that lives, plenty */
#define COPIES_MAX                                                         \
	(HOST_FILE_COUNT + 2 * PROTO_CERTS_MAX + 2 * PROTO_LISTENERS_MAX + \
	    PROTO_TARGET_CAS_MAX)

/* Enough for a worker, the keeper or the broker; the others have fewer. */
static size_t
count_copies(const struct certs *certs)
{
	/* the pages, or the host's files */
	size_t i,
	    n = HOST_FILE_COUNT + 2 * certs->count + certs->target_ca_count;

	for (i = 0; i < certs->listener_count; i++)
		n += (certs->listeners[i].ca_fd != -1) +
		    (certs->listeners[i].crl_fd != -1);
	return n;
}

int
conf_send_reserve(const struct bundle *bundle)
{
	int copies[COPIES_MAX], copy, why;
	size_t wanted = count_copies(&bundle->certs), n = 0;

	while (n < wanted &&
	    (copy = fcntl(bundle->pages_fd, F_DUPFD_CLOEXEC, 0)) != -1)
		copies[n++] = copy;
	why = n < wanted ? errno : 0;
	while (n > 0)
		close(copies[--n]);
	errno = why;
	return why == 0 ? 0 : VB_ESYS;
}

/* The names by which a worker is asked: the list's, and the machine's. */
static int
send_hosts(const struct conf *conf, struct ipc *ipc)
{
	char own[MACHINE_NAMES_MAX][TARGET_NAME_MAX];
	struct msg_conf_host host;
	size_t i, n = machine_names(own);
	int result = 0;

	for (i = 0; i < n && result == 0; i++) {
		memset(&host, 0, sizeof(host));
		strlcpy(host.name, own[i], sizeof(host.name));
		result = ipc_send(ipc, MSG_CONF_HOST, &host, -1);
	}
	for (i = 0; i < conf->host_count && result == 0; i++)
		result = ipc_send(ipc, MSG_CONF_HOST, &conf->hosts[i], -1);
	return result;
}

/* Whose word a worker believes. */
static int
send_proxies(const struct conf *conf, struct ipc *ipc)
{
	struct msg_conf_proxy proxy;
	size_t i;
	int result = 0;

	for (i = 0; i < conf->proxy_count && result == 0; i++) {
		memset(&proxy, 0, sizeof(proxy));
		proxy.network = conf->proxies[i];
		result = ipc_send(ipc, MSG_CONF_PROXY, &proxy, -1);
	}
	return result;
}

static int
send_targets(const struct bundle *bundle, struct ipc *ipc)
{
	const struct conf *conf = bundle->conf;
	struct msg_conf_target target;
	size_t i;
	int result = 0;

	for (i = 0; i < conf->target_count && result == 0; i++) {
		target = conf->targets[i];
		if (target.tls_id != 0)
			target.tls_id += bundle->certs.tls_id_base;
		result = ipc_send(ipc, MSG_CONF_TARGET, &target, -1);
	}
	return result;
}

static int
send_to_worker(const struct bundle *bundle, struct ipc *ipc)
{
	const struct conf *conf = bundle->conf;
	struct msg_conf_pages pages;
	size_t i;
	int result = send_targets(bundle, ipc);

	if (result < 0)
		return result;
	memset(&pages, 0, sizeof(pages));
	pages.size_bytes = bundle->pages_size_bytes;
	result = conf_send_file(ipc, MSG_CONF_PAGES, &pages, bundle->pages_fd);
	if (result == 0)
		result = conf_send_listeners(conf, ipc);
	if (result == 0)
		result = conf_send_tls(bundle, ipc);
	for (i = 0; i < conf->origin_count && result == 0; i++)
		result = ipc_send(ipc, MSG_CONF_ORIGIN, &conf->origins[i], -1);
	for (i = 0; i < conf->framer_count && result == 0; i++)
		result = ipc_send(ipc, MSG_CONF_ORIGIN, &conf->framers[i], -1);
	if (result == 0)
		result = send_proxies(conf, ipc);
	if (result == 0)
		result = conf_send_buttons(conf, ipc);
	if (result == 0)
		result = conf_send_header(conf, ipc);
	return result < 0 ? result : send_hosts(conf, ipc);
}

static int
send_nameserver(struct ipc *ipc, const struct addr *addr)
{
	struct msg_conf_nameserver server;

	memset(&server, 0, sizeof(server));
	server.addr = *addr;
	return ipc_send(ipc, MSG_CONF_NAMESERVER, &server, -1);
}

static int
send_access(const struct conf_access *access, struct ipc *ipc)
{
	struct msg_conf_access_from from;
	size_t i;
	int result = ipc_send(ipc, MSG_CONF_ACCESS, &access->head, -1);

	for (i = 0; i < access->user_count && result == 0; i++)
		result =
		    ipc_send(ipc, MSG_CONF_ACCESS_USER, &access->users[i], -1);
	for (i = 0; i < access->from_count && result == 0; i++) {
		memset(&from, 0, sizeof(from));
		from.network = access->from[i];
		result = ipc_send(ipc, MSG_CONF_ACCESS_FROM, &from, -1);
	}
	for (i = 0; i < access->target_count && result == 0; i++)
		result = ipc_send(
		    ipc, MSG_CONF_ACCESS_TARGET, &access->targets[i], -1);
	return result;
}

static int
send_to_broker(const struct bundle *bundle, struct ipc *ipc)
{
	const struct conf *conf = bundle->conf;
	struct msg_conf_rule rule;
	size_t i;
	int result = send_targets(bundle, ipc);

	for (i = 0; i < conf->claim_count && result == 0; i++)
		result = ipc_send(ipc, MSG_CONF_CLAIM, &conf->claims[i], -1);
	for (i = 0; i < conf->rule_count && result == 0; i++) {
		memset(&rule, 0, sizeof(rule));
		rule.rule = conf->rules[i];
		result = ipc_send(ipc, MSG_CONF_RULE, &rule, -1);
	}
	for (i = 0; i < conf->access_count && result == 0; i++)
		result = send_access(&conf->access[i], ipc);
	if (result == 0)
		result = conf_send_listeners(conf, ipc);
	for (i = 0; i < conf->nameserver_count && result == 0; i++)
		result = send_nameserver(ipc, &conf->nameservers[i]);
	for (i = 0; i < bundle->certs.listener_count && result == 0; i++)
		result = conf_send_cas(bundle, i, ipc);
	return result;
}

/* At a reload too: what it needs has come before it applies. */
static int
send_host_files(struct child *child)
{
	struct supervisor *sup = child->supervisor;

	return host_files_send(
	    child->role == ROLE_BROKER ? &sup->broker_files : &sup->fetch_files,
	    child);
}

/*
 * Each auth finds there what the one before has left: it is one for the
 * daemon's whole life.
 */
static int
send_logins(struct child *auth)
{
	static int logins_fd = -1;
	struct msg_conf_logins logins = {0};

	if (auth->is_ready)
		return 0;
	if (logins_fd == -1 &&
	    (logins_fd = sealed_new("vncbridge-logins")) == -1)
		return VB_ESYS;
	return conf_send_file(auth->ipc, MSG_CONF_LOGINS, &logins, logins_fd);
}

/*
 * The same for brokers. What an operator said of new sessions holds for each.
 */
static int
send_leases(struct child *broker)
{
	static int leases_fd = -1;
	struct msg_conf_leases leases = {broker->supervisor->is_refusing};

	if (broker->is_ready)
		return 0;
	if (leases_fd == -1 &&
	    (leases_fd = sealed_new("vncbridge-leases")) == -1)
		return VB_ESYS;
	return conf_send_file(broker->ipc, MSG_CONF_LEASES, &leases, leases_fd);
}

/*
 * As the logins: one for the daemon's whole life, so that what the keeper has
 * signed is known to any auth. The master never looks into it.
 */
static int
send_stamp(struct child *child)
{
	static int stamp_fd = -1;
	struct msg_conf_stamp stamp = {0};

	if (child->is_ready)
		return 0;
	if (stamp_fd == -1) {
		if ((stamp_fd = sealed_new("vncbridge-stamp")) == -1)
			return VB_ESYS;
		if (ftruncate(stamp_fd, STAMP_FILE_BYTES) == -1)
			return VB_ESYS;
	}
	return conf_send_file(child->ipc, MSG_CONF_STAMP, &stamp, stamp_fd);
}

/* The broker's, before anything else. */
static int
send_to_begin(struct child *broker)
{
	int result = send_leases(broker);

	return result < 0 ? result : send_host_files(broker);
}

/* Each auth gets both before anything else. */
static int
send_memories(struct child *auth)
{
	int result = send_logins(auth);

	return result < 0 ? result : send_stamp(auth);
}

static int
send_to_auth(const struct bundle *bundle, struct ipc *ipc)
{
	struct msg_conf_users users = {bundle->users_bytes};
	int result;

	result = conf_send_groups(bundle->conf, ipc);
	if (result == 0)
		result = conf_send_providers(bundle, ipc);
	if (result == 0)
		result = conf_send_header(bundle->conf, ipc);
	if (result == 0)
		result = conf_send_certificates(bundle, ipc);
	if (result == 0)
		result = conf_send_pam(bundle->conf, ipc);
	if (result < 0 || bundle->users_fd == -1)
		return result;
	return conf_send_file(ipc, MSG_CONF_USERS, &users, bundle->users_fd);
}

static int
send_to_fetch(const struct bundle *bundle, struct ipc *ipc)
{
	const struct conf *conf = bundle->conf;
	size_t i;
	int result = 0;

	for (i = 0; i < conf->fetch_count && result == 0; i++)
		result = conf_send_provider(bundle, i, ipc);
	for (i = 0; i < conf->nameserver_count && result == 0; i++)
		result = send_nameserver(ipc, &conf->nameservers[i]);
	return result;
}

static int
send_to_pam(const struct bundle *bundle, struct ipc *ipc)
{
	int result = conf_send_groups(bundle->conf, ipc);

	return result < 0 ? result : conf_send_pam(bundle->conf, ipc);
}

static int
send_to_runner(const struct bundle *bundle, struct ipc *ipc)
{
	return conf_send_hooks(bundle->conf, ipc);
}

static const struct sender {
	enum proto_role role;
	int (*before)(struct child *child); /* CONF_START; or NULL */
	int (*send)(const struct bundle *bundle, struct ipc *ipc);
} senders[] = {
    {ROLE_WORKER, NULL, send_to_worker},
    {ROLE_BROKER, send_to_begin, send_to_broker},
    {ROLE_KEEPER, send_stamp, conf_send_keys},
    {ROLE_AUTH, send_memories, send_to_auth},
    {ROLE_FETCH, send_host_files, send_to_fetch},
    {ROLE_PAM, NULL, send_to_pam},
    {ROLE_RUNNER, NULL, send_to_runner},
};

static const struct sender *
sender_of(enum proto_role role)
{
	size_t i;

	for (i = 0; senders[i].role != role; i++)
		continue;
	return &senders[i];
}

/* One that was killed lives until it has been reaped. */
static void
fill_living(const struct supervisor *sup, struct msg_conf_start *start)
{
	uint32_t i;

	for (i = 0; i < sup->worker_count; i++)
		if (sup->workers[i]->pid != 0)
			start->living[i / CHAR_BIT] |=
			    (uint8_t)(1u << i % CHAR_BIT);
}

int
conf_send(
    const struct bundle *bundle, struct child *child, uint32_t worker_count)
{
	const struct conf *conf = bundle->conf;
	const struct sender *sender = sender_of(child->role);
	struct msg_conf_start start;
	struct msg_conf_end end;
	int result;

	memset(&start, 0, sizeof(start));
	start.proto_version = PROTO_VERSION;
	start.generation = bundle->generation;
	start.index = child->index;
	start.worker_count = worker_count;
	if (child->role == ROLE_BROKER) /* others' may be of a check */
		fill_living(child->supervisor, &start);
	start.settings = conf->settings;
	memset(&end, 0, sizeof(end));
	end.generation = bundle->generation;
	/* one that is slow must not lose its place for a second reload */
	ipc_set_bound(child->ipc,
	    ipc_queued_bytes(child->ipc) + IPC_QUEUE_BYTES +
		conf->target_count * sizeof(struct msg_conf_target));
	if (sender->before != NULL && (result = sender->before(child)) < 0)
		return result;
	if ((result = ipc_send(child->ipc, MSG_CONF_START, &start, -1)) < 0)
		return result;
	if ((result = sender->send(bundle, child->ipc)) < 0)
		return result;
	if ((result = ipc_send(child->ipc, MSG_CONF_END, &end, -1)) < 0)
		return result;
	/* what the kernel takes now is no descriptor of ours any more, and all
	 * children are told in one turn; of a dead one the loop hears */
	result = ipc_flush(child->ipc, 0);
	if (result == VB_EFULL && conf_send_reserve(bundle) < 0)
		result = ipc_flush(child->ipc, SCARCE_WAIT_MS);
	if (result < 0)
		log_debug(
		    "%s takes its configuration later", child_name(child));
	return 0;
}
