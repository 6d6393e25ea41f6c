/* SPDX-License-Identifier: ISC */
/* STANDARDS  Prometheus, exposition formats, text format 0.0.4 */
#include <ctype.h>
#include <event2/buffer.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/metrics.h"
#include "daemon/master/metrics/page.h"
#include "daemon/master/metrics/rows.h"

#define MS_OF_SEC 1000
#define LABEL_MAX (2 * CTL_CERT_PATH_MAX)

/* What is written, and whether all of it had memory. */
struct text {
	struct evbuffer *out;
	int has_failed;
};

static void VB_PRINTF(2, 3) add(struct text *text, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (evbuffer_add_vprintf(text->out, fmt, ap) == -1)
		text->has_failed = 1;
	va_end(ap);
}

static void
begin(struct text *text, const char *name, const char *type, const char *help)
{
	add(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
add_single(struct text *text, const char *name, const char *type,
    const char *help, uint64_t value)
{
	begin(text, name, type, help);
	add(text, "%s %llu\n", name, (unsigned long long)value);
}

/* What a label's value may not have as it is; a longer one is cut. */
static const char *
escape(const char *value, char out[LABEL_MAX])
{
	size_t n = 0;

	for (; *value != '\0' && n + 3 <= LABEL_MAX; value++) {
		if (*value == '\\' || *value == '"' || *value == '\n')
			out[n++] = '\\';
		out[n++] = *value == '\n' ? 'n' : *value;
	}
	out[n] = '\0';
	return out;
}

/* ---- of the daemon ---- */

static void
add_daemon(struct text *text, const struct metrics_page *page)
{
	const struct msg_ctl_status_is *s = page->status;
	char version[LABEL_MAX];
	uint64_t conns = 0, sessions = 0;
	uint32_t i;

	for (i = 0; i < s->count; i++) {
		conns += s->processes[i].conns;
		sessions += s->processes[i].sessions;
	}
	begin(text, "vncbridge_build_info", "gauge", "The running version.");
	add(text, "vncbridge_build_info{version=\"%s\"} 1\n",
	    escape(s->version, version));
	add_single(text, "vncbridge_start_time_seconds", "gauge",
	    "When the daemon was started.", s->since_sec);
	add_single(text, "vncbridge_configuration_generation", "gauge",
	    "1, and one more with each reload.", s->generation);
	add_single(text, "vncbridge_draining", "gauge",
	    "1 while the daemon ends, and lets sessions go on.",
	    s->is_draining != 0);
	add_single(text, "vncbridge_connections", "gauge",
	    "Connections of browsers and proxies.", conns);
	add_single(text, "vncbridge_max_connections", "gauge",
	    "How many connections there may be.", s->max_connections);
	add_single(text, "vncbridge_sessions", "gauge",
	    "Sessions, also those that are being opened.", sessions);
	add_single(text, "vncbridge_connections_accepted_total", "counter",
	    "Connections that were accepted.", s->conns_accepted);
	add_single(text, "vncbridge_max_fds", "gauge",
	    "How many descriptors a process may have.", page->descriptors_max);
}

/* ---- of each process ---- */

static uint64_t
get_up(const struct metrics_page *page, uint32_t i)
{
	return page->status->processes[i].is_ready != 0;
}

static uint64_t
get_restarts(const struct metrics_page *page, uint32_t i)
{
	return page->status->processes[i].restarts;
}

static uint64_t
get_since(const struct metrics_page *page, uint32_t i)
{
	return page->status->processes[i].since_sec;
}

static uint64_t
get_descriptors(const struct metrics_page *page, uint32_t i)
{
	return page->descriptors[i];
}

static void
add_processes(struct text *text, const struct metrics_page *page)
{
	static const struct {
		const char *name;
		const char *type;
		const char *help;
		uint64_t (*get)(const struct metrics_page *page, uint32_t i);
	} rows[] = {
	    {"vncbridge_process_up", "gauge", "1 if the process is in service.",
		get_up},
	    {"vncbridge_process_restarts_total", "counter",
		"How often the process was replaced.", get_restarts},
	    {"vncbridge_process_start_time_seconds", "gauge",
		"When the process was started.", get_since},
	    {"vncbridge_process_open_fds", "gauge",
		"Descriptors that the process has open.", get_descriptors},
	};
	const struct ctl_process *p;
	size_t row;
	uint32_t i;

	for (row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		begin(text, rows[row].name, rows[row].type, rows[row].help);
		for (i = 0; i < page->status->count; i++) {
			p = &page->status->processes[i];
			add(text, "%s{process=\"%s\",index=\"%u\"} %llu\n",
			    rows[row].name, proto_role_name(p->role), p->index,
			    (unsigned long long)rows[row].get(page, i));
		}
	}
}

/* ---- of certificates and targets ---- */

static void
add_certs(struct text *text, const struct metrics_page *page)
{
	static const char name[] =
	    "vncbridge_certificate_not_after_timestamp_seconds";
	char path[LABEL_MAX];
	size_t i;

	begin(text, name, "gauge", "When a certificate ends; 0: unknown.");
	for (i = 0; i < page->cert_count; i++)
		add(text, "%s{path=\"%s\"} %llu\n", name,
		    escape(page->certs[i].path, path),
		    (unsigned long long)page->certs[i].ends_sec);
}

static void
add_targets(struct text *text, const struct metrics_page *page)
{
	static const char name[] = "vncbridge_target_sessions";
	char target[LABEL_MAX];
	size_t i;

	begin(text, name, "gauge",
	    "Sessions of the configured targets; the last ones of a long list "
	    "together.");
	for (i = 0; i < page->target_count; i++)
		add(text, "%s{target=\"%s\"} %u\n", name,
		    escape(page->targets[i], target), page->target_sessions[i]);
	if (page->has_more_targets)
		add(text, "%s{target=\"(others)\"} %llu\n", name,
		    (unsigned long long)page->values[METRIC_TARGETS_REST]);
}

/* ---- of what the processes count ---- */

static void
add_labels(struct text *text, const char *labels)
{
	add(text, "{");
	for (; *labels != '\0'; labels++)
		add(text, "%c", tolower((unsigned char)*labels));
	add(text, "}");
}

static void
add_rows(struct text *text, const uint64_t *values)
{
	const struct metrics_row *row = metrics_rows;
	const char *name = "";
	uint32_t i;

	for (i = 0; i < metrics_row_count; i++, row++) {
		if (row->name != NULL) {
			name = row->name;
			begin(text, name,
			    metrics_is_gauge(row->metric) ? "gauge" : "counter",
			    row->help);
		}
		add(text, "%s", name);
		if (row->labels != NULL)
			add_labels(text, row->labels);
		add(text, " %llu\n", (unsigned long long)values[row->metric]);
	}
}

/*
 * The buckets are counted one by one, and told as sums. Labels are of the
 * tables here, and as they are.
 */
static void
add_histogram(struct text *text, const char *name, const char *labels,
    const uint64_t *values)
{
	static const char *const bounds[] = {
#define X(ms, text) text,
	    METRICS_BOUNDS(X)
#undef X
	};
	unsigned long long ms = values[METRICS_BUCKETS];
	const char *comma = labels[0] == '\0' ? "" : ",";
	char braces[LABEL_MAX] = "";
	uint64_t sum = 0;
	size_t i;

	if (labels[0] != '\0')
		snprintf(braces, sizeof(braces), "{%s}", labels);
	for (i = 0; i < METRICS_BUCKETS; i++) {
		sum = metrics_sum(sum, values[i]);
		add(text, "%s_bucket{%s%sle=\"%s\"} %llu\n", name, labels,
		    comma, i < METRICS_ABOVE ? bounds[i] : "+Inf",
		    (unsigned long long)sum);
	}
	add(text, "%s_sum%s %llu.%03llu\n%s_count%s %llu\n", name, braces,
	    ms / MS_OF_SEC, ms % MS_OF_SEC, name, braces,
	    (unsigned long long)sum);
}

static void
add_histograms(struct text *text, const uint64_t *values)
{
	const struct metrics_row *row = metrics_histograms;
	const char *name = "";
	uint32_t i;

	for (i = 0; i < metrics_histogram_count; i++, row++) {
		if (row->name != NULL) {
			name = row->name;
			begin(text, name, "histogram", row->help);
		}
		add_histogram(text, name,
		    row->labels == NULL ? "" : row->labels,
		    values + row->metric);
	}
}

int
metrics_page_write(const struct metrics_page *page, struct evbuffer *out)
{
	struct text text = {.out = out};

	add_daemon(&text, page);
	add_processes(&text, page);
	add_certs(&text, page);
	add_targets(&text, page);
	add_rows(&text, page->values);
	add_histograms(&text, page->values);
	return text.has_failed ? VB_ENOMEM : 0;
}
