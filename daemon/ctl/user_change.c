/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "daemon/ctl/daemon.h"
#include "daemon/ctl/user_change.h"

static int
complain(const struct user_request *r, const char *what, const char *name)
{
	user_request_complain(r, what, name);
	return EXIT_FAULT;
}

int
user_change_parse(const struct user_request *r, const struct user_text *text,
    struct users **users)
{
	struct users_fault fault;
	int result = users_parse(text->bytes, text->len, users, &fault);

	if (result == 0)
		return 0;
	if (result != VB_ESYNTAX)
		return complain(r, vb_strerror(result), NULL);
	if (fault.line == 0)
		return complain(r, fault.text, NULL);
	fprintf(stderr, "vncbridgectl: %s:%u: %s\n", r->file, fault.line,
	    fault.text);
	return EXIT_FAULT;
}

static int
is_readable(const struct user_request *r, const struct user_text *text)
{
	struct users *users;
	int status = user_change_parse(r, text, &users);

	users_free(users);
	return status == 0;
}

static int
put(const struct user_change *change, const struct user_file *file,
    const struct user_text *text)
{
	const struct user_request *r = change->request;

	if (text->len == file->text.len &&
	    memcmp(text->bytes, file->text.bytes, text->len) == 0) {
		printf("%s: nothing to change\n", r->name);
		return 0;
	}
	if (!is_readable(r, text) || user_file_replace(file, text) < 0)
		return EXIT_FAULT;
	printf("%s %s (%s); \"vncbridgectl reload\" puts it into force\n",
	    r->name, change->done, r->file);
	return 0;
}

static int
edit_and_put(const struct user_change *change, const struct user_file *file)
{
	const struct user_request *r = change->request;
	struct user_text text = {NULL, 0};
	int status, result = change->edit(change, &file->text, &text);

	if (result == VB_ENOTFOUND)
		return complain(r, "there is no user", r->name);
	if (result == VB_EFULL)
		return complain(r, "there is already a user", r->name);
	if (result < 0)
		return complain(r, vb_strerror(result), NULL);
	status = put(change, file, &text);
	user_text_free(&text);
	return status;
}

int
user_change_make(const struct user_change *change, enum user_file_use use)
{
	struct user_file file;
	int status;

	if (user_file_open(&file, change->request->file, use) < 0)
		return EXIT_FAULT;
	status = edit_and_put(change, &file);
	user_file_close(&file);
	return status;
}

int
user_change_expect(
    const struct user_request *r, enum user_file_use use, int is_there)
{
	struct user_file file;
	int has;

	if (user_file_open(&file, r->file, use) < 0)
		return EXIT_FAULT;
	has = user_text_has(&file.text, r->name);
	user_file_close(&file);
	if (has == is_there)
		return 0;
	return complain(r,
	    is_there ? "there is no user" : "there is already a user", r->name);
}
