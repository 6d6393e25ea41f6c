/* SPDX-License-Identifier: ISC */
/*
 * Handlers of the master's messages. The master is trusted: what makes no
 * sense ends the process.
 */
#include <event2/event.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/ipc.h"
#include "common/log.h"
#include "common/process.h"
#include "common/stamp.h"
#include "daemon/keeper/figures.h"
#include "daemon/keeper/master.h"
#include "daemon/keeper/sandbox.h"
#include "daemon/keeper/tickets.h"
#include "daemon/keeper/worker.h"

static void
must_be_staged(const struct keeper *k, const char *message)
{
	if (!k->is_staged)
		log_fatal("%s before CONF_START", message);
}

/* Files are read in the sandbox already: it is entered first of all. */
static int
on_conf_start(void *arg, const void *body, int *fd)
{
	const struct msg_conf_start *start = body;
	struct keeper *k = arg;

	(void)fd;
	process_check_version(start);
	keys_clear(&k->staged_keys);
	k->staged = *start;
	k->is_staged = 1;
	keeper_sandbox_enter(&start->settings);
	return 0;
}

static int
on_conf_stamp(void *arg, const void *body, int *fd)
{
	struct keeper *k = arg;

	(void)body;
	if (*fd == -1 || k->stamp_key != NULL ||
	    (k->stamp_key = stamp_open(*fd)) == NULL)
		log_fatal("CONF_STAMP: twice, or the file can't be used");
	return 0;
}

static int
on_conf_cert(void *arg, const void *body, int *fd)
{
	const struct msg_conf_cert *cert = body;
	struct keeper *k = arg;

	must_be_staged(k, "CONF_CERT");
	if (*fd == -1)
		log_fatal("CONF_CERT: %s", vb_strerror(VB_ENOFD));
	if (keys_add_certificate(&k->staged_keys, cert->cert_id, *fd) < 0)
		log_fatal("CONF_CERT: cert=%u", cert->cert_id);
	return 0;
}

static int
on_conf_key(void *arg, const void *body, int *fd)
{
	const struct msg_conf_key *key = body;
	struct keeper *k = arg;

	must_be_staged(k, "CONF_KEY");
	if (*fd == -1)
		log_fatal("CONF_KEY: %s", vb_strerror(VB_ENOFD));
	if (keys_add_key(
		&k->staged_keys, key->cert_id, key->flags, *fd, time(NULL)) < 0)
		log_fatal("CONF_KEY: cert=%u", key->cert_id);
	return 0;
}

static void
say(struct keeper *k, enum msg_type type, const void *body)
{
	if (ipc_send(k->master, type, body, -1) < 0)
		log_fatal("%s cannot be sent", proto_row(type)->name);
}

static void
on_rotate_cb(evutil_socket_t fd, short what, void *arg)
{
	struct keeper *k = arg;

	(void)fd;
	(void)what;
	if (tickets_rotate(&k->tickets) < 0)
		log_fatal("no random numbers");
	workers_send_tickets(k);
}

/* On, off, or at another pace; the keys that exist go on. */
static void
restart_tickets(struct keeper *k)
{
	struct timeval tv = {.tv_sec = (time_t)k->settings.ticket_rotation_sec};

	event_del(&k->rotate_ev);
	if (!k->settings.session_tickets) {
		tickets_clear(&k->tickets);
		workers_send_tickets(k);
		return;
	}
	if (k->tickets.count == 0)
		on_rotate_cb(-1, 0, k);
	if (event_add(&k->rotate_ev, &tv) == -1)
		log_fatal("no memory for the event loop");
}

/* What was staged applies; what applied stays for handshakes under way. */
static void
take_staged(struct keeper *k)
{
	uint32_t rotation_sec = k->settings.ticket_rotation_sec;
	int had_tickets = k->settings.session_tickets;

	keys_clear(&k->before);
	k->before = k->keys;
	k->keys = k->staged_keys;
	memset(&k->staged_keys, 0, sizeof(k->staged_keys));
	k->settings = k->staged.settings;
	log_set_verbosity(k->settings.verbose);
	log_debug("configuration generation=%u keys=%u", k->staged.generation,
	    k->keys.count);
	if (!k->is_ready || had_tickets != k->settings.session_tickets ||
	    rotation_sec != k->settings.ticket_rotation_sec)
		restart_tickets(k);
}

static int
on_conf_end(void *arg, const void *body, int *fd)
{
	const struct msg_conf_end *end = body;
	struct keeper *k = arg;
	struct msg_kept kept;
	uint32_t i;

	(void)fd;
	must_be_staged(k, "CONF_END");
	if (end->generation != k->staged.generation ||
	    !keys_are_whole(&k->staged_keys))
		log_fatal("CONF_END: generation=%u", end->generation);
	memset(&kept, 0, sizeof(kept));
	kept.generation = end->generation;
	kept.cert_id = k->staged_keys.refused_id;
	strlcpy(kept.text, k->staged_keys.text, sizeof(kept.text));
	for (i = 0; kept.cert_id == 0 && i < k->staged_keys.count; i++)
		kept.ends_sec[kept.count++] = k->staged_keys.keys[i].ends_sec;
	say(k, MSG_KEPT, &kept);
	k->is_staged = 0;
	if (kept.cert_id != 0) {
		keys_clear(&k->staged_keys);
		return 0;
	}
	take_staged(k);
	if (!k->is_ready) {
		k->is_ready = 1;
		process_ready();
	}
	return 0;
}

static int
on_peer(void *arg, const void *body, int *fd)
{
	const struct msg_peer *peer = body;
	struct keeper *k = arg;

	if (peer->index >= WORKERS_MAX || peer->role != ROLE_KEEPER)
		log_fatal("PEER: index=%u role=%u", peer->index, peer->role);
	if (*fd == -1)
		log_fatal("PEER: %s", vb_strerror(VB_ENOFD));
	if (worker_connect(&k->workers[peer->index], peer->fence, *fd) < 0)
		log_fatal("PEER: %s", vb_strerror(VB_ENOMEM));
	*fd = -1;
	return 0;
}

static const struct ipc_ops master_ops = {
    .on =
	{
	    [MSG_CONF_START] = on_conf_start,
	    [MSG_CONF_STAMP] = on_conf_stamp,
	    [MSG_CONF_CERT] = on_conf_cert,
	    [MSG_CONF_KEY] = on_conf_key,
	    [MSG_CONF_END] = on_conf_end,
	    [MSG_PEER] = on_peer,
	    [MSG_DRAIN] = process_on_drain, /* handshakes end by themselves */
	    [MSG_PROBE] = process_on_probe,
	    [MSG_COUNT] = process_on_count,
	},
    .closed = process_on_closed,
};

int
master_connect(struct keeper *k, int fd)
{
	if (event_assign(&k->rotate_ev, k->base, -1, EV_PERSIST, on_rotate_cb,
		k) == -1) {
		close(fd);
		return VB_ENOMEM;
	}
	figures_open(k);
	k->master = process_connect(k->base, fd, ROLE_KEEPER, &master_ops, k);
	return k->master == NULL ? VB_ENOMEM : 0;
}
