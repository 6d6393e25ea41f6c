/* SPDX-License-Identifier: ISC */
#include "common/ipc.h"
#include "daemon/master/children/conf_send_hooks.h"

static int
send_command(const struct msg_conf_command *command, struct ipc *ipc)
{
	return command->argc == 0
	    ? 0
	    : ipc_send(ipc, MSG_CONF_COMMAND, command, -1);
}

static int
send_hook(const struct conf_hook *hook, struct ipc *ipc)
{
	int kind, result = ipc_send(ipc, MSG_CONF_HOOK, &hook->head, -1);

	for (kind = 0; kind < HOOK_TARGET_KINDS && result == 0; kind++)
		result = send_command(&hook->commands[kind], ipc);
	return result;
}

int
conf_send_hooks(const struct conf *conf, struct ipc *ipc)
{
	size_t i;
	int result = send_command(&conf->event, ipc);

	for (i = 0; i < conf->hook_count && result == 0; i++)
		result = send_hook(&conf->hooks[i], ipc);
	for (i = 0; i < conf->hook_name_count && result == 0; i++)
		result =
		    ipc_send(ipc, MSG_CONF_HOOK_NAME, &conf->hook_names[i], -1);
	return result;
}
