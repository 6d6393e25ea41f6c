/* SPDX-License-Identifier: ISC */
/* What would become of an OPEN now, and what decides: for vncbridgectl why. */
#ifndef VB_BROKER_WHY_H
#define VB_BROKER_WHY_H

#include "common/proto.h"
#include "daemon/broker/broker.h"

/*
 * Goes the way of an OPEN, but dials nothing and takes no place; a certificate
 * is not asked for. Sends one WHYED to the master, at once or when the name has
 * been looked up.
 */
void why_ask(struct broker *broker, const struct msg_why *why);

#endif
