/* SPDX-License-Identifier: ISC */
/* asked_rig.h, where fetch is asked. */
#ifndef VB_TEST_FETCH_ASK_RIG_H
#define VB_TEST_FETCH_ASK_RIG_H

#include "daemon/auth/fetch.h"
#include "tests/unit/asked_rig.h"

/* What done() was told last, and how often. */
struct ask_told {
	unsigned count;
	uint32_t status;
	size_t len;
	char body[FETCH_ANSWER_MAX + 1];
	char error[FETCH_ERROR_MAX];
};

extern struct fetcher ask_fetcher;
extern struct ask_told ask_told;
extern const struct fetch_question ask_query;

void ask_start(void);
void ask_join(void);

/* Asks that; for ask_told. */
void ask_ask(void);
fetch_done ask_on_done;

/* The number of a FETCH that has come; 0: none has. */
uint64_t ask_hear(void);

void ask_say(const struct msg_fetched *part);
void ask_say_part(uint64_t id, uint32_t len, uint32_t has_more);

/* The reason of an UNJOINED that has come; 0: none has. */
uint32_t ask_unjoined(void);

void ask_expect_failed(const char *words);

#endif
