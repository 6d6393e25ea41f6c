/* SPDX-License-Identifier: ISC */
/*
 * Invariant: an entry exists for each record whose state is not LOGIN_NONE.
 * A record is filled before its state says so: whenever the process dies, the
 * next one finds it whole, or not at all.
 */
#include <sys/mman.h>
#include <sys/stat.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/auth/logins.h"

#define FILE_VERSION 2

/* An id is a number that rises, and bits that nobody guesses. */
#define ID_SHIFT 32

struct file {
	uint32_t version;     /* FILE_VERSION */
	uint32_t record_size; /* of this program */
	uint64_t last_number; /* of ids */
	struct login_record records[LOGINS_MAX];
};

struct entry {
	RB_ENTRY(entry) by_cookie;
	RB_ENTRY(entry) by_id;
	STAILQ_ENTRY(entry) free_entry;
	struct login_record *record;
};

RB_HEAD(login_cookies, entry);
RB_HEAD(login_ids, entry);

struct logins {
	struct file *file;
	struct login_cookies by_cookie;
	struct login_ids by_id;
	STAILQ_HEAD(, entry) unused;
	uint32_t count;
	logins_evicted *evicted; /* or NULL */
	void *evicted_arg;
	struct entry entries[LOGINS_MAX]; /* one for each record */
};

/* The keys are hashes: how long a comparison takes tells nothing of a cookie */
static int
compare_cookies(const struct entry *a, const struct entry *b)
{
	return memcmp(
	    a->record->cookie, b->record->cookie, sizeof(a->record->cookie));
}

static int
compare_ids(const struct entry *a, const struct entry *b)
{
	if (a->record->id == b->record->id)
		return 0;
	return a->record->id < b->record->id ? -1 : 1;
}

RB_PROTOTYPE(login_cookies, entry, by_cookie, compare_cookies)
RB_GENERATE(login_cookies, entry, by_cookie, compare_cookies)
RB_PROTOTYPE(login_ids, entry, by_id, compare_ids)
RB_GENERATE(login_ids, entry, by_id, compare_ids)

uint64_t
logins_file_bytes(void)
{
	return sizeof(struct file);
}

static void
set_state(struct login_record *record, enum login_state state)
{
	__atomic_store_n(&record->state, (uint32_t)state, __ATOMIC_RELEASE);
}

static int
is_sound(const struct file *file, const struct login_record *record)
{
	return (record->state == LOGIN_HALF || record->state == LOGIN_WHOLE) &&
	    record->id >> ID_SHIFT != 0 &&
	    record->id >> ID_SHIFT <= file->last_number &&
	    memchr(record->name, '\0', sizeof(record->name)) != NULL &&
	    memchr(record->groups, '\0', sizeof(record->groups)) != NULL;
}

static int
insert(struct logins *logins, struct entry *entry)
{
	if (RB_INSERT(login_cookies, &logins->by_cookie, entry) != NULL)
		return 0;
	if (RB_INSERT(login_ids, &logins->by_id, entry) != NULL) {
		RB_REMOVE(login_cookies, &logins->by_cookie, entry);
		return 0;
	}
	logins->count++;
	return 1;
}

static void
forget(struct logins *logins, struct entry *entry)
{
	set_state(entry->record, LOGIN_NONE);
	explicit_bzero(entry->record, sizeof(*entry->record));
	STAILQ_INSERT_HEAD(&logins->unused, entry, free_entry);
}

static void
take_over(struct logins *logins)
{
	struct file *file = logins->file;
	struct entry *entry;
	size_t i;

	if (file->version != FILE_VERSION ||
	    file->record_size != sizeof(struct login_record)) {
		if (file->version != 0) /* a new one is zero, and small */
			memset(file, 0, sizeof(*file));
		file->record_size = sizeof(struct login_record);
		file->version = FILE_VERSION;
	}
	for (i = LOGINS_MAX; i-- > 0;) {
		entry = &logins->entries[i];
		entry->record = &file->records[i];
		/* pages that nobody has used stay none */
		if (entry->record->state == LOGIN_NONE)
			STAILQ_INSERT_HEAD(&logins->unused, entry, free_entry);
		else if (!is_sound(file, entry->record) ||
		    !insert(logins, entry))
			forget(logins, entry);
	}
}

