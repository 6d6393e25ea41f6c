/* SPDX-License-Identifier: ISC */
/*
 * A whole worker inside the test's own process, with its loop and on a
 * clock of its own; the rig holds the far ends of its sockets, and notes
 * every byte and message. All that is wrong ends in abort().
 */
#ifndef VB_FUZZ_CLIENT_RIG_H
#define VB_FUZZ_CLIENT_RIG_H

#include <stddef.h>
#include <stdint.h>

#include "common/proto.h"
#include "worker/client/client.h"
#include "worker/worker.h"

#define HEAD_MAX	 12288 /* request-head: more than usual, not by much */
#define SLOTS		 3     /* clients at a time */

#define RIG_SMALL_BUFFER 2048 /* doubled by the kernel, socket(7) */

/* Of a slot's board, on this channel: bits. */
#define SLOT_BOARD_ASKED 1 /* BOARD came */
#define SLOT_BOARD_ENDED 2 /* BOARD_END came */
#define SLOT_BOARD_OVER	 4 /* BOARD_OVER was sent */

struct bytes {
	uint8_t *p;
	size_t len;
	size_t room;
};

/* A client, its target, and all that went between them. */
struct slot {
	uint64_t conn_id; /* 0: not in use */
	int client;	  /* the far ends, -1: closed */
	int target;
	struct bytes sent;	  /* client to worker */
	struct bytes got;	  /* worker to client */
	struct bytes said;	  /* target to worker */
	struct bytes heard;	  /* worker to target */
	uint8_t needs_greeting;	  /* require-rfb when it was opened */
	uint8_t is_watching;	  /* OPENED said so */
	uint32_t question;	  /* to auth, on this channel; 0: none */
	uint8_t was_forestalled;  /* auth has answered what nobody asked */
	uint8_t was_asked;	  /* OPEN came on this channel */
	uint8_t was_held;	  /* HELD came on this channel */
	uint8_t was_opened;	  /* a socket was given */
	uint8_t has_second;	  /* and another, by a broker that lies */
	uint8_t was_closed;	  /* CLOSED came on this channel */
	uint8_t board;		  /* SLOT_BOARD_... */
	uint8_t has_board_asked;  /* on any channel */
	uint8_t has_client_shut;  /* it said that no more comes */
	uint8_t is_client_at_end; /* the far end has read it */
	uint8_t is_target_at_end;
	uint8_t pattern; /* of the bytes that are made up */
};

struct rig {
	struct worker *worker;
	int master; /* far end of the channel */
	int broker; /* -1: none */
	int auth;   /* -1: none */
	uint64_t last_conn_id;
	uint32_t given; /* clients handed over */
	uint32_t taken; /* sums of LOAD */
	uint32_t ended;
	uint32_t left;	   /* sum of LEFT: each has a place */
	uint32_t sessions; /* of the last LOAD */
	uint32_t helds;	   /* since PEER */
	uint32_t seen;	   /* states of clients, a bit each, of all scripts */
	uint8_t has_small_buffers;
	uint8_t has_people; /* of the next configuration */
	uint8_t has_ticked;
	uint8_t is_drained; /* the worker would have ended */
	struct slot slots[SLOTS];
};

/* What the worker sees of the outside (client_world.c). */
struct world {
	uint64_t now_ms;
	unsigned starve_at; /* no memory for its n-th request in this turn */
	uint8_t is_workers_turn;
	uint8_t has_starved;
};

extern struct world world;

/* Gives libevent the same memory. */
void world_share_memory(void);

#define must(holds) must_at((holds) != 0, #holds, __FILE__, __LINE__)
void must_at(int holds, const char *text, const char *file, int line);

/* Made once; the worker lives on from one script to the next. */
struct rig *rig_get(void);

/* Beginning and end of a script: nothing may be left of it. */
void rig_begin(struct rig *rig);
void rig_end(struct rig *rig);

/* A configuration, applied as a reload is. */
void rig_configure(struct rig *rig, const struct settings *settings);
void rig_default_settings(struct settings *settings);

/* Lets the worker do all that it can do now, and reads its messages. */
void rig_turn(struct rig *rig);

/* Moves the clock on and has the worker look at it. */
void rig_tick(struct rig *rig, uint64_t ms);

void rig_give_client(struct rig *rig, struct slot *slot, uint32_t flags);
/* A conn id that is in use, or no descriptor: the worker counts it. */
void rig_give_odd_client(struct rig *rig, struct slot *slot, int has_fd);
void
rig_send_master(struct rig *rig, enum msg_type type, const void *body, int fd);

/* A new channel to a broker, and its end. */
void rig_join_broker(struct rig *rig);
void rig_leave_broker(struct rig *rig);

/* All that the worker has said to it. */
void rig_read_broker(struct rig *rig);

