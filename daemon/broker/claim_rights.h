/* SPDX-License-Identifier: ISC */
/* Who may take a target over, or look on, by its "takeover" and "watch". */
#ifndef VB_CLAIM_RIGHTS_H
#define VB_CLAIM_RIGHTS_H

#include "common/proto.h"

struct conf;
struct configured;
struct session;

/*
 * Whether its user may take the target over, by its "takeover"; or look on,
 * by its "watch".
 */
int claim_may_take(const struct conf *conf, const struct configured *target,
    const struct session *session);
int claim_may_watch(const struct conf *conf, const struct configured *target,
    const struct session *session);

/* A bit for each target, in the file's order, the lowest first. */
struct claim_rights {
	uint8_t may_take[PROTO_TARGETS_MAX / 8];
	uint8_t may_watch[PROTO_TARGETS_MAX / 8];
};

/* Of whoever auth has named, or of nobody. */
void claim_fill_rights(const struct conf *conf, const struct msg_vouched *who,
    struct claim_rights *rights);

#endif
