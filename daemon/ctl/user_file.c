/* SPDX-License-Identifier: ISC */
#include <sys/file.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/auth/users.h"
#include "daemon/ctl/user_file.h"

#define MODE_NEW	0640 /* hashes are for few */
#define MODE_PRIVATE	0600
#define MODE_BITS	07777
#define LOCK_SUFFIX	".lock"
#define NEW_SUFFIX	".new"
#define LOCK_TRIES	200
#define LOCK_RETRY_MS	50
#define NS_PER_MS	1000000L
#define BESIDE_PATH_MAX (PATH_MAX + 8)

static int
complain(const char *path, const char *what)
{
	fprintf(stderr, "vncbridgectl: %s: %s\n", path, what);
	return -1;
}

static int
complain_errno(const char *path)
{
	return complain(path, strerror(errno));
}

static void
path_beside(
    const struct user_file *file, const char *suffix, char out[BESIDE_PATH_MAX])
{
	(void)snprintf(out, BESIDE_PATH_MAX, "%s%s", file->path, suffix);
}

/* The folder's real path, and the name that a new file will have there. */
static int
resolve_new(const char *path, char out[PATH_MAX])
{
	char folder[PATH_MAX], name[PATH_MAX], real[PATH_MAX];
	struct stat st;

	if (path[0] == '\0' || path[strlen(path) - 1] == '/' ||
	    lstat(path, &st) == 0) {
		errno = ENOENT; /* no name; a link that leads to nothing */
		return -1;
	}
	if (strlcpy(folder, path, PATH_MAX) >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(name, folder, sizeof(name));
	if (realpath(dirname(folder), real) == NULL)
		return -1;
	if (snprintf(out, PATH_MAX, "%s/%s", real, basename(name)) < PATH_MAX)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

static int
resolve(struct user_file *file, const char *path, enum user_file_use use)
{
	if (realpath(path, file->path) != NULL)
		return 0;
	if (errno == ENOENT && use == USER_FILE_CREATE &&
	    resolve_new(path, file->path) == 0)
		return 0;
	return complain_errno(path);
}

/* False if somebody has put another file in its place. */
static int
is_still(int fd, const char *path)
{
	struct stat held, there;

	return fstat(fd, &held) == 0 && lstat(path, &there) == 0 &&
	    held.st_dev == there.st_dev && held.st_ino == there.st_ino;
}

/* Returns a descriptor, -1 with errno EWOULDBLOCK: another one has it. */
static int
try_lock(const char *path)
{
	int saved = EWOULDBLOCK,
	    fd = open(path,
		O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY |
		    O_CLOEXEC,
		MODE_PRIVATE);

	if (fd == -1)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) == -1)
		saved = errno;
	else if (is_still(fd, path))
		return fd;
	close(fd);
	errno = saved;
	return -1;
}

static int
lock(struct user_file *file)
{
	const struct timespec pause = {.tv_nsec = LOCK_RETRY_MS * NS_PER_MS};
	char path[BESIDE_PATH_MAX];
	int tries;

	path_beside(file, LOCK_SUFFIX, path);
	for (tries = 0; tries < LOCK_TRIES; tries++) {
		errno = EWOULDBLOCK;
		if ((file->lock_fd = try_lock(path)) != -1)
			return 0;
		if (errno != EWOULDBLOCK)
			return complain_errno(path);
		nanosleep(&pause, NULL);
	}
	return complain(path, "another vncbridgectl has it locked");
}

static int
read_all(int fd, struct user_text *text, size_t len)
{
	ssize_t n = 1;

	if ((text->bytes = malloc(len + 1)) == NULL)
		return -1;
	while (n > 0 && text->len < len) {
		n = read(fd, text->bytes + text->len, len - text->len);
		if (n > 0)
			text->len += (size_t)n;
		else if (n < 0 && errno == EINTR)
			n = 1;
	}
	text->bytes[text->len] = '\0';
	return n < 0 ? -1 : 0;
}

static int
read_text(struct user_file *file, int fd)
{
	if (fstat(fd, &file->st) == -1)
		return complain_errno(file->path);
	if (!S_ISREG(file->st.st_mode))
		return complain(file->path, "is not a regular file");
	if ((uintmax_t)file->st.st_size > USERS_TEXT_MAX)
		return complain(file->path, "is too large");
	file->exists = 1;
	if (read_all(fd, &file->text, (size_t)file->st.st_size) == -1)
		return complain_errno(file->path);
	return 0;
}

static int
no_text(struct user_file *file)
{
	if ((file->text.bytes = calloc(1, 1)) == NULL)
		return complain_errno(file->path);
	return 0;
}

static int
load(struct user_file *file, enum user_file_use use)
{
	int result,
	    fd = open(file->path,
		O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd == -1 && errno == ENOENT && use == USER_FILE_CREATE)
		return no_text(file);
	if (fd == -1)
		return complain_errno(file->path);
	result = read_text(file, fd);
	close(fd);
	return result;
}

int
user_file_open(struct user_file *file, const char *path, enum user_file_use use)
{
	*file = (struct user_file){.lock_fd = -1};
	if (resolve(file, path, use) == 0 &&
	    (use == USER_FILE_READ || lock(file) == 0) && load(file, use) == 0)
		return 0;
	user_file_close(file);
	return -1;
}

static int
write_all(int fd, const char *p, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, p, len);
		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

/* The owner first: chown(2) takes bits of the mode away. */
static int
keep_owner_and_mode(const struct user_file *file, int fd)
{
	struct stat st;

	if (!file->exists)
		return fchmod(fd, MODE_NEW);
	if (fstat(fd, &st) == -1)
		return -1;
	if ((st.st_uid != file->st.st_uid || st.st_gid != file->st.st_gid) &&
	    fchown(fd, file->st.st_uid, file->st.st_gid) == -1)
		return -1;
	return fchmod(fd, file->st.st_mode & MODE_BITS);
}

/* Writes another file. One that a crash has left there is nobody's. */
static int
write_new(const struct user_file *file, const char *path,
    const struct user_text *text)
{
	int is_written, fd;

	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    MODE_PRIVATE);
	if (fd == -1)
		return -1;
	is_written = write_all(fd, text->bytes, text->len) == 0 &&
	    keep_owner_and_mode(file, fd) == 0 && fsync(fd) == 0;
	return close(fd) == 0 && is_written ? 0 : -1;
}

static int
sync_folder(const char *path)
{
	char folder[PATH_MAX];
	int result, fd;

	(void)strlcpy(folder, path, sizeof(folder));
	fd = open(dirname(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	result = fsync(fd);
	close(fd);
	return result;
}

int
user_file_replace(const struct user_file *file, const struct user_text *text)
{
	char path[BESIDE_PATH_MAX];

	path_beside(file, NEW_SUFFIX, path);
	if (write_new(file, path, text) == -1 ||
	    rename(path, file->path) == -1) {
		(void)complain_errno(path);
		(void)unlink(path);
		return -1;
	}
	if (sync_folder(file->path) == 0)
		return 0;
	(void)complain_errno(file->path);
	return complain(file->path, "is changed, but a crash could undo it");
}

void
user_file_close(struct user_file *file)
{
	user_text_free(&file->text);
	if (file->lock_fd != -1)
		close(file->lock_fd);
	file->lock_fd = -1;
}
