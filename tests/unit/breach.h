/* SPDX-License-Identifier: ISC */
/*
 * Every way to break the table of messages on one channel, made from the
 * table itself: a message that is added later is broken too. What a
 * message's fields may say is its handler's, and has rows of its own in the
 * test of the channel, which fails for a message without one.
 */
#ifndef VB_TEST_BREACH_H
#define VB_TEST_BREACH_H

#include <sys/types.h>

#include "common/proto.h"

#define BREACHES_MAX 512

enum breach_kind {
	BREACH_SENDER,	   /* somebody else's to say */
	BREACH_PHASE,	   /* too early, or too late */
	BREACH_SHORT,	   /* a byte too few */
	BREACH_LONG,	   /* a byte too many */
	BREACH_NO_BODY,	   /* the head alone */
	BREACH_HUGE,	   /* more than any message is */
	BREACH_HEAD,	   /* a head that is not zero */
	BREACH_FD,	   /* a descriptor that is not wanted */
	BREACH_TWO_FDS,	   /* one more than there may be */
	BREACH_NO_FD,	   /* none, where there must be one */
	BREACH_UNKNOWN,	   /* a type that is not in the table */
	BREACH_SHORT_HEAD, /* less than a head */
	BREACH_EMPTY	   /* a datagram of nothing */
};

struct breach {
	enum breach_kind kind;
	uint32_t type;
	uint32_t len; /* BREACH_SHORT_HEAD: of the datagram */
};

/* Where the rest of the channel stands: who hears, who speaks, and when. */
size_t breach_list(enum proto_role self, enum proto_role peer,
    enum proto_phase phase, struct breach out[BREACHES_MAX]);

/* Commits it. Returns 0, or -1 when the channel is closed already. */
int breach_commit(const struct breach *breach, int channel);

/* "CLIENT: a byte too few". Returns a static text. */
const char *breach_name(const struct breach *breach);

/*
 * Fails for a message of this channel that has no row: types has count rows,
 * each may be there more than once.
 */
void breach_check_rows(enum proto_role self, enum proto_role peer,
    const enum msg_type *types, size_t count);

/* Fills a body with what a handler forbids. */
typedef void breach_fill(union proto_any *body);

void breach_fill_nothing(union proto_any *body);

/* Descriptors of other kinds: a device, a memory file, a pipe at its end. */
typedef int breach_fd(void);
int breach_null(void);
int breach_file(void); /* of zeroes, not sealed; epoll refuses it */
int breach_pipe(void);

#define BREACH_FILE_BYTES 4096

/* What a process has in memory. */
size_t breach_resident_bytes(pid_t pid);

/* How many messages a flood has: VB_FLOOD, or what a test may take. */
uint64_t breach_flood(void);

/* A message of this type with that body (NULL: zeroes), and fd or -1. */
int breach_say(int channel, enum msg_type type, const void *body, int fd);

#endif
