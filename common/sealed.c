/* SPDX-License-Identifier: ISC */
#include <sys/mman.h>

#include <errno.h>

#include "common/sealed.h"

#ifndef MFD_NOEXEC_SEAL /* Linux 6.3 */
#define MFD_NOEXEC_SEAL 0x0008u
#endif

int
sealed_new(const char *name)
{
	unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create(name, flags | MFD_NOEXEC_SEAL);

	/* a kernel that does not know the flag */
	if (fd == -1 && errno == EINVAL)
		fd = memfd_create(name, flags);
	return fd;
}

int
sealed_close(int fd)
{
	return fcntl(fd, F_ADD_SEALS, SEALED_SEALS);
}

int
sealed_is(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);

	return seals != -1 && (seals & SEALED_SEALS) == SEALED_SEALS;
}
