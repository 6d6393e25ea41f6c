/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/ctl/daemon.h"
#include "daemon/ctl/json.h"
#include "daemon/ctl/print.h"
#include "daemon/ctl/sessions.h"

#define TRIES	 20 /* while another broker starts, or a reload comes */
#define RETRY_MS 250

static struct targets targets;

static int
is_sound(const struct msg_targets_are *are)
{
	uint32_t i;

	for (i = 0; i < are->count && i < TARGETS_MAX; i++)
		if (!PROTO_IS_TEXT(are->entries[i].name) ||
		    !PROTO_IS_TEXT(are->entries[i].holder) ||
		    !PROTO_IS_TEXT(are->entries[i].lock_text))
			return 0;
	return are->count <= TARGETS_MAX && are->total <= PROTO_TARGETS_MAX;
}

/* A page. Returns 0: to be asked from the first on, and a little later. */
static int
ask_page(int fd, uint32_t *generation)
{
	static union proto_any answer;
	const struct msg_ctl_targets_are *said = &answer.ctl_targets_are;
	const struct msg_targets_are *are = &said->targets;
	struct msg_ctl_targets question = {PROTO_VERSION, targets.count};

	daemon_tell(fd, MSG_CTL_TARGETS, &question, -1);
	daemon_hear(fd, MSG_CTL_TARGETS_ARE, &answer);
	daemon_check_version(fd, said->proto_version);
	if (said->code != CTL_DONE || !is_sound(are) ||
	    (targets.count > 0 && are->generation != *generation) ||
	    are->count > PROTO_TARGETS_MAX - targets.count ||
	    (are->count == 0 && targets.count < are->total))
		return 0;
	*generation = are->generation;
	targets.is_refusing = are->is_refusing;
	memcpy(&targets.entries[targets.count], are->entries,
	    are->count * sizeof(are->entries[0]));
	targets.count += are->count;
	return targets.count < are->total ? 1 : 2;
}

const struct targets *
targets_ask(int fd)
{
	struct timespec pause = {.tv_nsec = RETRY_MS * 1000000L};
	uint32_t generation = 0;
	int tries, result;

	for (tries = 0; tries < TRIES; tries++) {
		targets.count = 0;
		while ((result = ask_page(fd, &generation)) == 1)
			;
		if (result == 2)
			return &targets;
		nanosleep(&pause, NULL);
	}
	fprintf(stderr,
	    "vncbridgectl: the broker does not answer: see the "
	    "daemon's log\n");
	exit(EXIT_NO_DAEMON);
}

const char *
targets_state(const struct target_entry *t)
{
	if (t->is_locked)
		return "locked";
	if (t->open > 0)
		return "held";
	if (t->pending > 0)
		return "opening";
	return t->kept > 0 ? "kept" : "free";
}

static void
show(const struct target_entry *t)
{
	char since[PRINT_TIME_MAX] = "-", most[16] = "any";

	if (t->since_sec != 0)
		print_time(t->since_sec, since);
	if (t->most != 0)
		snprintf(most, sizeof(most), "%" PRIu32, t->most);
	print_plain(t->name, 24);
	printf(" %-8s %-9s %4" PRIu32 " %4s %7" PRIu32 " %4" PRIu32 " %-20s  ",
	    targets_state(t), print_mode(t->mode), t->open, most, t->waiting,
	    t->kept, since);
	print_plain(t->holder[0] == '\0' ? "-" : t->holder, 0);
	if (t->is_locked && t->lock_text[0] != '\0') {
		printf("  (");
		print_plain(t->lock_text, 0);
		putchar(')');
	}
	putchar('\n');
}

static void
show_json(const struct target_entry *t, int is_first)
{
	char since[PRINT_TIME_MAX];

	printf("%s\n{\"target\":", is_first ? "" : ",");
	json_string(t->name);
	printf(",\"state\":\"%s\",\"mode\":\"%s\",\"sessions\":%" PRIu32
	       ",\"opening\":%" PRIu32 ",\"most\":",
	    targets_state(t), print_mode(t->mode), t->open, t->pending);
	if (t->most == 0)
		printf("null");
	else
		printf("%" PRIu32, t->most);
	printf(",\"waiting\":%" PRIu32 ",\"kept\":%" PRIu32 ",\"holder\":",
	    t->waiting, t->kept);
	if (t->since_sec == 0) {
		printf("null,\"since\":null");
	} else {
		json_string(t->holder);
		printf(",\"since\":\"%s\"", print_time(t->since_sec, since));
	}
	printf(
	    ",\"locked\":%s,\"lock_text\":", t->is_locked ? "true" : "false");
	json_string(t->lock_text);
	putchar('}');
}

int
targets_show(int fd, int is_json)
{
	const struct targets *all = targets_ask(fd);
	uint32_t i;

	if (is_json) {
		printf("{\"refusing\":%s,\"targets\":[",
		    all->is_refusing ? "true" : "false");
		for (i = 0; i < all->count; i++)
			show_json(&all->entries[i], i == 0);
		printf("\n]}\n");
		return 0;
	}
	if (all->is_refusing)
		printf("The bridge takes no new sessions.\n\n");
	printf("%-24s %-8s %-9s %4s %4s %7s %4s %-20s  %s\n", "TARGET", "STATE",
	    "MODE", "OPEN", "MOST", "WAITING", "KEPT", "SINCE", "HOLDER");
	for (i = 0; i < all->count; i++)
		show(&all->entries[i]);
	if (all->count == 0)
		printf("no targets\n");
	return 0;
}
