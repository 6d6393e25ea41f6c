/* SPDX-License-Identifier: ISC */
/*
 * Memory that is refused: the program is linked with --wrap=malloc and
 * --wrap=calloc, so that what is linked into it asks here. That may be
 * the test library, too: nothing but the code under test may run between
 * the two calls.
 */
#ifndef VB_TEST_STARVE_H
#define VB_TEST_STARVE_H

/* The n-th request from now on fails, once; 0: none. */
void starve_at(unsigned n);

/* True if it has come to that; ends it otherwise. */
int starve_has_come(void);

#endif
