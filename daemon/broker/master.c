/* SPDX-License-Identifier: ISC */
/*
 * Handlers of the master's messages. The master is trusted: what makes no
 * sense ends the process.
 */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/ipc.h"
#include "common/log.h"
#include "common/process.h"
#include "common/quota.h"
#include "common/clock.h"
#include "daemon/broker/board.h"
#include "daemon/broker/access.h"
#include "daemon/broker/auth.h"
#include "daemon/authority/authority.h"
#include "daemon/broker/conf.h"
#include "daemon/broker/hooks.h"
#include "daemon/broker/lease.h"
#include "daemon/broker/figures.h"
#include "daemon/broker/master.h"
#include "daemon/broker/order.h"
#include "daemon/broker/own_host.h"
#include "daemon/broker/peer.h"
#include "daemon/broker/policy.h"
#include "daemon/broker/request.h"
#include "daemon/names/resolve.h"
#include "daemon/broker/rights.h"
#include "daemon/broker/runner.h"
#include "daemon/broker/roster.h"
#include "daemon/broker/sandbox.h"
#include "daemon/broker/why.h"

static struct conf *
staged(struct broker *b, const char *message)
{
	if (b->staged == NULL)
		log_fatal("%s before CONF_START", message);
	return b->staged;
}

static void
must_add(int result, const char *message)
{
	if (result < 0)
		log_fatal("%s: %s", message, vb_strerror(result));
}

static int
on_conf_start(void *arg, const void *body, int *fd)
{
	const struct msg_conf_start *start = body;
	struct broker *b = arg;

	(void)fd;
	process_check_version(start);
	if (start->worker_count > PEERS_MAX)
		log_fatal("CONF_START: worker_count=%u", start->worker_count);
	conf_unref(b->staged);
	if ((b->staged = conf_new(start)) == NULL)
		log_fatal("CONF_START: %s", vb_strerror(VB_ENOMEM));
	return 0;
}

static int
on_conf_target(void *arg, const void *body, int *fd)
{
	(void)fd;
	must_add(
	    conf_add_target(staged(arg, "CONF_TARGET"), body), "CONF_TARGET");
	return 0;
}

static int
on_conf_claim(void *arg, const void *body, int *fd)
{
	(void)fd;
	must_add(conf_add_claim(staged(arg, "CONF_CLAIM"), body), "CONF_CLAIM");
	return 0;
}

static int
on_conf_leases(void *arg, const void *body, int *fd)
{
	const struct msg_conf_leases *leases = body;
	struct broker *b = arg;

	if (*fd == -1)
		log_fatal("CONF_LEASES: %s", vb_strerror(VB_ENOFD));
	if (b->leases.memory != NULL)
		log_fatal("CONF_LEASES comes twice");
	must_add(leases_remember(&b->leases, *fd), "CONF_LEASES");
	b->is_refusing = leases->is_refusing != 0;
	return 0;
}

static int
on_conf_rule(void *arg, const void *body, int *fd)
{
	const struct msg_conf_rule *rule = body;

	(void)fd;
	if (!PROTO_IS_TEXT(rule->rule.name))
		log_fatal("CONF_RULE: no text");
	must_add(policy_add_rule(staged(arg, "CONF_RULE")->policy, &rule->rule),
	    "CONF_RULE");
	return 0;
}

static int
on_conf_access(void *arg, const void *body, int *fd)
{
	(void)fd;
	must_add(rights_begin(staged(arg, "CONF_ACCESS")->rights, body),
	    "CONF_ACCESS");
	return 0;
}

static int
on_conf_access_user(void *arg, const void *body, int *fd)
{
	(void)fd;
	must_add(rights_add_user(staged(arg, "CONF_ACCESS_USER")->rights, body),
	    "CONF_ACCESS_USER");
	return 0;
}

static int
on_conf_access_from(void *arg, const void *body, int *fd)
{
	(void)fd;
	must_add(rights_add_from(staged(arg, "CONF_ACCESS_FROM")->rights, body),
	    "CONF_ACCESS_FROM");
	return 0;
}

