/* SPDX-License-Identifier: ISC */
/* The terminal, for a while: keys come at once, and lines are drawn anew. */
#ifndef VB_CTL_SCREEN_H
#define VB_CTL_SCREEN_H

#include "common/errors.h"

/*
 * Takes the terminal over. However the program ends by exit(3), it is as it was
 * afterwards. Returns 0, or -1: there is none.
 */
VB_MUST_CHECK int screen_begin(void);
void screen_end(void);

/* The lines that there are room for, from the last resize on. */
unsigned screen_lines(void);

/* A page is drawn from the top; what is below its last line is cleared. */
void screen_home(void);
void screen_clear_rest(void);

/* One line, cut to the width: of foreign text too. ends: not the last one. */
void screen_line(const char *text, int ends);

/* Waits for so long. Returns a key, 0: none, or -1: a signal wants the end. */
int screen_wait(int ms);

#endif
