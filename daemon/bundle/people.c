/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/bundle/people.h"
#include "daemon/bundle/secret_file.h"

#define BYTES_MAX ((off_t)16 * 1024 * 1024) /* as vncbridge-users(5) says */

/* What an errno means for it, where strerror() does not say it well. */
static const struct {
	int number;
	const char *words;
} faults[] = {
    {ENOENT, "there is none: make it with \"vncbridgectl user add NAME\""},
    {EISDIR, "it is a directory"},
    {EINVAL, "it is not a regular file"},
    {EFBIG, "it is larger than 16 MiB"},
    {EAGAIN, "it is just being written: try again"},
};

static const char *
describe_errno(int number)
{
	size_t i;

	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (faults[i].number == number)
			return faults[i].words;
	return strerror(number);
}

void
people_describe(const struct conf *conf, uint32_t line, const char *why,
    char error[CONF_ERROR_MAX])
{
	char place[CONF_PLACE_MAX], at[32] = "";

	if (line > 0)
		snprintf(at, sizeof(at), ":%u", line);
	snprintf(error, CONF_ERROR_MAX, "%.*susers' file %.*s%s: %s",
	    CONF_ERROR_MAX / 3, conf_place(conf, conf->auth_line, place),
	    CONF_ERROR_MAX / 3, conf->users_file, at, why);
}

int
people_open(const struct conf *conf, const struct source *source, int *fd,
    uint64_t *bytes, char error[CONF_ERROR_MAX])
{
	const struct secret_file file = {
	    .path = conf->users_file,
	    .what = "users' file",
	    .max_bytes = BYTES_MAX,
	};
	int result;

	*fd = -1;
	*bytes = 0;
	if (conf->users_file == NULL)
		return 0;
	result = secret_file_copy(&file, source, fd, bytes);
	if (result < 0)
		people_describe(conf, 0, describe_errno(errno), error);
	return result;
}
