/* SPDX-License-Identifier: ISC */
/*
 * Which settings and sections the file has, and in what line, as conf_scan()
 * saw them last: libconfuse can't say. conf_lines.h does it for values.
 */
#ifndef VB_CONF_SEEN_H
#define VB_CONF_SEEN_H

#include <stddef.h>

#include <confuse.h>

#define CONF_SEEN_OPTIONS_MAX 128 /* of the grammar, in one place */

/*
 * A file is scanned by a grammar, whose options outside of sections these are.
 * **Borrows** options until conf_seen_forget(). Returns where the line of each
 * goes, CONF_SEEN_OPTIONS_MAX of them: 0, until it is given.
 */
int *conf_seen_begin(const cfg_opt_t *options);

/*
 * A section begins at line. **Borrows** name, which is the grammar's, and
 * title, which has to last while the file is scanned. Returns 0, or the line
 * where the first of this name and title begins.
 */
int conf_seen_section(
    const char *name, const char *title, size_t title_len, int line);

/*
 * The line where a setting outside of sections was given, or where the i-th
 * section of a name begins; 0: not there.
 */
int conf_seen_setting_line(const char *name);
int conf_seen_section_line(const char *name, size_t i);

/* Nothing was scanned last: call it before the parser is freed. */
void conf_seen_forget(void);

#endif
