/* SPDX-License-Identifier: ISC */
/* What the broker may ask of the system. */
#ifndef VB_BROKER_SANDBOX_H
#define VB_BROKER_SANDBOX_H

#include "daemon/broker/conf.h"

/*
 * Enters the sandbox, for the ports of this configuration, or says that it
 * is off. Ends the process where it cannot.
 */
void broker_sandbox_enter(const struct conf *conf);

#endif
