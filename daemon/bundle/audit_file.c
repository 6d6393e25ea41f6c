/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "daemon/bundle/audit_file.h"
#include "daemon/bundle/folder.h"

#define MODE_FILE 0640

int
audit_file_is(int fd)
{
	int flags = fcntl(fd, F_GETFL);
	struct stat st;

	/* a second name could be that of another's file */
	return flags != -1 && (flags & O_PATH) == 0 &&
	    (flags & O_ACCMODE) == O_RDWR && (flags & O_APPEND) != 0 &&
	    fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink <= 1;
}

/* One that is there already stays whose it is. */
static int
give_away(int fd, const char *user)
{
	struct passwd *pw;
	struct stat st;

	if (geteuid() != 0 || fstat(fd, &st) == -1 || st.st_size > 0 ||
	    st.st_uid != 0 || (pw = getpwnam(user)) == NULL)
		return 0;
	return fchown(fd, pw->pw_uid, (gid_t)-1);
}

int
audit_file_open(const char *path, const char *user, int *fd)
{
	int is_new = access(path, F_OK) == -1, why;

	*fd = open(path, AUDIT_FILE_FLAGS, MODE_FILE);
	if (*fd == -1)
		return VB_ESYS;
	errno = EINVAL;
	if (audit_file_is(*fd) && (!is_new || give_away(*fd, user) == 0))
		return 0;
	why = errno;
	close(*fd);
	*fd = -1;
	errno = why;
	return VB_ESYS;
}

int
audit_file_check(const char *path)
{
	struct stat st;

	if (lstat(path, &st) == -1)
		return errno == ENOENT ? folder_check(path) : VB_ESYS;
	if (!S_ISREG(st.st_mode) || st.st_nlink > 1) {
		errno = EINVAL;
		return VB_ESYS;
	}
	return faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) == 0
	    ? 0
	    : VB_ESYS;
}

const char *
audit_file_why(void)
{
	return errno == EINVAL || errno == ELOOP || errno == EISDIR
	    ? "it is not a regular file, or has a second name"
	    : strerror(errno);
}
