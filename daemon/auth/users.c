/* SPDX-License-Identifier: ISC */
/*
 * The users' file: measured, copied once, and cut up in its place. The users
 * stay in the file's order; an index of them is sorted by name.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/auth/users.h"
#include "daemon/auth/users_factor.h"
#include "daemon/auth/users_hash.h"

#define FIELDS	  4
#define LOCK_MARK '!'
#define COMMENT	  '#'
#define NAME_CHARS \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@"

struct users {
	char *text; /* with NULs, and what was decoded */
	size_t text_len;
	struct user *list;
	const struct user **by_name;
	size_t count;
	const char **groups; /* of all, a user's side by side */
	size_t group_count;
};

struct reader {
	struct users *users;
	struct users_fault *fault;
	unsigned line;
	size_t users_max; /* what there is room for */
};

/* Of a text of lines; line is not ended by a NUL. */
struct lines {
	const char *next;
	const char *end;
	const char *line;
	size_t len;
};

static int __attribute__((format(printf, 2, 3)))
blame(const struct reader *r, const char *format, ...)
{
	va_list args;

	r->fault->line = r->line;
	va_start(args, format);
	(void)vsnprintf(r->fault->text, sizeof(r->fault->text), format, args);
	va_end(args);
	return VB_ESYNTAX;
}

/* Returns whether there was another line. */
static int
next_line(struct lines *lines)
{
	const char *newline;

	if (lines->next == lines->end)
		return 0;
	lines->line = lines->next;
	newline = memchr(lines->line, '\n', (size_t)(lines->end - lines->line));
	lines->len =
	    (size_t)((newline != NULL ? newline : lines->end) - lines->line);
	lines->next = newline != NULL ? newline + 1 : lines->end;
	return 1;
}

static int
is_about_a_user(const char *line, size_t len)
{
	return len > 0 && line[0] != COMMENT;
}

/* Groups, or more: there are commas in the last field, too. */
static size_t
most_groups(const char *line, size_t len)
{
	size_t n = 1;

	while (len-- > 0 && n < USERS_GROUPS_MAX)
		n += *line++ == ',';
	return n;
}

/* How many users and groups there can be; no more than are taken. */
static void
measure(const char *text, size_t len, size_t *users, size_t *groups)
{
	struct lines lines = {.next = text, .end = text + len};

	*users = *groups = 0;
	while (*users < USERS_MAX && next_line(&lines))
		if (is_about_a_user(lines.line, lines.len)) {
			*users += 1;
			*groups += most_groups(lines.line, lines.len);
		}
}

/* Room for what was measured, never none: calloc(3) may give NULL for it. */
static struct users *
new_users(const char *text, size_t len, size_t user_max, size_t group_max)
{
	struct users *u = calloc(1, sizeof(*u));

	if (u == NULL)
		return NULL;
	u->text = malloc(len + 1);
	u->list = calloc(user_max + 1, sizeof(*u->list));
	u->by_name = calloc(user_max + 1, sizeof(*u->by_name));
	u->groups = calloc(group_max + 1, sizeof(*u->groups));
	if (u->text == NULL || u->list == NULL || u->by_name == NULL ||
	    u->groups == NULL) {
		users_free(u);
		return NULL;
	}
	u->text_len = len;
	memcpy(u->text, text, len);
	u->text[len] = '\0';
	return u;
}

int
users_is_name(const char *name)
{
	size_t len = strspn(name, NAME_CHARS);

	return len > 0 && len <= USERS_NAME_MAX && name[len] == '\0' &&
	    name[0] != '-' && name[0] != '@';
}

static int
blame_name(const struct reader *r, const char *what)
{
	return blame(r,
	    "the name of a %s is 1 to %d letters, digits or . _ - @, and "
	    "begins with neither - nor @",
	    what, USERS_NAME_MAX);
}

static int
add_group(const struct reader *r, struct user *user, const char *group)
{
	size_t i;

	if (!users_is_name(group))
		return blame_name(r, "group");
	for (i = 0; i < user->group_count; i++)
		if (strcmp(user->groups[i], group) == 0)
			return blame(r, "\"%s\" is twice in the group \"%s\"",
			    user->name, group);
	if (user->group_count == USERS_GROUPS_MAX)
		return blame(r, "\"%s\" is in more than %d groups", user->name,
		    USERS_GROUPS_MAX);
	r->users->groups[r->users->group_count++] = group;
	user->group_count++;
	return 0;
}

static int
read_groups(const struct reader *r, struct user *user, char *text)
{
	char *group;
	int result = 0;

	user->groups = r->users->groups + r->users->group_count;
	if (text[0] == '\0')
		return 0;
	while (result == 0 && (group = strsep(&text, ",")) != NULL)
		result = add_group(r, user, group);
	return result;
}

static int
read_hash(const struct reader *r, struct user *user, const char *text)
{
	const char *why;

	user->is_locked = text[0] == LOCK_MARK;
	user->hash = text + user->is_locked;
	if ((why = users_hash_judge(user->hash, &user->kind)) == NULL)
		return 0;
	return blame(r,
	    "the hash of \"%s\" %s; vncbridgectl user passwd %s makes a new "
	    "one",
	    user->name, why, user->name);
}

/* Cuts a line up. Returns how many fields it has, also if more than FIELDS. */
static size_t
split(char *line, char *fields[FIELDS])
{
	char *field;
	size_t n = 0;

	while ((field = strsep(&line, ":")) != NULL) {
		if (n < FIELDS)
			fields[n] = field;
		n++;
	}
	return n;
}

