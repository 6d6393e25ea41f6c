/* SPDX-License-Identifier: ISC */
/* The page of metrics, as vncbridgectl asks for it. */
#ifndef VB_CONTROL_METRICS_H
#define VB_CONTROL_METRICS_H

#include "common/ipc.h"

struct control;

ipc_handler control_on_ctl_metrics;

/*
 * The answer that ops->metrics asked for: a sealed memory file, or -1.
 * **Borrows** fd.
 */
void control_on_metrics(struct control *control, int fd, uint64_t size_bytes);

#endif
