/* SPDX-License-Identifier: ISC */
#include <poll.h>
#include <string.h>

#include "common/metrics.h"
#include "common/proto.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define PORTION	 256 /* descriptors that are looked at at once */

static struct {
	uint64_t values[METRICS_COUNT];
	metrics_filler *filler;
	void *arg;
} metrics;

/* Which metric a code is. */
struct code {
	uint32_t code;
	enum metric metric;
};

static const struct code statuses[] = {
#define X(status, name) {status, METRIC_STATUS_##name},
    METRICS_STATUSES(X)
#undef X
};

static const struct code ends[] = {
#define X(code, name) {code, METRIC_ENDED_##name},
    METRICS_WS_CODES(X)
#undef X
#define X(code, name, cause) {code, METRIC_ENDED_##name},
	CLOSE_CODES(X)
#undef X
};

static const struct code refusals[] = {{0, METRIC_OPENED},
#define X(code, name, cause) {code, METRIC_REFUSED_##name},
    CLOSE_CODES(X)
#undef X
};

void
metrics_count(enum metric metric)
{
	metrics.values[metric]++;
}

void
metrics_add(enum metric metric, uint64_t more)
{
	metrics.values[metric] += more;
}

void
metrics_set(enum metric metric, uint64_t value)
{
	metrics.values[metric] = value;
}

static void
count_code(const struct code *codes, size_t n, uint32_t code, enum metric other)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (codes[i].code == code)
			break;
	metrics_count(i < n ? codes[i].metric : other);
}

void
metrics_count_status(int status)
{
	count_code(
	    statuses, COUNT(statuses), (uint32_t)status, METRIC_STATUS_OTHER);
}

void
metrics_count_ended(uint32_t code)
{
	count_code(ends, COUNT(ends), code, METRIC_ENDED_OTHER);
}

void
metrics_count_opened(uint32_t code)
{
	count_code(refusals, COUNT(refusals), code, METRIC_REFUSED_OTHER);
}

void
metrics_observe(enum metric metric, uint64_t ms)
{
	static const uint64_t bounds_ms[] = {
#define X(ms, text) ms,
	    METRICS_BOUNDS(X)
#undef X
	};
	size_t i;

	for (i = 0; i < COUNT(bounds_ms) && ms > bounds_ms[i]; i++)
		continue;
	metrics.values[metric + i]++;
	metrics.values[metric + METRICS_BUCKETS] += ms;
}

const uint64_t *
metrics_values(void)
{
	return metrics.values;
}

uint32_t
metrics_role(uint32_t metric)
{
	static const uint16_t plain[] = {
#define X(name, role, is_gauge) ROLE_##role,
	    METRICS_PLAIN(X)
#undef X
	};
	static const struct {
		uint32_t last;
		uint32_t role;
	} rest[] = {{METRIC_ENDED_OTHER, ROLE_WORKER},
	    {METRIC_REFUSED_OTHER, ROLE_BROKER},
#define X(name, role) {METRIC_##name##_LAST, ROLE_##role},
	    METRICS_HISTOGRAMS(X)
#undef X
	};
	size_t i;

	if (metric < COUNT(plain))
		return plain[metric];
	for (i = 0; i < COUNT(rest); i++)
		if (metric <= rest[i].last)
			return rest[i].role;
	return 0;
}

int
metrics_is_gauge(uint32_t metric)
{
	static const uint8_t plain[] = {
#define X(name, role, is_gauge) is_gauge,
	    METRICS_PLAIN(X)
#undef X
	};

	return metric < COUNT(plain) && plain[metric];
}

void
metrics_fill_by(metrics_filler *filler, void *arg)
{
	metrics.filler = filler;
	metrics.arg = arg;
}

void
metrics_fill(struct msg_counted *counted)
{
	if (metrics.filler != NULL)
		metrics.filler(metrics.arg, counted);
	memcpy(counted->values, metrics.values, sizeof(counted->values));
	counted->descriptors = metrics_descriptors();
}

/*
 * Without a file system there is no list of them. The kernel gives the lowest
 * number that is free: where a whole portion is, there are none above.
 */
uint32_t
metrics_descriptors(void)
{
	struct pollfd fds[PORTION];
	uint32_t total = 0, n;
	int first, i;

	for (first = 0;; first += PORTION) {
		for (i = 0; i < PORTION; i++)
			fds[i] = (struct pollfd){.fd = first + i};
		if (poll(fds, PORTION, 0) == -1)
			break;
		for (i = 0, n = 0; i < PORTION; i++)
			n += (fds[i].revents & POLLNVAL) == 0;
		total += n;
		if (n == 0)
			break;
	}
	return total;
}
