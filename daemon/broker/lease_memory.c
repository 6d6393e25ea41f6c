/* SPDX-License-Identifier: ISC */
/*
 * A record is filled before its state says so, and its state is cleared before
 * the rest. A lock that gets another text is a new record, before the old one
 * goes: there is one more than there may be locks.
 */
#include <sys/mman.h>
#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/broker/lease_memory.h"

#define FILE_VERSION 1
#define LOCK_RECORDS (LEASE_LOCKS_MAX + 1)

/* Beyond any number that an honest broker reaches. */
#define FENCE_MAX (UINT64_MAX / 2)

enum record_state {
	RECORD_NONE,
	RECORD_WHOLE
};

struct file {
	uint32_t version; /* FILE_VERSION; written last */
	uint32_t bytes;	  /* of this struct */
	uint64_t starts;
	uint64_t fence;
	struct lease_lock locks[LOCK_RECORDS];
	struct lease_place kept[LEASE_KEPT_MAX];
};

struct lease_memory {
	struct file *file;
};

uint64_t
lease_memory_bytes(void)
{
	return sizeof(struct file);
}

static void
set_state(uint32_t *at, enum record_state state)
{
	__atomic_store_n(at, (uint32_t)state, __ATOMIC_RELEASE);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static void
forget_lock(struct lease_lock *lock)
{
	set_state(&lock->state, RECORD_NONE);
	memset(lock, 0, sizeof(*lock));
}

static void
forget_place(struct lease_place *place)
{
	set_state(&place->state, RECORD_NONE);
	memset(place, 0, sizeof(*place));
}

/* As the broker wrote it, for a name that a target may have. */
static int
is_name(const char name[TARGET_NAME_MAX])
{
	char same[TARGET_NAME_MAX];
	size_t len = strnlen(name, TARGET_NAME_MAX);

	return len > 0 && len < TARGET_NAME_MAX &&
	    target_parse_name(name, len, same) == 0 && strcmp(name, same) == 0;
}

static struct lease_lock *
find_lock(const struct lease_memory *memory, const char *name, int first)
{
	struct lease_lock *lock;
	int i;

	for (i = first; i < LOCK_RECORDS; i++) {
		lock = &memory->file->locks[i];
		if (lock->state == RECORD_WHOLE &&
		    strcmp(lock->name, name) == 0)
			return lock;
	}
	return NULL;
}

static int
is_sound_lock(const struct lease_memory *memory, int i)
{
	const struct lease_lock *lock = &memory->file->locks[i];

	return lock->state == RECORD_WHOLE && is_name(lock->name) &&
	    PROTO_IS_TEXT(lock->text) &&
	    find_lock(memory, lock->name, i + 1) == NULL;
}

static int
is_sound_place(const struct lease_place *place, uint64_t now_ms)
{
	return place->state == RECORD_WHOLE && is_name(place->name) &&
	    PROTO_IS_TEXT(place->user) && place->until_ms > now_ms &&
	    place->until_ms - now_ms <= LEASE_GRACE_MAX_MS &&
	    (place->client.family == ADDR_V4 ||
		place->client.family == ADDR_V6);
}

/* From the last on: of two locks of a name, is_sound_lock() looks behind. */
static void
take_over(struct lease_memory *memory, uint64_t now_ms)
{
	struct file *file = memory->file;
	int i, count = 0;

	for (i = LOCK_RECORDS; i-- > 0;) {
		if (file->locks[i].state == RECORD_NONE)
			continue; /* pages that nobody has used stay none */
		if (!is_sound_lock(memory, i) || count == LEASE_LOCKS_MAX)
			forget_lock(&file->locks[i]);
		else
			count++;
	}
	for (i = 0; i < LEASE_KEPT_MAX; i++)
		if (file->kept[i].state != RECORD_NONE &&
		    !is_sound_place(&file->kept[i], now_ms))
			forget_place(&file->kept[i]);
	if (file->fence > FENCE_MAX)
		file->fence = 0;
	file->starts++;
}

static void
begin_anew(struct file *file)
{
	if (file->version != 0 || file->bytes != 0)
		memset(file, 0, sizeof(*file)); /* a new one is zero */
	file->bytes = sizeof(*file);
	set_state(&file->version, FILE_VERSION);
}

int
lease_memory_open(int fd, uint64_t now_ms, struct lease_memory **out)
{
	struct lease_memory *memory;
	struct stat st;
	void *map;

	*out = NULL;
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) ||
	    ((uint64_t)st.st_size < sizeof(struct file) &&
		ftruncate(fd, (off_t)sizeof(struct file)) == -1))
		return VB_ESYS;
	if ((memory = calloc(1, sizeof(*memory))) == NULL)
		return VB_ENOMEM;
	map = mmap(NULL, sizeof(struct file), PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, 0);
	if (map == MAP_FAILED) {
		free(memory);
		return VB_ESYS;
	}
	memory->file = map;
	if (memory->file->version != FILE_VERSION ||
	    memory->file->bytes != sizeof(struct file))
		begin_anew(memory->file);
	take_over(memory, now_ms);
	*out = memory;
	return 0;
}

