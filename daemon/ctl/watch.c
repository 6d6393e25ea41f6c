/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "daemon/ctl/daemon.h"
#include "daemon/ctl/print.h"
#include "daemon/ctl/screen.h"
#include "daemon/ctl/sessions.h"
#include "daemon/ctl/watch.h"

#define REFRESH_MS 1000
#define QUIET_MS   10000 /* longer than from one count to the next */
#define SEEN_MAX   8192	 /* sessions; more are counted, and not shown */
#define TEXT_MAX   256	 /* of a line */
#define RATE_MAX   24
#define ID_MAX	   40

/* A session, and how fast it is. */
struct seen {
	uint64_t conn_id;
	uint64_t since_sec;
	uint64_t to_client, to_target; /* bytes in all */
	uint64_t counted_ms;	       /* when that was another number */
	double client_rate, target_rate;
	uint32_t worker;
	uint32_t idle_sec;
	int is_watching;
	char client[ADDR_TEXT_MAX];
	char user[AUTH_NAME_MAX];
	char target[TARGET_TEXT_MAX];
};

struct round {
	struct seen sessions[SEEN_MAX];
	size_t count;
	size_t total;
};

/* The page: with its lines on a terminal, else as long as it is. */
struct page {
	int is_screen;
	unsigned left; /* lines */
};

static struct round rounds[2], *now = &rounds[0], *last = &rounds[1];

/* "12.3k": bytes per second, in four or five characters. */
static const char *
format_rate(double rate, char out[RATE_MAX])
{
	static const char units[] = " kMGT";
	size_t unit = 0;

	while (rate >= 1000 && unit < sizeof(units) - 2) {
		rate /= 1000;
		unit++;
	}
	if (unit == 0)
		snprintf(out, RATE_MAX, "%.0f", rate);
	else
		snprintf(out, RATE_MAX, "%.1f%c", rate, units[unit]);
	return out;
}

static const char *
format_age(uint64_t sec, char out[RATE_MAX])
{
	if (sec < 100)
		snprintf(out, RATE_MAX, "%" PRIu64 "s", sec);
	else if (sec < 100 * 60)
		snprintf(out, RATE_MAX, "%" PRIu64 "m", sec / 60);
	else if (sec < 100 * 3600)
		snprintf(out, RATE_MAX, "%" PRIu64 "h", sec / 3600);
	else
		snprintf(out, RATE_MAX, "%" PRIu64 "d", sec / 86400);
	return out;
}

static const struct seen *
find_last(const struct seen *s)
{
	size_t i;

	for (i = 0; i < last->count; i++)
		if (last->sessions[i].conn_id == s->conn_id &&
		    last->sessions[i].worker == s->worker)
			return &last->sessions[i];
	return NULL;
}

/* The broker hears each few seconds: the last of its counts are compared. */
static void
measure(struct seen *s, uint64_t now_ms)
{
	const struct seen *old = find_last(s);
	double sec;

	s->counted_ms = now_ms;
	if (old == NULL || s->to_client < old->to_client ||
	    s->to_target < old->to_target)
		return;
	if (s->to_client != old->to_client || s->to_target != old->to_target) {
		sec = (double)(now_ms - old->counted_ms) / MS_PER_SEC;
		if (sec <= 0)
			return;
		s->client_rate = (double)(s->to_client - old->to_client) / sec;
		s->target_rate = (double)(s->to_target - old->to_target) / sec;
		return;
	}
	s->counted_ms = old->counted_ms;
	if (now_ms - old->counted_ms < QUIET_MS) {
		s->client_rate = old->client_rate;
		s->target_rate = old->target_rate;
	}
}

static void
note(void *arg, const struct list_entry *entry)
{
	const uint64_t *now_ms = arg;
	struct seen *s;

	now->total++;
	if (now->count == SEEN_MAX)
		return;
	s = &now->sessions[now->count++];
	memset(s, 0, sizeof(*s));
	s->conn_id = entry->conn_id;
	s->worker = entry->worker;
	s->since_sec = entry->since_sec;
	s->to_client = entry->to_client_bytes;
	s->to_target = entry->to_target_bytes;
	s->idle_sec = entry->idle_sec;
	s->is_watching = entry->is_watching != 0;
	addr_format_ip(&entry->client, s->client);
	memcpy(s->user, entry->user, sizeof(s->user));
	memcpy(s->target, entry->target, sizeof(s->target));
	measure(s, *now_ms);
}

/* The fastest first; of those that are as fast, the oldest. */
static int
compare(const void *a, const void *b)
{
	const struct seen *s = a, *t = b;
	double x = s->client_rate + s->target_rate;
	double y = t->client_rate + t->target_rate;

	if (x != y)
		return x > y ? -1 : 1;
	if (s->conn_id == t->conn_id)
		return s->worker < t->worker ? -1 : 1;
	return s->conn_id < t->conn_id ? -1 : 1;
}

