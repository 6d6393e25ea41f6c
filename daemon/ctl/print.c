/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "daemon/ctl/json.h"
#include "daemon/ctl/print.h"

#define US_PER_MS 1000
#define DAY_SEC	  86400
#define WARN_DAYS 21 /* as in the log */

/* ISO 8601 in UTC: the same on every operator's desk. */
const char *
print_time(uint64_t sec, char out[PRINT_TIME_MAX])
{
	time_t t = (time_t)sec;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(out, PRINT_TIME_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		out[0] = '\0';
	return out;
}

/*
 * Text of the daemon for a terminal: what that could take for more than text
 * becomes '?'. Names have none of it.
 */
static char
plain(char c)
{
	return c < 0x20 || c > 0x7e ? '?' : c;
}

void
print_plain(const char *text, int width)
{
	int n = 0;

	for (; *text != '\0'; text++, n++)
		putchar(plain(*text));
	for (; n < width; n++)
		putchar(' ');
}

void
print_fault(const char *before, const char *text)
{
	fprintf(stderr, "vncbridgectl: %s", before);
	for (; *text != '\0'; text++)
		fputc(plain(*text), stderr);
	fputc('\n', stderr);
}

static void
print_audit(const struct ctl_audit *a)
{
	if (!a->is_on)
		return;
	printf("\naudit trail: record %" PRIu64 ", %" PRIu64
	       " opened = %" PRIu64 " ended + %" PRIu64 " running, %" PRIu64
	       " records lost\nlast hash ",
	    a->seq, a->opened, a->ended, a->running, a->lost);
	print_plain(a->hash, 0);
	putchar('\n');
	if (a->error != 0)
		printf("can't be written: %s\n", strerror((int)a->error));
}

static void
print_audit_json(const struct ctl_audit *a)
{
	printf(",\"audit\":");
	if (!a->is_on) {
		printf("null");
		return;
	}
	printf("{\"seq\":%" PRIu64 ",\"hash\":", a->seq);
	json_string(a->hash);
	printf(",\"opened\":%" PRIu64 ",\"ended\":%" PRIu64
	       ",\"running\":%" PRIu64 ",\"lost\":%" PRIu64 ",\"error\":",
	    a->opened, a->ended, a->running, a->lost);
	if (a->error == 0)
		printf("null}");
	else {
		json_string(strerror((int)a->error));
		putchar('}');
	}
}

static const char *
process_state(const struct ctl_process *p)
{
	if (p->pid == 0)
		return "down";
	return p->is_ready ? "ready" : "starting";
}

/* Whole days until then; negative once it is past. */
static long
days_left(uint64_t ends_sec, uint64_t now_sec)
{
	long left_sec = (long)(ends_sec - now_sec);

	return left_sec >= 0 ? left_sec / DAY_SEC : -1;
}

static void
print_certs(const struct ctl_cert *certs, size_t count, uint64_t now_sec)
{
	char end[PRINT_TIME_MAX];
	long days;
	size_t i;

	if (count > 0)
		printf("\n%-20s %7s  %s\n", "EXPIRES", "DAYS", "CERTIFICATE");
	for (i = 0; i < count; i++) {
		days = days_left(certs[i].ends_sec, now_sec);
		printf(
		    "%-20s %7ld  ", print_time(certs[i].ends_sec, end), days);
		print_plain(certs[i].path, 0);
		if (days < WARN_DAYS)
			printf(days < 0 ? "  (expired)" : "  (soon)");
		putchar('\n');
	}
}

static void
print_certs_json(const struct ctl_cert *certs, size_t count, uint64_t now_sec)
{
	char end[PRINT_TIME_MAX];
	size_t i;

	printf(",\"certificates\":[");
	for (i = 0; i < count; i++) {
		printf("%s\n{\"file\":", i == 0 ? "" : ",");
		json_string(certs[i].path);
		printf(",\"expires\":\"%s\",\"days\":%ld}",
		    print_time(certs[i].ends_sec, end),
		    days_left(certs[i].ends_sec, now_sec));
	}
	printf("\n]");
}

void
print_status(const struct msg_ctl_status_is *status,
    const struct ctl_cert *certs, size_t count)
{
	const struct ctl_process *p;
	char since[PRINT_TIME_MAX];
	uint32_t i, conns = 0, sessions = 0;

	for (i = 0; i < status->count; i++) {
		conns += status->processes[i].conns;
		sessions += status->processes[i].sessions;
	}
	printf("vncbridged ");
	print_plain(status->version, 0);
	printf(" %s since %s, configuration %" PRIu32 "\n",
	    status->is_draining		   ? "draining,"
		: status->is_refusing == 1 ? "taking no new sessions,"
					   : "running",
	    print_time(status->since_sec, since), status->generation);
	if (status->proto_version != PROTO_VERSION ||
	    strcmp(status->version, PACKAGE_VERSION) != 0)
		printf("(vncbridgectl is %s: the daemon keeps the programs "
		       "that it was started with)\n",
		    PACKAGE_VERSION);
	printf("%" PRIu32 " sessions, %" PRIu32 " of %" PRIu32
	       " connections, %" PRIu64 " accepted in total\n\n",
	    sessions, conns, status->max_connections, status->conns_accepted);
	printf("%-10s %8s %-8s %8s %11s %8s  %s\n", "PROCESS", "PID", "STATE",
	    "SESSIONS", "CONNECTIONS", "RESTARTS", "SINCE");
	for (i = 0; i < status->count; i++) {
		p = &status->processes[i];
		if (p->role == ROLE_WORKER)
			printf("worker %-3" PRIu32, p->index);
		else
			printf("%-10s", proto_role_name(p->role));
		printf(" %8" PRIu32 " %-8s", p->pid, process_state(p));
		if (p->role == ROLE_WORKER)
			printf(
			    " %8" PRIu32 " %11" PRIu32, p->sessions, p->conns);
		else
			printf(" %8s %11s", "-", "-");
		printf(" %8" PRIu32 "  %s\n", p->restarts,
		    print_time(p->since_sec, since));
	}
	print_certs(certs, count, status->now_sec);
	print_audit(&status->audit);
}

void
print_status_json(const struct msg_ctl_status_is *status,
    const struct ctl_cert *certs, size_t count)
{
	const struct ctl_process *p;
	char since[PRINT_TIME_MAX];
	uint32_t i;

	printf("{\"version\":");
	json_string(status->version);
	printf(",\"since\":\"%s\",\"uptime_sec\":%" PRIu64
	       ",\"generation\":%" PRIu32 ",\"draining\":%s,\"refusing\":%s"
	       ",\"accepted\":%" PRIu64 ",\"max_connections\":%" PRIu32
	       ",\"processes\":[",
	    print_time(status->since_sec, since),
	    status->now_sec - status->since_sec, status->generation,
	    status->is_draining ? "true" : "false",
	    status->is_refusing == 1 ? "true" : "false", status->conns_accepted,
	    status->max_connections);
	for (i = 0; i < status->count; i++) {
		p = &status->processes[i];
		printf("%s\n{\"role\":\"%s\",\"index\":%" PRIu32
		       ",\"pid\":%" PRIu32 ",\"state\":\"%s\""
		       ",\"restarts\":%" PRIu32 ",\"connections\":%" PRIu32
		       ",\"sessions\":%" PRIu32 ",\"since\":\"%s\"}",
		    i == 0 ? "" : ",", proto_role_name(p->role), p->index,
		    p->pid, process_state(p), p->restarts, p->conns,
		    p->sessions, print_time(p->since_sec, since));
	}
	printf("\n]");
	print_certs_json(certs, count, status->now_sec);
	print_audit_json(&status->audit);
	printf("}\n");
}

void
print_sessions_begin(int is_json)
{
	if (is_json)
		printf("{\"sessions\":[");
	else
		printf("%8s %-6s %-40s %-32s %-20s %14s %14s  "
		       "%8s %10s %10s  %-8s  %-16s  %s\n",
		    "CONN", "WORKER", "CLIENT", "TARGET", "SINCE", "TO CLIENT",
		    "TO TARGET", "PING", "CLIENT RTT", "TARGET RTT", "STALLED",
		    "USER", "SUBJECT");
}

/* null if the client has shown no certificate. */
static void
print_subject_json(const struct subject *subject)
{
	char others[SUBJECT_TEXT_MAX], *word, *at = others;
	const char *comma = "";
	size_t i;

	if (subject->name[0] == '\0') {
		printf("null");
		return;
	}
	printf("{\"subject\":");
	json_string(subject->name);
	printf(",\"names\":[");
	memcpy(others, subject->others, sizeof(others));
	while ((word = strsep(&at, " ")) != NULL && *word != '\0') {
		printf("%s", comma);
		json_string(word);
		comma = ",";
	}
	printf("],\"sha256\":\"");
	for (i = 0; i < sizeof(subject->sha256); i++)
		printf("%02x", subject->sha256[i]);
	printf("\"}");
}

/* In milliseconds; "-" if it is not known. */
static void
print_round_trip(uint32_t us)
{
	if (us == 0)
		printf(" %10s", "-");
	else
		printf(" %7" PRIu32 ".%" PRIu32 "ms", us / US_PER_MS,
		    us % US_PER_MS / (US_PER_MS / 10));
}

static void
print_ways(const struct session_ways *ways)
{
	const char *stalled = "-";

	if (ways->client.stalled_sec != 0)
		stalled = ways->target.stalled_sec != 0 ? "both" : "client";
	else if (ways->target.stalled_sec != 0)
		stalled = "target";
	if (ways->has_ping)
		printf("%6" PRIu32 "ms", ways->ping_ms);
	else
		printf("%8s", "-");
	print_round_trip(ways->client.rtt_us);
	print_round_trip(ways->target.rtt_us);
	printf("  %-8s  ", stalled);
}

static void
print_way_json(const char *name, const struct session_way *way)
{
	char since[PRINT_TIME_MAX];

	printf(",\"%s_rtt_us\":", name);
	if (way->rtt_us == 0)
		printf("null");
	else
		printf("%" PRIu32, way->rtt_us);
	printf(",\"%s_resent\":%" PRIu32 ",\"%s_stalled_since\":", name,
	    way->resent, name);
	if (way->stalled_sec == 0)
		printf("null");
	else
		printf("\"%s\"", print_time(way->stalled_sec, since));
}

static void
print_ways_json(const struct session_ways *ways)
{
	printf(",\"ping_ms\":");
	if (ways->has_ping)
		printf("%" PRIu32, ways->ping_ms);
	else
		printf("null");
	print_way_json("client", &ways->client);
	print_way_json("target", &ways->target);
}

const char *
print_mode(uint32_t mode)
{
	static const char *const names[LEASE_MODE_COUNT] = {
	    [LEASE_MODE_SHARE] = "share",
	    [LEASE_MODE_EXCLUSIVE] = "exclusive",
	    [LEASE_MODE_ASK] = "ask",
	    [LEASE_MODE_QUEUE] = "queue",
	};

	return mode < LEASE_MODE_COUNT ? names[mode] : "-";
}

/* null where it is not known, or no configured target's. */
static void
print_lease_json(const struct list_entry *entry)
{
	printf(",\"id\":\"%" PRIu32 "/%" PRIu64 "\",\"fence\":%" PRIu64
	       ",\"mode\":",
	    entry->worker, entry->conn_id, entry->fence);
	if (entry->mode < LEASE_MODE_COUNT)
		printf("\"%s\"", print_mode(entry->mode));
	else
		printf("null");
	if (entry->idle_sec == LIST_IDLE_UNKNOWN)
		printf(",\"idle_sec\":null");
	else
		printf(",\"idle_sec\":%" PRIu32, entry->idle_sec);
	printf(",\"watch\":%s", entry->is_watching ? "true" : "false");
}

void
print_session(const struct list_entry *entry, int is_json, int is_first)
{
	char client[ADDR_TEXT_MAX], address[ADDR_TEXT_MAX],
	    since[PRINT_TIME_MAX];

	addr_format(&entry->client, client);
	addr_format(&entry->addr, address);
	print_time(entry->since_sec, since);
	if (!is_json) {
		printf("%8" PRIu64 " %-6" PRIu32 " %-40s ", entry->conn_id,
		    entry->worker, client);
		print_plain(entry->target, 32);
		printf(" %-20s %14" PRIu64 " %14" PRIu64 "  ", since,
		    entry->to_client_bytes, entry->to_target_bytes);
		print_ways(&entry->ways);
		print_plain(entry->user[0] == '\0' ? "-" : entry->user, 16);
		printf("  ");
		print_plain(
		    entry->subject.name[0] == '\0' ? "-" : entry->subject.name,
		    0);
		if (entry->is_watching)
			printf("  watch");
		putchar('\n');
		return;
	}
	printf("%s\n{\"conn\":%" PRIu64 ",\"worker\":%" PRIu32
	       ",\"client\":\"%s\",\"target\":",
	    is_first ? "" : ",", entry->conn_id, entry->worker, client);
	json_string(entry->target);
	printf(",\"address\":\"%s\",\"since\":\"%s\",\"to_client\":%" PRIu64
	       ",\"to_target\":%" PRIu64 ",\"certificate\":",
	    address, since, entry->to_client_bytes, entry->to_target_bytes);
	print_subject_json(&entry->subject);
	printf(",\"user\":");
	if (entry->user[0] == '\0')
		printf("null");
	else
		json_string(entry->user);
	print_ways_json(&entry->ways);
	print_lease_json(entry);
	putchar('}');
}

void
print_sessions_end(int is_json, unsigned long count)
{
	if (is_json)
		printf("\n]}\n");
	else if (count == 0)
		printf("no sessions\n");
}
