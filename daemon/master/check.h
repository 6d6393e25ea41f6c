/* SPDX-License-Identifier: ISC */
/* What vncbridged -n looks at. */
#ifndef VB_CHECK_H
#define VB_CHECK_H

#include "daemon/master/master.h"

/*
 * Goes the way of a start as far as possible without changing anything
 * outside of this process: whatever it would refuse is refused here. Drops the
 * rights it has, enters the sandbox, and has a keeper load the keys. Reports
 * what it has found, and what it could not look at. Returns the exit status.
 */
int check_run(struct master *m);

#endif
