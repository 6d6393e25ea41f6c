/* SPDX-License-Identifier: ISC */
/*
 * The start as far as it may need root, step by step: what it opens it opens
 * through these, so that a start and vncbridged -n go the same way.
 */
#ifndef VB_START_H
#define VB_START_H

#include "common/errors.h"
#include "daemon/master/master.h"

struct start_ops {
	const struct source *source; /* NULL: source_files */
	/* as pid_file_open and listen_open_control */
	int (*pid_file)(const char *path, uid_t user, int *fd, char *error,
	    size_t error_size);
	int (*control)(const char *path, gid_t group, int *fd, char *error,
	    size_t error_size);
	/* whether a step that failed is to be passed over; NULL: none is */
	int (*excuse)(const struct master *m, int result, const char *error);
};

extern const struct start_ops start_really;

/*
 * All that may need root; m->options are set. On failure error says why,
 * or errno. Returns 0 or a negative error.
 */
VB_MUST_CHECK int start_open(
    struct master *m, const struct start_ops *ops, char error[CONF_ERROR_MAX]);

#endif
