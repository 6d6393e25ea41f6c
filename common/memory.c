/* SPDX-License-Identifier: ISC */
#include <sys/mman.h>
#include <sys/stat.h>

#include <malloc.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/memory.h"
#include "common/memory_lock.h"

#define HEAP_BYTES     (2 * 1024 * 1024) /* 128 keys take less than half */
#define HEAP_LEAST     32		 /* bytes of the smallest piece */
#define HEAP_IS_LOCKED 1		 /* CRYPTO_secure_malloc_init(3) */

static void *
take(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return malloc(size);
}

static void
give_back(void *memory, const char *file, int line)
{
	(void)file;
	(void)line;
	if (memory == NULL)
		return;
	explicit_bzero(memory, malloc_usable_size(memory));
	free(memory);
}

/* realloc(3) might leave a copy behind. */
static void *
take_again(void *memory, size_t size, const char *file, int line)
{
	size_t before = memory == NULL ? 0 : malloc_usable_size(memory);
	void *grown;

	if (size == 0) {
		give_back(memory, file, line);
		return NULL;
	}
	if ((grown = malloc(size)) == NULL)
		return NULL;
	if (memory != NULL)
		memcpy(grown, memory, before < size ? before : size);
	give_back(memory, file, line);
	return grown;
}

void
memory_protect(const char *secrets, int are_in_heap)
{
	int heap;

	if (!CRYPTO_set_mem_functions(take, take_again, give_back))
		log_fatal("OpenSSL has used memory already");
	/* a file of OpenSSL's settings could not be read, and must not be */
	if (!OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL))
		log_fatal("OpenSSL cannot start");
	heap = CRYPTO_secure_malloc_init(HEAP_BYTES, HEAP_LEAST);
	if (heap == 0)
		log_fatal("no memory for keys");
	if (memory_lock_all() == 0)
		log_info("memory locked=all");
	else if (are_in_heap && heap == HEAP_IS_LOCKED)
		log_info("memory locked=%s", secrets);
	else
		log_warn(MEMORY_NOT_LOCKED, secrets);
}

void
memory_hold(struct memory_hold *hold, int fd)
{
	struct stat st;
	void *map;

	hold->map = NULL;
	if (fstat(fd, &st) == -1 || st.st_size <= 0)
		return;
	hold->bytes = (size_t)st.st_size;
	map = mmap(NULL, hold->bytes, PROT_READ, MAP_SHARED, fd, 0);
	/* pages that no one may read here any more stay locked */
	if (map != MAP_FAILED && mlock(map, hold->bytes) == 0 &&
	    mprotect(map, hold->bytes, PROT_NONE) == 0) {
		hold->map = map;
		return;
	}
	if (map != MAP_FAILED)
		munmap(map, hold->bytes);
	log_warn("a key's copy is not locked: it may get into the swap; raise "
		 "the limit of locked memory (ulimit -l, LimitMEMLOCK)");
}

void
memory_let_go(struct memory_hold *hold)
{
	if (hold->map != NULL)
		munmap(hold->map, hold->bytes);
	hold->map = NULL;
}
