/* SPDX-License-Identifier: ISC */
/* Folders that a start, or a check of one, would write to. */
#ifndef VB_FOLDER_H
#define VB_FOLDER_H

#include "common/errors.h"

/*
 * Whether a file of that path could be made now, or exists and can be removed:
 * its folder exists, and we may write to it. Returns 0, or VB_ESYS with errno.
 */
VB_MUST_CHECK int folder_check(const char *path);

#endif
