/* SPDX-License-Identifier: ISC */
/*
 * Each change is: see that it can be made; ask for what it needs, which may
 * take a person minutes; then, with the file locked and read anew, make it,
 * and see that the daemon will read the new text.
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/ctl/daemon.h"
#include "daemon/ctl/user.h"
#include "daemon/ctl/user_change.h"
#include "daemon/ctl/user_list.h"
#include "daemon/ctl/user_password.h"
#include "daemon/ctl/user_totp.h"

#define USUAL_FOLDER VB_SYSCONFDIR "/vncbridge"
#define USUAL_FILE   USUAL_FOLDER "/users"
#define MODE_FOLDER  0755

static int
edit_add(const struct user_change *change, const struct user_text *text,
    struct user_text *out)
{
	const struct user_request *r = change->request;
	const char *const fields[USER_FIELDS] = {
	    r->name, change->value, r->groups != NULL ? r->groups : "", ""};

	if (user_text_has(text, r->name))
		return VB_EFULL;
	return user_text_add(text, fields, out);
}

static int
edit_field(const struct user_change *change, const struct user_text *text,
    struct user_text *out)
{
	return user_text_set(
	    text, change->request->name, change->field, change->value, out);
}

static int
edit_lock(const struct user_change *change, const struct user_text *text,
    struct user_text *out)
{
	return user_text_lock(
	    text, change->request->name, change->is_locked, out);
}

static int
edit_remove(const struct user_change *change, const struct user_text *text,
    struct user_text *out)
{
	return user_text_remove(text, change->request->name, out);
}

/* Asks for a password, and makes the change with its hash. */
static int
with_hash(struct user_change *change, enum user_file_use use)
{
	char password[USER_PASSWORD_MAX + 1] = "", hash[USERS_HASH_MAX + 1];
	int status = EXIT_FAULT;

	if (user_password_ask(
		change->request->name, change->request->fd, password) == 0 &&
	    user_password_hash(password, hash) == 0) {
		change->value = hash;
		status = user_change_make(change, use);
	}
	explicit_bzero(password, sizeof(password));
	return status;
}

static int
do_add(const struct user_request *r)
{
	struct user_change change = {
	    .request = r, .edit = edit_add, .done = "is added"};

	if (strcmp(r->file, USUAL_FILE) == 0)
		(void)mkdir(USUAL_FOLDER, MODE_FOLDER); /* open(2) will tell */
	if (user_change_expect(r, USER_FILE_CREATE, 0) != 0)
		return EXIT_FAULT;
	return with_hash(&change, USER_FILE_CREATE);
}

static int
do_passwd(const struct user_request *r)
{
	struct user_change change = {.request = r,
	    .edit = edit_field,
	    .field = USER_HASH,
	    .done = "has another password"};

	if (user_change_expect(r, USER_FILE_CHANGE, 1) != 0)
		return EXIT_FAULT;
	return with_hash(&change, USER_FILE_CHANGE);
}

static int
do_lock(const struct user_request *r)
{
	struct user_change change = {.request = r,
	    .edit = edit_lock,
	    .is_locked = 1,
	    .done = "is locked"};

	return user_change_make(&change, USER_FILE_CHANGE);
}

static int
do_unlock(const struct user_request *r)
{
	struct user_change change = {
	    .request = r, .edit = edit_lock, .done = "is unlocked"};

	return user_change_make(&change, USER_FILE_CHANGE);
}

static int
do_remove(const struct user_request *r)
{
	struct user_change change = {
	    .request = r, .edit = edit_remove, .done = "is removed"};

	return user_change_make(&change, USER_FILE_CHANGE);
}

static int
show(const struct user_request *r, const struct users *users, int is_groups)
{
	const struct user *user =
	    r->name != NULL ? users_find(users, r->name) : NULL;

	if (r->name != NULL && user == NULL) {
		user_request_complain(r, "there is no user", r->name);
		return EXIT_FAULT;
	}
	if (is_groups)
		user_list_print_groups(user);
	else
		user_list_print(users, r->name, r->is_json);
	return 0;
}

