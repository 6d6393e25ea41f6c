/* SPDX-License-Identifier: ISC */
#include <sys/sendfile.h>
#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/sealed.h"
#include "daemon/bundle/people.h"

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

/* Returns 0 or VB_ESYS. *out is its copy, -1 without. */
static int
copy(int from, off_t bytes, int *out)
{
	off_t at = 0;
	ssize_t n;

	if ((*out = sealed_new("vncbridge-users")) == -1)
		return VB_ESYS;
	while (at < bytes) {
		n = sendfile(*out, from, &at, (size_t)(bytes - at));
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return VB_ESYS;
		if (n == 0)
			break; /* it was cut since */
	}
	if (at < bytes) {
		errno = EAGAIN;
		return VB_ESYS;
	}
	return sealed_close(*out) == 0 ? 0 : VB_ESYS;
}

static int
take(const struct conf *conf, int from, int *fd, uint64_t *bytes)
{
	struct stat st;

	if (fstat(from, &st) == -1)
		return VB_ESYS;
	if (st.st_size > BYTES_MAX) {
		errno = EFBIG;
		return VB_ESYS;
	}
	if ((st.st_mode & (S_IROTH | S_IWOTH)) != 0)
		log_warn("users' file %s mode=%04o: everybody on this host can "
			 "%s it; chmod 0640",
		    conf->users_file, (unsigned)st.st_mode & 07777,
		    (st.st_mode & S_IWOTH) != 0 ? "change" : "read");
	*bytes = (uint64_t)st.st_size;
	return copy(from, st.st_size, fd);
}

int
people_open(const struct conf *conf, const struct source *source, int *fd,
    uint64_t *bytes, char error[CONF_ERROR_MAX])
{
	int from, result;

	*fd = -1;
	*bytes = 0;
	if (conf->users_file == NULL)
		return 0;
	result = source->file(source->arg, conf->users_file, &from);
	if (result == 0 && from != -1)
		result = take(conf, from, fd, bytes);
	if (result < 0) {
		people_describe(conf, 0, describe_errno(errno), error);
		if (*fd != -1)
			close(*fd);
		*fd = -1;
	}
	if (from != -1)
		close(from);
	return result;
}
