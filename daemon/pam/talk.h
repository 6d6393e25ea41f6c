/* SPDX-License-Identifier: ISC */
/*
 * A conversation with PAM, in a process of its own. All that it says goes to
 * the process that started it, as struct msg_pam_said; what is typed after the
 * password comes from there, as AUTH_CODE_MAX bytes.
 */
#ifndef VB_PAM_TALK_H
#define VB_PAM_TALK_H

#include <sys/types.h>

#include "common/group_names.h"
#include "common/proto.h"

/*
 * After a fork: becomes that process. **Takes** fd, a socket; wipes ask. parent
 * is who has forked: without it, it ends.
 */
void talk_run(int fd, pid_t parent, const char *service,
    const struct group_names *groups, struct msg_pam_ask *ask)
    __attribute__((noreturn));

#endif
