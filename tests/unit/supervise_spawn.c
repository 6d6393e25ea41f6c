/* SPDX-License-Identifier: ISC */
/* What spawn.c does, for the rig: children that only wait. */
#include <check.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "daemon/master/children/spawn.h"
#include "tests/unit/supervise_rig.h"

#define WAIT_MS 10000

static struct fake *
fake_of(const struct child *child)
{
	if (child->role == ROLE_KEEPER)
		return &rig.keeper;
	if (child->role == ROLE_AUTH)
		return &rig.auth;
	if (child->role == ROLE_FETCH)
		return &rig.fetch;
	if (child->role == ROLE_PAM)
		return &rig.pam;
	if (child->role == ROLE_RUNNER)
		return &rig.runner;
	return child->role == ROLE_BROKER ? &rig.broker
					  : &rig.workers[child->index];
}

int
spawn_child(struct child *child, int *channel)
{
	struct fake *fake = fake_of(child);
	struct timeval tv = {.tv_sec = WAIT_MS / MS_PER_SEC};
	int pair[2];

	if (fake->fd > 0)
		close(fake->fd);
	memset(fake, 0, sizeof(*fake));
	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	ck_assert_int_eq(
	    setsockopt(pair[1], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)), 0);
	if ((fake->pid = fork()) == 0) {
		/* no assertion here: libcheck's pipe is the parent's */
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		for (;;)
			pause();
	}
	ck_assert_int_ne(fake->pid, -1);
	fake->fd = pair[1];
	child->pid = fake->pid;
	*channel = pair[0];
	return 0;
}
