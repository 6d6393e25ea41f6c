/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/ctl/daemon.h"
#include "daemon/ctl/print.h"
#include "daemon/ctl/sessions.h"

#define BROKER_TRIES	20 /* while a new broker starts */
#define BROKER_RETRY_MS 250

struct shown {
	unsigned long count;
	int is_json;
};

static int
is_text(const struct msg_listed *listed)
{
	uint32_t i;

	for (i = 0; i < listed->count; i++)
		if (!PROTO_IS_TEXT(listed->entries[i].target) ||
		    !PROTO_IS_TEXT(listed->entries[i].user) ||
		    !PROTO_IS_TEXT(listed->entries[i].subject.name) ||
		    !PROTO_IS_TEXT(listed->entries[i].subject.others))
			return 0;
	return 1;
}

/* One page of sessions; waits while the broker is being replaced. */
static const struct msg_listed *
ask(int fd, const struct msg_ctl_sessions *question, union proto_any *answer)
{
	struct timespec pause = {.tv_nsec = BROKER_RETRY_MS * 1000000L};
	const struct msg_listed *listed = &answer->ctl_sessions_are.listed;
	int tries;

	for (tries = 0; tries < BROKER_TRIES; tries++) {
		daemon_tell(fd, MSG_CTL_SESSIONS, question, -1);
		daemon_hear(fd, MSG_CTL_SESSIONS_ARE, answer);
		daemon_check_version(
		    fd, answer->ctl_sessions_are.proto_version);
		if (!answer->ctl_sessions_are.is_unavailable &&
		    listed->count <= PROTO_LIST_MAX && is_text(listed))
			return listed;
		nanosleep(&pause, NULL);
	}
	fprintf(stderr,
	    "vncbridgectl: the broker does not answer: see the "
	    "daemon's log\n");
	exit(EXIT_NO_DAEMON);
}

void
sessions_ask(int fd, sessions_each *each, void *arg)
{
	static union proto_any answer;
	const struct msg_listed *listed;
	struct msg_ctl_sessions question;
	uint32_t i;

	memset(&question, 0, sizeof(question));
	question.proto_version = PROTO_VERSION;
	do {
		listed = ask(fd, &question, &answer);
		for (i = 0; i < listed->count; i++) {
			each(arg, &listed->entries[i]);
			question.after_conn_id = listed->entries[i].conn_id;
			question.after_worker = listed->entries[i].worker;
		}
	} while (listed->has_more && listed->count > 0);
}

/* The head only now: half a document is worse than none. */
static void
show(void *arg, const struct list_entry *entry)
{
	struct shown *shown = arg;

	if (shown->count == 0)
		print_sessions_begin(shown->is_json);
	print_session(entry, shown->is_json, shown->count++ == 0);
}

int
sessions_show(int fd, int is_json)
{
	struct shown shown = {0, is_json};

	sessions_ask(fd, show, &shown);
	if (shown.count == 0)
		print_sessions_begin(is_json);
	print_sessions_end(is_json, shown.count);
	return 0;
}