static int
read_fields(const struct reader *r, char *line, struct user *user)
{
	char *fields[FIELDS];
	size_t n = split(line, fields);
	const char *why;
	int result;

	if (n != FIELDS)
		return blame(r,
		    "a line has 4 fields, name:hash:groups:second-factor, and "
		    "this one has %zu",
		    n);
	if (!users_is_name(fields[0]))
		return blame_name(r, "user");
	user->name = fields[0];
	if ((result = read_hash(r, user, fields[1])) < 0 ||
	    (result = read_groups(r, user, fields[2])) < 0)
		return result;
	if ((why = users_factor_read(fields[3], user)) != NULL)
		return blame(
		    r, "the second factor of \"%s\" %s", user->name, why);
	return 0;
}

/* Bytes that an editor hides, and that some programs read past. */
static int
check_bytes(const struct reader *r, const char *line, size_t len)
{
	if (len > USERS_LINE_MAX)
		return blame(
		    r, "the line is longer than %d bytes", USERS_LINE_MAX);
	if (memchr(line, '\0', len) != NULL)
		return blame(r, "there is a NUL byte in the line");
	if (len > 0 && line[len - 1] == '\r')
		return blame(
		    r, "the line ends with CR LF; lines end with LF alone");
	return 0;
}

/* line is in u->text, and becomes a string of its own. */
static int
read_line(const struct reader *r, char *line, size_t len)
{
	struct user *user;
	int result = check_bytes(r, line, len);

	if (result < 0 || !is_about_a_user(line, len))
		return result;
	if (r->users->count == r->users_max)
		return blame(r, "there are more than %d users", USERS_MAX);
	line[len] = '\0';
	user = &r->users->list[r->users->count++];
	user->line = r->line;
	return read_fields(r, line, user);
}

static int
read_lines(struct reader *r)
{
	struct users *u = r->users;
	struct lines lines = {.next = u->text, .end = u->text + u->text_len};
	int result = 0;

	while (result == 0 && next_line(&lines)) {
		r->line++;
		result =
		    read_line(r, u->text + (lines.line - u->text), lines.len);
	}
	return result;
}

/* Of one name, the first in the file first. */
static int
compare(const void *a, const void *b)
{
	const struct user *const *one = a, *const *other = b;
	int order = strcmp((*one)->name, (*other)->name);

	if (order != 0)
		return order;
	return (*one)->line < (*other)->line ? -1
					     : (*one)->line > (*other)->line;
}

/* The first line of the file whose name an earlier one has. */
static int
blame_double(struct reader *r)
{
	const struct users *u = r->users;
	const struct user *first = NULL, *again = NULL;
	size_t i;

	for (i = 1; i < u->count; i++)
		if (strcmp(u->by_name[i - 1]->name, u->by_name[i]->name) == 0 &&
		    (again == NULL || u->by_name[i]->line < again->line)) {
			first = u->by_name[i - 1];
			again = u->by_name[i];
		}
	if (again == NULL)
		return 0;
	r->line = again->line;
	return blame(r, "\"%s\" is also in line %u", again->name, first->line);
}

static int
index_names(struct reader *r)
{
	struct users *u = r->users;
	size_t i;

	for (i = 0; i < u->count; i++)
		u->by_name[i] = &u->list[i];
	qsort(u->by_name, u->count, sizeof(*u->by_name), compare);
	return blame_double(r);
}

int
users_parse(
    const char *text, size_t len, struct users **out, struct users_fault *fault)
{
	struct reader r = {.fault = fault};
	size_t groups_max;
	int result;

	*out = NULL;
	memset(fault, 0, sizeof(*fault));
	if (len > USERS_TEXT_MAX)
		return blame(
		    &r, "the file is larger than %lu bytes", USERS_TEXT_MAX);
	measure(text, len, &r.users_max, &groups_max);
	r.users = new_users(text, len, r.users_max, groups_max);
	if (r.users == NULL)
		return VB_ENOMEM;
	if ((result = read_lines(&r)) == 0)
		result = index_names(&r);
	if (result == 0)
		*out = r.users;
	else
		users_free(r.users);
	return result;
}

void
users_free(struct users *users)
{
	if (users == NULL)
		return;
	if (users->text != NULL)
		explicit_bzero(users->text, users->text_len);
	free(users->text);
	free(users->list);
	free(users->by_name);
	free(users->groups);
	free(users);
}

size_t
users_count(const struct users *users)
{
	return users->count;
}

const struct user *
users_at(const struct users *users, size_t i)
{
	return &users->list[i];
}

static int
compare_name(const void *name, const void *entry)
{
	return strcmp(name, (*(const struct user *const *)entry)->name);
}

const struct user *
users_find(const struct users *users, const char *name)
{
	const struct user **found = bsearch(name, users->by_name, users->count,
	    sizeof(*users->by_name), compare_name);

	return found != NULL ? *found : NULL;
}

const char *
users_kind_name(enum users_kind kind)
{
	static const char *const names[] = {
	    [USERS_YESCRYPT] = "yescrypt",
	    [USERS_BCRYPT] = "bcrypt",
	    [USERS_SHA512] = "SHA-512",
	    [USERS_ARGON2ID] = "argon2id",
	};

	return names[kind];
}
