/* SPDX-License-Identifier: ISC */
/* auth's part of a COUNTED: what it has now. */
#ifndef VB_FIGURES_H
#define VB_FIGURES_H

struct auth;

/* **Keeps** auth. */
void figures_open(struct auth *auth);

#endif
