/* SPDX-License-Identifier: ISC */
/*
 * A reload with our own rights: the bundle is built here, by the daemon's own
 * functions, from a source that sends on what it opens. Where that fails,
 * nothing but the connection has to be undone.
 *
 * No path comes from the daemon: it is not root, and must not choose what
 * root opens.
 */
#include <sys/mman.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/pages.h"
#include "common/sealed.h"
#include "daemon/ctl/daemon.h"
#include "daemon/ctl/print.h"
#include "daemon/ctl/reload.h"
#include "daemon/bundle/bundle.h"
#include "daemon/bundle/machine.h"
#include "daemon/bundle/source.h"

#define APPLY_SEC     30 /* the keeper has 10 s for it */
#define BUSY_RETRY_MS 250
#define BUSY_TRIES    40 /* a start takes 10 s at most, or it fails */
#define COPY_MAX      (8 * 1024 * 1024 + 1) /* of no configuration */

struct sender {
	int fd; /* to the daemon */
	uint32_t count;
	size_t path_count;
	char *paths[CTL_RELOAD_FDS_MAX]; /* that were sent */
};

/* Sends a copy of fd. */
static int
send_fd(struct sender *s, enum msg_type type, const void *body, int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (copy == -1)
		return VB_ESYS;
	daemon_tell(s->fd, type, body, copy);
	s->count++;
	return 0;
}

static int
send_file(void *arg, const char *path, int *fd)
{
	struct sender *s = arg;
	struct msg_ctl_reload_file body;
	int result = source_files.file(source_files.arg, path, fd);
	size_t i;

	if (result < 0)
		return result;
	for (i = 0; i < s->path_count; i++)
		if (strcmp(s->paths[i], path) == 0)
			return 0; /* a certificate and its key in one */
	errno = ENAMETOOLONG;
	memset(&body, 0, sizeof(body));
	if (s->path_count == CTL_RELOAD_FDS_MAX ||
	    strlcpy(body.path, path, sizeof(body.path)) >= sizeof(body.path))
		return VB_ESYS;
	if ((s->paths[s->path_count] = strdup(path)) == NULL)
		return VB_ENOMEM;
	s->path_count++;
	return send_fd(s, MSG_CTL_RELOAD_FILE, &body, *fd);
}

static int
send_listener(void *arg, const struct addr *addr,
    const struct settings *settings, int *fd, char *error, size_t error_size)
{
	struct msg_ctl_reload_listener body;
	int result = source_files.listener(
	    source_files.arg, addr, settings, fd, error, error_size);

	if (result < 0)
		return result;
	memset(&body, 0, sizeof(body));
	body.addr = *addr;
	return send_fd(arg, MSG_CTL_RELOAD_LISTENER, &body, *fd);
}

static int
send_pages(void *arg, const char *directory, int *fd, uint64_t *size_bytes,
    char *error, size_t error_size)
{
	struct msg_ctl_reload_pages body;
	int result = source_files.pages(
	    source_files.arg, directory, fd, size_bytes, error, error_size);

	if (result < 0)
		return result;
	memset(&body, 0, sizeof(body));
	body.size_bytes = *size_bytes;
	return send_fd(arg, MSG_CTL_RELOAD_PAGES, &body, *fd);
}

static int
send_audit(void *arg, const char *path, const char *user, int *fd)
{
	struct msg_ctl_reload_audit body;
	int result = source_files.audit(source_files.arg, path, user, fd);

	if (result < 0)
		return result;
	memset(&body, 0, sizeof(body));
	return send_fd(arg, MSG_CTL_RELOAD_AUDIT, &body, *fd);
}

/* The file as it is now, sealed: both ends parse the same. */
static int
copy_text(const char *file)
{
	static char text[COPY_MAX];
	size_t len = 0;
	ssize_t n = -1;
	int fd = open(file, O_RDONLY | O_CLOEXEC), copy;

	while (fd != -1 && len < sizeof(text) &&
	    (n = read(fd, text + len, sizeof(text) - len)) > 0)
		len += (size_t)n;
	if (n == -1) {
		fprintf(
		    stderr, "vncbridgectl: %s: %s\n", file, strerror(errno));
		exit(EXIT_FAULT);
	}
	close(fd);
	copy = sealed_new("vncbridge.conf");
	if (copy != -1 && write(copy, text, len) == (ssize_t)len &&
	    sealed_close(copy) == 0)
		return copy;
	fprintf(stderr, "vncbridgectl: memory file: %s\n", strerror(errno));
	exit(EXIT_FAULT);
}

/*
 * Who names no file means the daemon's. That may be another than the usual one:
 * but what root opens, only root may say.
 */
static void
check_file(const char *daemons)
{
	if (daemons[0] == '\0' || strcmp(daemons, VB_CONF_FILE) == 0)
		return;
	print_fault("the daemon was started with another configuration "
		    "than " VB_CONF_FILE
		    ": name the one that is meant with -f, "
		    "perhaps ",
	    daemons);
	exit(EXIT_FAULT);
}

