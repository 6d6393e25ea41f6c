/* SPDX-License-Identifier: ISC */
/*
 * Listening sockets.
 */
#ifndef VB_LISTEN_H
#define VB_LISTEN_H

#include <sys/types.h>

#include <stddef.h>

#include "common/addr.h"
#include "common/errors.h"

/*
 * Binds and listens. What accepted sockets inherit is set here: the options
 * and buffers of common/tcp.h. **Gives** *fd (nonblocking, close-on-exec).
 * On failure error says why in an operator's words. Returns 0, or VB_ESYS with
 * errno.
 */
VB_MUST_CHECK int listen_open(const struct addr *addr, unsigned backlog,
    uint32_t socket_buffer_bytes, int *fd, char *error, size_t error_size);

/*
 * Whether it could be opened now: binds as listen_open, and does not listen.
 * Returns 0, or VB_ESYS with errno and error.
 */
VB_MUST_CHECK int listen_check(const struct addr *addr,
    uint32_t socket_buffer_bytes, char *error, size_t error_size);

/*
 * A control socket at path, mode 0600, or 0660 and of that group unless it is
 * -1, in place of a stale one. Refused while another daemon answers there.
 * **Gives** *fd.
 */
VB_MUST_CHECK int listen_open_control(
    const char *path, gid_t group, int *fd, char *error, size_t error_size);

/*
 * Whether listen_open_control could make the socket; that a daemon answers
 * there, in *is_answered, is no fault. Returns 0, or a negative error with
 * error set, and errno if it is VB_ESYS.
 */
VB_MUST_CHECK int listen_check_control(
    const char *path, int *is_answered, char *error, size_t error_size);

#endif
