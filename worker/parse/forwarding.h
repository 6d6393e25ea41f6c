/* SPDX-License-Identifier: ISC */
/*
 * What the proxies on a request's way say of it: Forwarded (RFC 7239) and
 * X-Forwarded-For, -Proto, -Host and -Prefix. Pure, as http.h.
 *
 * Each proxy adds, at the right, whom it got the request from. So the walk is
 * from the right: what a trusted proxy says is believed, and if it names
 * another trusted proxy, what that one has said is, too. It ends at the first
 * address that is not trusted, which is the client; at an element that is
 * malformed or tells no address; and after FORWARDING_HOPS_MAX. What is to the
 * left of its end was written by anybody. Underscores are no dashes: a field
 * of another spelling is another field.
 */
#ifndef VB_FORWARDING_H
#define VB_FORWARDING_H

#include "common/network.h"
#include "common/settings.h"
#include "worker/parse/hop.h"

#define FORWARDING_HOPS_MAX 32

struct forwarding {
	struct addr client; /* ADDR_NONE: unsaid */
	enum scheme scheme; /* by which the client asked the first of them */
	char host[HOP_HOST_MAX];    /* by which name; "": unsaid */
	char prefix[BASE_PATH_MAX]; /* "/a[/b]", or "": unsaid */
	int is_disputed;	    /* see forwarding_read() */
};

/*
 * Reads what is believed of a request that came from that address: nothing if
 * it is not one of those. Where Forwarded and X-Forwarded-* both say something
 * and differ, one of them was written by the client, and it can't be known
 * which: then neither is believed in that, and is_disputed is set. -Proto and
 * -Host may be lists: if they are as long as X-Forwarded-For, the item in the
 * client's place counts, else the last. X-Forwarded-Prefix must be one path of
 * plain segments.
 */
void forwarding_read(const struct http_head *head, const struct addr *from,
    const struct network *trusted, size_t count, struct forwarding *out);

#endif
