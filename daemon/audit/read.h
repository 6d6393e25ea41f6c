/* SPDX-License-Identifier: ISC */
/*
 * Reads a line of the audit trail back. Strict: what text.c does not write is
 * no record, since two readers must not see two things in one line.
 */
#ifndef VB_AUDIT_READ_H
#define VB_AUDIT_READ_H

#include <stddef.h>
#include <stdint.h>

#include "common/errors.h"
#include "daemon/audit/text.h"

#define AUDIT_WORD_MAX 24 /* of a kind, or a field's name */

struct audit_record {
	uint64_t seq;
	char prev[AUDIT_HASH_BYTES];
	char kind[AUDIT_WORD_MAX + 1];
	uint64_t lost; /* records that could not be written before it */
	uint64_t torn; /* bytes of a line that was half written before it */
};

/* len: without the newline. Returns 0 or VB_ESYNTAX. **Borrows** line. */
VB_MUST_CHECK int
audit_read(const char *line, size_t len, struct audit_record *out);

#endif
