/* SPDX-License-Identifier: ISC */
/*
 * What this host knows of names: the text of its hosts file, and the name
 * servers of its resolv.conf. The master watches both files and sends them;
 * they are read and parsed here, and c-ares opens neither.
 *
 * STANDARDS  hosts(5), resolv.conf(5); RFC 6761, 6.3 (localhost)
 */
#ifndef VB_NAMES_H
#define VB_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/errors.h"
#include "common/proto.h"
#include "common/target.h"

#define NAMES_ADDRS_MAX	  32 /* of a name; what is more is not looked at */
#define NAMES_ALIASES_MAX 16
#define NAMES_FILE_MAX	  1048576 /* bytes of a file; no more are read */

/* Where a name has led. */
struct name_answer {
	size_t count;
	struct addr addrs[NAMES_ADDRS_MAX]; /* port 0 */
	/* The names that the one asked for stands for, in lower case and
	 * without a final dot: CNAMEs, or the first name of a line. */
	size_t alias_count;
	char aliases[NAMES_ALIASES_MAX][TARGET_NAME_MAX];
};

/* Adds a name to the aliases. Returns 0, VB_EFULL, or VB_ERANGE (too long). */
VB_MUST_CHECK int
name_answer_add_alias(struct name_answer *answer, const char *name, size_t len);

struct name_servers {
	size_t count;
	struct addr addrs[PROTO_NAMESERVERS_MAX]; /* with their ports */
	uint8_t is_rotated;			  /* options rotate */
};

/*
 * Reads a file from where it begins, up to NAMES_FILE_MAX bytes. **Borrows**
 * fd, **gives** *text, which may have any bytes and has a NUL at its end.
 * Returns 0, VB_ENOMEM, VB_ESYS, or VB_EFULL where what follows the last whole
 * line was left out.
 */
VB_MUST_CHECK int names_read_file(int fd, char **text, size_t *len);

/*
 * Looks a name (lower case, without a final dot) up in the text of a hosts
 * file: the addresses of all lines that have it, in the file's order.
 * localhost and names that end in .localhost are found even if the text has
 * none. Fills answer; returns the number of addresses.
 */
size_t names_find_host(
    const char *text, size_t len, const char *name, struct name_answer *answer);

/*
 * The name servers of the text of a resolv.conf; where it has none that can
 * be used, that of this host. Search domains are not looked at: what is
 * asked is what was judged.
 */
void
names_parse_servers(const char *text, size_t len, struct name_servers *servers);

#endif
