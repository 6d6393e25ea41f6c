/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/ctl/daemon.h"
#include "daemon/ctl/json.h"
#include "daemon/ctl/logins.h"
#include "daemon/ctl/print.h"

#define TRIES	 20 /* while another auth starts */
#define RETRY_MS 250

/* Waits while auth is being replaced. Returns 1 to ask again. */
static int
may_retry(uint32_t code, int tries)
{
	struct timespec pause = {.tv_nsec = RETRY_MS * 1000000L};

	if (code != CTL_BUSY || tries == TRIES)
		return 0;
	nanosleep(&pause, NULL);
	return 1;
}

static void
check(int fd, uint32_t version, uint32_t code)
{
	daemon_check_version(fd, version);
	daemon_check_code(code,
	    code == CTL_BUSY
		? "auth does not answer: see the daemon's log"
		: "nobody logs in here: the configuration has no auth section");
}

static const struct msg_logins_are *
ask(int fd, uint64_t after_id, union proto_any *answer)
{
	const struct msg_ctl_logins_are *are = &answer->ctl_logins_are;
	struct msg_ctl_logins question;
	uint32_t i;
	int tries = 0;

	memset(&question, 0, sizeof(question));
	question.proto_version = PROTO_VERSION;
	question.after_id = after_id;
	do {
		daemon_tell(fd, MSG_CTL_LOGINS, &question, -1);
		daemon_hear(fd, MSG_CTL_LOGINS_ARE, answer);
	} while (may_retry(are->code, tries++));
	check(fd, are->proto_version, are->code);
	if (are->logins.count > AUTH_LOGINS_MAX)
		exit(EXIT_NO_DAEMON);
	for (i = 0; i < are->logins.count; i++)
		if (!PROTO_IS_TEXT(are->logins.entries[i].name) ||
		    !PROTO_IS_TEXT(are->logins.entries[i].groups))
			exit(EXIT_NO_DAEMON);
	return &are->logins;
}

static void
show_json(const struct login_entry *entry, int is_first)
{
	char client[ADDR_TEXT_MAX], since[PRINT_TIME_MAX];

	printf("%s\n{\"id\":%" PRIu64 ",\"user\":", is_first ? "" : ",",
	    entry->id);
	json_string(entry->name);
	printf(",\"groups\":");
	json_string(entry->groups);
	printf(",\"client\":\"%s\",\"since\":\"%s\",\"idle_sec\":%" PRIu32
	       ",\"ends_sec\":",
	    addr_format_ip(&entry->client, client),
	    print_time(entry->since_sec, since), entry->idle_sec);
	if (entry->ends_sec == 0)
		printf("null}");
	else
		printf("%" PRIu32 "}", entry->ends_sec);
}

static void
show(const struct login_entry *entry)
{
	char client[ADDR_TEXT_MAX], since[PRINT_TIME_MAX];

	print_plain(entry->name, 24);
	printf(" %-40s %-20s %8" PRIu32 " %8" PRIu32 "  ",
	    addr_format_ip(&entry->client, client),
	    print_time(entry->since_sec, since), entry->idle_sec,
	    entry->ends_sec);
	print_plain(entry->groups[0] == '\0' ? "-" : entry->groups, 0);
	putchar('\n');
}

int
logins_show(int fd, int is_json)
{
	static union proto_any answer;
	const struct msg_logins_are *are = ask(fd, 0, &answer);
	unsigned long shown = 0;
	uint32_t i;

	if (is_json)
		printf("{\"logins\":[");
	else
		printf("%-24s %-40s %-20s %8s %8s  %s\n", "USER", "CLIENT",
		    "SINCE", "IDLE S", "ENDS S", "GROUPS");
	for (;;) {
		for (i = 0; i < are->count; i++)
			if (is_json)
				show_json(&are->entries[i], shown++ == 0);
			else {
				show(&are->entries[i]);
				shown++;
			}
		if (!are->has_more || are->count == 0)
			break;
		are = ask(fd, are->entries[are->count - 1].id, &answer);
	}
	if (is_json)
		printf("\n]}\n");
	else if (shown == 0)
		printf("no logins\n");
	return 0;
}

int
logins_end(int fd, const char *user, int is_json)
{
	static union proto_any answer;
	const struct msg_ctl_logged_out *said = &answer.ctl_logged_out;
	struct msg_ctl_logout question;
	int tries = 0;

	memset(&question, 0, sizeof(question));
	question.proto_version = PROTO_VERSION;
	if (strlcpy(question.user, user, sizeof(question.user)) >=
	    sizeof(question.user)) {
		fprintf(stderr, "vncbridgectl: that is no user's name\n");
		return EXIT_FAULT;
	}
	do {
		daemon_tell(fd, MSG_CTL_LOGOUT, &question, -1);
		daemon_hear(fd, MSG_CTL_LOGGED_OUT, &answer);
	} while (may_retry(said->code, tries++));
	check(fd, said->proto_version, said->code);
	if (is_json)
		printf("{\"count\":%" PRIu32 "}\n", said->count);
	else
		printf("%" PRIu32 " %s\n", said->count,
		    said->count == 1 ? "login has ended" : "logins have ended");
	return said->count > 0 ? 0 : EXIT_FAULT;
}
