/* SPDX-License-Identifier: ISC */
/*
 * Invariants: every descriptor here is ours, and counted in count; a text
 * came before anything else.
 */
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/pages.h"
#include "common/sealed.h"
#include "daemon/bundle/audit_file.h"
#include "daemon/bundle/source.h"
#include "daemon/master/control/upload.h"

struct upload {
	uint32_t generation;
	size_t count; /* of descriptors */
	int text_fd;
	int pages_fd;
	int audit_fd;
	uint64_t pages_size_bytes;
	char file[CTL_PATH_MAX];
	size_t listener_count;
	struct listener listeners[PROTO_LISTENERS_MAX];
	size_t file_count;
	struct {
		char *path;
		int fd;
	} files[CTL_RELOAD_FDS_MAX];
};

struct upload *
upload_new(uint32_t generation)
{
	struct upload *u = calloc(1, sizeof(*u));

	if (u == NULL)
		return NULL;
	u->generation = generation;
	u->text_fd = u->pages_fd = u->audit_fd = -1;
	return u;
}

void
upload_free(struct upload *u)
{
	size_t i;

	if (u == NULL)
		return;
	if (u->text_fd != -1)
		close(u->text_fd);
	if (u->pages_fd != -1)
		close(u->pages_fd);
	if (u->audit_fd != -1)
		close(u->audit_fd);
	for (i = 0; i < u->listener_count; i++)
		close(u->listeners[i].fd);
	for (i = 0; i < u->file_count; i++) {
		close(u->files[i].fd);
		free(u->files[i].path);
	}
	free(u);
}

uint32_t
upload_generation(const struct upload *u)
{
	return u->generation;
}

static int
is_same_endpoint(const struct addr *a, const struct addr *b)
{
	return a->port == b->port && addr_is_same_ip(a, b);
}

/* What every message with a descriptor must be. */
static int
check_any(const struct upload *u, int fd)
{
	if (fd == -1)
		return VB_ENOFD;
	if (u->text_fd == -1)
		return VB_EBADMSG; /* the text is first */
	return u->count < CTL_RELOAD_FDS_MAX ? 0 : VB_EFULL;
}

/* A descriptor to read from: not a directory, a device, or O_PATH. */
static int
is_readable_file(int fd)
{
	struct stat st;
	int flags = fcntl(fd, F_GETFL);

	return flags != -1 && (flags & O_PATH) == 0 &&
	    (flags & O_ACCMODE) != O_WRONLY && fstat(fd, &st) == 0 &&
	    S_ISREG(st.st_mode);
}

/* A TCP socket that listens at that very address, whoever opened it. */
static int
is_listener(int fd, const struct addr *addr)
{
	struct sockaddr_storage ss;
	struct addr bound;
	socklen_t len = sizeof(int);
	int type = 0, is_listening = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == -1 ||
	    type != SOCK_STREAM)
		return 0;
	len = sizeof(int);
	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &len) ==
		-1 ||
	    !is_listening)
		return 0;
	memset(&ss, 0, sizeof(ss));
	len = sizeof(ss);
	if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1)
		return 0;
	addr_from_sockaddr((struct sockaddr *)&ss, &bound);
	return bound.family != ADDR_NONE && is_same_endpoint(&bound, addr);
}

static void
take_fd(struct upload *u, int *to, int *fd)
{
	*to = *fd;
	*fd = -1;
	u->count++;
}

int
upload_take_text(
    struct upload *u, const struct msg_ctl_reload_text *text, int *fd)
{
	if (*fd == -1)
		return VB_ENOFD;
	if (u->text_fd != -1 || !PROTO_IS_TEXT(text->file) ||
	    text->file[0] == '\0' || !sealed_is(*fd))
		return VB_EBADMSG;
	memcpy(u->file, text->file, sizeof(u->file));
	take_fd(u, &u->text_fd, fd);
	return 0;
}

int
upload_take_listener(
    struct upload *u, const struct msg_ctl_reload_listener *listener, int *fd)
{
	int result = check_any(u, *fd), flags;
	struct listener *l;
	size_t i;

	if (result < 0)
		return result;
	if (u->listener_count == PROTO_LISTENERS_MAX)
		return VB_EFULL;
	for (i = 0; i < u->listener_count; i++)
		if (is_same_endpoint(&u->listeners[i].addr, &listener->addr))
			return VB_EBADMSG;
	if (!is_listener(*fd, &listener->addr))
		return VB_EBADMSG;
	/* accept must not wait for one that has left */
	if ((flags = fcntl(*fd, F_GETFL)) == -1 ||
	    fcntl(*fd, F_SETFL, flags | O_NONBLOCK) == -1)
		return VB_EBADMSG;
	l = &u->listeners[u->listener_count++];
	l->addr = listener->addr;
	take_fd(u, &l->fd, fd);
	return 0;
}

