/* SPDX-License-Identifier: ISC */
/*
 * Three tables with open addressing; the keys are hashes already. A slot is
 * filled before its until_sec says so: a death between the two loses nothing
 * that was answered.
 */
#include <sys/mman.h>
#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>

#include "daemon/auth/spent.h"

#define FILE_VERSION 2
#define FOR_GOOD     UINT64_MAX

struct slot {
	uint64_t until_sec; /* 0: unused; written last */
	uint8_t hash[SPENT_HASH_BYTES];
};

struct file {
	uint64_t version; /* FILE_VERSION */
	struct slot brief[SPENT_SHORT_MAX];
	struct slot for_good[SPENT_FOR_GOOD_MAX];
	struct slot tokens[SPENT_TOKENS_MAX];
};

struct spent {
	struct file *file;
};

uint64_t
spent_bytes(void)
{
	return sizeof(struct file);
}

int
spent_open(int fd, uint64_t offset, struct spent **out)
{
	struct spent *spent;
	struct stat st;
	void *map;

	*out = NULL;
	if (fstat(fd, &st) == -1 ||
	    (uint64_t)st.st_size < offset + sizeof(struct file))
		return VB_ESYS;
	if ((spent = calloc(1, sizeof(*spent))) == NULL)
		return VB_ENOMEM;
	map = mmap(NULL, sizeof(struct file), PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, (off_t)offset);
	if (map == MAP_FAILED) {
		free(spent);
		return VB_ESYS;
	}
	spent->file = map;
	if (spent->file->version != FILE_VERSION) {
		if (spent->file->version !=
		    0) /* a new one is zero, and small */
			memset(spent->file, 0, sizeof(*spent->file));
		spent->file->version = FILE_VERSION;
	}
	*out = spent;
	return 0;
}

void
spent_close(struct spent *spent)
{
	if (spent == NULL)
		return;
	munmap(spent->file, sizeof(struct file));
	free(spent);
}

/*
 * Looks from where the hash points to, up to a slot that nobody has ever
 * used. Returns its slot; or NULL, and in *room one that may be used.
 */
static struct slot *
find(struct slot *slots, size_t count, const uint8_t *hash, uint64_t now_sec,
    struct slot **room)
{
	struct slot *slot;
	size_t i, at;

	memcpy(&at, hash, sizeof(at));
	*room = NULL;
	for (i = 0; i < count; i++) {
		slot = &slots[(at + i) % count];
		if (slot->until_sec <= now_sec && *room == NULL)
			*room = slot;
		if (slot->until_sec == 0)
			return NULL;
		if (slot->until_sec > now_sec &&
		    memcmp(slot->hash, hash, SPENT_HASH_BYTES) == 0)
			return slot;
	}
	return NULL;
}

static struct slot *
find_in_both(const struct spent *spent, const uint8_t *hash, uint64_t now_sec,
    struct slot **brief, struct slot **for_good)
{
	struct file *file = spent->file;
	struct slot *found, *other;

	found = find(file->brief, SPENT_SHORT_MAX, hash, now_sec, brief);
	other =
	    find(file->for_good, SPENT_FOR_GOOD_MAX, hash, now_sec, for_good);
	return found != NULL ? found : other;
}

int
spent_has(const struct spent *spent, const uint8_t hash[SPENT_HASH_BYTES],
    uint64_t now_sec)
{
	struct slot *brief, *for_good;

	return find_in_both(spent, hash, now_sec, &brief, &for_good) != NULL;
}

static void
fill(struct slot *slot, const uint8_t *hash, uint64_t until_sec)
{
	memcpy(slot->hash, hash, SPENT_HASH_BYTES);
	__atomic_store_n(&slot->until_sec, until_sec, __ATOMIC_RELEASE);
}

int
spent_take(struct spent *spent, const uint8_t hash[SPENT_HASH_BYTES],
    uint64_t until_sec, uint64_t now_sec)
{
	struct slot *brief, *for_good, *slot;

	if (find_in_both(spent, hash, now_sec, &brief, &for_good) != NULL)
		return VB_ENOTFOUND;
	if ((slot = until_sec == 0 ? for_good : brief) == NULL)
		return VB_EFULL;
	fill(slot, hash, until_sec == 0 ? FOR_GOOD : until_sec);
	return 0;
}

int
spent_take_token(struct spent *spent, const uint8_t hash[SPENT_HASH_BYTES],
    uint64_t until_sec, uint64_t now_sec)
{
	struct slot *room;

	if (find(spent->file->tokens, SPENT_TOKENS_MAX, hash, now_sec, &room) !=
	    NULL)
		return VB_ENOTFOUND;
	if (room == NULL)
		return VB_EFULL;
	fill(room, hash, until_sec);
	return 0;
}
