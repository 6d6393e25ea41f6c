/* SPDX-License-Identifier: ISC */
/* What the broker's files share: the process's state. */
#ifndef VB_BROKER_H
#define VB_BROKER_H

#include <sys/queue.h>

#include <event2/event_struct.h>

#include "common/trim.h"
#include "daemon/broker/logins.h"
#include "daemon/broker/leases.h"
#include "daemon/names/names.h"
#include "daemon/broker/session.h"
#include "daemon/broker/share.h"
#include "daemon/broker/vouch.h"

struct conf;
struct event_base;
struct ipc;
struct peer;
struct request;
struct resolver;

struct boards;
struct intent;

TAILQ_HEAD(intent_list, intent);
TAILQ_HEAD(request_list, request);
LIST_HEAD(hook_list, hook);

struct broker {
	struct event_base *base;
	struct ipc *master;
	struct conf *conf;   /* the current one; NULL before the first */
	struct conf *staged; /* between CONF_START and CONF_END */
	char *hosts;	     /* text of the hosts file; owned; or NULL */
	size_t hosts_len;
	struct name_servers host_servers; /* of resolv.conf */
	struct resolver *resolver; /* asks these, or the configuration's */
	struct session_table sessions;
	struct peer *peers; /* PEERS_MAX */
	/*
	 * After a start, workers that have not told what they hold. A target
	 * that has so many places waits for all of them, or their ends.
	 */
	unsigned unheard_count;
	int is_ready;
	int is_audit_failing;  /* AUDITING: no session may begin */
	uint64_t audit_unsaid; /* records that the master can't be told of */
	int is_draining;
	int is_refusing; /* by an operator, for now */
	/*
	 * Until then OPENs wait; those for other targets not longer than for
	 * HOLD_BACK_MS.
	 */
	int is_holding_back;
	struct event hold_back_ev;
	struct event review_ev; /* of the rights, when a minute begins */
	struct request_list waiting;
	struct leases leases;
	struct intent_list intents; /* the oldest first */
	unsigned intent_count;
	struct boards *boards;
	void (*tell_held)(struct session *session); /* intent.c's */
	/* request.c's: a worker has gone: the request ends, unanswered */
	void (*abort)(struct session *session);
	struct session_list watchers; /* of all targets: watch.h */
	struct event watch_ev;	      /* soon: who looks on is looked at */
	void (*watcher_left)(struct session *session); /* watch.c's */
	struct vouches vouches;			       /* what auth is asked */
	struct login_tree logins;
	uint32_t auth_fence; /* of its last PEER */
	uint32_t auth_unjoined_fence;
	struct event used_ev;  /* auth hears which logins are in use */
	uint8_t conf_has_auth; /* the current configuration's */
	struct shares shares;  /* of sockets and names under way */
	uint64_t descriptors;  /* that this process may have */
	struct ipc *runner;    /* NULL: there is none now */
	uint32_t runner_fence; /* of its last PEER */
	struct hook_list hooks;
	uint64_t last_run; /* number of the last RUN */
	/* hook.c's, for each of them */
	void (*hook_tick)(evutil_socket_t fd, short what, void *hook);
	struct trim trim; /* churn: sessions, configurations */
};

#endif
