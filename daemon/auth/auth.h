/* SPDX-License-Identifier: ISC */
/* What the files of auth share: the process's state. */
#ifndef VB_AUTH_H
#define VB_AUTH_H

#include <event2/event_struct.h>

#include "common/proto.h"
#include "daemon/auth/fetch.h"
#include "daemon/auth/login.h"
#include "daemon/auth/peer.h"
#include "daemon/auth/trust.h"

struct event_base;
struct ipc;

struct auth {
	struct event_base *base;
	struct ipc *master;
	struct login_desk desk; /* the configuration that applies */
	struct msg_conf_start staged;
	struct users *staged_users; /* owned; or NULL */
	struct providers staged_providers;
	struct group_names staged_groups;
	struct trust staged_trust;
	struct msg_conf_header staged_header;	  /* user "": none */
	struct certificates *staged_certificates; /* owned; or NULL */
	struct msg_conf_pam staged_pam;		  /* service "": none */
	struct users_fault fault; /* of what is staged; text "": none */
	uint32_t fault_provider;  /* as in struct msg_known */
	struct peer *workers;	  /* PEER_WORKERS_MAX */
	struct peer broker;
	struct fetcher fetcher; /* what providers are asked */
	struct event watch_ev;	/* the next look at all logins */
	struct {
		uint64_t after_id;     /* up to this login it was asked */
		struct event again_ev; /* what could not be */
		unsigned under_way;
		uint8_t is_on; /* there are more */
	} recheck;
	uint8_t is_staged; /* between CONF_START and CONF_END */
	uint8_t is_ready;
	uint8_t has_begun; /* the sandbox is entered */
};

#endif