static int
on_conf_access_target(void *arg, const void *body, int *fd)
{
	(void)fd;
	must_add(
	    rights_add_target(staged(arg, "CONF_ACCESS_TARGET")->rights, body),
	    "CONF_ACCESS_TARGET");
	return 0;
}

static int
on_conf_listener(void *arg, const void *body, int *fd)
{
	const struct msg_conf_listener *listener = body;
	struct conf *conf = staged(arg, "CONF_LISTENER");

	(void)fd;
	must_add(policy_add_listener(conf->policy, &listener->addr),
	    "CONF_LISTENER");
	must_add(authorities_add_listener(conf->authorities, listener),
	    "CONF_LISTENER");
	return 0;
}

static int
on_conf_nameserver(void *arg, const void *body, int *fd)
{
	const struct msg_conf_nameserver *server = body;

	(void)fd;
	must_add(
	    conf_add_nameserver(staged(arg, "CONF_NAMESERVER"), &server->addr),
	    "CONF_NAMESERVER");
	return 0;
}

static int
on_conf_ca(void *arg, const void *body, int *fd)
{
	struct conf *conf = staged(arg, "CONF_CA");

	if (*fd == -1)
		log_fatal("CONF_CA: %s", vb_strerror(VB_ENOFD));
	must_add(authorities_add(conf->authorities, body, *fd), "CONF_CA");
	return 0;
}

/*
 * Asks the configuration's name servers from now on, or the host's. A lookup
 * that has asked others gets their answer. Returns 0 or VB_ESYS (logged).
 */
static int
renew_resolver(struct broker *b, const struct conf *conf)
{
	struct resolver *old = b->resolver, *new;

	new = resolver_new(b->base,
	    conf->nameservers.count > 0 ? &conf->nameservers
					: &b->host_servers);
	if (new == NULL)
		return VB_ESYS;
	b->resolver = new;
	resolver_unref(old);
	return 0;
}

/* What can't be read is as if it were not there, and the log says so. */
static int
on_host_file(void *arg, const void *body, int *fd)
{
	const struct msg_host_file *file = body;
	struct broker *b = arg;
	char *text = NULL;
	size_t len = 0;
	int is_hosts = file->kind == HOST_FILE_HOSTS, result;

	if (file->kind == 0 || file->kind >= HOST_FILE_COUNT)
		return VB_EBADMSG;
	if (file->kind == HOST_FILE_ROUTES) {
		own_host_use(*fd);
		*fd = -1;
		return 0;
	}
	result = *fd == -1 ? 0 : names_read_file(*fd, &text, &len);
	if (result < 0)
		log_error("%s: %s", is_hosts ? "hosts" : "resolv.conf",
		    result == VB_EFULL ? "too long, the rest is ignored"
				       : vb_strerror(result));
	if (is_hosts) {
		free(b->hosts);
		b->hosts = text;
		b->hosts_len = len;
		return 0;
	}
	names_parse_servers(text != NULL ? text : "", len, &b->host_servers);
	free(text);
	/* before the first configuration there is none to renew */
	if (b->conf != NULL && renew_resolver(b, b->conf) < 0)
		log_error("resolv.conf: the servers stay as they were");
	return 0;
}

/* The workers are asked for what they hold as soon as they have come. */
static void
become_ready(struct broker *b)
{
	struct timeval tv = clock_timeval(HOLD_BACK_MS);

	b->is_ready = 1;
	peers_await(b);
	b->is_holding_back = b->unheard_count > 0;
	shares_init(&b->shares, b->descriptors, b->conf->start.worker_count);
	if (b->is_holding_back && event_add(&b->hold_back_ev, &tv) == -1)
		log_fatal("no memory for the event loop");
	process_ready();
}

