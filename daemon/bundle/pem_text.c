/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "daemon/bundle/pem_text.h"

#define DASHES	  "-----"
#define BEGIN	  "-----BEGIN "
#define END	  "-----END "
#define MARK	  "\xef\xbb\xbf" /* U+FEFF in UTF-8 */
#define LINE_MOST 64		 /* characters of base64, RFC 7468, 2 */

/* A line without what is around it. */
struct line {
	const char *text;
	size_t len;
	int number;
};

/* Where a block is written to. */
struct output {
	char *at;
	size_t left;
	size_t column;
	int is_full;
};

void
pem_text_init(struct pem_reader *r, const char *text)
{
	memset(r, 0, sizeof(*r));
	r->at = text;
	r->line = 1;
}

static int
is_blank(char c)
{
	return (unsigned char)c <= ' ';
}

/* Returns 0 at the end of the text. */
static int
read_line(struct pem_reader *r, struct line *out)
{
	const char *begin = r->at, *end;

	if (*begin == '\0')
		return 0;
	end = begin + strcspn(begin, "\r\n");
	out->number = r->line++;
	r->at = end;
	if (*end != '\0')
		r->at += strncmp(end, "\r\n", 2) == 0 ? 2 : 1;
	for (;;) {
		if (begin < end && is_blank(*begin))
			begin++;
		else if (strncmp(begin, MARK, strlen(MARK)) == 0)
			begin += strlen(MARK);
		else
			break;
	}
	/* OpenSSL takes what is not ASCII for a blank at the end, too */
	while (end > begin && (is_blank(end[-1]) || (end[-1] & 0x80) != 0))
		end--;
	out->text = begin;
	out->len = (size_t)(end - begin);
	return 1;
}

static int
begins_with(const struct line *line, const char *what)
{
	return line->len >= strlen(what) &&
	    memcmp(line->text, what, strlen(what)) == 0;
}

/* The label of "-----BEGIN label-----"; 0: that is none. */
static int
take_label(
    const struct line *line, const char *begin, char label[PEM_LABEL_MAX])
{
	size_t head = strlen(begin), tail = strlen(DASHES), i, n;

	if (!begins_with(line, begin) || line->len <= head + tail ||
	    memcmp(line->text + line->len - tail, DASHES, tail) != 0)
		return 0;
	n = line->len - head - tail;
	if (n >= PEM_LABEL_MAX)
		return 0;
	for (i = 0; i < n; i++)
		if (line->text[head + i] < ' ' || line->text[head + i] > '~' ||
		    line->text[head + i] == '-')
			return 0;
	memcpy(label, line->text + head, n);
	label[n] = '\0';
	return 1;
}

static void
put(struct output *out, const char *text, size_t len)
{
	if (out->left <= len) { /* a NUL comes after it */
		out->is_full = 1;
		return;
	}
	memcpy(out->at, text, len);
	out->at += len;
	out->left -= len;
}

static void
put_line(struct output *out, const char *text, size_t len)
{
	put(out, text, len);
	put(out, "\n", 1);
}

static void
end_base64(struct output *out)
{
	if (out->column > 0)
		put(out, "\n", 1);
	out->column = 0;
}

/* In lines of 64, whatever they were. Returns 0 if it is not base64. */
static int
put_base64(struct output *out, const struct line *line)
{
	size_t i;

	for (i = 0; i < line->len; i++) {
		if (is_blank(line->text[i]))
			continue;
		if (!isalnum((unsigned char)line->text[i]) &&
		    strchr("+/=", line->text[i]) == NULL)
			return 0;
		put(out, line->text + i, 1);
		if (++out->column == LINE_MOST)
			end_base64(out);
	}
	return 1;
}

static int
fail(struct pem_reader *r, int line, const char *what, const char *label)
{
	snprintf(r->why, sizeof(r->why), "line %d: %s%s%s", line, what,
	    label == NULL ? "" : " ", label == NULL ? "" : label);
	return VB_ESYNTAX;
}

/* RFC 1421, 4.6: "Proc-Type: 4,ENCRYPTED" and the like, up to a blank line. */
static int
copy_headers(struct pem_reader *r, struct output *out)
{
	struct pem_reader ahead = *r;
	struct line line;

	do {
		if (!read_line(&ahead, &line))
			return 0;
	} while (line.len == 0);
	if (memchr(line.text, ':', line.len) == NULL)
		return 0;
	do {
		if (line.len > 0 && line.text[0] == '-')
			return 0;
		put_line(out, line.text, line.len);
		*r = ahead;
		if (line.len == 0)
			return 1;
	} while (read_line(&ahead, &line));
	return 0;
}

/* From after BEGIN to after END. */
static int
copy_body(struct pem_reader *r, struct pem_block *block, struct output *out)
{
	char label[PEM_LABEL_MAX];
	struct line line;

	copy_headers(r, out);
	while (read_line(r, &line)) {
		if (take_label(&line, END, label) &&
		    strcmp(label, block->label) == 0) {
			end_base64(out);
			put(out, END, strlen(END));
			put(out, label, strlen(label));
			put_line(out, DASHES, strlen(DASHES));
			return out->is_full ? VB_ERANGE : 1;
		}
		/* a block that was cut off must not bring the next one's key */
		if (line.len > 0 && line.text[0] == '-')
			return fail(r, block->line,
			    "here begins a block that is cut off:",
			    block->label);
		if (!put_base64(out, &line))
			return fail(r, line.number,
			    "this is not base64, in a block of", block->label);
	}
	return fail(r, block->line,
	    "here begins a block without an end:", block->label);
}

int
pem_text_next(
    struct pem_reader *r, struct pem_block *block, char *out, size_t size)
{
	struct output output = {.at = out, .left = size};
	struct line line;
	int result;

	memset(block, 0, sizeof(*block));
	while (read_line(r, &line)) {
		if (line.len == 0 || line.text[0] != '-')
			continue; /* a text between blocks */
		if (!take_label(&line, BEGIN, block->label)) {
			if (memmem(line.text, line.len, "BEGIN ", 6) == NULL &&
			    memmem(line.text, line.len, "END ", 4) == NULL)
				continue;
			return fail(r, line.number,
			    "that is not \"-----BEGIN ...-----\"", NULL);
		}
		block->line = line.number;
		put(&output, BEGIN, strlen(BEGIN));
		put(&output, block->label, strlen(block->label));
		put_line(&output, DASHES, strlen(DASHES));
		if ((result = copy_body(r, block, &output)) < 0)
			return result;
		*output.at = '\0';
		block->len = (size_t)(output.at - out);
		return 1;
	}
	return 0;
}

const char *
pem_text_guess(const char *text, size_t len)
{
	if (len == 0)
		return "it is empty";
	/* a SEQUENCE of ASN.1, X.690, 8.9 */
	if ((unsigned char)text[0] == 0x30 && len > 1 && (text[1] & 0x80) != 0)
		return "it is DER or PKCS #12, and not PEM: openssl(1) "
		       "converts "
		       "it";
	if (memchr(text, '\0', len) != NULL)
		return "it is not text (PEM is); if it is UTF-16, save it as "
		       "ASCII";
	return NULL;
}
