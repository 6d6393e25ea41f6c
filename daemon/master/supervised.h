/* SPDX-License-Identifier: ISC */
/*
 * What the master does with what its children have come to, and passes on of
 * what they answer.
 */
#ifndef VB_SUPERVISED_H
#define VB_SUPERVISED_H

#include "daemon/master/audit/audit.h"
#include "daemon/master/children/supervisor_ops.h"

/* The arg is the struct master. */
extern const struct supervisor_ops supervised_ops;
extern const struct audit_ops supervised_audit_ops;

#endif
