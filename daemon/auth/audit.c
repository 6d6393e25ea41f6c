/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "common/ipc.h"
#include "common/log.h"
#include "common/quota.h"
#include "daemon/auth/audit.h"

static struct {
	struct ipc *master;
	int is_on;
	uint64_t unsaid; /* records that the master can't be told of */
} audit;

void
audit_connect(struct ipc *master)
{
	audit.master = master;
}

void
audit_use(int is_on)
{
	audit.is_on = is_on;
}

/* At once: who dies now has said it before a client heard of it. */
static void
say(struct msg_audit *said)
{
	int result;

	if (audit.master == NULL)
		return;
	said->lost = audit.unsaid;
	/* some of the queue is for what matters more: ALIVE, DROPPED */
	result = ipc_queued_bytes(audit.master) > IPC_QUEUE_BYTES / 4 * 3
	    ? VB_EFULL
	    : ipc_send(audit.master, MSG_AUDIT, said, -1);
	if (result < 0) {
		audit.unsaid++;
		quota_log(LOG_LEVEL_ERROR, NULL,
		    "audit: the master can't be told: %s", vb_strerror(result));
		return;
	}
	audit.unsaid = 0;
	if (ipc_flush(audit.master, 0) < 0)
		log_debug("audit: the master is slow");
}

static void
fill(struct msg_audit *said, enum audit_kind kind, const struct addr *client,
    const char *name)
{
	memset(said, 0, sizeof(*said));
	said->kind = kind;
	said->client = *client;
	said->client.port = 0; /* as in the log: it tells nobody apart */
	strlcpy(said->user, name, sizeof(said->user));
}

void
audit_login(const struct login_asker *asker, const struct login_record *login,
    const char *name, const char *how)
{
	struct msg_audit said;

	if (!audit.is_on)
		return;
	fill(&said, AUDIT_LOGIN, &asker->client, name);
	said.login_id = login == NULL ? 0 : login->id;
	strlcpy(said.how, how, sizeof(said.how));
	say(&said);
}

void
audit_failure(const struct login_asker *asker, const char *name,
    const char *how, const char *why)
{
	struct msg_audit said;

	if (!audit.is_on)
		return;
	fill(&said, AUDIT_FAILURE, &asker->client, name);
	strlcpy(said.how, how, sizeof(said.how));
	strlcpy(said.reason, why, sizeof(said.reason));
	say(&said);
}

void
audit_logout(const struct login_record *login, const struct addr *client,
    const char *why)
{
	struct msg_audit said;

	if (!audit.is_on)
		return;
	fill(&said, AUDIT_LOGOUT, client != NULL ? client : &login->client,
	    login->name);
	said.login_id = login->id;
	strlcpy(said.reason, why, sizeof(said.reason));
	say(&said);
}
