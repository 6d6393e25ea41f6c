/* SPDX-License-Identifier: ISC */
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/ipc.h"
#include "common/log.h"
#include "daemon/master/children/child.h"
#include "daemon/master/children/host_files.h"

#define LOOK_MS 1000

static const char *const host_file_paths[HOST_FILE_COUNT] = {
    [HOST_FILE_HOSTS] = HOST_FILES_HOSTS,
    [HOST_FILE_RESOLV_CONF] = HOST_FILES_RESOLV_CONF,
};

static int routes_fd = -1;

void
host_files_prepare(void)
{
	routes_fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (routes_fd == -1)
		log_warn(
		    "the kernel reports no routes: %s; ports that the bridge "
		    "listens on at all addresses are refused everywhere "
		    "(RestrictAddressFamilies of the unit: AF_NETLINK)",
		    strerror(errno));
}

static void
set_stamp(struct host_stamp *stamp, const struct stat *st)
{
	memset(stamp, 0, sizeof(*stamp)); /* compared with its padding */
	stamp->dev = st->st_dev;
	stamp->ino = st->st_ino;
	stamp->size = st->st_size;
	stamp->written.tv_sec = st->st_mtim.tv_sec;
	stamp->written.tv_nsec = st->st_mtim.tv_nsec;
	stamp->changed.tv_sec = st->st_ctim.tv_sec;
	stamp->changed.tv_nsec = st->st_ctim.tv_nsec;
}

static int
is_same(const struct host_stamp *a, const struct host_stamp *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/*
 * Opens a file, and notes which one it is. Returns the descriptor, -1 if there
 * is no file, or VB_ESYS if it is not a file or can't be opened.
 */
#define FILE_NONE (-1)
static int
open_file(const char *path, struct host_stamp *stamp)
{
	struct stat st;
	int fd, why;

	memset(stamp, 0, sizeof(*stamp));
	/* what is a pipe by mistake must not make the master wait */
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1 && (errno == ENOENT || errno == ENOTDIR))
		return FILE_NONE;
	why = errno;
	if (fd != -1 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		set_stamp(stamp, &st);
		return fd;
	}
	log_warn("%s: %s; names are looked up as before", path,
	    fd == -1 ? strerror(why) : "not a regular file");
	if (fd != -1)
		close(fd);
	return VB_ESYS;
}

static int
send_routes(struct child *child)
{
	struct msg_host_file file = {.kind = HOST_FILE_ROUTES};
	int copy = fcntl(routes_fd, F_DUPFD_CLOEXEC, 0);

	if (copy == -1 && routes_fd != -1)
		return VB_ESYS;
	return ipc_send(child->ipc, MSG_HOST_FILE, &file, copy);
}

static int
send_one(struct host_files *files, uint32_t kind, struct child *child)
{
	struct msg_host_file file = {.kind = kind};
	struct host_stamp stamp;
	int fd = open_file(host_file_paths[kind], &stamp);

	if (fd < FILE_NONE) {
		/* said once, not at each look */
		files->sent[kind] = files->seen[kind];
		return 0;
	}
	files->sent[kind] = stamp;
	return ipc_send(child->ipc, MSG_HOST_FILE, &file, fd);
}

int
host_files_send(struct host_files *files, struct child *child)
{
	uint32_t kind;
	int result = 0;

	for (kind = HOST_FILE_HOSTS; kind < HOST_FILE_ROUTES && result == 0;
	     kind++)
		result = send_one(files, kind, child);
	return result < 0 || child->role != ROLE_BROKER ? result
							: send_routes(child);
}

void
host_files_look(struct host_files *files)
{
	struct child *child = files->child;
	struct host_stamp now;
	struct stat st;
	uint32_t kind;
	int is_settled;

	for (kind = HOST_FILE_HOSTS; kind < HOST_FILE_ROUTES; kind++) {
		memset(&now, 0, sizeof(now));
		if (stat(host_file_paths[kind], &st) == 0)
			set_stamp(&now, &st);
		is_settled = is_same(&now, &files->seen[kind]);
		files->seen[kind] = now;
		/* a child that is being started gets them then */
		if (!is_settled || is_same(&now, &files->sent[kind]) ||
		    child->ipc == NULL)
			continue;
		log_info("%s has changed", host_file_paths[kind]);
		if (send_one(files, kind, child) < 0)
			child_cut_off(child);
	}
}

static void
on_look_cb(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	host_files_look(arg);
}

int
host_files_start(
    struct host_files *files, struct event_base *base, struct child *child)
{
	struct timeval tv = clock_timeval(LOOK_MS);

	memset(files, 0, sizeof(*files));
	files->child = child;
	if (event_assign(&files->ev, base, -1, EV_PERSIST, on_look_cb, files) ==
	    -1)
		return -1;
	return event_add(&files->ev, &tv);
}

void
host_files_stop(struct host_files *files)
{
	event_del(&files->ev);
}
