/* SPDX-License-Identifier: ISC */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/auth/users.h"
#include "daemon/ctl/user_request.h"
#include "daemon/ctl/user_totp.h"

#define GROUPS_MAX (USERS_GROUPS_MAX * (USERS_NAME_MAX + 1))

/* long options without a letter */
enum {
	OPTION_NO_CONFIRM = 256,
	OPTION_NO_QR,
	OPTION_OFF
};

const struct option user_request_none[] = {{NULL, 0, NULL, 0}};
const struct option user_request_password[] = {
    {"fd", required_argument, NULL, 'p'},
    {NULL, 0, NULL, 0},
};
const struct option user_request_totp[] = {
    {"no-confirm", no_argument, NULL, OPTION_NO_CONFIRM},
    {"no-qr", no_argument, NULL, OPTION_NO_QR},
    {"off", no_argument, NULL, OPTION_OFF},
    {NULL, 0, NULL, 0},
};

static int
complain_usage(const char *what, const char *value)
{
	fprintf(stderr, "vncbridgectl: %s: \"%s\"\n", what, value);
	return -1;
}

/* A ':' or a new line in a name would be a field or a user more. */
static int
check_groups(const char *groups)
{
	char copy[GROUPS_MAX], *rest = copy, *group;

	if (groups[0] == '\0')
		return 0;
	if (strlcpy(copy, groups, sizeof(copy)) >= sizeof(copy))
		return complain_usage("too many groups", groups);
	while ((group = strsep(&rest, ",")) != NULL)
		if (!users_is_name(group))
			return complain_usage("not the name of a group", group);
	return 0;
}

static int
read_fd(const char *text, int *fd)
{
	const char *fault;

	*fd = (int)strtonum(text, 0, INT_MAX, &fault);
	return fault == NULL ? 0 : complain_usage("not a descriptor", text);
}

static int
read_option(struct user_request *r, int letter, char *value)
{
	switch (letter) {
	case 'F':
		r->file = value;
		return 0;
	case 'g':
		r->groups = value;
		return check_groups(value);
	case 'i':
		r->issuer = value;
		return user_totp_is_issuer(value)
		    ? 0
		    : complain_usage("not an issuer", value);
	case 'j':
		r->is_json = 1;
		return 0;
	case 'p':
		return read_fd(value, &r->fd);
	case OPTION_NO_CONFIRM:
		r->is_confirmed = 0;
		return 0;
	case OPTION_NO_QR:
		r->has_qr = 0;
		return 0;
	case OPTION_OFF:
		r->is_off = 1;
		return 0;
	default:
		return -1;
	}
}

int
user_request_read(struct user_request *r, int argc, char *const argv[],
    const char *letters, const struct option *longs, int may_be_all)
{
	int letter;

	optind = 0; /* glibc: begin anew, behind the verb */
	while ((letter = getopt_long(argc, argv, letters, longs, NULL)) != -1)
		if (read_option(r, letter, optarg) < 0)
			return -1;
	if (argc - optind > 1 || (argc == optind && !may_be_all))
		return -1;
	r->name = argv[optind]; /* NULL behind the last */
	if (r->name != NULL && !users_is_name(r->name))
		return complain_usage("not the name of a user", r->name);
	return 0;
}

void
user_request_complain(
    const struct user_request *r, const char *what, const char *name)
{
	fprintf(stderr, "vncbridgectl: %s: %s", r->file, what);
	if (name != NULL)
		fprintf(stderr, " \"%s\"", name);
	fputc('\n', stderr);
}
