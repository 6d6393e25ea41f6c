/* SPDX-License-Identifier: ISC */
/*
 * The master's supervision on a loop of the test, with children that are
 * processes of their own, but do nothing: the test holds the children's ends
 * of the channels, and says and hears what they would. spawn_child() of
 * spawn.h is replaced by this rig's.
 */
#ifndef VB_TEST_SUPERVISE_RIG_H
#define VB_TEST_SUPERVISE_RIG_H

#include <sys/types.h>

#include "common/ipc.h"
#include "daemon/master/children/offer.h"
#include "daemon/master/children/spawn.h"
#include "daemon/master/children/supervise.h"
#include "daemon/master/children/supervisor.h"

#define RIG_WORKERS 2

/* What the test holds of a child; fd is its end of the channel. */
struct fake {
	pid_t pid;
	int fd;
	uint32_t fence;	       /* of the last PEER, with the broker */
	uint32_t keeper_fence; /* and with the keeper, */
	uint32_t auth_fence;   /* and with auth, */
	uint32_t fetch_fence;  /* and with fetch, */
	uint32_t pam_fence;    /* and with pam */
	uint32_t runner_fence; /* and with runner */
	unsigned peers;	       /* PEERs that came, with the broker */
	unsigned keeper_peers; /* and with the keeper, */
	unsigned auth_peers;   /* and with auth, */
	unsigned fetch_peers;  /* and with fetch, */
	unsigned pam_peers;    /* and with pam */
	unsigned runner_peers; /* and with runner */
	unsigned commands;     /* CONF_COMMAND, of the last CONF_START */
	unsigned events;
	uint32_t asker;	      /* of the last PEER */
	unsigned ends;	      /* CONF_ENDs */
	uint32_t generation;  /* of the last */
	uint32_t is_refusing; /* CONF_LEASES */
	unsigned logins;      /* CONF_LOGINS, or CONF_LEASES */
	ino_t logins_file;    /* of the last */
	unsigned users;	      /* CONF_USERS */
	unsigned services;    /* CONF_PAM, since CONF_START */
	unsigned hosts;	      /* CONF_FETCH_HOST, since CONF_START */
	uint32_t port;	      /* of the last */
	unsigned host_files;  /* HOST_FILE */
	unsigned drains;
	unsigned gone; /* GONE */
	unsigned lists;
	uint64_t cookie;       /* of the last LIST */
	uint64_t probe_number; /* of the last PROBE */
	unsigned probes;
	uint64_t count_number; /* of the last COUNT */
	unsigned counts;
	uint64_t metrics_number; /* of the last METRICS_ARE */
	unsigned metrics_are;
	uint64_t metrics_bytes; /* that it has announced */
};

struct supervise_rig {
	struct event_base *base;
	struct supervisor *sup;
	struct fake keeper;
	struct fake broker;
	struct fake auth;   /* fd 0: it never ran */
	struct fake fetch;  /* the same */
	struct fake pam;    /* the same */
	struct fake runner; /* the same */
	struct fake workers[RIG_WORKERS];
	unsigned ready; /* how often ops->ready, and so on */
	unsigned failed;
	unsigned drained;
	unsigned listed;
	unsigned broker_lost;
	unsigned auth_lost;
	unsigned logins_are;
	unsigned groups;
	unsigned whyed;
	unsigned counted;
	unsigned ordered;
	unsigned targets_are;
	uint64_t listed_cookie;
	unsigned kept;	/* how often ops->kept, */
	int is_refused; /* and what it said last */
	char error[CONF_ERROR_MAX];
	uint32_t next; /* generation that is offered upon a refusal, 0: none */
};

extern struct supervise_rig rig;

/* Two workers, broker and keeper, READY and joined. The watchdog is off. */
void rig_start(void);
void rig_stop(void);

/*
 * The same up to READY, which worker and broker have not said yet; the keeper
 * has.
 */
void rig_start_silent(void);

/* The same with auth, which is READY and joined; and without its KNOWN. */
void rig_start_auth(void);
void rig_start_silent_auth(void);

/* The same with fetch, which is asked at this port of loopback, too. */
#define RIG_PORT 8443
void rig_start_fetch(void);

/* A reload after which it is to be asked there; 0: there is nobody to ask. */
void rig_reload_fetch(uint16_t port);

/* The child that the test's end belongs to. */
struct child *rig_child(const struct fake *fake);

/* Offers the keeper a bundle of that generation; makes that the one. */
int rig_offer(uint32_t generation);
/* One in which people log in, or don't. */
int rig_offer_auth(uint32_t generation, int has_auth);
void rig_take_offer(void);

/* Says what the keeper says of the last CONF_END. */
void rig_say_kept(uint32_t cert_id);

/* The same for auth; NULL: it knows the users. */
void rig_say_known(const char *why_not);

/* Says READY for a child, and reads what it gets. */
void rig_ready(struct fake *fake);

/* Lets the master do what there is to do; reads what children get. */
void rig_run(void);

/* Until the child has been replaced: another process, not READY yet. */
void rig_wait_replaced(struct fake *fake, pid_t pid);

/* Until it has been reaped, and no other is to be started in its place. */
void rig_wait_gone(struct fake *fake);

/* It dies, and is replaced. */
void rig_die(struct fake *fake);

/* Notes what a child has been told. */
void rig_hear(struct fake *fake, int type, const union proto_any *any, int fd);

/* Sends for a child. Returns 0, or -1 when the master has closed it. */
int rig_say(struct fake *fake, enum msg_type type, const void *body);

/* Changes watchdog-timeout; 0 is off. */
void rig_watch(uint32_t timeout_sec);

#endif
