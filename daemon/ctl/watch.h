/* SPDX-License-Identifier: ISC */
/* vncbridgectl watch: who has what, again each second. */
#ifndef VB_CTL_WATCH_H
#define VB_CTL_WATCH_H

/*
 * Shows sessions and targets of the daemon at fd until "q" is typed, or a
 * signal comes; once, where standard input and output are no terminal. Returns
 * main()'s value.
 */
int watch(int fd);

#endif
