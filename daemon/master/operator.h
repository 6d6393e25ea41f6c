/* SPDX-License-Identifier: ISC */
/* What vncbridgectl asks of the master. */
#ifndef VB_OPERATOR_H
#define VB_OPERATOR_H

#include "daemon/master/control/control.h"

/* arg is the struct master. */
extern const struct control_ops operator_ops;

#endif
