/* SPDX-License-Identifier: ISC */
#include <sys/sendfile.h>
#include <sys/stat.h>

#include <errno.h>
#include <unistd.h>

#include "common/log.h"
#include "common/sealed.h"
#include "daemon/bundle/secret_file.h"

/* Returns 0 or VB_ESYS. *out is its copy, -1 without. */
static int
copy(int from, off_t bytes, int *out)
{
	off_t at = 0;
	ssize_t n;

	if ((*out = sealed_new("vncbridge-secret")) == -1)
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
take(const struct secret_file *file, int from, int *fd, uint64_t *bytes)
{
	struct stat st;

	if (fstat(from, &st) == -1)
		return VB_ESYS;
	if (st.st_size > file->max_bytes) {
		errno = EFBIG;
		return VB_ESYS;
	}
	if ((st.st_mode & (S_IROTH | S_IWOTH)) != 0)
		log_warn("%s %s mode=%04o: everybody on this host can "
			 "%s it; chmod 0640",
		    file->what, file->path, (unsigned)st.st_mode & 07777,
		    (st.st_mode & S_IWOTH) != 0 ? "change" : "read");
	*bytes = (uint64_t)st.st_size;
	return copy(from, st.st_size, fd);
}

int
secret_file_copy(const struct secret_file *file, const struct source *source,
    int *fd, uint64_t *bytes)
{
	int from, result, why;

	*fd = -1;
	*bytes = 0;
	result = source->file(source->arg, file->path, &from);
	if (result == 0 && from != -1)
		result = take(file, from, fd, bytes);
	why = errno;
	if (result < 0 && *fd != -1) {
		close(*fd);
		*fd = -1;
	}
	if (from != -1)
		close(from);
	errno = why;
	return result;
}
