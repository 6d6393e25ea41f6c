/* SPDX-License-Identifier: ISC */
/*
 * Follows the chain of an audit trail, line by line, and adds its records up.
 * What was changed, taken out, put in or put elsewhere breaks the chain; what
 * is missing at its end shows only to somebody who knows the last line's hash.
 */
#ifndef VB_AUDIT_VERIFY_H
#define VB_AUDIT_VERIFY_H

#include <stddef.h>
#include <stdint.h>

#include "common/errors.h"
#include "common/proto.h"
#include "daemon/audit/text.h"

enum audit_fault {
	AUDIT_GOOD,
	AUDIT_NO_RECORD,  /* the line is none */
	AUDIT_UNFINISHED, /* the last line has no end */
	AUDIT_CHANGED,	  /* it is not what the next line says it was */
	AUDIT_MISSING,	  /* what came before the line is not there */
	AUDIT_NUMBER,	  /* its number does not follow, its hash does */
	AUDIT_OTHER_END	  /* the last line is not the one that was expected */
};

struct audit_verify {
	/* of all that was read */
	uint64_t records;
	uint64_t first_seq;	     /* of the first record; 0: there is none */
	uint64_t seq;		     /* of the last */
	char hash[AUDIT_HASH_BYTES]; /* of the last line; "": there is none */
	uint64_t kinds[AUDIT_KIND_COUNT];
	uint64_t lost;	  /* records that could not be written, as others say */
	uint64_t torn;	  /* lines that were half written */
	uint64_t running; /* sessions at the end */
	uint64_t cut_off; /* sessions whose daemon died */
	uint64_t earlier; /* ends of sessions that began before the first */
	uint8_t is_whole; /* nothing was before the first record */
	/* of the file that is read */
	uint64_t line;
	uint8_t has_no_record; /* the last line was none: it may be torn */
	/* once something is wrong */
	enum audit_fault fault;
	uint64_t fault_line; /* of this file; 0: the last of the one before */
};

void audit_verify_init(struct audit_verify *verify);

/* The next line is another file's first. */
void audit_verify_next_file(struct audit_verify *verify);

/*
 * **Borrows** a line, without its newline. Returns 0, or VB_ESYNTAX with fault
 * and fault_line: nothing after it can be judged.
 */
VB_MUST_CHECK int
audit_verify_line(struct audit_verify *verify, const char *line, size_t len);

/* There was a last line without a newline. Returns VB_ESYNTAX. */
int audit_verify_unfinished(struct audit_verify *verify);

/* All has been read. hash: what the last line should have, or NULL. */
VB_MUST_CHECK int
audit_verify_end(struct audit_verify *verify, const char *hash);

/* What a fault is, for a person. */
const char *audit_fault_text(enum audit_fault fault);

#endif
