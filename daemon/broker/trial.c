/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/ipc.h"
#include "common/log.h"
#include "daemon/broker/conf.h"
#include "daemon/names/resolve.h"
#include "daemon/broker/trial.h"

void
trial_free(struct trial *trial)
{
	lookup_cancel(trial->lookup);
	session_clear_target(&trial->session);
	free(trial->session.section);
	conf_unref(trial->conf);
	free(trial);
}

void
trial_explain(struct trial *trial, const char *fmt, ...)
{
	size_t len = strlen(trial->said.why);
	va_list ap;

	if (len > 0 && len < sizeof(trial->said.why) - 1)
		trial->said.why[len++] = '\n';
	va_start(ap, fmt);
	vsnprintf(
	    trial->said.why + len, sizeof(trial->said.why) - len, fmt, ap);
	va_end(ap);
}

void
trial_decide(struct trial *trial, const struct decider *decider)
{
	memcpy(trial->said.rule, decider->rule, sizeof(trial->said.rule));
	trial->said.line = decider->line;
}

void
trial_finish(struct trial *trial, uint32_t code, const char *reason)
{
	struct msg_whyed *said = &trial->said;

	said->cookie = trial->ask.cookie;
	said->code = code;
	snprintf(said->reason, sizeof(said->reason), "%s", reason);
	if (trial->session.target != NULL)
		strlcpy(
		    said->target, trial->session.target, sizeof(said->target));
	if (ipc_send(trial->broker->master, MSG_WHYED, said, -1) < 0)
		log_fatal("WHYED cannot be sent");
	trial_free(trial);
}

void
trial_refuse(struct trial *trial, uint32_t code, const char *fmt, ...)
{
	char reason[PROTO_REASON_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	trial_finish(trial, code, reason);
}
