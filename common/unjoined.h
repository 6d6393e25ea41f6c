/* SPDX-License-Identifier: ISC */
/* UNJOINED: the master hears that a channel it has made is none any more. */
#ifndef VB_UNJOINED_H
#define VB_UNJOINED_H

#include <stdint.h>

struct ipc;

/* One neighbour, as its asker knows it. */
struct unjoined {
	uint32_t role;
	uint32_t fence; /* of its last PEER */
	uint32_t *told; /* the last fence that was said */
};

/* Says it, once for each channel; reason is one of UNJOINED_*. */
void
unjoined_tell(struct ipc *master, const struct unjoined *who, uint32_t reason);

#endif
