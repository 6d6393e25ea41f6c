/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <check.h>
#include <event2/event.h>
#include <string.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/unit/breach.h"
#include "tests/unit/pam_ask_rig.h"

struct event_base *pam_rig_base;
struct ipc *pam_rig_master;
int pam_rig_end = -1;

static int master_end;
static uint32_t fence;
static union proto_any any_message;

static int
on_nothing(void *arg, const void *body, int *fd)
{
	(void)arg;
	(void)body;
	(void)fd;
	return 0;
}

static void
on_closed(void *arg, int reason)
{
	(void)arg;
	(void)reason;
}

static struct ipc_ops master_ops = {.closed = on_closed};

static void
make_pair(int *ours, int *theirs)
{
	int pair[2];

	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	*ours = pair[0];
	*theirs = pair[1];
}

void
pam_rig_start(void)
{
	const struct proto_row *row;
	uint32_t type;
	int fd;

	for (type = 1; type < MSG_TYPE_COUNT; type++) {
		row = proto_row(type);
		if ((row->from & ROLE_MASTER) && (row->to & ROLE_AUTH))
			master_ops.on[type] = on_nothing;
	}
	ck_assert_ptr_nonnull(pam_rig_base = event_base_new());
	make_pair(&master_end, &fd);
	pam_rig_master = ipc_new(
	    pam_rig_base, fd, ROLE_AUTH, ROLE_MASTER, &master_ops, NULL);
	ck_assert_ptr_nonnull(pam_rig_master);
}

void
pam_rig_stop(void)
{
	pam_rig_close();
	close(master_end);
	ipc_free(pam_rig_master);
	event_base_free(pam_rig_base);
}

void
pam_rig_join(struct pam_desk *pam)
{
	int fd;

	pam_rig_close();
	make_pair(&pam_rig_end, &fd);
	ck_assert_int_eq(pam_join(pam, ++fence, fd), 0);
}

void
pam_rig_close(void)
{
	if (pam_rig_end != -1)
		close(pam_rig_end);
	pam_rig_end = -1;
}

void
pam_rig_run(void)
{
	int i;

	for (i = 0; i < 8; i++)
		event_base_loop(pam_rig_base, EVLOOP_NONBLOCK);
}

void
pam_rig_wait(const unsigned *count)
{
	while (*count == 0)
		ck_assert_int_ne(
		    event_base_loop(pam_rig_base, EVLOOP_ONCE), -1);
}

int
pam_rig_hear(union proto_any *any)
{
	char byte;
	int fd;

	pam_rig_run();
	if (recv(pam_rig_end, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0)
		return 0;
	return ipc_read_message(pam_rig_end, ROLE_PAM, ROLE_AUTH, any, &fd);
}

uint64_t
pam_rig_hear_ask(const char *name, const char *password)
{
	ck_assert_int_eq(pam_rig_hear(&any_message), MSG_PAM_ASK);
	ck_assert_str_eq(any_message.pam_ask.name, name);
	ck_assert_str_eq(any_message.pam_ask.password, password);
	ck_assert_uint_ne(any_message.pam_ask.id, 0);
	return any_message.pam_ask.id;
}

void
pam_rig_say(const struct msg_pam_said *said)
{
	ck_assert_int_eq(breach_say(pam_rig_end, MSG_PAM_SAID, said, -1), 0);
	pam_rig_run();
}

void
pam_rig_say_verdict(uint64_t id, enum pam_verdict verdict)
{
	struct msg_pam_said said;

	memset(&said, 0, sizeof(said));
	said.id = id;
	said.verdict = verdict;
	strlcpy(said.text, "as the test says", sizeof(said.text));
	if (verdict == PAM_IS_RIGHT)
		strlcpy(said.name, "alice", sizeof(said.name));
	pam_rig_say(&said);
}

void
pam_rig_say_right(uint64_t id, const char *name, const char *groups)
{
	struct msg_pam_said said;

	memset(&said, 0, sizeof(said));
	said.id = id;
	strlcpy(said.name, name, sizeof(said.name));
	strlcpy(said.groups, groups, sizeof(said.groups));
	pam_rig_say(&said);
}

uint32_t
pam_rig_unjoined(void)
{
	char byte;
	int fd;

	pam_rig_run();
	if (recv(master_end, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0)
		return 0;
	ck_assert_int_eq(ipc_read_message(master_end, ROLE_MASTER, ROLE_AUTH,
			     &any_message, &fd),
	    MSG_UNJOINED);
	ck_assert_uint_eq(any_message.unjoined.fence, fence);
	ck_assert_uint_eq(any_message.unjoined.role, ROLE_PAM);
	return any_message.unjoined.reason;
}
