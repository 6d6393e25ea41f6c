/* SPDX-License-Identifier: ISC */
/*
 * Lines of the audit trail: what is taken is JSON as text.c writes it, so that
 * no prefix of it is taken too; and a chain of any lines adds up.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/audit/read.h"
#include "daemon/audit/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int is_true)
{
	if (!is_true)
		abort();
}

static void
check_line(const char *line, size_t len)
{
	struct audit_record record, part;
	size_t i;

	if (audit_read(line, len, &record) < 0)
		return;
	must(record.seq > 0 && strlen(record.prev) == AUDIT_HASH_BYTES - 1);
	must(line[0] == '{' && line[len - 1] == '}');
	for (i = 0; i < len; i++) {
		must(line[i] >= 0x20 && line[i] <= 0x7e);
		if (i > 128)
			must(audit_read(line, i, &part) < 0);
	}
}

static void
check_chain(struct audit_verify *v, uint64_t taken)
{
	int is_whole = !v->has_no_record;

	must(v->records <= taken);
	must(v->kinds[AUDIT_OPEN] + v->earlier ==
	    v->kinds[AUDIT_END] + v->cut_off + v->running);
	must((v->records == 0) == (v->first_seq == 0));
	must((audit_verify_end(v, v->hash) == 0) == is_whole);
}

/* A line that begins with '+' is bound to those before, as a writer would. */
static int
take(struct audit_verify *v, const char *line, size_t len)
{
	const struct audit_head head = {
	    v->seq + 1, v->records == 0 ? AUDIT_NO_HASH : v->hash, 0, "open"};
	static const char *const kinds[] = {"open", "end", "start", "refuse"};
	static struct audit_text text;
	struct audit_head bound = head;
	char name[64];

	if (len == 0 || line[0] != '+' || v->has_no_record)
		return audit_verify_line(v, line, len);
	bound.kind = kinds[len % 4];
	audit_text_begin(&text, &bound);
	len = len - 1 < sizeof(name) - 1 ? len - 1 : sizeof(name) - 1;
	memcpy(name, line + 1, len);
	name[len] = '\0';
	audit_text_string(&text, "user", name);
	audit_text_end(&text);
	must(audit_verify_line(v, text.line, text.len) == 0);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *line = (const char *)data, *end = line + size, *next;
	struct audit_verify v;
	uint64_t taken = 0;
	char *copy;
	size_t len;

	audit_verify_init(&v);
	for (; line < end; line = next + 1) {
		next = memchr(line, '\n', (size_t)(end - line));
		if (next == NULL)
			next = end;
		len = (size_t)(next - line);
		if ((copy = malloc(len + 1)) == NULL)
			return 0;
		memcpy(copy, line, len); /* exactly as long: no byte after it */
		check_line(copy, len);
		if (take(&v, copy, len) == 0)
			taken++;
		free(copy);
		if (v.fault != AUDIT_GOOD)
			return 0;
	}
	check_chain(&v, taken);
	return 0;
}
