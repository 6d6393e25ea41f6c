/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "common/log.h"
#include "daemon/bundle/conf.h"
#include "daemon/master/expiry.h"

#define DAY_SEC 86400

static enum expiry_step said[PROTO_CERTS_MAX];

enum expiry_step
expiry_step(uint64_t ends_sec, time_t now)
{
	static const struct {
		unsigned days;
		enum expiry_step step;
	} steps[] = {{1, EXPIRY_IN_1_DAY}, {7, EXPIRY_IN_7_DAYS},
	    {21, EXPIRY_IN_21_DAYS}};
	size_t i;

	if (ends_sec == 0)
		return EXPIRY_FAR;
	if (ends_sec < (uint64_t)now)
		return EXPIRY_OVER;
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (ends_sec - (uint64_t)now <=
		    (uint64_t)steps[i].days * DAY_SEC)
			return steps[i].step;
	return EXPIRY_FAR;
}

void
expiry_forget(void)
{
	memset(said, 0, sizeof(said));
}

static void
say(const char *path, uint64_t ends_sec, enum expiry_step step, time_t now)
{
	time_t end = (time_t)ends_sec;
	char date[32] = "";
	struct tm tm;

	if (gmtime_r(&end, &tm) != NULL)
		strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (step == EXPIRY_OVER)
		log_warn(
		    "certificate has expired file=\"%s\" end=%s", path, date);
	else
		log_warn("certificate expires soon file=\"%s\" end=%s days=%u",
		    path, date, (unsigned)((end - now) / DAY_SEC));
}

void
expiry_check(const struct conf *conf, const uint64_t *ends_sec, time_t now)
{
	enum expiry_step step;
	size_t i;

	for (i = 0; i < conf->cert_count; i++) {
		step = expiry_step(ends_sec[i], now);
		if (step > said[i])
			say(conf->certs[i].certificate, ends_sec[i], step, now);
		said[i] = step;
	}
}
