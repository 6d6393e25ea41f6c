/* SPDX-License-Identifier: ISC */
/*
 * A source is in the table only if a line of it was written in this minute, so
 * that the table can't be full before no more lines are written at all.
 */
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/quota.h"

struct source {
	struct addr addr; /* as source_of() makes it */
	uint32_t written;
	uint32_t held_back;
};

static struct {
	uint64_t ends_ms; /* of the minute; 0: none has begun */
	uint32_t written;
	uint32_t others_held_back;
	size_t count;
	struct source sources[QUOTA_LINES_ALL];
} quota;

static struct addr
source_of(const struct addr *from)
{
	struct addr source;

	memset(&source, 0, sizeof(source));
	if (from != NULL)
		addr_source(from, &source);
	return source;
}

static struct source *
find(const struct addr *addr)
{
	size_t i;

	for (i = 0; i < quota.count; i++)
		if (addr_is_same_ip(&quota.sources[i].addr, addr))
			return &quota.sources[i];
	return NULL;
}

int
quota_take(const struct addr *from)
{
	struct addr addr = source_of(from);
	struct source *source;

	quota_tick();
	if (quota.ends_ms == 0)
		quota.ends_ms = clock_now_ms() + QUOTA_MS;
	source = find(&addr);
	if (quota.written < QUOTA_LINES_ALL && source == NULL) {
		source = &quota.sources[quota.count++];
		memset(source, 0, sizeof(*source));
		source->addr = addr;
	}
	if (source == NULL) {
		quota.others_held_back++;
		return 0;
	}
	if (quota.written == QUOTA_LINES_ALL ||
	    source->written == QUOTA_LINES_SOURCE) {
		source->held_back++;
		return 0;
	}
	quota.written++;
	source->written++;
	return 1;
}

void
quota_log(enum log_level level, const struct addr *from, const char *fmt, ...)
{
	char line[LOG_LINE_MAX];
	va_list ap;

	if (!log_has_level(level) || !quota_take(from))
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	log_at(level, line);
}

static void
tell(const struct source *source)
{
	char text[ADDR_TEXT_MAX];

	log_info("%u more lines like these from=%s%s in a minute",
	    source->held_back, addr_format_ip(&source->addr, text),
	    source->addr.family == ADDR_V6 ? "/64" : "");
}

void
quota_end(void)
{
	uint32_t told = 0;
	size_t i;

	for (i = 0; i < quota.count; i++) {
		if (quota.sources[i].held_back == 0)
			continue;
		if (++told <= QUOTA_SOURCES_TOLD)
			tell(&quota.sources[i]);
		else
			quota.others_held_back += quota.sources[i].held_back;
	}
	if (quota.others_held_back > 0)
		log_info("%u more lines like these from others in a minute",
		    quota.others_held_back);
	quota.ends_ms = 0;
	quota.written = quota.others_held_back = 0;
	quota.count = 0;
}

void
quota_tick(void)
{
	if (quota.ends_ms != 0 && clock_now_ms() >= quota.ends_ms)
		quota_end();
}
