/* SPDX-License-Identifier: ISC */
/*
 * The hooks of a configuration: what is run for a target, and with which
 * environment. Nobody but the master says any of it.
 */
#ifndef VB_HOOKS_H
#define VB_HOOKS_H

#include <sys/queue.h>

#include "common/errors.h"
#include "common/proto.h"

struct hook {
	TAILQ_ENTRY(hook) entry;
	struct msg_conf_hook head;
	struct msg_conf_command commands[HOOK_TARGET_KINDS];
};

TAILQ_HEAD(hook_list, hook);

struct hooks {
	struct hook_list list;
	struct msg_conf_command event; /* without words: none */
	char names[HOOK_NAMES_MAX][HOOK_NAME_MAX];
	size_t name_count;
	uint32_t generation;
	uint32_t timeout_sec; /* of check and stop */
};

void hooks_init(struct hooks *hooks);
void hooks_clear(struct hooks *hooks);

/* What from has becomes to's, which is empty. */
void hooks_move(struct hooks *to, struct hooks *from);

/* These return 0, VB_ENOMEM, VB_EFULL, or VB_EBADMSG: out of order, no text. */
VB_MUST_CHECK int
hooks_add(struct hooks *hooks, const struct msg_conf_hook *head);
VB_MUST_CHECK int
hooks_add_command(struct hooks *hooks, const struct msg_conf_command *command);
VB_MUST_CHECK int
hooks_add_name(struct hooks *hooks, const struct msg_conf_hook_name *name);

/* NULL: there is none. **Borrows** hooks. */
const struct hook *hooks_find(const struct hooks *hooks, const char *target);

/* Its name in the configuration. */
const char *hooks_kind_name(uint32_t kind);

/* What execve(2) takes; all in one piece, which free(3) frees. */
struct hook_call {
	char **argv;
	char **envp;
};

/*
 * Writes the call of a command; hook is its target's, or NULL: it has none.
 * Returns what the caller frees when the call has been made, or NULL without
 * memory.
 */
struct hook_call *hooks_call(const struct hooks *hooks, const struct hook *hook,
    const struct msg_conf_command *command);

#endif
