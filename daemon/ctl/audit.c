/* SPDX-License-Identifier: ISC */
/*
 * The audit trail, verified: files in the order in which they were written. It
 * asks no daemon, and needs no rights but to read.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/audit/verify.h"
#include "daemon/ctl/audit.h"
#include "daemon/ctl/daemon.h"
#include "daemon/ctl/json.h"

/* One more than a line may have is enough to see that it is none. */
static char line[AUDIT_LINE_MAX + 1];

/* Returns 1 for a line, 0 at the end, -1 for a last one without its newline. */
static int
read_line(FILE *fp, size_t *len)
{
	int ch;

	*len = 0;
	while ((ch = getc(fp)) != EOF && ch != '\n')
		if (*len < sizeof(line))
			line[(*len)++] = (char)ch;
	if (ch == '\n')
		return 1;
	return *len == 0 ? 0 : -1;
}

/* Returns 0, VB_ESYNTAX for what is wrong with it, or VB_ESYS. */
static int
verify_file(struct audit_verify *v, const char *file)
{
	FILE *fp = fopen(file, "re");
	int result = 0, has_line = 1;
	size_t len;

	if (fp == NULL)
		return VB_ESYS;
	audit_verify_next_file(v);
	while (result == 0 && (has_line = read_line(fp, &len)) == 1)
		result = audit_verify_line(v, line, len);
	if (ferror(fp))
		result = VB_ESYS; /* EISDIR, too */
	else if (result == 0 && has_line == -1)
		result = audit_verify_unfinished(v);
	fclose(fp);
	return result;
}

static void
print_text(const struct audit_verify *v)
{
	const uint64_t *kinds = v->kinds;

	printf("%" PRIu64 " records", v->records);
	if (v->records > 0)
		printf(", %" PRIu64 " to %" PRIu64, v->first_seq, v->seq);
	printf("%s\n",
	    v->records == 0 || v->is_whole
		? ""
		: " (those before are not in these files)");
	printf("%" PRIu64 " sessions opened = %" PRIu64 " ended + %" PRIu64
	       " cut off with the daemon + %" PRIu64 " open at the end",
	    kinds[AUDIT_OPEN] + v->earlier, kinds[AUDIT_END], v->cut_off,
	    v->running);
	if (v->earlier > 0)
		printf(" (%" PRIu64 " opened before)", v->earlier);
	printf("\n%" PRIu64 " refused, %" PRIu64 " logins, %" PRIu64
	       " failures, %" PRIu64 " logouts\n",
	    kinds[AUDIT_REFUSE], kinds[AUDIT_LOGIN], kinds[AUDIT_FAILURE],
	    kinds[AUDIT_LOGOUT]);
	if (v->lost > 0)
		printf("%" PRIu64 " records could not be written, and are "
		       "lost\n",
		    v->lost);
	if (v->torn > 0)
		printf("%" PRIu64 " lines were half written when the daemon "
		       "died\n",
		    v->torn);
	if (v->records > 0)
		printf("last hash %s\n", v->hash);
}

static void
print_json(const struct audit_verify *v, const char *file, const char *error)
{
	static const char *const names[AUDIT_KIND_COUNT] = {
#define X(name, text, from) [AUDIT_##name] = text,
	    AUDIT_KINDS(X)
#undef X
	};
	const char *comma = "";
	unsigned i;

	printf("{\"good\":%s,\"records\":%" PRIu64 ",\"first\":%" PRIu64
	       ",\"last\":%" PRIu64 ",\"hash\":\"%s\",\"whole\":%s"
	       ",\"running\":%" PRIu64 ",\"cut_off\":%" PRIu64
	       ",\"earlier\":%" PRIu64 ",\"lost\":%" PRIu64 ",\"torn\":%" PRIu64
	       ",\"kinds\":{",
	    error == NULL ? "true" : "false", v->records, v->first_seq, v->seq,
	    v->hash, v->is_whole ? "true" : "false", v->running, v->cut_off,
	    v->earlier, v->lost, v->torn);
	for (i = 1; i < AUDIT_KIND_COUNT; i++) {
		if (names[i][0] == '\0')
			continue;
		printf("%s\"%s\":%" PRIu64, comma, names[i], v->kinds[i]);
		comma = ",";
	}
	printf("},\"fault\":");
	if (error == NULL) {
		printf("null}\n");
		return;
	}
	printf("{\"file\":");
	json_string(file);
	printf(",\"line\":%" PRIu64 ",\"text\":", v->fault_line);
	json_string(error);
	printf("}}\n");
}

/* The line before a file's first is the last of the file before. */
static void
print_fault_at(const struct audit_verify *v, const char *file, const char *text)
{
	fprintf(stderr, "vncbridgectl: %s", file);
	if (v->fault != AUDIT_GOOD && v->fault_line == 0)
		fprintf(stderr, ": the last line of the file before");
	else if (v->fault != AUDIT_GOOD)
		fprintf(stderr, ":%" PRIu64, v->fault_line);
	fprintf(stderr, ": %s\n", text);
}

static int
verify(int count, char **files, const char *hash, int is_json)
{
	struct audit_verify v;
	const char *file = files[0], *error = NULL;
	int i, result = 0;

	audit_verify_init(&v);
	for (i = 0; i < count && result == 0; i++) {
		file = files[i];
		result = verify_file(&v, file);
	}
	if (result == 0)
		result = audit_verify_end(&v, hash);
	if (result < 0)
		error = result == VB_ESYS ? strerror(errno)
					  : audit_fault_text(v.fault);
	if (is_json)
		print_json(&v, file, error);
	else if (error != NULL)
		print_fault_at(&v, file, error);
	else
		print_text(&v);
	if (result == VB_ESYS)
		return EXIT_NO_DAEMON;
	return result < 0 ? EXIT_FAULT : 0;
}

int
audit_command(int argc, char **argv, int is_json)
{
	const char *hash = NULL;
	int ch;

	if (strcmp(argv[0], "verify") != 0)
		return -1;
	optind = 1;
	while ((ch = getopt(argc, argv, "+je:")) != -1) {
		if (ch == 'j')
			is_json = 1;
		else if (ch == 'e')
			hash = optarg;
		else
			return -1;
	}
	if (optind == argc)
		return -1;
	return verify(argc - optind, argv + optind, hash, is_json);
}
