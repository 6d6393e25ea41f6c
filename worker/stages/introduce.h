/* SPDX-License-Identifier: ISC */
/* What goes to a target before all else: whose session it is. */
#ifndef VB_INTRODUCE_H
#define VB_INTRODUCE_H

#include "worker/client/client.h"

/*
 * Writes a PROXY header, version 2, with the client's address, to a target that
 * has just connected. What fails is found when the target is read.
 */
void introduce_client(struct client *c);

#endif
