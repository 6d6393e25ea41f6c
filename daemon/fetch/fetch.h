/* SPDX-License-Identifier: ISC */
/* What the files of fetch share: the process's state. */
#ifndef VB_FETCH_H
#define VB_FETCH_H

#include "common/asker.h"
#include "common/proto.h"
#include "daemon/fetch/desk.h"

struct event_base;
struct ipc;

struct fetch {
	struct event_base *base;
	struct ipc *master;
	struct asker auth;
	struct desk desk;
	struct msg_conf_start staged;
	struct providers *staged_providers; /* owned; NULL: none is staged */
	struct name_servers staged_servers;
	uint8_t is_ready;
};

#endif
