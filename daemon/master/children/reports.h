/* SPDX-License-Identifier: ISC */
/*
 * What children tell the master. All of it is checked; a child that breaks
 * a rule is replaced.
 */
#ifndef VB_REPORTS_H
#define VB_REPORTS_H

#include "common/proto.h"

struct ipc_ops;

/* What a child of that role may say; the arg is the struct child. */
const struct ipc_ops *reports_ops(enum proto_role role);

#endif