void
lease_memory_close(struct lease_memory *memory)
{
	if (memory == NULL)
		return;
	munmap(memory->file, sizeof(struct file));
	free(memory);
}

uint64_t
lease_memory_starts(const struct lease_memory *memory)
{
	return memory->file->starts;
}

uint64_t
lease_memory_fence(const struct lease_memory *memory)
{
	return memory->file->fence;
}

void
lease_memory_set_fence(struct lease_memory *memory, uint64_t fence)
{
	__atomic_store_n(&memory->file->fence, fence, __ATOMIC_RELEASE);
}

/* One that is free; count: of those that are not. */
static struct lease_lock *
free_lock(const struct lease_memory *memory, int *count)
{
	struct lease_lock *lock, *found = NULL;
	int i;

	*count = 0;
	for (i = 0; i < LOCK_RECORDS; i++) {
		lock = &memory->file->locks[i];
		if (lock->state != RECORD_NONE)
			++*count;
		else if (found == NULL)
			found = lock;
	}
	return found;
}

int
lease_memory_lock(
    struct lease_memory *memory, const char *name, const char *text)
{
	struct lease_lock *old = find_lock(memory, name, 0), *lock;
	int count;

	lock = free_lock(memory, &count);
	if (lock == NULL || (old == NULL && count >= LEASE_LOCKS_MAX))
		return VB_EFULL;
	strlcpy(lock->name, name, sizeof(lock->name));
	strlcpy(lock->text, text, sizeof(lock->text));
	set_state(&lock->state, RECORD_WHOLE);
	if (old != NULL)
		forget_lock(old);
	return 0;
}

void
lease_memory_unlock(struct lease_memory *memory, const char *name)
{
	struct lease_lock *lock = find_lock(memory, name, 0);

	if (lock != NULL)
		forget_lock(lock);
}

int
lease_memory_keep(struct lease_memory *memory, const struct lease_place *place)
{
	struct lease_place *record;
	int i;

	for (i = 0; i < LEASE_KEPT_MAX; i++) {
		record = &memory->file->kept[i];
		if (record->state != RECORD_NONE)
			continue;
		record->fence = place->fence;
		record->until_ms = place->until_ms;
		record->client = place->client;
		strlcpy(record->user, place->user, sizeof(record->user));
		strlcpy(record->name, place->name, sizeof(record->name));
		set_state(&record->state, RECORD_WHOLE);
		return i;
	}
	return LEASE_KEPT_NONE;
}

void
lease_memory_forget(struct lease_memory *memory, int slot)
{
	if (slot >= 0 && slot < LEASE_KEPT_MAX)
		forget_place(&memory->file->kept[slot]);
}

const struct lease_lock *
lease_memory_next_lock(const struct lease_memory *memory, int *i)
{
	while (*i < LOCK_RECORDS)
		if (memory->file->locks[(*i)++].state == RECORD_WHOLE)
			return &memory->file->locks[*i - 1];
	return NULL;
}

const struct lease_place *
lease_memory_next_place(const struct lease_memory *memory, int *i)
{
	while (*i < LEASE_KEPT_MAX)
		if (memory->file->kept[(*i)++].state == RECORD_WHOLE)
			return &memory->file->kept[*i - 1];
	return NULL;
}
