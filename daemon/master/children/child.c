/* SPDX-License-Identifier: ISC */
#include <signal.h>
#include <stdio.h>

#include "common/ipc.h"
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

void
child_cut_off(struct child *child)
{
	/* before it can end by itself, on a closed channel: the log would say
	 * one or the other of the same fault */
	if (child->pid != 0)
		kill(child->pid, SIGKILL);
	ipc_free(child->ipc);
	child->ipc = NULL;
	child->is_ready = 0;
	child->owes_kept = 0; /* it can't say it any more */
}
