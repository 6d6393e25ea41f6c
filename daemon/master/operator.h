/* SPDX-License-Identifier: ISC */
/* What vncbridgectl asks of the master. */
#ifndef VB_OPERATOR_H
#define VB_OPERATOR_H

#include "daemon/master/control/control.h"

/* The processes, and what is set and counted of all; arg is as below. */
void operator_fill_status(void *arg, struct msg_ctl_status_is *status);

/* arg is the struct master. */
extern const struct control_ops operator_ops;

#endif
