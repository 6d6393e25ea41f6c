/* SPDX-License-Identifier: ISC */
/* What an operator orders of the broker. */
#ifndef VB_CTL_ORDER_H
#define VB_CTL_ORDER_H

#include "common/proto.h"

/* What a command line says. */
struct order {
	enum order_kind kind;
	uint32_t scopes;  /* which what may be; 0: it is about all */
	const char *what; /* or NULL */
	const char *text; /* or NULL */
	int is_json;
};

/* Returns 1 if it can be sent; else says what is wrong. */
int order_check(const struct order *order);

/* Has it done, and says what it came to. Returns main()'s value. */
int order_give(int fd, const struct order *order);

#endif
