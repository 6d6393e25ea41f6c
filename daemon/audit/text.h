/* SPDX-License-Identifier: ISC */
/*
 * A record of the audit trail as a line of text: one JSON object (RFC 8259) in
 * printable ASCII. Four fields come first, always: its number, the hash of the
 * line before, the time, and what has happened.
 */
#ifndef VB_AUDIT_TEXT_H
#define VB_AUDIT_TEXT_H

#include <stddef.h>
#include <stdint.h>

#define AUDIT_LINE_MAX	 8192 /* bytes of a line, without its newline */
#define AUDIT_HASH_BYTES 65   /* SHA-256 in hex, and the NUL */

/* What the first line of all has instead of the hash of one before. */
#define AUDIT_NO_HASH                      \
	"00000000000000000000000000000000" \
	"00000000000000000000000000000000"

struct audit_text {
	char line[AUDIT_LINE_MAX + 1]; /* and a NUL */
	size_t len;
	size_t kind_at; /* where "kind" begins */
	int is_cut;	/* a field did not fit, and is left out */
};

struct audit_head {
	uint64_t seq;
	const char *prev; /* hash */
	uint64_t time_ms; /* of the epoch */
	const char *kind;
};

/* **Borrows** head. */
void audit_text_begin(struct audit_text *text, const struct audit_head *head);

/* A field is added whole or not at all. name: lower case, '_'. */
void
audit_text_number(struct audit_text *text, const char *name, uint64_t value);

/*
 * value may be anything that ends in NUL: UTF-8 is kept, as \uXXXX; bytes that
 * are none become U+FFFD.
 */
void
audit_text_string(struct audit_text *text, const char *name, const char *value);

/* The line is complete, and text->line ends in NUL. */
void audit_text_end(struct audit_text *text);

/* The hash of a line without its newline, in hex. Returns out. */
const char *
audit_hash(const char *line, size_t len, char out[AUDIT_HASH_BYTES]);

#endif
