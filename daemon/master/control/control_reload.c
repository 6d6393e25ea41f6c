/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "daemon/master/control/control_ops.h"
#include "daemon/master/control/control_reload.h"
#include "daemon/master/control/inquirer.h"
#include "daemon/master/control/upload.h"

#define COLLECT_MS 60000 /* vncbridgectl may read slow disks */

void
control_on_deadline_cb(evutil_socket_t fd, short what, void *arg)
{
	struct control *control = arg;

	(void)fd;
	(void)what;
	log_warn("control: a reload was begun and not finished; it is dropped");
	control_free_inquirer(control->reloader);
}

static void
begin(struct inquirer *op, struct msg_ctl_reload_go *go)
{
	struct timeval tv = clock_timeval(COLLECT_MS);
	struct control *control = op->control;
	uint32_t generation = 0;

	if (!op->may_change) {
		go->code = CTL_FORBIDDEN;
		return;
	}
	if (control->reloader != NULL) {
		go->code = CTL_BUSY;
		strlcpy(
		    go->text, "another reload is under way", sizeof(go->text));
		return;
	}
	control->ops->reload_go(control->arg, go, &generation);
	if (go->code != CTL_DONE)
		return;
	if ((control->upload = upload_new(generation)) == NULL ||
	    event_add(&control->deadline_ev, &tv) == -1) {
		upload_free(control->upload);
		control->upload = NULL;
		go->code = CTL_FAILED;
		strlcpy(go->text, "out of memory", sizeof(go->text));
		return;
	}
	control->reloader = op;
}

int
control_on_reload(void *arg, const void *body, int *fd)
{
	const struct msg_ctl_reload *ask = body;
	struct inquirer *op = arg;
	struct msg_ctl_reload_go go;

	(void)fd;
	if (op->control->reloader == op)
		return VB_EBADMSG;
	memset(&go, 0, sizeof(go));
	go.proto_version = PROTO_VERSION;
	go.code = CTL_FAILED;
	if (ask->proto_version == PROTO_VERSION)
		begin(op, &go);
	return ipc_send(op->ipc, MSG_CTL_RELOAD_GO, &go, -1);
}

/* Only one that was told to go on may send, and only until the end. */
static struct upload *
upload_of(const struct inquirer *op)
{
	struct control *control = op->control;

	return control->reloader == op && !control->is_applying
	    ? control->upload
	    : NULL;
}

int
control_on_reload_text(void *arg, const void *body, int *fd)
{
	struct upload *upload = upload_of(arg);

	return upload == NULL ? VB_EBADMSG : upload_take_text(upload, body, fd);
}

int
control_on_reload_listener(void *arg, const void *body, int *fd)
{
	struct upload *upload = upload_of(arg);

	return upload == NULL ? VB_EBADMSG
			      : upload_take_listener(upload, body, fd);
}

int
control_on_reload_pages(void *arg, const void *body, int *fd)
{
	struct upload *upload = upload_of(arg);

	return upload == NULL ? VB_EBADMSG
			      : upload_take_pages(upload, body, fd);
}

int
control_on_reload_file(void *arg, const void *body, int *fd)
{
	struct upload *upload = upload_of(arg);

	return upload == NULL ? VB_EBADMSG : upload_take_file(upload, body, fd);
}

int
control_on_reload_audit(void *arg, const void *body, int *fd)
{
	struct upload *upload = upload_of(arg);

	(void)body;
	return upload == NULL ? VB_EBADMSG : upload_take_audit(upload, fd);
}

int
control_on_reload_end(void *arg, const void *body, int *fd)
{
	struct inquirer *op = arg;
	struct control *control = op->control;
	struct upload *upload = upload_of(op);
	int result;

	(void)fd;
	if (upload == NULL)
		return VB_EBADMSG;
	if ((result = upload_take_end(upload, body)) < 0)
		return result;
	event_del(&control->deadline_ev);
	control->is_applying = 1;
	control->ops->reload(control->arg, upload);
	return 0;
}

void
control_on_reloaded(
    struct control *control, const struct msg_ctl_reloaded *reloaded)
{
	struct msg_ctl_reloaded answer = *reloaded;
	struct inquirer *op = control->reloader;

	if (op == NULL || !control->is_applying)
		return; /* vncbridgectl has gone since */
	control_end_reload(control);
	answer.proto_version = PROTO_VERSION;
	if (ipc_send(op->ipc, MSG_CTL_RELOADED, &answer, -1) < 0)
		control_free_inquirer(op);
}

/* A vncbridgectl of another version, whose bundle we would not understand. */
int
control_on_reread(void *arg, const void *body, int *fd)
{
	const struct msg_ctl_reread *ask = body;
	struct inquirer *op = arg;
	struct control *control = op->control;
	struct msg_ctl_reloaded refused;

	(void)fd;
	if (control->reloader == op || !PROTO_IS_TEXT(ask->file))
		return VB_EBADMSG;
	if (op->may_change && control->reloader == NULL) {
		control->reloader = op;
		control->is_applying = 1;
		control->ops->reread(control->arg, ask->file);
		return 0;
	}
	memset(&refused, 0, sizeof(refused));
	refused.proto_version = PROTO_VERSION;
	refused.code = op->may_change ? CTL_BUSY : CTL_FORBIDDEN;
	if (op->may_change)
		strlcpy(refused.text, "another reload is under way",
		    sizeof(refused.text));
	return ipc_send(op->ipc, MSG_CTL_RELOADED, &refused, -1);
}
