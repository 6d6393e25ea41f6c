/* SPDX-License-Identifier: ISC */
/*
 * The path of a request: below which prefix it is, and its slashes as people,
 * links and proxies add them. Pure, as http.h.
 */
#ifndef VB_PATH_H
#define VB_PATH_H

#include <stddef.h>

#include "common/errors.h"
#include "worker/parse/http.h"

#define PATH_ROOM	  1024
#define PATH_LOCATION_MAX 2048
#define PATH_SLASHES_MAX  32

struct path {
	/* begins with one slash, has none at its end but as "/", and no two */
	struct http_span below; /* of the prefix; within text */
	char text[PATH_ROOM];	/* with the prefix, if it was there */
	unsigned slashes;	/* of the path as it came */
	int is_proper;		/* it came like that */
	int is_folder;		/* with a slash at its end */
};

/*
 * Takes a path apart: raw is what came before the '?', base is "" or
 * "/prefix". The prefix alone is its "/". Returns 0, or VB_ERANGE: no path of
 * ours is that long, or has that many slashes.
 */
VB_MUST_CHECK int
path_read(const struct http_span *raw, const char *base, struct path *out);

/*
 * Writes where the path should have led, query and all if there is room for
 * it, as a relative reference (RFC 3986, 4.2): that stays within the site,
 * whatever a proxy took off in front, and never is another's "//host".
 */
void path_locate(const struct path *path, const struct http_span *query,
    char out[PATH_LOCATION_MAX]);

#endif
