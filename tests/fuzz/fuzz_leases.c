/* SPDX-License-Identifier: ISC */
/*
 * The memory file that a broker leaves to the next: whatever is in it, what is
 * found is sound, and found again. The input is patches of an empty file: four
 * bytes of place, one of length, and the bytes.
 */
#include <sys/mman.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/broker/lease_memory.h"

#define NOW_MS	   UINT64_C(1000000)
#define HEAD_BYTES 5
#define BYTE_BITS  8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int is_true)
{
	if (!is_true)
		abort();
}

static size_t
read_place(const uint8_t *data, size_t most)
{
	uint32_t place = 0;
	int i;

	for (i = 0; i < 4; i++)
		place |= (uint32_t)data[i] << (BYTE_BITS * i);
	return place % most;
}

static void
patch(int fd, const uint8_t *data, size_t size)
{
	size_t bytes = (size_t)lease_memory_bytes(), len;

	must(ftruncate(fd, (off_t)bytes) == 0);
	while (size >= HEAD_BYTES) {
		len = data[4];
		if (len > size - HEAD_BYTES)
			len = size - HEAD_BYTES;
		must(pwrite(fd, data + HEAD_BYTES, len,
			 (off_t)read_place(data, bytes - UINT8_MAX)) ==
		    (ssize_t)len);
		data += HEAD_BYTES + len;
		size -= HEAD_BYTES + len;
	}
}

/* What is found, in number; each is sound, and a name is locked once. */
static unsigned
look(const struct lease_memory *memory)
{
	const struct lease_place *place;
	const struct lease_lock *lock, *other;
	unsigned n = 0;
	int i, j;

	for (i = 0; (lock = lease_memory_next_lock(memory, &i)) != NULL; n++) {
		must(PROTO_IS_TEXT(lock->name) && PROTO_IS_TEXT(lock->text));
		must(lock->name[0] != '\0');
		for (j = i; (other = lease_memory_next_lock(memory, &j));)
			must(strcmp(other->name, lock->name) != 0);
	}
	must(n <= LEASE_LOCKS_MAX);
	for (i = 0; (place = lease_memory_next_place(memory, &i)) != NULL;
	     n++) {
		must(PROTO_IS_TEXT(place->name) && PROTO_IS_TEXT(place->user));
		must(place->until_ms > NOW_MS &&
		    place->until_ms - NOW_MS <= LEASE_GRACE_MAX_MS);
	}
	must(lease_memory_fence(memory) <= UINT64_MAX / 2);
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("leases", MFD_CLOEXEC);
	struct lease_memory *memory;
	unsigned found;

	must(fd != -1);
	patch(fd, data, size);
	must(lease_memory_open(fd, NOW_MS, &memory) == 0);
	found = look(memory);
	lease_memory_unlock(memory, "lab");
	must(look(memory) <= found);
	must(lease_memory_lock(memory, "lab", "text") == 0 ||
	    found >= LEASE_LOCKS_MAX);
	found = look(memory);
	lease_memory_close(memory);
	must(lease_memory_open(fd, NOW_MS, &memory) == 0);
	must(look(memory) == found);
	lease_memory_close(memory);
	close(fd);
	return 0;
}
