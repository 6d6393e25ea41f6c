/* SPDX-License-Identifier: ISC */
/*
 * A text with a host in it, taken apart (what seems to be its host, prefix and
 * ports), and what is wrong with each part. Which of them a setting may have
 * is conf_host.c's.
 */
#ifndef VB_CONF_PARTS_H
#define VB_CONF_PARTS_H

#include "common/proto.h"
#include "daemon/bundle/conf_explain.h"

#define CONF_HOST_MAX (TARGET_TEXT_MAX + 8)

struct conf_parts {
	char host[CONF_HOST_MAX]; /* without brackets */
	char bits[CONF_HOST_MAX]; /* after "/" */
	int has_bits;
	const char *ports; /* after ":", of the text; NULL: there is none */
	int is_bracketed;
	int is_v6; /* by its colons */
};

/* Returns what is wrong already, or NULL. out **borrows** text. */
const char *conf_parts_split(const char *text, struct conf_parts *out);

/* True if the text has only digits, dots, and characters of extra. */
int conf_parts_is_numbers(const char *text, const char *extra);

/*
 * What is wrong with the host, which may be a part of why, or NULL: nothing.
 */
const char *
conf_parts_explain_host(const struct conf_parts *parts, char why[CONF_WHY_MAX]);

/*
 * What is wrong with a part that is known to be wrong: an IPv6 address with a
 * port or a prefix and no brackets around it, the prefix of an address, ports
 * that are N, N-M or "*". The answer may be in why.
 */
const char *
conf_parts_explain_v6(const struct conf_parts *parts, char why[CONF_WHY_MAX]);
const char *conf_parts_explain_prefix(
    const struct conf_parts *parts, char why[CONF_WHY_MAX]);
const char *conf_parts_explain_ports(const char *ports, char why[CONF_WHY_MAX]);

#endif
