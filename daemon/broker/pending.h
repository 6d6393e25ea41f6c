/* SPDX-License-Identifier: ISC */
/*
 * An OPEN that has no answer yet, and how it gets one. request.c begins it,
 * reach.c goes to its target.
 */
#ifndef VB_PENDING_H
#define VB_PENDING_H

#include <sys/queue.h>
#include <stdint.h>

#include "common/target.h"
#include "daemon/broker/broker.h"

struct configured;
struct dial;
struct lookup;
struct presented;
struct vouch;

struct request {
	TAILQ_ENTRY(request) entry; /* of broker->waiting */
	TAILQ_ENTRY(request) of_lease;
	struct lease *lease; /* where it waits; or NULL: see claim.h */
	void (*leave)(struct request *request); /* then: it waits no more */
	uint64_t question;     /* that the holder was asked; 0: none */
	uint64_t ask_until_ms; /* of the question */
	uint64_t want_fence;   /* whom it is about */
	uint32_t want;	       /* enum intent_kind */
	uint32_t told_place;   /* in the queue */
	uint8_t intent[INTENT_BYTES];
	uint8_t is_taking;    /* the place of want_fence's */
	uint8_t is_given;     /* which they have given */
	uint8_t must_replace; /* or there are more sessions than may be */
	uint8_t has_ended;    /* and the session that had it was ended for it */
	struct broker *broker;
	struct peer *peer;
	struct session *session;
	void (*begin)(struct request *request); /* request.c's, again */
	void (*reach)(struct request *request); /* reach.c's, again */
	struct conf *conf;			/* NULL while it waits */
	struct presented *presented; /* owned; NULL: no certificate */
	struct addr local;	     /* the listener that it came to */
	struct vouch *vouch;	     /* whose it is; or NULL */
	struct lookup *lookup;
	struct dial *dial;
	struct asker *asker; /* whose sockets it has */
	unsigned sockets;    /* that it may have */
	uint64_t deadline_ms;
	uint8_t is_waiting;
	uint8_t is_name_allowed;
	uint8_t is_ungranted; /* an address was, by the access sections */
	uint8_t is_full;      /* a section that grants it has no place */
	uint8_t cookie[AUTH_COOKIE_BYTES]; /* until auth is asked */
	uint8_t is_target_named;     /* a configured target, by what it wrote */
	uint8_t has_own_name;	     /* by its name, not by its address */
	uint32_t tls_id;	     /* of what it wrote */
	struct configured *alias_of; /* that a name which it stands for is */
	/* hook.c's: where it waits, or NULL; since and until when */
	TAILQ_ENTRY(request) of_hook;
	struct request_list *hook_list;
	uint64_t hook_since_ms;
	uint64_t hook_until_ms; /* 0: it has not waited */
	uint32_t hook_turn;
	uint8_t has_been_told; /* its worker, that it takes longer */
	struct target where;
	char text[TARGET_TEXT_MAX]; /* what the client wrote */
};

/*
 * Answers, and ends the request. **Takes** fd. A code that is not 0 ends
 * the session too.
 */
void request_end(struct request *request, uint32_t code,
    const struct addr *addr, int fd, const char *reason);

void VB_PRINTF(4, 5) request_refuse(struct request *request, uint32_t code,
    const struct addr *addr, const char *fmt, ...);
void request_refuse_memory(struct request *request);

/*
 * No access section grants it, to them. They are told no more than they have
 * written: not what is there, or where it leads.
 */
#define REQUEST_REFUSING  "the bridge takes no new sessions now"
#define REQUEST_UNGRANTED "%s is not open to you now"
#define REQUEST_FULL	  "you have as many sessions as you may have there"
void request_refuse_ungranted(struct request *request, const struct addr *addr);

/* lease_take() has failed: in use, or as many as it may have. */
void
request_refuse_in_use(struct request *request, const struct configured *target);
void
request_refuse_full(struct request *request, const char *target, uint32_t most);

/*
 * Whether no session may begin, since the audit trail can't be written and must
 * be. Refuses it then.
 */
int request_refuse_unrecorded(struct request *request);

/*
 * If a reload has come in between: what was allowed when it began, and whom its
 * certificate named, is asked again. Returns 1 if so.
 */
VB_MUST_CHECK int request_begin_again(struct request *request);

/* Gives back what its dial had reserved. */
void request_give_back(struct request *request);

/* Forgets it, without an answer. */
void request_free(struct request *request);

#endif
