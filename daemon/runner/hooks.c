/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/runner/hooks.h"

/* as a login has it: not what the daemon was started with */
#define PATH_VARIABLE \
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* PATH, and what is told of the target: its name, host, port */
#define OWN_VARIABLES 4
#define VARIABLES_MAX (OWN_VARIABLES + HOOK_NAMES_MAX)

static const char *const kind_names[HOOK_KINDS] = {
    "start", "stop", "check", "on-event"};

void
hooks_init(struct hooks *hooks)
{
	memset(hooks, 0, sizeof(*hooks));
	TAILQ_INIT(&hooks->list);
}

void
hooks_clear(struct hooks *hooks)
{
	struct hook *hook;

	while ((hook = TAILQ_FIRST(&hooks->list)) != NULL) {
		TAILQ_REMOVE(&hooks->list, hook, entry);
		free(hook);
	}
	hooks_init(hooks);
}

void
hooks_move(struct hooks *to, struct hooks *from)
{
	*to = *from;
	TAILQ_INIT(&to->list);
	TAILQ_CONCAT(&to->list, &from->list, entry);
	hooks_init(from);
}

int
hooks_add(struct hooks *hooks, const struct msg_conf_hook *head)
{
	struct hook *hook;

	if (!PROTO_IS_TEXT(head->target) || head->target[0] == '\0' ||
	    !PROTO_IS_TEXT(head->address.name))
		return VB_EBADMSG;
	if ((hook = calloc(1, sizeof(*hook))) == NULL)
		return VB_ENOMEM;
	hook->head = *head;
	TAILQ_INSERT_TAIL(&hooks->list, hook, entry);
	return 0;
}

/* As many words as it says, and the first is a path. */
static int
is_command(const struct msg_conf_command *command)
{
	const char *p = command->argv, *end = p + sizeof(command->argv);
	uint32_t i;

	if (command->argc == 0 || command->argc > HOOK_ARGS_MAX || *p != '/')
		return 0;
	for (i = 0; i < command->argc; i++, p++)
		if (p == end ||
		    (p = memchr(p, '\0', (size_t)(end - p))) == NULL)
			return 0;
	return 1;
}

int
hooks_add_command(struct hooks *hooks, const struct msg_conf_command *command)
{
	struct hook *hook = TAILQ_LAST(&hooks->list, hook_list);

	if (!is_command(command) || command->kind >= HOOK_KINDS)
		return VB_EBADMSG;
	if (command->kind == HOOK_EVENT) {
		hooks->event = *command;
		return 0;
	}
	if (hook == NULL)
		return VB_EBADMSG;
	hook->commands[command->kind] = *command;
	return 0;
}

int
hooks_add_name(struct hooks *hooks, const struct msg_conf_hook_name *name)
{
	if (!PROTO_IS_TEXT(name->name) || name->name[0] == '\0')
		return VB_EBADMSG;
	if (hooks->name_count == HOOK_NAMES_MAX)
		return VB_EFULL;
	memcpy(hooks->names[hooks->name_count++], name->name, HOOK_NAME_MAX);
	return 0;
}

const struct hook *
hooks_find(const struct hooks *hooks, const char *target)
{
	const struct hook *hook;

	TAILQ_FOREACH (hook, &hooks->list, entry)
		if (strcmp(hook->head.target, target) == 0)
			break;
	return hook;
}

const char *
hooks_kind_name(uint32_t kind)
{
	return kind_names[kind];
}

/* ---- the call ---- */

struct full_call {
	struct hook_call call;
	char *argv[HOOK_ARGS_MAX + 1];
	char *envp[VARIABLES_MAX + 1];
	char words[HOOK_ARGV_BYTES];
	char path[sizeof(PATH_VARIABLE)];
	char target[TARGET_NAME_MAX + 32];
	char host[TARGET_NAME_MAX + 32];
	char port[32];
	size_t env_count;
	char copies[]; /* of the variables that are passed on */
};

static void
add_variable(struct full_call *full, char *text)
{
	full->envp[full->env_count++] = text;
}

/* One that is named in hook-environment counts. */
static int
has_path(const struct full_call *full)
{
	size_t i;

	for (i = 0; i < full->env_count; i++)
		if (strncmp(full->envp[i], "PATH=", strlen("PATH=")) == 0)
			return 1;
	return 0;
}

/* Values only: nothing of it is in a word of the command. */
static void
add_target(struct full_call *full, const struct hook *hook)
{
	const struct target *address = &hook->head.address;
	char ip[ADDR_TEXT_MAX];

	snprintf(full->target, sizeof(full->target), "VNCBRIDGE_TARGET=%s",
	    hook->head.target);
	snprintf(full->host, sizeof(full->host), "VNCBRIDGE_HOST=%s",
	    address->addr.family != ADDR_NONE
		? addr_format_ip(&address->addr, ip)
		: address->name);
	snprintf(
	    full->port, sizeof(full->port), "VNCBRIDGE_PORT=%u", address->port);
	add_variable(full, full->target);
	add_variable(full, full->host);
	add_variable(full, full->port);
}

/* Those that the daemon was started with. Returns the bytes. */
static size_t
copy_variables(const struct hooks *hooks, struct full_call *full)
{
	size_t i, n, used = 0;
	const char *value;

	for (i = 0; i < hooks->name_count; i++) {
		if ((value = getenv(hooks->names[i])) == NULL)
			continue;
		n = strlen(hooks->names[i]) + strlen(value) + 2;
		if (full != NULL) {
			snprintf(full->copies + used, n, "%s=%s",
			    hooks->names[i], value);
			add_variable(full, full->copies + used);
		}
		used += n;
	}
	return used;
}

struct hook_call *
hooks_call(const struct hooks *hooks, const struct hook *hook,
    const struct msg_conf_command *command)
{
	struct full_call *full =
	    calloc(1, sizeof(*full) + copy_variables(hooks, NULL));
	uint32_t i;
	char *p;

	if (full == NULL)
		return NULL;
	memcpy(full->words, command->argv, sizeof(full->words));
	for (i = 0, p = full->words; i < command->argc; i++) {
		full->argv[i] = p;
		p += strlen(p) + 1;
	}
	copy_variables(hooks, full);
	memcpy(full->path, PATH_VARIABLE, sizeof(full->path));
	if (!has_path(full))
		add_variable(full, full->path);
	if (hook != NULL)
		add_target(full, hook);
	full->call.argv = full->argv;
	full->call.envp = full->envp;
	return &full->call;
}