static int
on_conf_end(void *arg, const void *body, int *fd)
{
	const struct msg_conf_end *end = body;
	struct broker *b = arg;
	struct conf *conf = staged(b, "CONF_END"), *old = b->conf;

	(void)fd;
	if (end->generation != conf->start.generation)
		log_fatal("CONF_END: generation=%u", end->generation);
	if (b->leases.memory == NULL)
		log_fatal("CONF_END before CONF_LEASES");
	must_add(conf_complete(conf), "CONF_END");
	must_add(renew_resolver(b, conf), "CONF_END");
	b->staged = NULL;
	b->conf = conf;
	lease_move_all(&b->sessions, conf);
	leases_attach(&b->leases, conf);
	hooks_forget_old(b);
	conf_unref(old);
	trim_note(&b->trim);
	log_set_verbosity(conf->start.settings.verbose);
	log_debug("configuration generation=%u targets=%zu",
	    conf->start.generation, conf->target_count);
	if (!b->is_ready) {
		broker_sandbox_enter(conf);
		become_ready(b);
	}
	auth_use_conf(b);
	board_use_conf(b);
	access_review(b);
	return 0;
}

static int
join(struct broker *b, const struct msg_peer *peer, int fd)
{
	if (peer->role == ROLE_AUTH)
		return auth_join(b, peer->fence, fd);
	if (peer->role == ROLE_RUNNER)
		return runner_join(b, peer->fence, fd);
	return peer_connect(&b->peers[peer->index], peer->fence, fd);
}

static int
on_peer(void *arg, const void *body, int *fd)
{
	const struct msg_peer *peer = body;
	struct broker *b = arg;
	int is_asked = peer->asker == ROLE_BROKER &&
	    (peer->role == ROLE_AUTH || peer->role == ROLE_RUNNER);

	if (!is_asked &&
	    (peer->role != ROLE_BROKER || peer->asker != ROLE_WORKER ||
		peer->index >= PEERS_MAX))
		log_fatal("PEER: index=%u role=%u", peer->index, peer->role);
	if (*fd == -1)
		log_fatal("PEER: %s", vb_strerror(VB_ENOFD));
	must_add(join(b, peer, *fd), "PEER");
	*fd = -1;
	return 0;
}

static int
on_gone(void *arg, const void *body, int *fd)
{
	const struct msg_gone *gone = body;
	struct broker *b = arg;

	(void)fd;
	if (gone->index >= PEERS_MAX)
		log_fatal("GONE: index=%u", gone->index);
	peer_gone(&b->peers[gone->index], gone->fence);
	return 0;
}

static int
on_drain(void *arg, const void *body, int *fd)
{
	struct broker *b = arg;

	(void)body;
	(void)fd;
	b->is_draining = 1;
	b->is_holding_back = 0;
	event_del(&b->hold_back_ev);
	request_release_all(b);
	quota_end();
	return 0;
}

static uint32_t
idle_sec(const struct session *s)
{
	return s->moved_sec == 0
	    ? LIST_IDLE_UNKNOWN
	    : (uint32_t)(clock_now_ms() / MS_PER_SEC) + 1 - s->moved_sec;
}

static void
fill_entry(struct list_entry *entry, const struct session *s)
{
	entry->fence = s->fence;
	entry->mode =
	    s->configured == NULL ? LEASE_MODE_COUNT : s->configured->conf.mode;
	entry->idle_sec = idle_sec(s);
	entry->is_watching = s->is_watching;
	entry->conn_id = s->conn_id;
	entry->since_sec = s->since_sec;
	entry->to_client_bytes = s->to_client_bytes;
	entry->to_target_bytes = s->to_target_bytes;
	entry->worker = s->worker;
	entry->ways = s->ways;
	entry->client = s->client;
	entry->addr = s->addr;
	strlcpy(entry->target, s->target, sizeof(entry->target));
	if (s->subject != NULL)
		entry->subject = *s->subject;
	if (s->login != NULL)
		memcpy(entry->user, s->login->name, sizeof(entry->user));
}