static void VB_PRINTF(2, 3) put(struct page *page, const char *fmt, ...)
{
	char line[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (!page->is_screen) {
		print_plain(line, 0);
		putchar('\n');
	} else if (page->left > 0) {
		screen_line(line, --page->left > 0);
	}
}

static void
put_head(struct page *page, const struct targets *targets, time_t now_sec)
{
	char client[RATE_MAX], target[RATE_MAX], at[PRINT_TIME_MAX];
	double client_rate = 0, target_rate = 0;
	size_t i;

	for (i = 0; i < now->count; i++) {
		client_rate += now->sessions[i].client_rate;
		target_rate += now->sessions[i].target_rate;
	}
	put(page,
	    "vncbridged %s  %zu %s  %sB/s to clients, %sB/s to "
	    "targets%s",
	    print_time((uint64_t)now_sec, at), now->total,
	    now->total == 1 ? "session" : "sessions",
	    format_rate(client_rate, client), format_rate(target_rate, target),
	    targets->is_refusing ? "  NO NEW ONES" : "");
}

static int
is_worth_a_line(const struct target_entry *t)
{
	return t->is_locked || t->open + t->pending + t->waiting + t->kept > 0;
}

/* Those that somebody has or wants, in a third of the screen at most. */
static void
put_targets(struct page *page, const struct targets *targets, uint64_t now_sec)
{
	unsigned room = page->is_screen ? page->left / 3 : UINT32_MAX;
	uint32_t i, shown = 0, hidden = 0;
	const struct target_entry *t;
	char age[RATE_MAX];

	put(page, "%-24s %-8s %5s %4s %4s %5s  %s", "TARGET", "STATE", "OPEN",
	    "WAIT", "KEPT", "SINCE", "HOLDER");
	for (i = 0; i < targets->count; i++) {
		t = &targets->entries[i];
		if (!is_worth_a_line(t) || shown >= room) {
			hidden++;
			continue;
		}
		shown++;
		put(page,
		    "%-24.24s %-8s %5" PRIu32 " %4" PRIu32 " %4" PRIu32
		    " %5s  %.60s",
		    t->name, targets_state(t), t->open, t->waiting, t->kept,
		    t->since_sec == 0 || t->since_sec > now_sec
			? "-"
			: format_age(now_sec - t->since_sec, age),
		    t->is_locked && t->lock_text[0] != '\0' ? t->lock_text
			: t->holder[0] == '\0'		    ? "-"
							    : t->holder);
	}
	if (hidden > 0)
		put(page, "and %" PRIu32 " more", hidden);
}

static void
put_sessions(struct page *page)
{
	char id[ID_MAX], client[RATE_MAX], target[RATE_MAX], idle[RATE_MAX];
	const struct seen *s;
	size_t i;

	put(page, "%-10s %-14s %-15s %-15s %7s %7s %5s", "SESSION", "USER",
	    "CLIENT", "TARGET", "TO CL/S", "TO TG/S", "IDLE");
	for (i = 0; i < now->count; i++) {
		s = &now->sessions[i];
		snprintf(id, sizeof(id), "%" PRIu32 "/%" PRIu64, s->worker,
		    s->conn_id);
		put(page, "%-10s %-14.14s %-15.15s %-15.15s %7s %7s %5s%s", id,
		    s->user[0] == '\0' ? "-" : s->user, s->client, s->target,
		    format_rate(s->client_rate, client),
		    format_rate(s->target_rate, target),
		    s->idle_sec == LIST_IDLE_UNKNOWN
			? "-"
			: format_age(s->idle_sec, idle),
		    s->is_watching ? "  watch" : "");
	}
}

/* One look at all of it. */
static void
look(int fd, int is_screen)
{
	uint64_t now_ms = clock_now_ms();
	time_t now_sec = time(NULL);
	struct page page = {is_screen, screen_lines()};
	const struct targets *targets;
	struct round *other = last;

	last = now;
	now = other;
	now->count = now->total = 0;
	sessions_ask(fd, note, &now_ms);
	qsort(now->sessions, now->count, sizeof(now->sessions[0]), compare);
	targets = targets_ask(fd);
	if (is_screen)
		screen_home();
	put_head(&page, targets, now_sec);
	put(&page, "%s", "");
	put_targets(&page, targets, (uint64_t)now_sec);
	put(&page, "%s", "");
	put_sessions(&page);
	if (is_screen)
		screen_clear_rest();
}

int
watch(int fd)
{
	int key;

	if (screen_begin() < 0) {
		look(fd, 0);
		return 0;
	}
	do {
		look(fd, 1);
		key = screen_wait(REFRESH_MS);
	} while (key != -1 && key != 'q' && key != 'Q');
	screen_end();
	return 0;
}
