/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "daemon/audit/read.h"
#include "daemon/audit/verify.h"

void
audit_verify_init(struct audit_verify *v)
{
	memset(v, 0, sizeof(*v));
}

void
audit_verify_next_file(struct audit_verify *v)
{
	v->line = 0;
}

static int
fail(struct audit_verify *v, enum audit_fault fault, uint64_t line)
{
	v->fault = fault;
	v->fault_line = line;
	return VB_ESYNTAX;
}

static enum audit_kind
find_kind(const char *text)
{
	static const char *const names[AUDIT_KIND_COUNT] = {
#define X(name, text, from) [AUDIT_##name] = text,
	    AUDIT_KINDS(X)
#undef X
	};
	unsigned i;

	for (i = 1; i < AUDIT_KIND_COUNT; i++)
		if (strcmp(names[i], text) == 0)
			return (enum audit_kind)i;
	return AUDIT_NONE; /* a later version's */
}

static void
count(struct audit_verify *v, const struct audit_record *r)
{
	enum audit_kind kind = find_kind(r->kind);

	v->records++;
	v->kinds[kind]++;
	v->lost += r->lost;
	v->torn += r->torn != 0;
	if (kind == AUDIT_START) {
		/* none lives without its daemon */
		v->cut_off += v->running;
		v->running = 0;
	} else if (kind == AUDIT_OPEN) {
		v->running++;
	} else if (kind == AUDIT_END && v->running > 0) {
		v->running--;
	} else if (kind == AUDIT_END) {
		v->earlier++;
	}
}

static int
begin(struct audit_verify *v, const struct audit_record *r)
{
	v->first_seq = r->seq;
	v->is_whole = strcmp(r->prev, AUDIT_NO_HASH) == 0;
	/* the very first has nothing before it that could be lost */
	if (v->is_whole && r->seq != 1 + r->lost)
		return fail(v, AUDIT_NUMBER, v->line);
	return 0;
}

/* Its number is the next one, but for those that were lost. */
static int
is_next(const struct audit_verify *v, const struct audit_record *r)
{
	return r->lost < r->seq && v->seq == r->seq - r->lost - 1;
}

static int
follow(struct audit_verify *v, const struct audit_record *r)
{
	int is_bound = strcmp(r->prev, v->hash) == 0;

	/* half a line is one that nobody finished, if the next one says so */
	if (v->has_no_record && (!is_bound || r->torn == 0))
		return fail(v, AUDIT_NO_RECORD, v->line - 1);
	if (!is_bound && is_next(v, r))
		return fail(v, AUDIT_CHANGED, v->line - 1);
	if (!is_bound)
		return fail(v, AUDIT_MISSING, v->line);
	return is_next(v, r) ? 0 : fail(v, AUDIT_NUMBER, v->line);
}

int
audit_verify_line(struct audit_verify *v, const char *line, size_t len)
{
	struct audit_record record;
	int result;

	v->line++;
	if (audit_read(line, len, &record) < 0) {
		if (v->has_no_record || v->first_seq == 0)
			return fail(v, AUDIT_NO_RECORD,
			    v->has_no_record ? v->line - 1 : v->line);
		v->has_no_record = 1;
		audit_hash(line, len, v->hash);
		return 0;
	}
	result = v->first_seq == 0 ? begin(v, &record) : follow(v, &record);
	if (result < 0)
		return result;
	v->has_no_record = 0;
	v->seq = record.seq;
	audit_hash(line, len, v->hash);
	count(v, &record);
	return 0;
}

int
audit_verify_unfinished(struct audit_verify *v)
{
	return fail(v, AUDIT_UNFINISHED, v->line + 1);
}

int
audit_verify_end(struct audit_verify *v, const char *hash)
{
	if (v->has_no_record)
		return fail(v, AUDIT_NO_RECORD, v->line);
	if (hash != NULL && strcmp(hash, v->hash) != 0)
		return fail(v, AUDIT_OTHER_END, v->line);
	return 0;
}

const char *
audit_fault_text(enum audit_fault fault)
{
	static const char *const texts[] = {
	    [AUDIT_GOOD] = "good",
	    [AUDIT_NO_RECORD] = "this line is no record: it was changed, or "
				"is cut",
	    [AUDIT_UNFINISHED] = "this last line is cut: it has no end",
	    [AUDIT_CHANGED] = "this line was changed: the next one has the "
			      "hash of another",
	    [AUDIT_MISSING] = "what was before this line is missing, or was "
			      "changed",
	    [AUDIT_NUMBER] = "the number of this line is not the next one: it "
			     "was changed, or put in",
	    [AUDIT_OTHER_END] = "the last line has another hash than the "
				"expected: lines are missing after it, or it "
				"was changed",
	};

	return texts[fault];
}
