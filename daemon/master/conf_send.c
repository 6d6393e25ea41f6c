/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <string.h>

#include "common/ipc.h"
#include "daemon/master/conf_send.h"

static int
send_to_worker(const struct bundle *bundle, struct ipc *ipc)
{
	const struct conf *conf = bundle->conf;
	struct msg_conf_pages pages;
	size_t i;
	int fd, result;

	memset(&pages, 0, sizeof(pages));
	pages.size_bytes = bundle->pages_size_bytes;
	if ((fd = fcntl(bundle->pages_fd, F_DUPFD_CLOEXEC, 0)) == -1)
		return VB_ESYS;
	if ((result = ipc_send(ipc, MSG_CONF_PAGES, &pages, fd)) < 0)
		return result;
	for (i = 0; i < conf->origin_count && result == 0; i++)
		result = ipc_send(ipc, MSG_CONF_ORIGIN, &conf->origins[i], -1);
	return result;
}

static int
send_addr(struct ipc *ipc, enum msg_type type, const struct addr *addr)
{
	struct msg_conf_listener body;

	/* a listener and a name server are both just an address */
	_Static_assert(sizeof(struct msg_conf_listener) ==
		sizeof(struct msg_conf_nameserver),
	    "conf_listener and conf_nameserver differ");
	memset(&body, 0, sizeof(body));
	body.addr = *addr;
	return ipc_send(ipc, type, &body, -1);
}

static int
send_to_broker(const struct bundle *bundle, struct ipc *ipc)
{
	const struct conf *conf = bundle->conf;
	struct msg_conf_rule rule;
	size_t i;
	int result = 0;

	for (i = 0; i < conf->rule_count && result == 0; i++) {
		memset(&rule, 0, sizeof(rule));
		rule.rule = conf->rules[i];
		result = ipc_send(ipc, MSG_CONF_RULE, &rule, -1);
	}
	for (i = 0; i < bundle->listener_count && result == 0; i++)
		result = send_addr(
		    ipc, MSG_CONF_LISTENER, &bundle->listeners[i].addr);
	for (i = 0; i < conf->nameserver_count && result == 0; i++)
		result =
		    send_addr(ipc, MSG_CONF_NAMESERVER, &conf->nameservers[i]);
	return result;
}

int
conf_send(
    const struct bundle *bundle, struct child *child, uint32_t worker_count)
{
	const struct conf *conf = bundle->conf;
	struct msg_conf_start start;
	struct msg_conf_end end;
	size_t i;
	int result;

	memset(&start, 0, sizeof(start));
	start.proto_version = PROTO_VERSION;
	start.generation = bundle->generation;
	start.index = child->index;
	start.worker_count = worker_count;
	start.settings = conf->settings;
	memset(&end, 0, sizeof(end));
	end.generation = bundle->generation;
	if ((result = ipc_send(child->ipc, MSG_CONF_START, &start, -1)) < 0)
		return result;
	for (i = 0; i < conf->target_count; i++)
		if ((result = ipc_send(child->ipc, MSG_CONF_TARGET,
			 &conf->targets[i], -1)) < 0)
			return result;
	result = child->role == ROLE_BROKER
	    ? send_to_broker(bundle, child->ipc)
	    : send_to_worker(bundle, child->ipc);
	if (result < 0)
		return result;
	return ipc_send(child->ipc, MSG_CONF_END, &end, -1);
}

int
conf_send_ports_differ(const struct bundle *before, const struct bundle *after)
{
	const struct conf *a = before->conf, *b = after->conf;
	size_t i;

	if (a->rule_count != b->rule_count ||
	    a->target_count != b->target_count ||
	    a->nameserver_count != b->nameserver_count)
		return 1;
	for (i = 0; i < a->rule_count; i++)
		if (a->rules[i].port_first != b->rules[i].port_first ||
		    a->rules[i].port_last != b->rules[i].port_last ||
		    a->rules[i].is_deny != b->rules[i].is_deny)
			return 1;
	for (i = 0; i < a->target_count; i++)
		if (a->targets[i].address.port != b->targets[i].address.port)
			return 1;
	for (i = 0; i < a->nameserver_count; i++)
		if (a->nameservers[i].port != b->nameservers[i].port)
			return 1;
	return 0;
}
