/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "common/ipc.h"
#include "common/log.h"
#include "daemon/broker/conf.h"
#include "daemon/broker/lease.h"
#include "daemon/broker/roster.h"

static void
fill_entry(struct target_entry *entry, const struct configured *t)
{
	const struct session *holder = lease_holder(t);
	const struct lease *lease = t->lease;

	entry->mode = t->conf.mode;
	entry->most = t->most;
	entry->open = t->open_count;
	entry->pending = t->holder_count - t->open_count;
	strlcpy(entry->name, t->conf.name, sizeof(entry->name));
	if (holder != NULL) {
		entry->since_sec = holder->since_sec;
		lease_name(holder, entry->holder);
	}
	if (lease == NULL)
		return;
	entry->waiting = lease->waiting_count;
	entry->kept = lease->kept_count;
	entry->is_locked = lease->is_locked;
	strlcpy(entry->lock_text, lease->lock_text, sizeof(entry->lock_text));
}

void
roster_answer(const struct broker *b, const struct msg_targets *ask)
{
	const struct conf *conf = b->conf;
	struct msg_targets_are are;
	uint64_t i;

	memset(&are, 0, sizeof(are));
	are.cookie = ask->cookie;
	are.generation = conf->start.generation;
	are.total = (uint32_t)conf->target_count;
	are.is_refusing = (uint32_t)b->is_refusing;
	for (i = ask->first; i < conf->target_count && are.count < TARGETS_MAX;
	     i++)
		fill_entry(&are.entries[are.count++], &conf->targets[i]);
	if (ipc_send(b->master, MSG_TARGETS_ARE, &are, -1) < 0)
		log_fatal("TARGETS_ARE cannot be sent");
}
