/* SPDX-License-Identifier: ISC */
/*
 * What a page says in a text frame: "keep 17", "share 17", "give 17", the
 * number being that of a question; or "stay", which is a person's deed. Pure.
 */
#ifndef VB_TALK_WORDS_H
#define VB_TALK_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include "common/errors.h"

struct talk_words {
	int is_stay;
	uint32_t answer; /* enum lease_answer */
	uint64_t number;
};

/* Returns 0, or VB_ESYNTAX: nothing that is known here. */
VB_MUST_CHECK int
talk_words_read(const uint8_t *text, size_t len, struct talk_words *out);

#endif
