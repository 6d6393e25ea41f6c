/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "daemon/bundle/folder.h"

int
folder_check(const char *path)
{
	char copy[PATH_MAX];
	const char *folder;
	struct stat st;

	if (strlcpy(copy, path, sizeof(copy)) >= sizeof(copy)) {
		errno = ENAMETOOLONG;
		return VB_ESYS;
	}
	folder = dirname(copy);
	if (stat(folder, &st) == -1)
		return VB_ESYS;
	if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return VB_ESYS;
	}
	return faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) == 0
	    ? 0
	    : VB_ESYS;
}
