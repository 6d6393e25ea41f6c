/* SPDX-License-Identifier: ISC */
/*
 * What the parts of a worker share.
 */
#ifndef VB_WORKER_H
#define VB_WORKER_H

#include <sys/queue.h>
#include <sys/tree.h>

#include <event2/event_struct.h>
#include <stdint.h>

#include "common/errors.h"
#include "common/network.h"
#include "common/proto.h"
#include "common/trim.h"
#include "worker/leg/buffer.h"
#include "worker/leg/gather.h"
#include "worker/leg/turn.h"
#include "worker/parse/names.h"
#include "worker/parse/request.h"

struct boards;
struct client;
struct evbuffer;
struct event_base;
struct ipc;
struct pages;
struct tls_conf;

/* A configuration, staged from CONF_START to CONF_END, then replaced whole. */
struct worker_conf {
	uint32_t generation;
	struct settings settings;
	struct pages *pages;
	struct msg_conf_listener *listeners;
	uint32_t listener_count;
	struct msg_conf_target *targets;
	uint32_t target_count;
	struct msg_conf_origin *origins;
	uint32_t origin_count;
	struct network *proxies; /* whose word is believed */
	struct msg_conf_button buttons[OIDC_PROVIDERS_MAX];
	size_t button_count;
	struct msg_conf_header header; /* user "": nobody says who */
	uint32_t proxy_count;
	char *framers;	     /* of frame-ancestors, each after a blank */
	struct names *names; /* that the bridge answers to */
	struct tls_conf *tls;
	struct request_rules rules; /* made at CONF_END */
};

TAILQ_HEAD(client_list, client);
RB_HEAD(client_tree, client);

/* What the master has not been told yet (load.h). */
struct load {
	struct event ev; /* sends LOAD at the end of a turn */
	uint32_t taken;	 /* since the last LOAD */
	uint32_t ended;
	struct msg_left left; /* of those, which have a place */
};

/* Signatures of the keeper (signing.h). */
struct signing {
	uint32_t count;		    /* that are awaited */
	uint32_t lost;		    /* asked for by clients that went */
	struct client_list waiting; /* to ask for one */
	uint64_t heard_ms;	    /* when it last answered, or was asked */
};

struct worker {
	struct event_base *base;
	struct ipc *master;
	/*
	 * How it ends, so that a test can hold a whole worker: DRAIN has been
	 * done, with that status; the master is gone, for a reason of ipc.h.
	 */
	void (*drained)(int status);
	void (*orphaned)(int reason);
	struct ipc *broker;    /* NULL while there is none */
	struct ipc *keeper;    /* NULL while there is none */
	uint32_t keeper_fence; /* of its last PEER */
	uint32_t keeper_unjoined_fence;
	struct signing signing;
	struct ipc *auth;    /* NULL while there is none */
	uint32_t auth_fence; /* of its last PEER */
	uint32_t auth_unjoined_fence;
	struct client_list unasked;  /* auth is not asked yet */
	struct trim trim;	     /* churn: clients, configurations */
	uint32_t unjoined_fence;     /* of the last UNJOINED */
	uint32_t broker_fence;	     /* of the last PEER */
	struct client_list unopened; /* the broker is not asked yet */
	struct client_list askers;   /* wait for STATED, by rising number */
	uint64_t state_number;	     /* of the last STATE */
	struct addr state_client;    /* for whom, if access sections apply */
	uint8_t state_cookie[AUTH_COOKIE_BYTES]; /* the same */
	uint64_t state_ms;			 /* when it was sent */
	uint8_t is_state_asked;			 /* and is not answered */
	struct evbuffer *state_text; /* of STATEDs, until the last; or NULL */
	uint32_t state_next;	     /* the target that is next in it */
	struct boards *boards;	     /* board.c's; NULL: nobody has one */
	struct client_list scrapers; /* wait for METRICS_ARE */
	uint64_t scrape_number;	     /* of the last METRICS */
	uint8_t is_scrape_asked;     /* and is not answered */
	struct worker_conf *conf;
	struct worker_conf *staged; /* NULL outside CONF_START, CONF_END */
	struct client_list clients;
	struct client_list large; /* in HEAD, with a large part of a head */
	uint32_t large_count;
	struct client_list idle; /* in HEAD, by the time they came there */
	struct client_tree by_id;
	uint32_t conn_count;
	uint32_t session_count; /* from the OPEN to the end of a session */
	uint32_t wide_count;	/* have a session's buffers, to their close */
	struct load load;
	/*
	 * An answer was given to a client that did not ask just now: its next
	 * request is served, and it is settled.
	 */
	void (*go_on)(struct client *c);
	uint64_t dispute_ms; /* when the log last had one (believe.h); or 0 */
	uint32_t displaced; /* idle conns closed for new ones, not logged yet */
	struct event tick_ev;	  /* deadlines, pings, traffic */
	struct event walk_ev;	  /* goes on with the clients of this tick */
	struct client *walk_next; /* NULL: all of them have been met */
	uint32_t ticks;
	uint64_t drain_deadline_ms; /* 0: not draining */
	struct {
		uint64_t to_client; /* bytes of clients that are no more */
		uint64_t to_target;
	} gone;
	struct turn turn;
	/*
	 * Has the buffer that every leg's data is read to: it is written on,
	 * queued or kept elsewhere before the loop goes to the next event, or
	 * before the end of the turn.
	 */
	struct gather gather;
};

#endif
