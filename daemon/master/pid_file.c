/* SPDX-License-Identifier: ISC */
#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "daemon/master/pid_file.h"

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
	if (result != VB_EFULL && (errno == ELOOP || errno == EINVAL))
		snprintf(error, error_size,
		    "pid-file %s: it is a link, or no ordinary file", path);
	else if (result != VB_EFULL)
		snprintf(error, error_size, "pid-file %s: %s", path,
		    strerror(errno));
	if (fd != -1)
		close(fd);
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
