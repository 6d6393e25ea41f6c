/* SPDX-License-Identifier: ISC */
/* Where a provider's host is: the hosts file, and then the DNS. */
#ifndef VB_FETCH_FINDER_H
#define VB_FETCH_FINDER_H

#include <stddef.h>
#include <stdint.h>

#include "common/errors.h"
#include "daemon/names/names.h"
#include "daemon/names/resolve.h"

struct finder {
	struct event_base *base;
	char *hosts; /* owned; NULL: none */
	size_t hosts_len;
	struct name_servers host_servers; /* of resolv.conf */
	struct name_servers servers;	  /* of the configuration */
	struct resolver *resolver;	  /* NULL before finder_use_servers() */
	unsigned lookups[2];		  /* that c-ares has under way */
};

/* Zeroed before. **Keeps** base. */
void finder_init(struct finder *finder, struct event_base *base);

/*
 * The host's file of that kind, anew; -1: there is none. **Borrows** fd. What
 * can't be read is as if it were not there, and the log says so.
 */
void finder_take_file(struct finder *finder, uint32_t kind, int fd);

/* Asks these from now on, or the host's if it is none. 0 or VB_ESYS (logged) */
VB_MUST_CHECK int
finder_use_servers(struct finder *finder, const struct name_servers *servers);

/*
 * Looks in the hosts file, or asks. Returns how many addresses there are at
 * once, in answer; or 0, and done comes later, but not after lookup_cancel() of
 * *lookup; or VB_ENOMEM.
 */
VB_MUST_CHECK int finder_find(struct finder *finder, const char *name,
    uint64_t deadline_ms, struct name_answer *answer, struct lookup **lookup,
    resolve_done *done, void *arg);

#endif
