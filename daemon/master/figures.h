/* SPDX-License-Identifier: ISC */
/* The page of metrics: from what the children have counted to who asked. */
#ifndef VB_FIGURES_H
#define VB_FIGURES_H

struct master;

/* A round of counting is over: whoever waits for it gets the page. */
void figures_tell(struct master *m);

#endif
