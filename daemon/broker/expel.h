/* SPDX-License-Identifier: ISC */
/* The end of a session that has lost its right. */
#ifndef VB_EXPEL_H
#define VB_EXPEL_H

#include <stdint.h>

#include "daemon/broker/broker.h"
#include "daemon/broker/session.h"

/*
 * Ends it, with a code and words for the client, and why for the log: an open
 * one by END, a pending one by OPENED. Once: CLOSED is to follow. Returns 0
 * where its worker had to be given up, with all its sessions; else 1.
 */
int session_expel(struct broker *broker, struct session *session, uint32_t code,
    const char *reason, const char *why);

#endif
