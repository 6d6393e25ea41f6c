/* SPDX-License-Identifier: ISC */
/*
 * The bodies of the messages about whose a target is: a part of proto.h, which
 * includes it, and explains.
 */
#ifndef VB_PROTO_LEASE_H
#define VB_PROTO_LEASE_H

#include <stdint.h>

#include "common/addr.h"
#include "common/proto_auth.h"
#include "common/target.h"

#define INTENT_BYTES	 16
#define LEASE_GROUP_MAX	 64 /* of a target on the board, with its NUL */
#define LEASE_CLAIMS_MAX 16 /* entries of a target's takeover, or watch */
#define LEASE_TEXT_MAX	 256

/* What somebody gets who comes to a target whose places are taken. */
enum lease_mode {
	LEASE_MODE_SHARE,     /* any number, or a refusal if slots are full */
	LEASE_MODE_EXCLUSIVE, /* a refusal */
	LEASE_MODE_ASK,	      /* the holder is asked, if they want that */
	LEASE_MODE_QUEUE,     /* a place in a queue */
	LEASE_MODE_COUNT
};

/* What becomes of a question. */
enum lease_answer {
	LEASE_KEEP,  /* the one who asks is refused */
	LEASE_SHARE, /* they come in, too */
	LEASE_GIVE,  /* they take its place */
	LEASE_ANSWER_COUNT
};

/* What a person wants of a target that is in use. */
enum intent_kind {
	INTENT_NONE,
	INTENT_ASK,
	INTENT_TAKE,   /* takes it over */
	INTENT_MOVE,   /* their own session goes to another device */
	INTENT_END,    /* their own sessions end, now: no OPEN follows */
	INTENT_WATCH,  /* looks on, and touches nothing */
	INTENT_RESUME, /* as TELL_HELD said: the same page comes again */
	INTENT_COUNT
};

/* What may be claimed of a target that somebody else has. */
enum claim_right {
	CLAIM_TAKEOVER, /* its place */
	CLAIM_WATCH,	/* to look on */
	CLAIM_RIGHT_COUNT
};

/* Structure for MSG_CONF_CLAIM: master to broker. */
struct msg_conf_claim {
	uint32_t target;	     /* in the order of CONF_TARGET */
	uint32_t right;		     /* enum claim_right */
	char who[AUTH_NAME_MAX + 1]; /* may: "NAME", "@GROUP", or "*" */
};

/*
 * Structure for MSG_INTEND: worker to broker. Somebody has said on the page
 * what they want. All fields untrusted. Answered by one INTENDED.
 */
struct msg_intend {
	uint64_t conn_id; /* of the connection that waits; given back */
	uint32_t kind;	  /* enum intent_kind */
	struct addr client;
	uint8_t cookie[AUTH_COOKIE_BYTES]; /* as in OPEN */
	uint8_t
	    held[INTENT_BYTES]; /* MOVE, END: TELL_HELD's, of their session */
	char target[TARGET_TEXT_MAX];
};

/*
 * Structure for MSG_INTENDED: broker to worker. The number is good for one OPEN
 * of the same login (or, where nobody logs in, of the same address) and target.
 */
struct msg_intended {
	uint64_t conn_id;
	uint32_t code;	/* 0, or the close code that an OPEN would get */
	uint32_t ended; /* END: so many sessions; there is no number then */
	uint8_t intent[INTENT_BYTES];
	char reason[LEASE_TEXT_MAX];
};

enum tell_kind {
	TELL_IN_USE = 1, /* OPENED follows: by whom, since, what is possible */
	TELL_QUEUED,	 /* the place in the queue; it goes on waiting */
	TELL_ASKING,	 /* the holder is asked; it goes on waiting */
	TELL_ASKED,	 /* somebody asks for its desktop: SAID answers */
	TELL_ASK_OVER,	 /* that question is over */
	TELL_NOTICE,	 /* an operator's words */
	TELL_STARTING,	 /* what is done before the target can be reached */
	TELL_HELD,	 /* it is in; text is the intent to come again by */
	TELL_WATCHING,	 /* it is in, to look on at what this user does */
	TELL_WATCHED,	 /* this user looks on now; number is of that */
	TELL_WATCH_OVER, /* and has ceased to */
	TELL_COUNT
};

#define TELL_MAY_ASK   1u
#define TELL_MAY_TAKE  2u
#define TELL_MAY_WATCH 4u

/*
 * Structure for MSG_TELL: broker to worker. What the page of a session is to
 * know: a text frame to clients that have asked for these, nothing to others.
 */
struct msg_tell {
	uint64_t conn_id;
	uint32_t kind;	     /* enum tell_kind */
	uint32_t place;	     /* TELL_QUEUED; TELL_IN_USE: TELL_MAY_ASK, ... */
	uint64_t number;     /* of the question, or of who looks on */
	uint64_t time_sec;   /* since when; or how long a question waits */
	uint32_t is_waiting; /* the answer to its OPEN takes wait_sec more */
	uint32_t wait_sec;   /* 0: nobody knows how long */
	char user[AUTH_NAME_MAX]; /* by whom, or an address */
	char text[LEASE_TEXT_MAX];
};

/* Structure for MSG_SAID: worker to broker. What a page has answered. */
struct msg_said {
	uint64_t conn_id;
	uint64_t number; /* TELL_ASKED's; a late one is passed over */
	uint32_t answer; /* enum lease_answer */
};

/*
 * Structure for MSG_GONE: master to broker. That worker's process has ended,
 * and all its sockets with it.
 */
struct msg_gone {
	uint32_t index;
	uint32_t fence; /* of its channel's PEER */
};

#endif
