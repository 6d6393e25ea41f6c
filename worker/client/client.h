/* SPDX-License-Identifier: ISC */
/*
 * A client: one accepted connection, from the hand-over to its end. The
 * table of its states is in spine.c.
 */
#ifndef VB_CLIENT_H
#define VB_CLIENT_H

#include <sys/queue.h>
#include <sys/tree.h>

#include <stdint.h>

#include "worker/parse/frame.h"
#include "common/close_code.h"
#include "common/proto.h"
#include "worker/parse/greeting.h"
#include "worker/parse/hop.h"
#include "worker/parse/rfb_input.h"
#include "worker/leg/leg.h"
#include "worker/worker.h"

#define CLIENT_CLOSING_MS 5000 /* without progress */
#define CLIENT_TAKEN_MS	  1000 /* of a target that another one may wait for */

/*
 * State, its name in the log, and whether it is a session. The table at the
 * head of spine.c has the rest.
 */
#define CLIENT_STATES(X)                                                   \
	X(PREFACE, "preface", 0)     /* a PROXY header is awaited */       \
	X(SECURING, "securing", 0)   /* the TLS handshake */               \
	X(HEAD, "head", 0)	     /* a request head is awaited */       \
	X(ASKING, "asking", 0)	     /* auth says who it is */             \
	X(QUERY, "query", 0)	     /* the broker counts sessions */      \
	X(ANSWER, "answer", 0)	     /* an answer is being written */      \
	X(BOARD, "board", 0)	     /* one that goes on, see board.h */   \
	X(OPENING, "opening", 1)     /* 101 sent; the broker connects */   \
	X(VERIFYING, "verifying", 1) /* TLS with the target */             \
	X(GREETING, "greeting", 1)   /* the target must say RFB */         \
	X(RELAY, "relay", 1)	     /* bytes go both ways */              \
	X(CLOSING, "closing", 0)     /* Close sent; the queue goes out */  \
	X(LINGER, "linger", 0)	     /* answered; the rest is discarded */ \
	X(OVER, "over", 0)	     /* nothing to wait for */

enum client_state {
#define X(state, name, is_session) CLIENT_##state,
	CLIENT_STATES(X)
#undef X
};

#define CLIENT_REASON_MAX 256 /* of a session's end, with its NUL */

enum lease_state {
	LEASE_NONE,
	LEASE_ASKED,	  /* an OPEN is with the broker */
	LEASE_HELD,	  /* the broker knows the session as open */
	LEASE_OWES_CLOSED /* ended, and the broker could not be told */
};

/* A connection that somebody else's requests come by: a proxy's. */
struct via {
	struct addr hop;       /* the proxy: the other end */
	struct addr announced; /* by its PROXY header; or ADDR_NONE */
};

