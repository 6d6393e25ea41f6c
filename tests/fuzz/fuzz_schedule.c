/* SPDX-License-Identifier: ISC */
/*
 * Times of the week: what is taken has an item, none of them empty, and there
 * is a minute of the week that is in it.
 */
#include <stdlib.h>
#include <string.h>

#include "common/schedule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int is_true)
{
	if (!is_true)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct schedule schedule;
	struct tm local = {0};
	char *text = malloc(size + 1);
	int found = 0;
	uint32_t i;

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (schedule_parse(text, &schedule) == 0) {
		must(
		    schedule.count > 0 && schedule.count <= SCHEDULE_SPANS_MAX);
		for (i = 0; i < schedule.count; i++) {
			must(schedule.spans[i].days != 0 &&
			    schedule.spans[i].days < 128);
			must(schedule.spans[i].from_min < 1440 &&
			    schedule.spans[i].to_min <= 1440 &&
			    schedule.spans[i].from_min !=
				schedule.spans[i].to_min);
		}
		for (i = 0; i < 7 * 1440 && !found; i++) {
			local.tm_wday = (int)(i / 1440);
			local.tm_hour = (int)(i % 1440 / 60);
			local.tm_min = (int)(i % 60);
			found = schedule_has(&schedule, &local);
		}
		must(found);
	}
	free(text);
	return 0;
}
