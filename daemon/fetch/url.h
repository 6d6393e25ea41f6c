/* SPDX-License-Identifier: ISC */
/*
 * The URL of a question, as strict as one can be: a provider's document may
 * have said it. Pure.
 *
 * STANDARDS  RFC 3986; RFC 9110, 4.2
 */
#ifndef VB_FETCH_URL_H
#define VB_FETCH_URL_H

#include <stdint.h>

#include "common/errors.h"
#include "common/proto.h"

struct url {
	char host[FETCH_HOST_MAX]; /* lower case; an address without [] */
	uint16_t port;
	uint8_t is_plain;   /* http */
	uint8_t is_address; /* the host is no name */
};

/*
 * Reads "https://HOST[:PORT][/...][?...]", or http://: visible ASCII, without
 * a user, a fragment or a backslash. Returns NULL, or what is wrong with it
 * ("has ..."), a constant text.
 */
const char *url_read(const char *text, struct url *out) VB_MUST_CHECK;

/* Writes "host:port", or "[v6]:port". Returns out. */
const char *url_format(const struct url *url, char out[TARGET_TEXT_MAX]);

#endif
