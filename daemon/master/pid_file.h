/* SPDX-License-Identifier: ISC */
/*
 * The pid file, whose text says which daemon lives; and the lock beside it,
 * "NAME.lock", which says that one does. All may read the first, and anyone who
 * can read a file can lock it: the second is for its owner alone.
 *
 * libbsd's pidfile_open(3) follows a symbolic link, and so would let anyone who
 * may write to the folder choose a file for root to empty; this does not.
 */
#ifndef VB_PID_FILE_H
#define VB_PID_FILE_H

#include <sys/types.h>

#include <stddef.h>

#include "common/errors.h"

/*
 * Opens, locks and empties the file at path. **Gives** *fd, and keeps the lock
 * until pid_file_remove. An existing lock must be this process's, root's, or
 * that of user, as which the daemon runs. On failure error says why: another
 * daemon has it, it is not an ordinary file, or what the system says. Returns
 * 0, VB_EFULL (another daemon) or VB_ESYS.
 */
VB_MUST_CHECK int pid_file_open(
    const char *path, uid_t user, int *fd, char *error, size_t error_size);

/*
 * Whether pid_file_open could have the file, which is neither made nor locked;
 * that a running daemon has written it, in *is_in_use, is no fault. Returns
 * 0, or VB_ESYS with errno and error.
 */
VB_MUST_CHECK int pid_file_check(const char *path, uid_t user, int *is_in_use,
    char *error, size_t error_size);

/* Writes this process's number. Returns 0 or VB_ESYS. */
VB_MUST_CHECK int pid_file_write(int fd);

/*
 * Empties the file, which says "ended" where there is no right to remove
 * it, removes it if it is still the file at path, and **takes** fd. The
 * lock goes with it.
 */
void pid_file_remove(const char *path, int fd);

#endif