int
upload_take_pages(
    struct upload *u, const struct msg_ctl_reload_pages *pages, int *fd)
{
	int result = check_any(u, *fd);
	void *map;

	if (result < 0)
		return result;
	if (u->pages_fd != -1)
		return VB_EBADMSG;
	/* a worker would die of what is wrong with it */
	if ((result = pages_table_map(*fd, pages->size_bytes, &map)) < 0)
		return result;
	munmap(map, pages->size_bytes);
	u->pages_size_bytes = pages->size_bytes;
	take_fd(u, &u->pages_fd, fd);
	return 0;
}

int
upload_take_file(
    struct upload *u, const struct msg_ctl_reload_file *file, int *fd)
{
	int result = check_any(u, *fd);
	size_t i;

	if (result < 0)
		return result;
	if (!PROTO_IS_TEXT(file->path) || !is_readable_file(*fd))
		return VB_EBADMSG;
	for (i = 0; i < u->file_count; i++)
		if (strcmp(u->files[i].path, file->path) == 0)
			return VB_EBADMSG;
	if ((u->files[i].path = strdup(file->path)) == NULL)
		return VB_ENOMEM;
	u->file_count++;
	take_fd(u, &u->files[i].fd, fd);
	return 0;
}

int
upload_take_audit(struct upload *u, int *fd)
{
	int result = check_any(u, *fd);

	if (result < 0)
		return result;
	if (u->audit_fd != -1 || !audit_file_is(*fd))
		return VB_EBADMSG;
	take_fd(u, &u->audit_fd, fd);
	return 0;
}

int
upload_take_end(struct upload *u, const struct msg_ctl_reload_end *end)
{
	return u->text_fd != -1 && end->count == u->count ? 0 : VB_EBADMSG;
}

/* ---- a source of what was sent ---- */

/* The bundle gets its own: one file may be named twice. */
static int
duplicate(int from, int *fd)
{
	*fd = fcntl(from, F_DUPFD_CLOEXEC, 0);
	return *fd == -1 ? VB_ESYS : 0;
}

static int
give_file(void *arg, const char *path, int *fd)
{
	struct upload *u = arg;
	size_t i;

	*fd = -1;
	for (i = 0; i < u->file_count; i++)
		if (strcmp(u->files[i].path, path) == 0)
			return duplicate(u->files[i].fd, fd);
	errno = ENOENT;
	return VB_ESYS;
}

static int
give_listener(void *arg, const struct addr *addr,
    const struct settings *settings, int *fd, char *error, size_t error_size)
{
	char text[ADDR_TEXT_MAX];
	struct upload *u = arg;
	size_t i;

	(void)settings;
	*fd = -1;
	for (i = 0; i < u->listener_count; i++)
		if (is_same_endpoint(&u->listeners[i].addr, addr))
			return duplicate(u->listeners[i].fd, fd);
	snprintf(error, error_size, "listen %s: no socket was sent for it",
	    addr_format(addr, text));
	return VB_ENOTFOUND;
}

static int
give_pages(void *arg, const char *directory, int *fd, uint64_t *size_bytes,
    char *error, size_t error_size)
{
	struct upload *u = arg;

	*fd = -1;
	*size_bytes = u->pages_size_bytes;
	if (u->pages_fd != -1)
		return duplicate(u->pages_fd, fd);
	snprintf(error, error_size, "pages: %s: nothing was sent", directory);
	return VB_ENOTFOUND;
}

static int
give_audit(void *arg, const char *path, const char *user, int *fd)
{
	const struct upload *u = arg;

	(void)path;
	(void)user;
	if (u->audit_fd != -1)
		return duplicate(u->audit_fd, fd);
	*fd = -1;
	errno = ENOENT;
	return VB_ESYS;
}

int
upload_build(struct upload *u, const struct conf_options *options,
    const struct bundle *old, struct bundle **out, char error[CONF_ERROR_MAX])
{
	const struct source source = {
	    u->text_fd, 0, give_file, give_listener, give_pages, give_audit, u};
	struct conf_options ours = *options;

	ours.file = u->file;
	ours.source = &source;
	return bundle_build(&ours, old, out, error);
}
