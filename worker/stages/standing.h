/* SPDX-License-Identifier: ISC */
/*
 * What a connection is worth that is older than the configuration: each of its
 * requests is judged by the rules that apply now.
 */
#ifndef VB_STANDING_H
#define VB_STANDING_H

#include "worker/client/client.h"
#include "worker/parse/request.h"

enum standing {
	STANDING_GOOD,
	STANDING_PLAIN,	  /* it speaks plain HTTP where TLS is spoken now */
	STANDING_OUTDATED /* one that connects now would not be let in so */
};

/* Whether that listener has proxy-protocol; 0 too if it is not there. */
int standing_wants_preface(
    const struct worker_conf *conf, const struct addr *local);

/* kind: what is asked for; of REQUEST_PROXY the broker judges more. */
enum standing standing_of(const struct client *c, enum request_kind kind);

/* Whether that listener serves metrics, and nothing else. */
int
standing_is_metrics(const struct worker_conf *conf, const struct addr *local);

#endif
