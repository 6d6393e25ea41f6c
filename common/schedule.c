/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "common/schedule.h"

#define DAYS	 7
#define DAY_MIN	 (24 * 60)
#define HOUR_MIN 60
#define ALL_DAYS ((1 << DAYS) - 1)

static const char *const day_names[DAYS] = {
    "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

static void
skip_blanks(const char **text)
{
	*text += strspn(*text, " \t");
}

/* Takes the name of a day. Returns its number, or VB_ESYNTAX. */
static int
take_day(const char **text)
{
	int i;

	for (i = 0; i < DAYS; i++)
		if (strncasecmp(*text, day_names[i], 3) == 0 &&
		    !isalpha((unsigned char)(*text)[3])) {
			*text += 3;
			return i;
		}
	return VB_ESYNTAX;
}

/* DAY or DAY-DAY. */
static int
take_days(const char **text, uint8_t *days)
{
	int first = take_day(text), last = first;

	if (first < 0)
		return VB_ESYNTAX;
	if (**text == '-') {
		(*text)++;
		if ((last = take_day(text)) < 0)
			return VB_ESYNTAX;
	}
	*days = 0;
	for (;; first = (first + 1) % DAYS) {
		*days |= (uint8_t)(1 << first);
		if (first == last)
			return 0;
	}
}

/* Two digits, and what they are at most. */
static int
take_two(const char **text, int most)
{
	const char *p = *text;
	int n;

	if (!isdigit((unsigned char)p[0]) || !isdigit((unsigned char)p[1]))
		return VB_ESYNTAX;
	n = (p[0] - '0') * 10 + (p[1] - '0');
	*text += 2;
	return n <= most ? n : VB_ESYNTAX;
}

/* HH:MM, in minutes. */
static int
take_time(const char **text)
{
	int hour = take_two(text, DAY_MIN / HOUR_MIN), minute;

	if (hour < 0 || **text != ':')
		return VB_ESYNTAX;
	(*text)++;
	if ((minute = take_two(text, HOUR_MIN - 1)) < 0)
		return VB_ESYNTAX;
	minute += hour * HOUR_MIN;
	return minute <= DAY_MIN ? minute : VB_ESYNTAX;
}

/* HH:MM-HH:MM; nothing that is empty, or begins at the end of a day. */
static int
take_hours(const char **text, struct schedule_span *span)
{
	int from = take_time(text), to;

	if (from < 0 || from == DAY_MIN || **text != '-')
		return VB_ESYNTAX;
	(*text)++;
	if ((to = take_time(text)) < 0 || to == from)
		return VB_ESYNTAX;
	span->from_min = (uint16_t)from;
	span->to_min = (uint16_t)to;
	return 0;
}

static int
take_item(const char **text, struct schedule_span *span)
{
	memset(span, 0, sizeof(*span));
	span->days = ALL_DAYS;
	span->to_min = DAY_MIN;
	skip_blanks(text);
	if (isdigit((unsigned char)**text)) {
		if (take_hours(text, span) < 0)
			return VB_ESYNTAX;
	} else {
		if (take_days(text, &span->days) < 0)
			return VB_ESYNTAX;
		if (**text == ' ' || **text == '\t') {
			skip_blanks(text);
			if (isdigit((unsigned char)**text) &&
			    take_hours(text, span) < 0)
				return VB_ESYNTAX;
		}
	}
	skip_blanks(text);
	return **text == ',' || **text == '\0' ? 0 : VB_ESYNTAX;
}

int
schedule_parse(const char *text, struct schedule *out)
{
	memset(out, 0, sizeof(*out));
	for (;; text++) {
		if (out->count == SCHEDULE_SPANS_MAX)
			return VB_EFULL;
		if (take_item(&text, &out->spans[out->count]) < 0)
			return VB_ESYNTAX;
		out->count++;
		if (*text == '\0')
			return 0;
	}
}

static int
span_has(const struct schedule_span *span, int day, int minute)
{
	int is_day = span->days >> day & 1;
	int is_day_after = span->days >> (day + DAYS - 1) % DAYS & 1;

	if (span->from_min < span->to_min)
		return is_day && minute >= span->from_min &&
		    minute < span->to_min;
	return (is_day && minute >= span->from_min) ||
	    (is_day_after && minute < span->to_min);
}

int
schedule_has(const struct schedule *schedule, const struct tm *local)
{
	int day = (local->tm_wday + DAYS - 1) % DAYS; /* from Monday */
	int minute = local->tm_hour * HOUR_MIN + local->tm_min;
	uint32_t i;

	for (i = 0; i < schedule->count; i++)
		if (span_has(&schedule->spans[i], day, minute))
			return 1;
	return schedule->count == 0;
}
