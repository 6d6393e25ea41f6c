/* SPDX-License-Identifier: ISC */
#include <stddef.h>

#include "daemon/auth/ended.h"

#define ENDED_MAX 256

static struct ended {
	uint64_t id; /* 0: none */
	const char *reason;
} last[ENDED_MAX];
static size_t next;

void
ended_remember(uint64_t login_id, const char *reason)
{
	last[next].id = login_id;
	last[next].reason = reason;
	next = (next + 1) % ENDED_MAX;
}

const char *
ended_why(uint64_t login_id)
{
	size_t i;

	for (i = 0; i < ENDED_MAX; i++)
		if (login_id != 0 && last[i].id == login_id)
			return last[i].reason;
	return "your login has ended";
}
