/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/utf8.h"
#include "daemon/ctl/daemon.h"
#include "daemon/ctl/order.h"
#include "daemon/ctl/print.h"

#define TRIES	 20 /* while another broker starts, and hears what is open */
#define RETRY_MS 250
#define DELETE	 0x7f

/* What each kind is about, and how it is told. */
static const struct {
	const char *one; /* of a count; NULL: it has none */
	const char *many;
	const char *done; /* without a count */
	int is_none_fault;
} kinds[ORDER_COUNT] = {
    [ORDER_KICK] = {"session has ended", "sessions have ended", NULL, 1},
    [ORDER_LOCK] = {NULL, NULL, "is locked: nobody new gets in", 0},
    [ORDER_UNLOCK] = {NULL, NULL, "is not locked", 0},
    [ORDER_MESSAGE] = {"page is told", "pages are told", NULL, 1},
    [ORDER_REFUSE] = {NULL, NULL, "the bridge takes no new sessions", 0},
    [ORDER_ADMIT] = {NULL, NULL, "the bridge takes new sessions", 0},
};

static int
complain(const char *what)
{
	fprintf(stderr, "vncbridgectl: %s\n", what);
	return 0;
}

/* A page shows it as it is, and a WebSocket must have UTF-8. */
static int
check_text(const struct order *order)
{
	size_t n,
	    most = order->kind == ORDER_MESSAGE ? LEASE_TEXT_MAX
						: ORDER_REASON_MAX;
	const char *p = order->text;

	if (p == NULL)
		return 1;
	if (strlen(p) >= most) {
		fprintf(stderr,
		    "vncbridgectl: the text is too long: %zu bytes are the "
		    "most\n",
		    most - 1);
		return 0;
	}
	for (; *p != '\0'; p += n) {
		if ((unsigned char)*p < ' ' || *p == DELETE)
			return complain("the text must be one line, without "
					"control characters");
		if ((n = utf8_length((const unsigned char *)p)) == 0)
			return complain("the text is not UTF-8");
	}
	return 1;
}

int
order_check(const struct order *order)
{
	if (order->what != NULL &&
	    (order->what[0] == '\0' || strlen(order->what) >= TARGET_TEXT_MAX))
		return complain("that is no session, user or target");
	if (order->kind == ORDER_MESSAGE && order->text[0] == '\0')
		return complain("the message is empty");
	return check_text(order);
}

/* Whether the answer is one of a moment: somebody is just being replaced. */
static int
may_retry(const struct msg_ctl_ordered *said, enum order_kind kind)
{
	return said->code == CTL_BUSY ||
	    (said->code == CTL_DONE &&
		(said->ordered.code == ORDER_BUSY ||
		    (kind == ORDER_KICK && said->ordered.left > 0)));
}

static const struct msg_ctl_ordered *
ask(int fd, const struct order *order)
{
	static union proto_any answer;
	struct msg_ctl_ordered *said = &answer.ctl_ordered;
	struct timespec pause = {.tv_nsec = RETRY_MS * 1000000L};
	struct msg_ctl_order question;
	uint32_t count = 0;
	int tries;

	memset(&question, 0, sizeof(question));
	question.proto_version = PROTO_VERSION;
	question.order.kind = order->kind;
	question.order.scopes = order->scopes;
	if (order->what != NULL && order->scopes != 0)
		strlcpy(question.order.what, order->what,
		    sizeof(question.order.what));
	if (order->text != NULL)
		strlcpy(question.order.text, order->text,
		    sizeof(question.order.text));
	for (tries = 0; tries < TRIES; tries++) {
		if (tries > 0)
			nanosleep(&pause, NULL);
		daemon_tell(fd, MSG_CTL_ORDER, &question, -1);
		daemon_hear(fd, MSG_CTL_ORDERED, &answer);
		if (said->code != CTL_FORBIDDEN)
			daemon_check_version(fd, said->proto_version);
		count += said->ordered.count;
		if (!may_retry(said, order->kind))
			break;
	}
	said->ordered.count = count;
	return said;
}

static void
name_scopes(uint32_t scopes)
{
	const char *before = "";

	if ((scopes & ORDER_SCOPE_SESSION) != 0) {
		fprintf(stderr, "%sa session (-c)", before);
		before = " and ";
	}
	if ((scopes & ORDER_SCOPE_USER) != 0) {
		fprintf(stderr, "%sa user (-u)", before);
		before = " and ";
	}
	if ((scopes & ORDER_SCOPE_TARGET) != 0)
		fprintf(stderr, "%sa target (-t)", before);
}

/* Returns main()'s value, or 0 if the broker has done it. */
static int
explain(const struct order *order, const struct msg_ordered *ordered)
{
	const char *what = order->what == NULL ? "" : order->what;

	switch (ordered->code) {
	case ORDER_DONE:
		return 0;
	case ORDER_AMBIGUOUS:
		print_fault("that may be several things: ", what);
		fprintf(stderr, "vncbridgectl: it is ");
		name_scopes(ordered->scopes);
		fprintf(stderr, ": say which is meant\n");
		break;
	case ORDER_UNKNOWN:
		print_fault(order->scopes == ORDER_SCOPE_TARGET
			? "no target has that name: "
			: "no session, user with a session or target is: ",
		    what);
		break;
	case ORDER_FULL:
		print_fault("the broker can't remember one more lock: ", what);
		break;
	default:
		fprintf(stderr,
		    "vncbridgectl: the broker does not know yet what is "
		    "open: try again\n");
		break;
	}
	return EXIT_FAULT;
}

static void
tell(const struct order *order, const struct msg_ordered *ordered)
{
	if (kinds[order->kind].one != NULL) {
		printf("%" PRIu32 " %s\n", ordered->count,
		    ordered->count == 1 ? kinds[order->kind].one
					: kinds[order->kind].many);
		return;
	}
	if (order->what != NULL) {
		print_plain(order->what, 0);
		putchar(' ');
	}
	printf("%s\n", kinds[order->kind].done);
}

int
order_give(int fd, const struct order *order)
{
	const struct msg_ctl_ordered *said = ask(fd, order);
	const struct msg_ordered *ordered = &said->ordered;
	int status;

	daemon_check_code(said->code,
	    said->code == CTL_BUSY
		? "the broker does not answer: see the daemon's log"
		: "the daemon is of another version");
	if ((status = explain(order, ordered)) != 0)
		return status;
	if (order->is_json)
		printf("{\"count\":%" PRIu32 ",\"left\":%" PRIu32 "}\n",
		    ordered->count, ordered->left);
	else
		tell(order, ordered);
	if (ordered->left > 0 && !order->is_json)
		printf("%" PRIu32 " %s\n", ordered->left,
		    order->kind == ORDER_KICK
			? "could not be told: try again"
			: "have no page that could show it");
	if (kinds[order->kind].is_none_fault && ordered->count == 0)
		return EXIT_FAULT;
	return order->kind == ORDER_KICK && ordered->left > 0 ? EXIT_FAULT : 0;
}
