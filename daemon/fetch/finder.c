/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "daemon/fetch/finder.h"

void
finder_init(struct finder *finder, struct event_base *base)
{
	finder->base = base;
	names_parse_servers("", 0, &finder->host_servers);
}

static int
renew(struct finder *finder)
{
	struct resolver *old = finder->resolver, *new;

	new = resolver_new(finder->base,
	    finder->servers.count > 0 ? &finder->servers
				      : &finder->host_servers);
	if (new == NULL)
		return VB_ESYS;
	finder->resolver = new;
	resolver_unref(old);
	return 0;
}

int
finder_use_servers(struct finder *finder, const struct name_servers *servers)
{
	finder->servers = *servers;
	return renew(finder);
}

void
finder_take_file(struct finder *finder, uint32_t kind, int fd)
{
	char *text = NULL;
	size_t len = 0;
	int result = fd == -1 ? 0 : names_read_file(fd, &text, &len);

	if (result < 0)
		log_error("%s: %s",
		    kind == HOST_FILE_HOSTS ? "hosts" : "resolv.conf",
		    result == VB_EFULL ? "too long, the rest is ignored"
				       : vb_strerror(result));
	if (kind == HOST_FILE_HOSTS) {
		free(finder->hosts);
		finder->hosts = text;
		finder->hosts_len = len;
		return;
	}
	names_parse_servers(
	    text != NULL ? text : "", len, &finder->host_servers);
	free(text);
	/* before the first configuration there is none to renew */
	if (finder->resolver != NULL && renew(finder) < 0)
		log_error("resolv.conf: the servers stay as they were");
}

int
finder_find(struct finder *finder, const char *name, uint64_t deadline_ms,
    struct name_answer *answer, struct lookup **lookup, resolve_done *done,
    void *arg)
{
	*lookup = NULL;
	if (names_find_host(finder->hosts != NULL ? finder->hosts : "",
		finder->hosts_len, name, answer) > 0)
		return (int)answer->count;
	*lookup = resolver_start(finder->resolver, name, deadline_ms,
	    (unsigned *[2]){&finder->lookups[0], &finder->lookups[1]}, done,
	    arg);
	return *lookup == NULL ? VB_ENOMEM : 0;
}
