/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "common/ipc.h"
#include "common/log.h"
#include "daemon/pam/auth.h"

static void
disconnect(struct pam *pam)
{
	talks_clear(&pam->talks);
	ipc_free(pam->auth);
	pam->auth = NULL;
}

static void
drop(struct pam *pam, int reason)
{
	struct msg_dropped dropped = {0, pam->auth_fence, ROLE_AUTH};

	if (reason == VB_ECLOSED)
		log_debug("auth gone");
	else if (reason == VB_ENOMEM) /* not its fault: it joins again */
		log_error("out of memory for auth");
	else {
		log_warn("auth dropped reason=\"%s\"", vb_strerror(reason));
		if (ipc_send(pam->master, MSG_DROPPED, &dropped, -1) < 0)
			log_error("master not told of auth");
	}
	disconnect(pam);
}

/* Without memory for it, it is lost with the channel: not from here. */
static void
tell_said(void *arg, const struct msg_pam_said *said)
{
	struct pam *pam = arg;
	int error = ipc_send(pam->auth, MSG_PAM_SAID, said, -1);

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
	drop(arg, reason);
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
	pam->talks.answer = tell_said;
	pam->talks.arg = pam;
}

int
auth_join(struct pam *pam, uint32_t fence, int fd)
{
	disconnect(pam);
	pam->auth_fence = fence;
	pam->auth = ipc_new(pam->base, fd, ROLE_PAM, ROLE_AUTH, &auth_ops, pam);
	if (pam->auth == NULL)
		return VB_ENOMEM;
	ipc_set_phase(pam->auth, PHASE_RUN);
	/* what waits is bounded by the conversations that there may be */
	ipc_set_bound(pam->auth, SIZE_MAX);
	ipc_serve(pam->auth, IPC_ANSWERS_BYTES);
	return 0;
}