int
logins_open(int fd, struct logins **out)
{
	struct logins *logins;
	struct stat st;
	void *map;

	*out = NULL;
	if (fstat(fd, &st) == -1 || (uint64_t)st.st_size < sizeof(struct file))
		return VB_ESYS;
	if ((logins = calloc(1, sizeof(*logins))) == NULL)
		return VB_ENOMEM;
	map = mmap(NULL, sizeof(struct file), PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, 0);
	if (map == MAP_FAILED) {
		free(logins);
		return VB_ESYS;
	}
	logins->file = map;
	RB_INIT(&logins->by_cookie);
	RB_INIT(&logins->by_id);
	STAILQ_INIT(&logins->unused);
	take_over(logins);
	*out = logins;
	return 0;
}

void
logins_close(struct logins *logins)
{
	if (logins == NULL)
		return;
	munmap(logins->file, sizeof(struct file));
	free(logins);
}

static struct entry *
entry_of(const struct logins *logins, const struct login_record *login)
{
	size_t i = (size_t)(login - logins->file->records);

	return (struct entry *)(uintptr_t)&logins->entries[i];
}

static void
hash_cookie(
    const uint8_t cookie[LOGIN_COOKIE_BYTES], uint8_t out[LOGIN_COOKIE_BYTES])
{
	if (EVP_Digest(
		cookie, LOGIN_COOKIE_BYTES, out, NULL, EVP_sha256(), NULL) != 1)
		abort(); /* never, of so few bytes */
}

void
logins_tell_evicted(struct logins *logins, logins_evicted *evicted, void *arg)
{
	logins->evicted = evicted;
	logins->evicted_arg = arg;
}

/*
 * Half logins go first: whoever knows a password alone drives nobody out who
 * has shown both factors.
 */
static int
goes_before(const struct login_record *login, const struct login_record *other)
{
	if (other == NULL)
		return 1;
	if (login->state != other->state)
		return login->state == LOGIN_HALF;
	return login->used_sec < other->used_sec;
}

/* Of the user's own if they have too many, else of all. */
static const struct login_record *
find_victim(const struct logins *logins, const char *name)
{
	const struct login_record *login, *own = NULL, *any = NULL;
	uint32_t count = 0;

	for (login = logins_first(logins); login != NULL;
	     login = logins_next(logins, login)) {
		if (goes_before(login, any))
			any = login;
		if (strcmp(login->name, name) != 0)
			continue;
		count++;
		if (goes_before(login, own))
			own = login;
	}
	if (count >= LOGINS_OF_USER_MAX)
		return own;
	return STAILQ_EMPTY(&logins->unused) ? any : NULL;
}

static void
make_room(struct logins *logins, const char *name)
{
	const struct login_record *victim = find_victim(logins, name);

	if (victim == NULL)
		return;
	if (victim->state == LOGIN_WHOLE && logins->evicted != NULL)
		logins->evicted(logins->evicted_arg, victim);
	logins_end(logins, victim);
}

int
logins_begin(struct logins *logins, enum login_state state,
    const struct login_who *who, uint64_t now_sec,
    uint8_t cookie[LOGIN_COOKIE_BYTES], const struct login_record **out)
{
	return RAND_priv_bytes(cookie, LOGIN_COOKIE_BYTES) == 1
	    ? logins_begin_as(logins, state, who, now_sec, cookie, out)
	    : VB_ESYS;
}

