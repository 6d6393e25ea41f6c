/* SPDX-License-Identifier: ISC */
/* The keeper's part of a COUNTED: what it has now. */
#ifndef VB_FIGURES_H
#define VB_FIGURES_H

struct keeper;

/* **Keeps** keeper. */
void figures_open(struct keeper *keeper);

#endif
