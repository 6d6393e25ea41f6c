/* SPDX-License-Identifier: ISC */
/* The broker's part of a COUNTED: what it has now. */
#ifndef VB_FIGURES_H
#define VB_FIGURES_H

struct broker;

/* **Keeps** b. */
void figures_open(struct broker *b);

#endif
