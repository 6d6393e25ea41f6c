/* SPDX-License-Identifier: ISC */
/*
 * The names that this bridge answers to. A page is the bridge's own if its
 * host is one of them: without that, a stranger's page could have its own
 * name lead here (DNS rebinding), and be taken for ours. Pure, as http.h.
 */
#ifndef VB_NAMES_H
#define VB_NAMES_H

#include "common/errors.h"
#include "worker/parse/http.h"

struct names;

/* What "*." stands for. */
enum names_wildcard {
	NAMES_ONE_LABEL, /* of a certificate: RFC 9525, 6.3 */
	NAMES_ANY_LABELS /* of the configuration */
};

struct names *names_new(void);	      /* NULL without memory */
void names_free(struct names *names); /* NULL is allowed */

/*
 * Adds a name, or "*." and a name; the case of letters does not matter. What
 * is neither is left out. Returns 0 or VB_ENOMEM.
 */
VB_MUST_CHECK int names_add(struct names *names, const char *text, size_t len,
    enum names_wildcard wildcard);

/* To be called when all are added, before others ask. */
void names_sort(struct names *names);

/*
 * True if uri-host [":" port], as http_split_host() takes it, is an IP
 * address, "localhost" or one of the names (NULL: none), with or without a
 * dot at its end.
 */
int names_have(const struct names *names, const struct http_span *authority);

#endif
