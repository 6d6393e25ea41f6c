/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/ctl/daemon.h"
#include "daemon/ctl/json.h"
#include "daemon/ctl/print.h"
#include "daemon/ctl/why.h"

#define TRIES	   20 /* while another broker or auth starts */
#define RETRY_MS   250
#define NOBODY	   "-"
#define PATIENCE_S 3700 /* a name may be looked up for connect-timeout */

static int
parse(const struct why_question *question, struct msg_ctl_why *out)
{
	int is_nobody = strcmp(question->user, NOBODY) == 0;

	memset(out, 0, sizeof(*out));
	out->proto_version = PROTO_VERSION;
	if (strlcpy(out->user, is_nobody ? "" : question->user,
		sizeof(out->user)) >= sizeof(out->user) ||
	    question->user[0] == '\0') {
		fprintf(stderr, "vncbridgectl: that is no user's name\n");
		return 0;
	}
	if (addr_parse_ip(question->address, &out->client) < 0) {
		fprintf(stderr,
		    "vncbridgectl: the client's address is not one of IPv4 or "
		    "IPv6\n");
		return 0;
	}
	if (strlcpy(out->target, question->target, sizeof(out->target)) <
	    sizeof(out->target))
		return 1;
	fprintf(stderr, "vncbridgectl: the target's name is too long\n");
	return 0;
}

int
why_is_question(const struct why_question *question)
{
	struct msg_ctl_why ask;

	return parse(question, &ask);
}

static const struct msg_ctl_why_is *
ask(int fd, const struct why_question *question)
{
	static union proto_any answer;
	const struct msg_ctl_why_is *is = &answer.ctl_why_is;
	struct timespec pause = {.tv_nsec = RETRY_MS * 1000000L};
	const struct msg_whyed *whyed = &is->whyed;
	struct msg_ctl_why body;
	int tries;

	if (!parse(question, &body))
		exit(EXIT_NO_DAEMON);
	daemon_set_patience(fd, PATIENCE_S);
	for (tries = 0; tries < TRIES; tries++) {
		daemon_tell(fd, MSG_CTL_WHY, &body, -1);
		daemon_hear(fd, MSG_CTL_WHY_IS, &answer);
		daemon_check_version(fd, is->proto_version);
		if (is->code != CTL_BUSY)
			break;
		nanosleep(&pause, NULL);
	}
	if (is->code == CTL_DONE && PROTO_IS_TEXT(is->file) &&
	    PROTO_IS_TEXT(whyed->target) && PROTO_IS_TEXT(whyed->reason) &&
	    PROTO_IS_TEXT(whyed->rule) && PROTO_IS_TEXT(whyed->why))
		return is;
	fprintf(stderr,
	    "vncbridgectl: the broker, or auth, does not answer: see the "
	    "daemon's log\n");
	exit(EXIT_NO_DAEMON);
}

/* A line at a time, and what comes before each. */
static void
each_line(const char *text, void (*show)(const char *line, int is_first))
{
	char line[WHY_TEXT_MAX];
	int is_first = 1;
	size_t len;

	while (*text != '\0') {
		len = strcspn(text, "\n");
		memcpy(line, text, len);
		line[len] = '\0';
		show(line, is_first);
		is_first = 0;
		text += len + (text[len] == '\n');
	}
}

static void
show_line(const char *line, int is_first)
{
	(void)is_first;
	printf("  ");
	print_plain(line, 0);
	putchar('\n');
}

static void
show_line_json(const char *line, int is_first)
{
	printf("%s", is_first ? "" : ",");
	json_string(line);
}

static void
show_rule(const struct msg_ctl_why_is *is)
{
	const struct msg_whyed *whyed = &is->whyed;

	if (whyed->rule[0] == '\0')
		return;
	printf("rule: ");
	print_plain(whyed->rule, 0);
	if (whyed->line != 0) {
		printf(", ");
		print_plain(is->file, 0);
		printf(":%" PRIu32, whyed->line);
	}
	putchar('\n');
}

static void
show_words(const struct why_question *question, const struct msg_ctl_why_is *is)
{
	const struct msg_whyed *whyed = &is->whyed;
	int is_nobody = strcmp(question->user, NOBODY) == 0;

	if (is->has_no_logins)
		printf("Whoever comes");
	else if (is_nobody)
		printf("Who has not logged in");
	else
		print_plain(question->user, 0);
	printf(" %s open ", whyed->code == 0 ? "may" : "may not");
	print_plain(
	    whyed->target[0] == '\0' ? question->target : whyed->target, 0);
	printf(" from %s now", question->address);
	if (whyed->code != 0) {
		printf(": ");
		print_plain(whyed->reason, 0);
		printf(" (close code %" PRIu32 ")", whyed->code);
	}
	printf(".\n");
	if (is->has_no_logins && !is_nobody)
		printf("Nobody logs in here, so that the user does not "
		       "matter.\n");
	show_rule(is);
	each_line(whyed->why, show_line);
}

static void
show_json(const struct why_question *question, const struct msg_ctl_why_is *is)
{
	const struct msg_whyed *whyed = &is->whyed;
	char addr[ADDR_TEXT_MAX];

	printf(
	    "{\"allowed\":%s,\"user\":", whyed->code == 0 ? "true" : "false");
	if (is->has_no_logins || strcmp(question->user, NOBODY) == 0)
		printf("null");
	else
		json_string(question->user);
	printf(",\"client\":");
	json_string(question->address);
	printf(",\"target\":");
	json_string(
	    whyed->target[0] == '\0' ? question->target : whyed->target);
	printf(",\"address\":");
	if (whyed->addr.family == ADDR_NONE)
		printf("null");
	else
		json_string(addr_format(&whyed->addr, addr));
	printf(",\"code\":%" PRIu32 ",\"reason\":", whyed->code);
	json_string(whyed->reason);
	printf(",\"rule\":");
	if (whyed->rule[0] == '\0')
		printf("null");
	else
		json_string(whyed->rule);
	printf(",\"file\":");
	json_string(is->file);
	if (whyed->line == 0)
		printf(",\"line\":null,\"why\":[");
	else
		printf(",\"line\":%" PRIu32 ",\"why\":[", whyed->line);
	each_line(whyed->why, show_line_json);
	printf("]}\n");
}

int
why_show(int fd, const struct why_question *question, int is_json)
{
	const struct msg_ctl_why_is *is = ask(fd, question);

	if (is_json)
		show_json(question, is);
	else
		show_words(question, is);
	return is->whyed.code == 0 ? 0 : EXIT_FAULT;
}
