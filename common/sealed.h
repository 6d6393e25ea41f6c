/* SPDX-License-Identifier: ISC */
/*
 * Memory files that no one can change any more. vm.memfd_noexec (Linux 6.3)
 * gives them one seal more, F_SEAL_EXEC: seals are asked for, and never
 * compared as a whole.
 */
#ifndef VB_SEALED_H
#define VB_SEALED_H

#include <fcntl.h>

#include "common/errors.h"

/* fcntl(2), F_GET_SEALS: these at least; F_SEAL_SEAL keeps them */
#define SEALED_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* A new one, to be written; never to be executed. -1 with errno. */
VB_MUST_CHECK int sealed_new(const char *name);

/* From now on no one can change it. Returns 0, or -1 with errno. */
VB_MUST_CHECK int sealed_close(int fd);

/* Whether fd is one that no one can change. */
int sealed_is(int fd);

#endif
