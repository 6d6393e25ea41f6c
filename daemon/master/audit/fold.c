/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <string.h>

#include "common/clock.h"
#include "daemon/master/audit/fold.h"

static int
is_folded(enum audit_kind kind)
{
	return kind == AUDIT_FAILURE || kind == AUDIT_REFUSE;
}

/* Its entry, or NULL: there is none, and no room for one. */
static struct folded *
find(struct fold *fold, enum audit_kind kind, const struct addr *client)
{
	struct folded *folded = fold->list;
	struct addr source;
	unsigned i;

	memset(&source, 0, sizeof(source));
	addr_source(client, &source);
	for (i = 0; i < fold->count; i++, folded++)
		if (folded->kind == (uint32_t)kind &&
		    addr_is_same_ip(&folded->source, &source))
			return folded;
	if (fold->count == FOLD_SOURCES)
		return NULL;
	fold->count++;
	memset(folded, 0, sizeof(*folded));
	folded->kind = kind;
	folded->source = source;
	return folded;
}

static int
begin_minute(struct fold *fold)
{
	struct timeval tv = clock_timeval(fold->every_ms);

	return event_pending(&fold->ev, EV_TIMEOUT, NULL) ||
	    event_add(&fold->ev, &tv) == 0;
}

int
fold_takes(struct fold *fold, enum audit_kind kind, const struct addr *client)
{
	struct folded *folded;

	/* what nobody would tell of is not counted */
	if (!is_folded(kind) || !begin_minute(fold))
		return 0;
	folded = find(fold, kind, client);
	/* of each kind, so that refusals don't hide failures; and also of a
	 * source that has no entry: many of them are no veil */
	if ((folded == NULL || folded->alone < FOLD_OF_SOURCE) &&
	    fold->alone[kind] < FOLD_OF_ALL) {
		if (folded != NULL)
			folded->alone++;
		fold->alone[kind]++;
		return 0;
	}
	if (folded == NULL) {
		folded = &fold->rest[kind];
		folded->kind = kind;
	} else {
		folded->client = *client;
		folded->client.port = 0;
	}
	folded->repeated++;
	return 1;
}

void
fold_tell(struct fold *fold)
{
	unsigned i;

	event_del(&fold->ev);
	for (i = 0; i < fold->count; i++)
		if (fold->list[i].repeated > 0)
			fold->tell(fold->arg, &fold->list[i]);
	for (i = 0; i < AUDIT_KIND_COUNT; i++)
		if (fold->rest[i].repeated > 0)
			fold->tell(fold->arg, &fold->rest[i]);
	fold_clear(fold);
}

void
fold_clear(struct fold *fold)
{
	event_del(&fold->ev);
	fold->count = 0;
	memset(fold->alone, 0, sizeof(fold->alone));
	memset(fold->rest, 0, sizeof(fold->rest));
}

static void
on_minute_cb(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	fold_tell(arg);
}

int
fold_init(struct fold *fold, struct event_base *base,
    void (*tell)(void *arg, const struct folded *folded), void *arg)
{
	memset(fold, 0, sizeof(*fold));
	fold->every_ms = FOLD_MS;
	fold->tell = tell;
	fold->arg = arg;
	return event_assign(&fold->ev, base, -1, 0, on_minute_cb, fold) == -1
	    ? VB_ENOMEM
	    : 0;
}
