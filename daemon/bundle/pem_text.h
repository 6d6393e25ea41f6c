/* SPDX-License-Identifier: ISC */
/*
 * The blocks of a PEM file (RFC 7468), as their writers have left them: with
 * a byte order mark, blanks around lines, ends of lines of any system, base64
 * in one long line, and text between. OpenSSL passes over a block that it does
 * not recognise; here it is an error.
 */
#ifndef VB_PEM_TEXT_H
#define VB_PEM_TEXT_H

#include <stddef.h>

#include "common/errors.h"

#define PEM_LABEL_MAX 40 /* bytes; longer than any that OpenSSL knows */
#define PEM_WHY_MAX   256

struct pem_reader {
	const char *at; /* NUL-terminated text */
	int line;
	char why[PEM_WHY_MAX];
};

struct pem_block {
	char label[PEM_LABEL_MAX];
	int line; /* of BEGIN */
	size_t len;
};

void pem_text_init(struct pem_reader *reader, const char *text);

/*
 * Looks for the next block and writes it to out, which has room for size
 * bytes, as OpenSSL writes them: lines of 64, with a NUL at the end. Returns 1,
 * 0 (there is none), VB_ERANGE (out is full), or VB_ESYNTAX with reader->why.
 */
VB_MUST_CHECK int pem_text_next(
    struct pem_reader *reader, struct pem_block *block, char *out, size_t size);

/* What a file without any block is instead, as far as one can see. */
const char *pem_text_guess(const char *text, size_t len);

#endif
