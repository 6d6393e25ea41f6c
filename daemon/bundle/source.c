/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "daemon/bundle/audit_file.h"
#include "daemon/bundle/listen.h"
#include "daemon/bundle/pages.h"
#include "daemon/bundle/source.h"

/* A regular file, or nothing: a pipe would make the daemon wait. */
static int
open_file(void *arg, const char *path, int *fd)
{
	struct stat st;
	int why;

	(void)arg;
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (*fd == -1)
		return VB_ESYS;
	if (fstat(*fd, &st) == 0 && S_ISREG(st.st_mode))
		return 0;
	why = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
	close(*fd);
	*fd = -1;
	errno = why;
	return VB_ESYS;
}

static int
open_listener(void *arg, const struct addr *addr,
    const struct settings *settings, int *fd, char *error, size_t error_size)
{
	(void)arg;
	return listen_open(addr, settings->listen_backlog,
	    settings->socket_buffer_bytes, fd, error, error_size);
}

static int
build_pages(void *arg, const char *directory, int *fd, uint64_t *size_bytes,
    char *error, size_t error_size)
{
	(void)arg;
	return pages_build(directory, fd, size_bytes, error, error_size);
}

static int
open_audit(void *arg, const char *path, const char *user, int *fd)
{
	(void)arg;
	return audit_file_open(path, user, fd);
}

const struct source source_files = {
    .text_fd = -1,
    .file = open_file,
    .listener = open_listener,
    .pages = build_pages,
    .audit = open_audit,
};
