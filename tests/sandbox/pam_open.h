/* SPDX-License-Identifier: ISC */
/* Of calls.c, what PAM's modules may do, and so a process around them. */
#ifndef VB_TEST_PAM_OPEN_H
#define VB_TEST_PAM_OPEN_H

#include <stddef.h>

static const char *const pam_open[] = {
    /* on sockets of their own, which no port is bound to */
    "setsockopt", "getsockopt", "sendto", "sendmsg", "sendmmsg", "socketpair",
    /* files: Landlock says which, and that none is written */
    "open", "openat", "pipe2", "fcntl: a lock",
    /* programs, threads; of others Landlock keeps them */
    "execve", "vfork", "clone: a brother", "clone: a thread",
    "clone: another signal", "setsid", "setpgid", "kill: another signal",
    "kill: a look", "tgkill", "prctl: at its end", "prctl: orphans", NULL};

#endif
