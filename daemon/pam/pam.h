/* SPDX-License-Identifier: ISC */
/* What the files of pam share: the process's state. */
#ifndef VB_PAM_H
#define VB_PAM_H

#include "common/asker.h"
#include "common/proto.h"
#include "daemon/pam/talks.h"

struct event_base;
struct ipc;

struct pam {
	struct event_base *base;
	struct ipc *master;
	struct asker auth;
	struct talks talks;
	struct msg_conf_start staged;
	struct msg_conf_pam staged_conf; /* service "": it did not come */
	struct group_names staged_groups;
	uint8_t is_staged;
	uint8_t is_ready;
};

#endif
