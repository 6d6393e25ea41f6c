/* SPDX-License-Identifier: ISC */
/*
 * The broker with targets "vm" and "other", and a worker and a runner that the
 * test plays. Nobody listens at vm's port, until it has come up.
 */
#ifndef VB_TEST_BROKER_HOOK_RIG_H
#define VB_TEST_BROKER_HOOK_RIG_H

#include "tests/proc/broker_rig.h"

#define HOOKS_FENCE 8000 /* of the runner's first channel */

extern struct hook_rig {
	struct rig rig;
	struct rig_conf conf;
	struct rig_target targets[3]; /* of conf; vm is the first */
	char address[32];	      /* vm's */
	int worker;
	int runner;
	union proto_any any; /* the last message, but for OPENED */
} hooks;

/* hooks: of both targets, as in CONF_TARGET. stop-after is 1. */
void hooks_start(uint32_t hooks);
void hooks_stop(void);

/* vm listens; and does so no more: connections are refused. */
void hooks_come_up(void);
void hooks_go_down(void);

/* The next RUN is that of vm. Returns its number. */
uint64_t hooks_expect_run(enum hook_kind kind);
void hooks_say_ran(uint64_t number, enum hook_kind kind,
    enum hook_outcome outcome, uint32_t status);

/* The broker has done what it was told, and has asked for nothing. */
void hooks_expect_no_run(void);

/* The worker's next is WAIT. Returns how long OPENED may take. */
uint32_t hooks_expect_wait(uint64_t conn_id);

/* Its next is OPENED; words are in the reason. */
void hooks_expect_opened(uint64_t conn_id, uint32_t code, const char *words);

#endif
