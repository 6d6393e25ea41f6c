/* SPDX-License-Identifier: ISC */
/* pam's part of a COUNTED: what it has now. */
#ifndef VB_FIGURES_H
#define VB_FIGURES_H

struct pam;

/* **Keeps** pam. */
void figures_open(struct pam *pam);

#endif
