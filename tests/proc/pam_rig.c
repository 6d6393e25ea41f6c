/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/pam_rig.h"

static void
tell(struct pam_rig *p, enum msg_type type, const void *body, int fd)
{
	ck_assert_int_eq(ipc_write_message(p->rig.master, type, body, fd), 0);
}

void
pam_begin(struct pam_rig *p)
{
	memset(p, 0, sizeof(*p));
	p->fence = RIG_FENCE;
#define X(name, field, def, min, max, unit) p->settings.field = def;
	SETTINGS_NUMBERS(X)
#undef X
#define X(name, field, def) p->settings.field = def;
	SETTINGS_SWITCHES(X)
#undef X
}

void
pam_spawn(struct pam_rig *p)
{
	struct rig_conf conf = {0};
	uint32_t generation = p->rig.generation;

	p->rig = rig_spawn_program(
	    p->settings.sandbox ? "VB_CONFINED_PAM" : "VB_PAM", &conf);
	p->rig.generation = generation;
}

void
pam_configure(struct pam_rig *p)
{
	struct msg_conf_pam pam = {PAM_RIG_SERVICE};
	struct msg_conf_start start;
	struct msg_conf_end end = {++p->rig.generation};

	memset(&start, 0, sizeof(start));
	start.proto_version = PROTO_VERSION;
	start.generation = end.generation;
	start.settings = p->settings;
	tell(p, MSG_CONF_START, &start, -1);
	tell(p, MSG_CONF_PAM, &pam, -1);
	tell(p, MSG_CONF_END, &end, -1);
}

static void
note_line(struct pam_rig *p, const struct msg_log *log)
{
	if (getenv("VB_TEST_VERBOSE") != NULL)
		fprintf(stderr, "pam: %s\n", log->line);
	strlcat(p->log, log->line, sizeof(p->log));
	strlcat(p->log, "\n", sizeof(p->log));
}

/* The next message of that type; what comes before it is remembered. */
static void
read_master(struct pam_rig *p, enum msg_type wanted, union proto_any *any)
{
	int type, fd;

	do {
		type = ipc_read_message(
		    p->rig.master, ROLE_MASTER, ROLE_PAM, any, &fd);
		ck_assert_msg(type > 0, "%s", vb_strerror(type));
		ck_assert_int_eq(fd, -1);
		if (type == MSG_LOG)
			note_line(p, &any->log);
		else if (type == MSG_DROPPED) {
			p->dropped++;
			p->last_dropped = any->dropped;
		}
	} while (type != (int)wanted);
}

void
pam_wait_ready(struct pam_rig *p)
{
	union proto_any any;

	read_master(p, MSG_READY, &any);
	ck_assert_uint_eq(any.ready.proto_version, PROTO_VERSION);
}

void
pam_probe(struct pam_rig *p)
{
	static uint64_t number;
	struct msg_probe probe = {++number};
	union proto_any any;

	tell(p, MSG_PROBE, &probe, -1);
	read_master(p, MSG_ALIVE, &any);
	ck_assert_uint_eq(any.alive.number, number);
}

void
pam_join(struct pam_rig *p)
{
	struct msg_peer peer = {
	    .fence = ++p->fence, .role = ROLE_PAM, .asker = ROLE_AUTH};
	int fds[2];

	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	rig_bound_waits(fds[0]);
	tell(p, MSG_PEER, &peer, fds[1]);
	p->auth = fds[0];
}

void
pam_run(struct pam_rig *p)
{
	pam_spawn(p);
	pam_configure(p);
	pam_wait_ready(p);
	pam_join(p);
}

void
pam_stop(struct pam_rig *p)
{
	pam_probe(p);
	rig_stop(&p->rig);
	close(p->auth);
}

void
pam_ask(struct pam_rig *p, uint64_t id, int is_look)
{
	struct msg_pam_ask ask;

	memset(&ask, 0, sizeof(ask));
	ask.id = id;
	ask.is_look = (uint32_t)is_look;
	ck_assert_int_eq(addr_parse_ip("192.0.2.1", &ask.client), 0);
	strlcpy(ask.name, PAM_RIG_NOBODY, sizeof(ask.name));
	strlcpy(ask.password, "no secret", sizeof(ask.password));
	ck_assert_int_eq(ipc_write_message(p->auth, MSG_PAM_ASK, &ask, -1), 0);
}

void
pam_read(struct pam_rig *p, struct msg_pam_said *said)
{
	static union proto_any any;
	int type, fd;

	type = ipc_read_message(p->auth, ROLE_AUTH, ROLE_PAM, &any, &fd);
	ck_assert_msg(type == MSG_PAM_SAID, "%d: %s", type, vb_strerror(type));
	*said = any.pam_said;
	ck_assert_uint_le(said->verdict, PAM_HAS_FAILED);
	ck_assert(PROTO_IS_TEXT(said->name) && PROTO_IS_TEXT(said->groups) &&
	    PROTO_IS_TEXT(said->text));
}
