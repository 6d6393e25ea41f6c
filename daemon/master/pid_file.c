/* SPDX-License-Identifier: ISC */
#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "daemon/bundle/folder.h"
#include "daemon/master/pid_file.h"

#define PROGRAM	     "vncbridged"
#define PID_TEXT_MAX 16
#define LOCK_SUFFIX  ".lock"
#define LOCK_TRIES   10 /* one that ends removes the file in between */

static char lock_path[PATH_MAX + sizeof(LOCK_SUFFIX)];
static int lock_fd = -1;

/* A second name could be that of another's file. */
static int
is_ordinary(const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_nlink <= 1;
}

/* Whether fd is the file at path. */
static int
is_in_place(const char *path, int fd, struct stat *st)
{
	struct stat at_path;

	return fstat(fd, st) == 0 && lstat(path, &at_path) == 0 &&
	    st->st_dev == at_path.st_dev && st->st_ino == at_path.st_ino;
}

/*
 * Anyone who can open it can lock it: a stranger, if all could read it. Root
 * and the daemon's user leave it to each other, if root started the daemon one
 * time, and systemd another time, as the user.
 */
static int
is_private(const struct stat *st, uid_t user)
{
	return is_ordinary(st) &&
	    (st->st_uid == geteuid() || st->st_uid == 0 ||
		st->st_uid == user) &&
	    (st->st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

static int
tell_other(const char *path, char *error, size_t error_size)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char text[PID_TEXT_MAX] = "";
	ssize_t n = fd == -1 ? -1 : pread(fd, text, sizeof(text) - 1, 0);

	if (fd != -1)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	text[strspn(text, "0123456789")] = '\0';
	if (text[0] != '\0')
		snprintf(error, error_size, "already running with pid %s (%s)",
		    text, path);
	else
		snprintf(error, error_size,
		    "another one is starting or ending (%s)", path);
	return VB_EFULL;
}

static void
explain(const char *path, char *error, size_t error_size)
{
	int saved = errno;

	if (errno == ELOOP || errno == EINVAL || errno == EISDIR)
		snprintf(error, error_size,
		    "pid-file %s: it is a link, or not a regular file", path);
	else if (errno == EBADF)
		snprintf(error, error_size,
		    "pid-file: %s is another user's, or others may open it: "
		    "remove it",
		    path);
	else
		snprintf(error, error_size, "pid-file %s: %s%s", path,
		    strerror(errno),
		    errno == EROFS ? ": name another folder, or switch it off "
				     "with pid-file = \"\""
				   : "");
	errno = saved;
}

/* Returns the locked file, or VB_EFULL, or VB_ESYS with errno. */
static int
take_lock(uid_t user)
{
	struct stat st;
	int fd, saved, tries;

	for (tries = 0; tries < LOCK_TRIES; tries++) {
		fd = open(lock_path,
		    O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
		    S_IRUSR | S_IWUSR);
		if (fd == -1)
			return VB_ESYS;
		errno = EBADF; /* explain() */
		if (fstat(fd, &st) == -1 || !is_private(&st, user) ||
		    flock(fd, LOCK_EX | LOCK_NB) == -1)
			break;
		if (is_in_place(lock_path, fd, &st))
			return fd;
		close(fd);
		fd = -1;
		errno = EAGAIN;
	}
	saved = errno;
	if (fd != -1)
		close(fd);
	errno = saved;
	return errno == EWOULDBLOCK && fd != -1 ? VB_EFULL : VB_ESYS;
}

int
pid_file_open(
    const char *path, uid_t user, int *out, char *error, size_t error_size)
{
	struct stat st;
	int fd;

	*out = -1;
	snprintf(lock_path, sizeof(lock_path), "%s%s", path, LOCK_SUFFIX);
	if ((lock_fd = take_lock(user)) == VB_EFULL)
		return tell_other(path, error, error_size);
	if (lock_fd < 0) {
		/* its folder is the pid file's, which the operator named */
		explain(errno == EBADF || errno == ELOOP || errno == EINVAL
			? lock_path
			: path,
		    error, error_size);
		return VB_ESYS;
	}
	fd = open(
	    path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644);
	if (fd != -1 && fstat(fd, &st) == 0) {
		errno = EINVAL;
		if (is_ordinary(&st) && ftruncate(fd, 0) == 0) {
			*out = fd;
			return 0;
		}
	}
	explain(path, error, error_size);
	if (fd != -1)
		close(fd);
	if (unlink(lock_path) == -1)
		log_debug("%s: %s", lock_path, strerror(errno));
	close(lock_fd);
	return VB_ESYS;
}

/* Whether the file names a living process of this program. */
static int
is_running(const char *path)
{
	char text[PID_TEXT_MAX] = "", name[PATH_MAX];
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	ssize_t n = fd == -1 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd != -1)
		close(fd);
	if (n <= 0 || text[strspn(text, "0123456789\n")] != '\0')
		return 0;
	snprintf(name, sizeof(name), "/proc/%d/comm", atoi(text));
	if ((fd = open(name, O_RDONLY | O_CLOEXEC)) == -1)
		return 0;
	n = read(fd, name, sizeof(name) - 1);
	close(fd);
	name[n > 0 ? n : 0] = '\0';
	name[strcspn(name, "\n")] = '\0';
	return strcmp(name, PROGRAM) == 0;
}

static int
check_lock(const char *path, uid_t user, char *error, size_t error_size)
{
	char name[PATH_MAX + sizeof(LOCK_SUFFIX)];
	struct stat st;

	snprintf(name, sizeof(name), "%s%s", path, LOCK_SUFFIX);
	if (lstat(name, &st) == -1 || is_private(&st, user))
		return 0;
	errno = is_ordinary(&st) ? EBADF : EINVAL;
	explain(name, error, error_size);
	return VB_ESYS;
}

int
pid_file_check(const char *path, uid_t user, int *is_in_use, char *error,
    size_t error_size)
{
	struct stat st;
	int result = 0;

	*is_in_use = is_running(path);
	if (lstat(path, &st) == -1)
		result = errno == ENOENT ? folder_check(path) : VB_ESYS;
	else if (!is_ordinary(&st)) {
		errno = EINVAL;
		result = VB_ESYS;
	} else if (faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) == -1)
		result = VB_ESYS;
	if (result < 0)
		explain(path, error, error_size);
	else
		result = check_lock(path, user, error, error_size);
	return result;
}

int
pid_file_write(int fd)
{
	char text[PID_TEXT_MAX];
	int n = snprintf(text, sizeof(text), "%d", (int)getpid());

	return pwrite(fd, text, (size_t)n, 0) == n ? 0 : VB_ESYS;
}

void
pid_file_remove(const char *path, int fd)
{
	struct stat st;

	if (ftruncate(fd, 0) == -1)
		log_warn("pid-file %s: %s", path, strerror(errno));
	if (is_in_place(path, fd, &st) && unlink(path) == -1)
		log_debug("pid-file %s: %s", path, strerror(errno));
	close(fd);
	/* the next one may have it as soon as it is no longer in its place */
	if (is_in_place(lock_path, lock_fd, &st) && unlink(lock_path) == -1)
		log_debug("%s: %s", lock_path, strerror(errno));
	close(lock_fd);
	lock_fd = -1;
}
