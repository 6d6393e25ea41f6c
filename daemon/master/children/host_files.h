/* SPDX-License-Identifier: ISC */
/*
 * /etc/hosts and /etc/resolv.conf, for the broker and fetch, which open no
 * file: each gets them open at its start, and again when they are not those of
 * before, renamed, rewritten in place, or at another end of a link.
 */
#ifndef VB_HOST_FILES_H
#define VB_HOST_FILES_H

#include <sys/types.h>

#include <event2/event_struct.h>
#include <stdint.h>
#include <time.h>

#include "common/errors.h"
#include "common/proto.h"

struct child;
struct event_base;

/* What tells one state of a file from another; all zero: there is none. */
struct host_stamp {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec written;
	struct timespec changed;
};

/*
 * Makes the socket by which the broker asks the kernel whose an address is.
 * Before the sandbox, and after the privileges have gone.
 */
void host_files_prepare(void);

struct host_files {
	struct child *child;			 /* the broker, or fetch */
	struct event ev;			 /* the next look */
	struct host_stamp seen[HOST_FILE_COUNT]; /* at the last look */
	struct host_stamp sent[HOST_FILE_COUNT];
};

#define HOST_FILES_HOSTS       "/etc/hosts"
#define HOST_FILES_RESOLV_CONF "/etc/resolv.conf"

/*
 * Begins to look, now and again. **Borrows** child. Returns 0, or -1 without
 * memory.
 */
VB_MUST_CHECK int host_files_start(
    struct host_files *files, struct event_base *base, struct child *child);
void host_files_stop(struct host_files *files);

/*
 * Sends it all there is, and the broker its socket. Returns 0 or what ipc_send
 * said.
 */
VB_MUST_CHECK int
host_files_send(struct host_files *files, struct child *child);

/*
 * One look: what differs from what was sent, and was the same at the last
 * look, is sent. So a file that is just being written is not sent.
 */
void host_files_look(struct host_files *files);

#endif