static int
read_and_show(const struct user_request *r, int is_groups)
{
	struct user_file file;
	struct users *users;
	int status;

	if (user_file_open(&file, r->file, USER_FILE_READ) < 0)
		return EXIT_FAULT;
	if ((status = user_change_parse(r, &file.text, &users)) == 0)
		status = show(r, users, is_groups);
	users_free(users);
	user_file_close(&file);
	return status;
}

static int
do_list(const struct user_request *r)
{
	return read_and_show(r, 0);
}

static int
do_groups(const struct user_request *r)
{
	struct user_change change = {.request = r,
	    .edit = edit_field,
	    .field = USER_GROUPS,
	    .value = r->groups,
	    .done = "has other groups"};

	if (r->groups == NULL)
		return read_and_show(r, 1);
	return user_change_make(&change, USER_FILE_CHANGE);
}

static int
take_factor_away(const struct user_request *r)
{
	struct user_change change = {.request = r,
	    .edit = edit_field,
	    .field = USER_FACTOR,
	    .value = "",
	    .done = "has no second factor"};

	return user_change_make(&change, USER_FILE_CHANGE);
}

static const char *
issuer_of(const struct user_request *r, char host[HOST_NAME_MAX + 1])
{
	if (r->issuer != NULL)
		return r->issuer;
	if (gethostname(host, HOST_NAME_MAX + 1) == 0 &&
	    user_totp_is_issuer(host))
		return host;
	return "vncbridged";
}

static int
give_factor(const struct user_request *r, const struct user_totp *totp)
{
	char factor[USER_FACTOR_MAX], host[HOST_NAME_MAX + 1];
	struct user_change change = {.request = r,
	    .edit = edit_field,
	    .field = USER_FACTOR,
	    .value = factor,
	    .done = "has a second factor"};
	int status;

	user_totp_show(totp, issuer_of(r, host), r->name, r->has_qr);
	if (r->is_confirmed && user_totp_confirm(totp) < 0)
		return EXIT_FAULT;
	user_totp_write(totp, factor);
	status = user_change_make(&change, USER_FILE_CHANGE);
	if (status == 0)
		user_totp_show_recovery(totp);
	explicit_bzero(factor, sizeof(factor));
	return status;
}

static int
do_totp(const struct user_request *r)
{
	struct user_totp totp;
	int status = EXIT_FAULT;

	if (r->is_off)
		return take_factor_away(r);
	if (user_change_expect(r, USER_FILE_CHANGE, 1) != 0)
		return EXIT_FAULT;
	if (user_totp_make(&totp) == 0)
		status = give_factor(r, &totp);
	explicit_bzero(&totp, sizeof(totp));
	return status;
}

static const struct verb {
	const char *name;
	const char *letters; /* for getopt */
	const struct option *longs;
	int may_be_all; /* the name may be left out */
	int (*run)(const struct user_request *request);
} verbs[] = {
    {"add", "F:g:p:", user_request_password, 0, do_add},
    {"passwd", "F:p:", user_request_password, 0, do_passwd},
    {"lock", "F:", user_request_none, 0, do_lock},
    {"unlock", "F:", user_request_none, 0, do_unlock},
    {"remove", "F:", user_request_none, 0, do_remove},
    {"list", "F:j", user_request_none, 1, do_list},
    {"groups", "F:g:", user_request_none, 0, do_groups},
    {"totp", "F:i:", user_request_totp, 0, do_totp},
};

static const struct verb *
find_verb(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

/* Passwords and seeds of others are in this process's memory. */
static void
keep_secrets(void)
{
	const struct rlimit none = {0, 0};

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0);
}

int
user_command(int argc, char *const argv[], int is_json)
{
	struct user_request request = {.file = USUAL_FILE,
	    .fd = -1,
	    .is_json = is_json,
	    .has_qr = 1,
	    .is_confirmed = 1};
	const struct verb *verb = find_verb(argv[0]);

	if (verb == NULL ||
	    user_request_read(&request, argc, argv, verb->letters, verb->longs,
		verb->may_be_all) < 0)
		return -1;
	keep_secrets();
	return verb->run(&request);
}