static int
on_auditing(void *arg, const void *body, int *fd)
{
	const struct msg_auditing *auditing = body;
	struct broker *b = arg;

	(void)fd;
	b->is_audit_failing = auditing->must_refuse != 0;
	return 0;
}

static int
on_list(void *arg, const void *body, int *fd)
{
	const struct msg_list *list = body;
	struct broker *b = arg;
	struct msg_listed listed;
	struct session_key after = {list->after_conn_id, list->after_worker};
	struct session *s = session_after(&b->sessions, &after);

	(void)fd;
	memset(&listed, 0, sizeof(listed));
	listed.cookie = list->cookie;
	listed.total = (uint32_t)b->sessions.open_count;
	for (; s != NULL; s = session_next(s)) {
		if (!s->is_open)
			continue;
		if (listed.count == PROTO_LIST_MAX) {
			listed.has_more = 1;
			break;
		}
		fill_entry(&listed.entries[listed.count++], s);
	}
	if (ipc_send(b->master, MSG_LISTED, &listed, -1) < 0)
		log_fatal("LISTED cannot be sent");
	return 0;
}

static int
on_order(void *arg, const void *body, int *fd)
{
	const struct msg_order *order = body;
	struct broker *b = arg;
	struct msg_ordered said;

	(void)fd;
	if (!PROTO_IS_TEXT(order->what) || !PROTO_IS_TEXT(order->text) ||
	    order->kind == 0 || order->kind >= ORDER_COUNT)
		log_fatal("ORDER: kind=%u", order->kind);
	memset(&said, 0, sizeof(said));
	said.cookie = order->cookie;
	order_follow(b, order, &said);
	if (ipc_send(b->master, MSG_ORDERED, &said, -1) < 0)
		log_fatal("ORDERED cannot be sent");
	return 0;
}

static int
on_targets(void *arg, const void *body, int *fd)
{
	(void)fd;
	roster_answer(arg, body);
	return 0;
}

static int
on_why(void *arg, const void *body, int *fd)
{
	const struct msg_why *why = body;

	(void)fd;
	if (!PROTO_IS_TEXT(why->user) || !PROTO_IS_TEXT(why->groups) ||
	    !PROTO_IS_TEXT(why->target))
		log_fatal("WHY: no text");
	why_ask(arg, why);
	return 0;
}

static const struct ipc_ops master_ops = {
    .on =
	{
	    [MSG_CONF_START] = on_conf_start,
	    [MSG_CONF_TARGET] = on_conf_target,
	    [MSG_CONF_CLAIM] = on_conf_claim,
	    [MSG_CONF_RULE] = on_conf_rule,
	    [MSG_CONF_ACCESS] = on_conf_access,
	    [MSG_CONF_ACCESS_USER] = on_conf_access_user,
	    [MSG_CONF_ACCESS_FROM] = on_conf_access_from,
	    [MSG_CONF_ACCESS_TARGET] = on_conf_access_target,
	    [MSG_CONF_LISTENER] = on_conf_listener,
	    [MSG_CONF_NAMESERVER] = on_conf_nameserver,
	    [MSG_HOST_FILE] = on_host_file,
	    [MSG_CONF_CA] = on_conf_ca,
	    [MSG_CONF_END] = on_conf_end,
	    [MSG_PEER] = on_peer,
	    [MSG_GONE] = on_gone,
	    [MSG_DRAIN] = on_drain,
	    [MSG_AUDITING] = on_auditing,
	    [MSG_LIST] = on_list,
	    [MSG_WHY] = on_why,
	    [MSG_ORDER] = on_order,
	    [MSG_TARGETS] = on_targets,
	    [MSG_CONF_LEASES] = on_conf_leases,
	    [MSG_PROBE] = process_on_probe,
	    [MSG_COUNT] = process_on_count,
	},
    .closed = process_on_closed,
};

int
master_connect(struct broker *b, int fd)
{
	figures_open(b);
	b->master = process_connect(b->base, fd, ROLE_BROKER, &master_ops, b);
	return b->master == NULL ? VB_ENOMEM : 0;
}
