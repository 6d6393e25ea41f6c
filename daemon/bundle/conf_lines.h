/* SPDX-License-Identifier: ISC */
/*
 * libconfuse keeps no line of a value: where a certificate's file is named, as
 * a validator has remembered it in what was parsed last.
 */
#ifndef VB_CONF_LINES_H
#define VB_CONF_LINES_H

void conf_forget_lines(void);
void conf_remember_line(const char *path, int line);

#define CONF_ENTRY_MAX 512 /* a setting's name and an entry of its list */

/* The same of an entry of a list, by what is written there. */
void conf_remember_entry(const char *setting, const char *text, int line);
int conf_line_of_entry(const char *setting, const char *text);

/* 0: unknown. */
int conf_line_of(const char *path);

#endif
