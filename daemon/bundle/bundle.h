/* SPDX-License-Identifier: ISC */
/*
 * All that needs privileges, done in one function: a configuration file
 * becomes validated settings, bound listeners and open files. At start it
 * runs before the drop; for a reload, with whatever rights there are.
 */
#ifndef VB_BUNDLE_H
#define VB_BUNDLE_H

#include <stddef.h>
#include <stdint.h>

#include "common/errors.h"
#include "daemon/bundle/certs.h"
#include "daemon/bundle/conf.h"
#include "daemon/bundle/secrets.h"

struct listener {
	struct addr addr;
	int fd;
};

struct bundle {
	struct conf *conf;
	struct listener *listeners;
	size_t listener_count;
	int pages_fd; /* sealed memory file, common/pages.h */
	uint64_t pages_size_bytes;
	struct certs certs;
	int users_fd; /* sealed memory file; -1: none */
	uint64_t users_bytes;
	struct secrets secrets;
	int audit_fd; /* to append to, and to read its end; -1: none */
	int provider_fds[FETCH_SOURCES_MAX]; /* CAs, sealed; -1: none */
	uint8_t is_current;		     /* the keeper has had its keys */
	uint32_t generation;		     /* 1 for the first */
};

/*
 * Builds the whole bundle or nothing, from options->source. Listeners that old
 * has too are duplicated from it, or left at -1 where it has -1. **Gives**
 * *out. On failure error tells why, old is untouched. Returns 0 or a negative
 * error.
 */
VB_MUST_CHECK int bundle_build(const struct conf_options *options,
    const struct bundle *old, struct bundle **out, char error[CONF_ERROR_MAX]);

/* Closes and frees; NULL is allowed. */
void bundle_free(struct bundle *bundle);

/*
 * Gives the listeners that the one before had, too, what this one says of
 * backlog and buffers: not before it applies, since the sockets are shared.
 */
void bundle_tune_listeners(const struct bundle *bundle);

/* Closes the listeners; the rest stays. */
void bundle_close_listeners(struct bundle *bundle);

/* Descriptors that a worker with all max-connections would need. */
uint64_t bundle_descriptors(uint32_t max_connections);

/*
 * Raises the limit of open descriptors, which the children inherit, to what
 * max-connections needs. If that is more than is allowed, a configured
 * value is an error, and the default is lowered with a warning. Returns 0
 * or VB_ERANGE with error set.
 */
VB_MUST_CHECK int
bundle_raise_limits(struct bundle *bundle, char error[CONF_ERROR_MAX]);

/*
 * Says what auth has refused, and where it is: of the users' file, or of a
 * provider's secret. It may say of what is not configured, too.
 */
void bundle_describe(const struct conf *conf, const struct msg_known *known,
    char error[CONF_ERROR_MAX]);

#endif
