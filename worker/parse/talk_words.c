/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "common/proto_lease.h"
#include "worker/parse/talk_words.h"

#define DIGITS_MAX 19 /* these fit into 64 bits */

static int
read_number(const uint8_t *text, size_t len, uint64_t *out)
{
	size_t i;

	*out = 0;
	if (len == 0 || len > DIGITS_MAX || text[0] == '0')
		return VB_ESYNTAX;
	for (i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return VB_ESYNTAX;
		*out = *out * 10 + (uint64_t)(text[i] - '0');
	}
	return 0;
}

int
talk_words_read(const uint8_t *text, size_t len, struct talk_words *out)
{
	static const char *const answers[LEASE_ANSWER_COUNT] = {
	    [LEASE_KEEP] = "keep ",
	    [LEASE_SHARE] = "share ",
	    [LEASE_GIVE] = "give ",
	};
	static const char stay[] = "stay";
	uint32_t i;
	size_t n;

	out->is_stay = len == sizeof(stay) - 1 && memcmp(text, stay, len) == 0;
	if (out->is_stay)
		return 0;
	for (i = 0; i < LEASE_ANSWER_COUNT; i++) {
		n = strlen(answers[i]);
		if (len <= n || memcmp(text, answers[i], n) != 0)
			continue;
		out->answer = i;
		return read_number(text + n, len - n, &out->number);
	}
	return VB_ESYNTAX;
}
