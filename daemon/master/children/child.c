/* SPDX-License-Identifier: ISC */
#include <signal.h>
#include <stdio.h>

#include "common/door.h"
#include "common/ipc.h"
#include "common/log.h"
#include "daemon/master/children/child.h"

const char *
child_name(const struct child *child)
{
	static char name[32];
	const char *role = proto_role_name(child->role);

	if (child->role != ROLE_WORKER)
		return role;
	snprintf(name, sizeof(name), "%s %u", role, child->index);
	return name;
}

const char *
child_role_words(enum proto_role role)
{
	static char words[32];

	snprintf(words, sizeof(words), "%s%s",
	    (role & (ROLE_AUTH | ROLE_FETCH | ROLE_PAM)) != 0 ? "" : "the ",
	    proto_role_name(role));
	return words;
}

/* The runner is outside of the sandbox, where this process can't reach. */
static void
kill_child(const struct child *child)
{
	if (child->role != ROLE_RUNNER || !door_is_there())
		kill(child->pid, SIGKILL);
	else if (door_kill(child->pid) < 0)
		log_error(
		    "the runner cannot be killed pid=%d", (int)child->pid);
}

void
child_cut_off(struct child *child)
{
	/* before it can end by itself, on a closed channel: the log would say
	 * one or the other of the same fault */
	if (child->pid != 0)
		kill_child(child);
	ipc_free(child->ipc);
	child->ipc = NULL;
	child->is_ready = 0;
	child->owes_kept = 0; /* it can't say it any more */
}
