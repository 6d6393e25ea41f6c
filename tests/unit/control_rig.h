/* SPDX-License-Identifier: ISC */
/*
 * The operator's socket on an event loop, with a daemon behind it that only
 * counts what is asked of it.
 */
#ifndef VB_TEST_CONTROL_RIG_H
#define VB_TEST_CONTROL_RIG_H

#include <sys/socket.h>
#include <sys/un.h>

#include "common/proto.h"
#include "daemon/master/control/control.h"

#define COOKIES_MAX    64
#define RIG_GENERATION 7
#define RIG_FILE       "/etc/vncbridge.conf"

struct control_rig {
	struct event_base *base;
	struct control *control;
	struct sockaddr_un address;
	socklen_t address_len;
	uint64_t cookies[COOKIES_MAX]; /* of the LISTs that were asked */
	unsigned lists;
	unsigned statuses;
	unsigned goes;
	unsigned reloads; /* whole ones */
	unsigned rereads;
	char file[CTL_PATH_MAX]; /* of the last */
	unsigned stops;
	uint32_t go_code;
	int has_no_broker;
	unsigned logins; /* LOGINS and EXPELs that were asked */
	unsigned expels;
	char user[AUTH_NAME_MAX]; /* of the last EXPEL */
	unsigned whys;		  /* WHYs that were asked, and the last */
	struct msg_why why;
	unsigned whoses; /* the same of WHOSE */
	struct msg_whose whose;
	unsigned metrics; /* how often they were asked for */
	unsigned orders;  /* ORDERs that were asked, and the last */
	struct msg_order order;
	unsigned targets_asked; /* the same of TARGETS */
	struct msg_targets targets;
	int has_auth;	 /* people log in */
	int has_no_auth; /* but there is no process for it now */
};

extern struct control_rig rig;
extern union proto_any rig_any; /* the last answer */

void rig_start(void);
void rig_stop(void);
void rig_run(void);
int rig_dial(void);

/* True when the master has closed it. */
int rig_is_closed(int fd);

/* Returns the type of what is answered. */
int rig_read_answer(int fd);

/* Asks a question that begins with the version. */
void rig_ask(int fd, enum msg_type type);

void rig_expect_status(int fd);

#endif
