/* SPDX-License-Identifier: ISC */
#include <sys/resource.h>

#include <event2/buffer.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/metrics.h"
#include "common/sealed.h"
#include "daemon/master/children/census.h"
#include "daemon/master/children/count.h"
#include "daemon/master/control/control_metrics.h"
#include "daemon/master/figures.h"
#include "daemon/master/master.h"
#include "daemon/master/metrics/page.h"
#include "daemon/master/operator.h"

/* What the page borrows. */
struct stock {
	struct msg_ctl_status_is status;
	uint64_t values[METRICS_COUNT];
	struct metrics_cert certs[PROTO_CERTS_MAX];
	const char *targets[METRICS_TARGETS_MAX];
};

static void
stock_certs(
    const struct master *m, struct stock *stock, struct metrics_page *page)
{
	const struct conf *conf = m->bundle->conf;
	const uint64_t *ends_sec = supervisor_cert_ends(m->supervisor);
	size_t i;

	page->certs = stock->certs;
	for (i = 0; i < conf->cert_count && i < PROTO_CERTS_MAX; i++) {
		stock->certs[i].path = conf->certs[i].certificate;
		stock->certs[i].ends_sec = ends_sec[i];
	}
	page->cert_count = i;
}

/* Counts of another configuration are of other targets. */
static void
stock_targets(
    const struct master *m, struct stock *stock, struct metrics_page *page)
{
	const struct conf *conf = m->bundle->conf;
	const struct msg_counted *counted = supervisor_targets(m->supervisor);
	size_t i;

	page->targets = stock->targets;
	page->target_sessions = counted->targets;
	if (counted->generation != m->bundle->generation)
		return;
	for (i = 0; i < conf->target_count && i < METRICS_TARGETS_MAX; i++)
		stock->targets[i] = conf->targets[i].name;
	page->target_count = i;
	page->has_more_targets = conf->target_count > METRICS_TARGETS_MAX;
}

static void
stock_descriptors(const struct master *m, struct metrics_page *page)
{
	struct rlimit limit;

	page->descriptors[0] = metrics_descriptors();
	supervisor_fill_descriptors(m->supervisor, page->descriptors + 1);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		page->descriptors_max = limit.rlim_cur;
}

static int
write_page(struct master *m, struct evbuffer *out)
{
	static struct stock stock;
	struct metrics_page page;

	memset(&stock, 0, sizeof(stock));
	memset(&page, 0, sizeof(page));
	operator_fill_status(m, &stock.status);
	supervisor_sum(m->supervisor, stock.values);
	page.status = &stock.status;
	page.values = stock.values;
	stock_certs(m, &stock, &page);
	stock_targets(m, &stock, &page);
	stock_descriptors(m, &page);
	return metrics_page_write(&page, out);
}

/* A sealed memory file with the page, or -1. */
static int
make_file(struct master *m, uint64_t *size_bytes)
{
	struct evbuffer *text = evbuffer_new();
	int fd = -1;

	*size_bytes = 0;
	if (text != NULL && write_page(m, text) == 0 &&
	    evbuffer_get_length(text) <= METRICS_TEXT_MAX)
		fd = sealed_new("metrics");
	if (fd != -1) {
		*size_bytes = evbuffer_get_length(text);
		while (evbuffer_get_length(text) > 0)
			if (evbuffer_write(text, fd) <= 0)
				break;
		if (evbuffer_get_length(text) > 0 || sealed_close(fd) == -1) {
			close(fd);
			fd = -1;
		}
	}
	if (text != NULL)
		evbuffer_free(text);
	return fd;
}

void
figures_tell(struct master *m)
{
	uint64_t size_bytes;
	int fd = make_file(m, &size_bytes);

	if (fd == -1)
		log_warn("no memory for the page of metrics");
	supervisor_tell_metrics(m->supervisor, fd, size_bytes);
	if (m->control != NULL)
		control_on_metrics(m->control, fd, size_bytes);
	if (fd != -1)
		close(fd);
}
