/* SPDX-License-Identifier: ISC */
/*
 * A question of what an OPEN would come to (why.c), and its answer. Its session
 * is in no list: it counts nowhere.
 */
#ifndef VB_TRIAL_H
#define VB_TRIAL_H

#include <stdint.h>

#include "common/proto.h"
#include "daemon/broker/broker.h"
#include "daemon/broker/decider.h"
#include "daemon/broker/logins.h"
#include "daemon/broker/session.h"

struct configured;
struct lookup;

struct trial {
	struct broker *broker;
	struct conf *conf; /* held */
	struct msg_why ask;
	struct msg_whyed said;
	struct session session;
	struct login login;
	struct target where;
	struct configured *held; /* whose lease it would have */
	struct lookup *lookup;
	uint64_t deadline_ms;
	struct decider entry; /* of allow, that let the name or address in */
	uint8_t is_target_named;
	uint8_t is_name_allowed;
};

/* A sentence more. */
void trial_explain(struct trial *trial, const char *fmt, ...) VB_PRINTF(2, 3);

/* What has decided. */
void trial_decide(struct trial *trial, const struct decider *decider);

/* Answers, and ends it. code is 0, or that of the refusal. */
void trial_finish(struct trial *trial, uint32_t code, const char *reason);
void trial_refuse(struct trial *trial, uint32_t code, const char *fmt, ...)
    VB_PRINTF(3, 4);

/* Ends it without an answer. */
void trial_free(struct trial *trial);

#endif