/* Sends OPENED; with a target if has_socket. */
void rig_open(struct rig *rig, struct slot *slot, struct msg_opened *opened,
    int has_socket);
void
rig_send_broker(struct rig *rig, enum msg_type type, const void *body, int fd);

/* As much as the kernel takes; what is sent or read is noted. */
void rig_client_send(struct slot *slot, const void *data, size_t len);
void rig_target_send(struct slot *slot, const void *data, size_t len);
size_t rig_client_read(struct slot *slot, size_t most);
size_t rig_target_read(struct slot *slot, size_t most);
void rig_close(int *fd);

/* Nothing has happened in it yet. */
void slot_clear(struct slot *slot);

/* The worker's client of that slot, or NULL. */
struct client *rig_find(struct rig *rig, const struct slot *slot);

/* ---- client_model.c ---- */

/* After each op: counts, states, bounds, no byte before the greeting. */
void model_check_worker(struct rig *rig);

/* What went through a slot is what may go, and whole where it must be. */
void model_check_slot(struct rig *rig, const struct slot *slot);

/*
 * All sides read until nothing comes any more: nothing may have been left
 * behind.
 */
void model_settle(struct rig *rig);

/* ---- client_asked.c ---- */

#define ASKED_MAX 64

/* Its requests up to the one that begins a session, or to the first fault. */
struct asked {
	uint8_t is_head[ASKED_MAX];
	int status[ASKED_MAX]; /* 0: it may be served */
	size_t count;
	size_t frames_at; /* SIZE_MAX: no session was asked for */
	uint8_t is_events[ASKED_MAX];
	uint8_t has_events; /* any of them */
	uint8_t has_people; /* who is asked who they are */
};

/* Reads them, from that place in what the client has sent. */
void asked_read(const struct bytes *sent, const struct request_rules *rules,
    size_t at, struct asked *a);

/*
 * Each answer that a client got is one that may be. Returns where the frames
 * begin in it; SIZE_MAX: no 101 is there.
 */
size_t asked_check_answers(const struct bytes *got, const struct asked *asked);

/* ---- client_board.c ---- */

/*
 * What the broker says of the slot's board: how has the message in its lowest
 * two bits, then what is wrong with it; own bytes are written over a part.
 */
void board_say(struct rig *rig, struct slot *slot, uint8_t how,
    const uint8_t *own, size_t len);

/* BOARD or BOARD_END has come: once, and in this order. */
void board_take(struct slot *slot, uint8_t what);

/* At the end the broker knows of no board. */
void board_check_end(const struct rig *rig, const struct slot *slot);

/*
 * The body of the answer to GET /events: lines of events, in their order; the
 * last may be cut.
 */
void board_check_stream(const uint8_t *p, size_t len);

/* ---- client_people.c ---- */

void people_configure(struct rig *rig); /* within a configuration */
void people_join(struct rig *rig);	/* a new channel to auth, and its end */
void people_leave(struct rig *rig);
void people_read(struct rig *rig); /* what the worker has asked */
void people_answer(struct rig *rig, struct slot *slot, uint8_t how);
/* Somebody who is logged in asks for a session. */
void people_enter(struct rig *rig, struct slot *slot);
void people_say(struct rig *rig, const uint8_t *data, size_t len);

/* One of the PROXY headers, right or wrong. */
const char *people_preface(uint8_t which);

/* For the model. SIZE_MAX: the header is not there, or wrong. */
size_t people_skip_preface(const struct bytes *sent);
int people_may_be_believed(const struct bytes *sent);
int people_may_answer(int status, int is_session);

/* ---- client_frames.c ---- */

/* Payload that tells a byte from its neighbours. */
void frames_fill(uint8_t *out, size_t len, uint8_t *pattern);

/*
 * A frame: its first byte; how: bits 0-1 the form of the length, 2 not masked,
 * 3 the payload is the input's, 4 a large one, 5 cut; the length; a byte of the
 * mask. Returns how many of the input's own bytes it took.
 */
size_t frames_send(struct slot *slot, const uint8_t parts[4],
    const uint8_t *own, size_t own_len, unsigned large_shift);

/* Returns the size of a whole frame's header, or 0 if it is cut. */
size_t frames_read_head(const uint8_t *p, size_t len, size_t *payload);

/*
 * Whether a frame whose head has come begins a refusal, and is not what the
 * target said.
 */
int
frames_begin_refusal(const uint8_t *p, size_t len, const struct bytes *said);

/* Its second: no security types, and a reason; part of len bytes have come. */
void frames_check_refusal(const uint8_t *p, size_t part, size_t len);

/* ---- client_heads.c ---- */

#define HEAD_WITH_COOKIE 13 /* that asks for a session */

/* One of the request heads; 0 asks for a session. */
const char *client_head(uint8_t which);

/* ---- client_script.c ---- */

void script_run(struct rig *rig, const uint8_t *data, size_t size);

#endif
