/* SPDX-License-Identifier: ISC */
/*
 * The life of an OPEN:
 *
 *   state      what ends it                            deadline
 *   waiting    all workers have told what they hold    HOLD_BACK_MS
 *   vouching   auth says whose it is, if people log in  VOUCH_MS
 *   resolving  c-ares                                  connect-timeout
 *   dialling   an address connects, or all fail        the same
 *
 * From each it goes to request_end(), which answers with OPENED: once.
 */
#ifndef VB_REQUEST_BROKER_H
#define VB_REQUEST_BROKER_H

#include "common/errors.h"
#include "common/proto.h"
#include "daemon/broker/broker.h"

#define HOLD_BACK_MS 2000

/*
 * Begins. Returns 0, or VB_EBADMSG for what no honest worker sends.
 */
VB_MUST_CHECK int request_open(struct peer *peer, const struct msg_open *open);

/* The client of a pending session has gone: stops, and answers. */
void request_cancel(struct session *session);

/* Lets all those go on that wait. */
void request_release_all(struct broker *broker);

#endif