/* What belongs to one part of its life is kept together. */
struct client {
	TAILQ_ENTRY(client) entry;
	RB_ENTRY(client) id_entry;
	TAILQ_ENTRY(client) idle_entry;
	TAILQ_ENTRY(client) line_entry;
	struct client_list *line; /* see line.h; or NULL */
	struct worker *worker;
	uint64_t conn_id;
	struct addr peer;  /* whose the last request was, as far as we know */
	struct addr local; /* the listener that it came to */
	enum client_state state;
	uint32_t place;	       /* CLIENT's, for LEFT */
	struct leg client;     /* towards the browser */
	struct leg target;     /* towards the VNC server */
	struct via *via;       /* malloc'd; NULL: peer is at the other end */
	struct board *board;   /* BOARD: board.c's; or NULL */
	struct person *person; /* person.h; malloc'd; NULL: no one logs in */
	uint64_t deadline_ms;  /* of the state, 0: none */
	uint64_t opened_ms;    /* when the session began to be opened */
	union {
		uint64_t input_ms;     /* RELAY: the user's last deed */
		uint64_t state_number; /* QUERY: of the STATE for it */
	};
	uint8_t *pending; /* bytes read and not yet used, malloc'd */
	uint32_t pending_len;
	uint32_t wanted;  /* of them, for a request with its body; 0: unknown */
	int target_error; /* of a failed write to the target, or 0 */
	uint16_t close_code;	 /* why it ended */
	uint16_t greeting_sec;	 /* how long it may take */
	char *repeater_id;	 /* to be asked for; malloc'd or NULL */
	char *reason;		 /* why it ended, malloc'd or NULL */
	const char *tls_version; /* "TLSv1.3"; NULL: plain */
	const char *target_tls_version;
	struct {
		struct msg_sign *sign; /* asked of the keeper, or NULL */
		uint8_t is_signed;     /* it has got one */
		uint8_t has_begun;     /* its first byte was looked at */
	} securing;
	struct {
		uint64_t ping_at_ms;
		uint32_t ping_sent_ms; /* low half; its Pong is awaited; or 0 */
		uint32_t ping_took_ms; /* the last, and one; 0: there is none */
		struct ws_decoder decoder;
		uint8_t *pong; /* of the last ping, if that had to wait */
		uint8_t pong_len;
		uint8_t pings_unanswered;
		uint8_t pongs_sent;   /* for what one read has brought */
		uint8_t answers_left; /* that the broker is told of */
		uint8_t has_sent_close;
		uint8_t has_got_close;
		uint8_t has_lost_frames; /* the client broke the framing */
		uint8_t is_close_echo;	 /* what ended it was its own Close */
	} ws;
	struct {
		uint32_t since_sec; /* the epoch's, until 2106 */
		enum lease_state state;
		char *target_text; /* as asked, canonical from OPENED on */
		uint8_t *intent; /* INTENT_BYTES, for OPEN; malloc'd or NULL */
		uint64_t fence;	 /* OPENED's, for HELD */
		struct subject *subject; /* OPENED's, malloc'd or NULL */
		struct addr target_addr;
	} lease;
	struct {
		uint64_t leave_by_ms;  /* has_shut_client: closed then */
		uint64_t target_by_ms; /* the target is, without progress */
		uint32_t left;	       /* bytes that waited at the last tick */
		uint32_t discarded; /* of the target, since the brake was off */
		uint8_t is_due;	    /* and no one was told yet */
		uint8_t is_refusal; /* nothing of a target has come to it */
		uint8_t has_shut_client;
		uint8_t has_shut_target; /* it heard that no more comes */
		uint8_t is_taken;	 /* its target, whatever the progress */
	} closing;
	struct {
		uint64_t to_client; /* bytes, as all of these */
		uint64_t to_target;
		uint64_t acked; /* by the client, at the last look */
		uint64_t target_acked;
	} count;
	struct way {
		uint32_t acked;	      /* low half; while bytes wait */
		uint32_t sent;	      /* low half, at the last look */
		uint32_t stalled_sec; /* since then, the epoch's; or 0 */
		uint16_t resent;      /* low half, that was counted */
		uint8_t is_behind;    /* the kernel had bytes for it then */
	} way_client, way_target;
	struct {
		uint16_t ms[2];	  /* what the page was told last; 0: nothing */
		uint8_t state[2]; /* enum light_state, of its two legs */
	} light;
	struct {
		uint8_t scheme;		/* enum scheme, by a proxy's word */
		uint8_t is_refused;	/* over max-connections: 503 */
		uint8_t is_limited;	/* its address has too many: 429 */
		uint8_t is_misplaced;	/* plain HTTP where TLS is spoken */
		uint8_t is_redirected;	/* and it is told where to go */
		uint8_t keeps_alive;	/* another request may follow */
		uint8_t is_head_query;	/* QUERY: for HEAD, without a body */
		uint8_t is_health;	/* QUERY: of /healthz */
		uint8_t is_intent;	/* QUERY: INTENDED answers */
		uint8_t is_openmetrics; /* QUERY: as the client wants it */
		uint8_t is_form; /* the answer: what it posts is to tell from
				  * where */
	} http;
	uint8_t warned;	     /* of limits: a bit for each enum warn_kind */
	uint8_t is_answered; /* OPENED has come */
	union {
		struct greeting greeting; /* GREETING: of the target */
		struct rfb_input input;	  /* RELAY: what the client says */
	};
	struct {
		uint32_t idle_sec; /* OPENED's */
		uint32_t max_sec;  /* OPENED's; in RELAY what holds, 0: none */
	} limits;
	uint8_t is_watching; /* OPENED's: it looks on, see onlooker.h */
	uint8_t has_said_id; /* GREETING: the repeater has its repeater_id */
	uint8_t has_replied; /* VERIFYING: the target's first was */
	uint8_t has_preface; /* its listener had proxy-protocol */
	uint8_t has_opened;  /* and the log says so */
	uint8_t is_idle;     /* enum idle_kind */
	uint8_t is_session;  /* counted in session_count */
	uint8_t is_wide;     /* counted in wide_count */
	uint8_t is_bulk;     /* the target's last read was large */
	uint8_t has_moved;   /* bytes since the last TRAFFIC */
	uint8_t is_lost;     /* by its network: nobody has ended it */
};

RB_PROTOTYPE(client_tree, client, id_entry, client_compare)

/* The bridge's own page has close codes, and text; others see RFB alone. */
static inline int
client_is_page(const struct client *c)
{
	return c->ws.decoder.takes_text;
}

/* The other end of its connection. **Borrows** c. */
static inline const struct addr *
client_hop(const struct client *c)
{
	return c->via == NULL ? &c->peer : &c->via->hop;
}

/*
 * Before peer becomes another than the one at the other end. Returns 0 or
 * VB_ENOMEM.
 */
VB_MUST_CHECK int client_keep_hop(struct client *c);

/* Those that are in effect now. */
static inline const struct settings *
client_settings(const struct client *c)
{
	return &c->worker->conf->settings;
}

/* The client of that conn id, or NULL. */
struct client *client_find(struct worker *w, uint64_t conn_id);

/*
 * Marks the end of a client, and why. Of a session, client_settle(), which
 * must follow, tells code and reason to the client, tells the broker, and lets
 * what was read be delivered. Only the first call counts.
 */
void client_end(struct client *c, uint16_t code, const char *fmt, ...)
    VB_PRINTF(3, 4);

/*
 * The broker has ended it: somebody else may wait for its target, which is left
 * within CLIENT_TAKEN_MS.
 */
void client_hurry(struct client *c);

/* Goes to a state, with a deadline timeout_ms from now (0: none). */
void
client_enter(struct client *c, enum client_state state, uint64_t timeout_ms);

/* Whether the browser uses https, by us or by what a trusted proxy says. */
int client_is_https(const struct client *c);

/* OPENING to RELAY, as the table says: the broker is involved. */
int client_is_session(const struct client *c);

/* It left before its target was connected. */
void client_lose_waiting(struct client *c);

/*
 * Keeps bytes that were read for later; those that were kept are wiped: they
 * may have a cookie or a password in them. On failure the client ends.
 */
void client_keep(struct client *c, const uint8_t *data, size_t len);

/* Keeps these, too, after them. Returns 0, or VB_ENOMEM: the client ends. */
VB_MUST_CHECK int
client_keep_more(struct client *c, const uint8_t *data, size_t len);

#endif
