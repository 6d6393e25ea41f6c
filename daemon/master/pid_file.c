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
#include "daemon/master/folder.h"
#include "daemon/master/pid_file.h"

#define PROGRAM	     "vncbridged"
#define PID_TEXT_MAX 16
#define OPEN_TRIES   10 /* one that ends removes the file meanwhile */

/* A second name could belong to a file that is somebody else's. */
static int
is_ordinary(const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_nlink <= 1;
}

/* Whether fd is what stands at path. */
static int
is_in_place(const char *path, int fd, struct stat *st)
{
	struct stat at_path;

	return fstat(fd, st) == 0 && lstat(path, &at_path) == 0 &&
	    st->st_dev == at_path.st_dev && st->st_ino == at_path.st_ino;
}

static int
tell_other(const char *path, int fd, char *error, size_t error_size)
{
	char text[PID_TEXT_MAX] = "";
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

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
		    "pid-file %s: it is a link, or no ordinary file", path);
	else
		snprintf(error, error_size, "pid-file %s: %s", path,
		    strerror(errno));
	errno = saved;
}

int
pid_file_open(const char *path, int *out, char *error, size_t error_size)
{
	struct stat st;
	int fd, tries, result = VB_ESYS;

	*out = -1;
	for (tries = 0; tries < OPEN_TRIES; tries++) {
		fd = open(path,
		    O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
		    0644);
		if (fd == -1 || fstat(fd, &st) == -1)
			break;
		errno = EINVAL;
		if (!is_ordinary(&st))
			break;
		if (flock(fd, LOCK_EX | LOCK_NB) == -1) {
			if (errno == EWOULDBLOCK)
				result =
				    tell_other(path, fd, error, error_size);
			break;
		}
		if (is_in_place(path, fd, &st)) {
			if (ftruncate(fd, 0) == -1)
				break;
			*out = fd;
			return 0;
		}
		close(fd);
		fd = -1;
		errno = EAGAIN;
	}
	if (result != VB_EFULL)
		explain(path, error, error_size);
	if (fd != -1)
		close(fd);
	return result;
}

/* Whether the file names a process of this program that lives. */
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

int
pid_file_check(const char *path, int *is_in_use, char *error, size_t error_size)
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
}
