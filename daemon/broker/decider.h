/* SPDX-License-Identifier: ISC */
/* What has decided, as an operator knows it: by what is in the file. */
#ifndef VB_DECIDER_H
#define VB_DECIDER_H

#include "common/proto.h"
#include "daemon/broker/policy.h"

struct conf;

struct decider {
	char rule[PROTO_RULE_MAX]; /* "deny 10.0.0.1"; "": nothing in it */
	uint32_t line;		   /* of the file; 0: unknown */
};

/* An entry of allow or deny, if it was one. */
void decider_of_policy(struct decider *decider, const struct policy_why *why);

/* An access section; NULL: none. */
void decider_of_section(
    struct decider *decider, const struct conf *conf, const char *section);

#define DECIDER_TEXT_MAX (PROTO_RULE_MAX + 32)

/* For the log: ` rule="deny 10.0.0.1" line=41`, or "". Returns out. */
const char *
decider_format(const struct decider *decider, char out[DECIDER_TEXT_MAX]);

#endif