int
logins_begin_as(struct logins *logins, enum login_state state,
    const struct login_who *who, uint64_t now_sec,
    const uint8_t cookie[LOGIN_COOKIE_BYTES], const struct login_record **out)
{
	struct login_record *record;
	struct entry *entry;
	uint32_t secret;

	if (RAND_priv_bytes((uint8_t *)&secret, sizeof(secret)) != 1)
		return VB_ESYS;
	make_room(logins, who->name);
	entry = STAILQ_FIRST(&logins->unused);
	STAILQ_REMOVE_HEAD(&logins->unused, free_entry);
	record = entry->record;
	record->id = ++logins->file->last_number << ID_SHIFT | secret;
	record->began_sec = record->used_sec = now_sec;
	record->since_sec = (uint64_t)time(NULL);
	record->client = who->client;
	record->wrong_codes = 0;
	hash_cookie(cookie, record->cookie);
	memcpy(record->proof, who->proof, sizeof(record->proof));
	record->until_sec = who->until_sec;
	memcpy(record->subject, who->subject, sizeof(record->subject));
	memcpy(record->session, who->session, sizeof(record->session));
	record->kind = (uint32_t)who->kind;
	strlcpy(record->name, who->name, sizeof(record->name));
	strlcpy(record->groups, who->groups, sizeof(record->groups));
	if (!insert(logins, entry)) { /* a cookie twice: never */
		forget(logins, entry);
		return VB_ESYS;
	}
	set_state(record, state);
	*out = record;
	return 0;
}

static int
is_over(const struct login_record *login, const struct login_limits *limits,
    uint64_t now_sec)
{
	uint64_t end_sec = logins_end_sec(login, limits);

	return end_sec != 0 && now_sec >= end_sec;
}

const struct login_record *
logins_find(struct logins *logins, enum login_state state,
    const uint8_t cookie[LOGIN_COOKIE_BYTES], const struct login_limits *limits,
    uint64_t now_sec)
{
	struct login_record wanted;
	struct entry key = {.record = &wanted}, *found;

	hash_cookie(cookie, wanted.cookie);
	found = RB_FIND(login_cookies, &logins->by_cookie, &key);
	if (found == NULL || found->record->state != (uint32_t)state ||
	    is_over(found->record, limits, now_sec))
		return NULL;
	return found->record;
}

const struct login_record *
logins_find_id(struct logins *logins, uint64_t id)
{
	struct login_record wanted = {.id = id};
	struct entry key = {.record = &wanted}, *found;

	found = RB_FIND(login_ids, &logins->by_id, &key);
	return found == NULL ? NULL : found->record;
}

void
logins_use(
    struct logins *logins, const struct login_record *login, uint64_t now_sec)
{
	struct login_record *record = entry_of(logins, login)->record;

	if (now_sec > record->used_sec)
		record->used_sec = now_sec;
}

uint32_t
logins_add_wrong(struct logins *logins, const struct login_record *login)
{
	return ++entry_of(logins, login)->record->wrong_codes;
}

void
logins_end(struct logins *logins, const struct login_record *login)
{
	struct entry *entry = entry_of(logins, login);

	RB_REMOVE(login_cookies, &logins->by_cookie, entry);
	RB_REMOVE(login_ids, &logins->by_id, entry);
	logins->count--;
	forget(logins, entry);
}

uint64_t
logins_end_sec(
    const struct login_record *login, const struct login_limits *limits)
{
	uint64_t by_age = 0, by_use = 0;

	if (login->state == LOGIN_HALF)
		return login->began_sec + LOGIN_HALF_SEC;
	if (limits->max_sec != 0)
		by_age = login->began_sec + limits->max_sec;
	if (limits->idle_sec != 0)
		by_use = login->used_sec + limits->idle_sec;
	if (by_age == 0 || by_use == 0)
		return by_age + by_use;
	return by_age < by_use ? by_age : by_use;
}

const struct login_record *
logins_first(const struct logins *logins)
{
	struct login_ids *tree = (struct login_ids *)(uintptr_t)&logins->by_id;
	struct entry *entry = RB_MIN(login_ids, tree);

	return entry == NULL ? NULL : entry->record;
}

const struct login_record *
logins_next(const struct logins *logins, const struct login_record *login)
{
	struct entry *next = RB_NEXT(login_ids, NULL, entry_of(logins, login));

	return next == NULL ? NULL : next->record;
}

uint32_t
logins_count(const struct logins *logins)
{
	return logins->count;
}
