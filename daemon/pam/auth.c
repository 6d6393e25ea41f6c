/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "common/ipc.h"
#include "common/log.h"
#include "common/metrics.h"
#include "daemon/pam/auth.h"

/* Without memory for it, it is lost with the channel: not from here. */
static void
tell_said(void *arg, const struct msg_pam_said *said)
{
	struct pam *pam = arg;
	int error = ipc_send(pam->auth.ipc, MSG_PAM_SAID, said, -1);

	metrics_count(METRIC_PAM_ANSWERED);
	if (error < 0)
		log_fatal("an answer cannot be sent: %s", vb_strerror(error));
}

static int
on_pam_ask(void *arg, const void *body, int *fd)
{
	const struct msg_pam_ask *asked = body;
	struct pam *pam = arg;

	(void)fd;
	if (!PROTO_IS_TEXT(asked->name) || !PROTO_IS_TEXT(asked->password))
		return VB_EBADMSG;
	return talks_ask(&pam->talks, asked);
}

static int
on_pam_code(void *arg, const void *body, int *fd)
{
	const struct msg_pam_code *code = body;
	struct pam *pam = arg;

	(void)fd;
	if (!PROTO_IS_TEXT(code->code))
		return VB_EBADMSG;
	return talks_code(&pam->talks, code);
}

static int
on_pam_leave(void *arg, const void *body, int *fd)
{
	const struct msg_pam_leave *leave = body;
	struct pam *pam = arg;

	(void)fd;
	talks_leave(&pam->talks, leave->id);
	return 0;
}

static void
on_closed(void *arg, int reason)
{
	struct pam *pam = arg;

	asker_drop(&pam->auth, reason);
	talks_clear(&pam->talks);
}

static const struct ipc_ops auth_ops = {
    .on =
	{
	    [MSG_PAM_ASK] = on_pam_ask,
	    [MSG_PAM_CODE] = on_pam_code,
	    [MSG_PAM_LEAVE] = on_pam_leave,
	},
    .closed = on_closed,
};

void
auth_init(struct pam *pam)
{
	pam->auth.self = ROLE_PAM;
	pam->auth.role = ROLE_AUTH;
	pam->auth.master = &pam->master;
	pam->auth.ops = &auth_ops;
	pam->auth.arg = pam;
	pam->talks.answer = tell_said;
	pam->talks.arg = pam;
}

void
auth_join(struct pam *pam, const struct msg_peer *peer, int *fd)
{
	talks_clear(&pam->talks);
	asker_join(&pam->auth, pam->base, peer, fd);
}
