/* SPDX-License-Identifier: ISC */
/* One setting of a file that can't be read as a whole. */
#ifndef VB_CONF_FIND_H
#define VB_CONF_FIND_H

#include <stddef.h>

#include "common/errors.h"

/*
 * The text that a file which has a fault somewhere gives a setting outside of
 * sections, without what it takes from the environment. Returns 0,
 * VB_ENOTFOUND (not before the fault), VB_ERANGE (too long) or another error.
 */
VB_MUST_CHECK int
conf_find_text(const char *file, const char *name, char *out, size_t size);

#endif
