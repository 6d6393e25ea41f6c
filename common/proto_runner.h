/* SPDX-License-Identifier: ISC */
/*
 * The messages about hooks, the commands of the configuration: part of proto.h,
 * whose rules apply. Who asks names a target and a kind, and never a command.
 */
#ifndef VB_PROTO_RUNNER_H
#define VB_PROTO_RUNNER_H

#include <stdint.h>

#include "common/addr.h"
#include "common/target.h"

#define HOOK_ARGS_MAX	  32   /* of one command */
#define HOOK_ARGV_BYTES	  1024 /* of its words, a NUL behind each */
#define HOOK_NAMES_MAX	  32   /* of hook-environment */
#define HOOK_NAME_MAX	  64   /* the NUL included */
#define HOOK_MAC_BYTES	  6
#define HOOK_LINE_MAX	  124 /* PROTO_REASON_MAX */
#define HOOK_EVENT_MAX	  4096
#define HOOK_WAKE_PORT	  9  /* the discard service's, as is usual */
#define PROTO_RUNNING_MAX 16 /* commands at a time; the others wait */

/* What of a target is run; conf_target.hooks has a bit for each. */
enum hook_kind {
	HOOK_START,
	HOOK_STOP,
	HOOK_CHECK,
	HOOK_TARGET_KINDS,
	HOOK_EVENT = HOOK_TARGET_KINDS, /* on-event: of no target */
	HOOK_KINDS
};

#define HOOK_BIT(kind) (1u << (kind))

/*
 * Structure for MSG_CONF_HOOK: master to runner, before the commands of that
 * target, if it has any, or an address to wake.
 */
struct msg_conf_hook {
	char target[TARGET_NAME_MAX];
	struct target address;
	uint32_t start_timeout_sec;
	uint32_t has_wake;
	uint8_t mac[HOOK_MAC_BYTES];
	struct addr wake_addr; /* port set */
};

/*
 * Structure for MSG_CONF_COMMAND: master to runner, of the last CONF_HOOK or,
 * for HOOK_EVENT, of none.
 */
struct msg_conf_command {
	uint32_t kind;
	uint32_t argc;
	char argv[HOOK_ARGV_BYTES]; /* so many words, a NUL behind each */
};

/* Structure for MSG_CONF_HOOK_NAME: master to runner, of hook-environment. */
struct msg_conf_hook_name {
	char name[HOOK_NAME_MAX];
};

/*
 * Structure for MSG_RUN: broker to runner. Answered by one RAN. A second one of
 * the same target and kind, of another broker, takes the first one's place.
 */
struct msg_run {
	uint64_t number; /* given back; not 0 */
	uint32_t
	    generation; /* the broker's: the runner waits until it has it */
	uint32_t kind;	/* of a target: enum hook_kind */
	char target[TARGET_NAME_MAX];
};

enum hook_outcome {
	HOOK_EXITED,   /* with that status; 0: it has succeeded */
	HOOK_KILLED,   /* by that signal */
	HOOK_LATE,     /* its time was over, and what it had started is ended */
	HOOK_UNKNOWN,  /* the configuration has none (any more) */
	HOOK_NOT_BEGUN /* it could not be started */
};

/*
 * Structure for MSG_RAN: runner to broker. With number 0 it answers nothing: a
 * new broker hears of each target that was started and not stopped since.
 */
struct msg_ran {
	uint64_t number;
	uint32_t kind;
	uint32_t outcome; /* enum hook_outcome */
	uint32_t status;
	char target[TARGET_NAME_MAX];
};

/*
 * Structure for MSG_EVENT: master to runner. A line, without its end, for the
 * standard input of on-event; what it does not read in time is lost.
 */
struct msg_event {
	uint32_t length;
	char line[HOOK_EVENT_MAX];
};

#endif
