/* SPDX-License-Identifier: ISC */
/* fetch's part of a COUNTED: what it has now. */
#ifndef VB_FIGURES_H
#define VB_FIGURES_H

struct fetch;

/* **Keeps** fetch. */
void figures_open(struct fetch *fetch);

#endif