/*
 * Asks for the turn, again and again while a start or another reload is under
 * way; *running gets the listeners that are open already. Returns whether
 * the daemon is of this version.
 */
static int
begin(int fd, int has_file, struct bundle *running)
{
	static union proto_any answer;
	static struct listener listeners[PROTO_LISTENERS_MAX];
	const struct msg_ctl_reload_go *go = &answer.ctl_reload_go;
	struct timespec pause = {.tv_nsec = BUSY_RETRY_MS * 1000000L};
	struct msg_ctl_reload ask = {PROTO_VERSION};
	uint32_t i, tries;

	for (tries = 0;; tries++) {
		daemon_tell(fd, MSG_CTL_RELOAD, &ask, -1);
		daemon_hear(fd, MSG_CTL_RELOAD_GO, &answer);
		if (go->proto_version != PROTO_VERSION)
			return 0;
		if (go->code != CTL_BUSY || tries == BUSY_TRIES)
			break;
		nanosleep(&pause, NULL);
	}
	if (!PROTO_IS_TEXT(go->text) || !PROTO_IS_TEXT(go->file) ||
	    go->count > PROTO_LISTENERS_MAX)
		exit(EXIT_NO_DAEMON);
	daemon_check_code(go->code, go->text);
	if (!has_file)
		check_file(go->file);
	for (i = 0; i < go->count; i++) {
		listeners[i].addr = go->listeners[i];
		listeners[i].fd = -1;
	}
	memset(running, 0, sizeof(*running));
	running->listeners = listeners;
	running->listener_count = go->count;
	return 1;
}

static void
send_text(struct sender *s, const char *file, int text_fd)
{
	struct msg_ctl_reload_text body;

	memset(&body, 0, sizeof(body));
	if (strlcpy(body.file, file, sizeof(body.file)) >= sizeof(body.file) ||
	    send_fd(s, MSG_CTL_RELOAD_TEXT, &body, text_fd) < 0) {
		fprintf(stderr, "vncbridgectl: %s: cannot be sent\n", file);
		exit(EXIT_FAULT);
	}
}

/* Says what has come of it. */
static int
hear_end(int fd)
{
	static union proto_any answer;
	struct msg_ctl_reloaded *reloaded = &answer.ctl_reloaded;
	char *line, *next;

	daemon_set_patience(fd, APPLY_SEC);
	daemon_hear(fd, MSG_CTL_RELOADED, &answer);
	if (!PROTO_IS_TEXT(reloaded->text))
		exit(EXIT_NO_DAEMON);
	daemon_check_code(reloaded->code, reloaded->text);
	for (line = reloaded->text; (next = strchr(line, '\n')) != NULL;
	     line = next + 1) {
		*next = '\0';
		print_fault("warning: ", line);
	}
	return 0;
}

static int
finish(struct sender *s)
{
	struct msg_ctl_reload_end end = {s->count};

	daemon_tell(s->fd, MSG_CTL_RELOAD_END, &end, -1);
	return hear_end(s->fd);
}

/* One of another version knows its own file, and has its own rights. */
static int
have_it_reread(int fd, const char *file)
{
	struct msg_ctl_reread ask = {.proto_version = PROTO_VERSION};

	if (file != NULL &&
	    strlcpy(ask.file, file, sizeof(ask.file)) >= sizeof(ask.file)) {
		fprintf(stderr, "vncbridgectl: %s: path too long\n", file);
		return EXIT_FAULT;
	}
	fprintf(stderr,
	    "vncbridgectl: the daemon is of another version: it reads its "
	    "configuration with its own rights; restart it soon\n");
	daemon_tell(fd, MSG_CTL_REREAD, &ask, -1);
	return hear_end(fd);
}

int
reload(int fd, const char *file)
{
	static struct sender sender;
	static char error[CONF_ERROR_MAX];
	struct source source = {.text_fd = -1,
	    .file = send_file,
	    .listener = send_listener,
	    .pages = send_pages,
	    .audit = send_audit};
	struct conf_options options = {.source = &source};
	struct bundle running, *bundle;
	int status;

	options.file = file != NULL ? file : VB_CONF_FILE;
	sender.fd = fd;
	source.arg = &sender;
	log_to_stderr("vncbridgectl");
	log_set_level(LOG_LEVEL_WARN);
	machine_learn();
	if (!begin(fd, file != NULL, &running))
		return have_it_reread(fd, file);
	source.text_fd = copy_text(options.file);
	send_text(&sender, options.file, source.text_fd);
	if (bundle_build(&options, &running, &bundle, error) < 0) {
		fprintf(stderr, "vncbridgectl: %s\n", error);
		return EXIT_FAULT;
	}
	status = finish(&sender);
	bundle_free(bundle);
	return status;
}
