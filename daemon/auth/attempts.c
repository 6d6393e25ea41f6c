/* SPDX-License-Identifier: ISC */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/auth/attempts.h"

#define SETS	  1024
#define WAYS	  8
#define KEY_BYTES 32
#define SHIFT_MAX 16

enum kind {
	OF_ADDRESS,
	OF_NAME,
	OF_BOTH
};

struct entry {
	uint8_t key[KEY_BYTES];
	uint32_t wrong;	   /* 0: unused */
	uint64_t last_sec; /* when the last was */
	uint64_t until_sec;
};

struct attempts {
	uint8_t secret[KEY_BYTES]; /* so that nobody chooses their set */
	struct entry sets[SETS][WAYS];
};

struct attempts *
attempts_new(void)
{
	struct attempts *a = calloc(1, sizeof(*a));

	if (a != NULL && RAND_bytes(a->secret, sizeof(a->secret)) != 1) {
		free(a);
		return NULL;
	}
	return a;
}

void
attempts_free(struct attempts *attempts)
{
	free(attempts);
}

static int
make_key(const struct attempts *a, enum kind kind, const struct addr *client,
    const char *name, uint8_t out[KEY_BYTES])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t byte = (uint8_t)kind;
	struct addr source;
	int is_done;

	addr_source(client, &source);
	is_done = ctx != NULL &&
	    EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 &&
	    EVP_DigestUpdate(ctx, a->secret, sizeof(a->secret)) == 1 &&
	    EVP_DigestUpdate(ctx, &byte, sizeof(byte)) == 1 &&
	    (kind == OF_NAME ||
		EVP_DigestUpdate(ctx, &source, sizeof(source)) == 1) &&
	    (kind == OF_ADDRESS ||
		EVP_DigestUpdate(ctx, name, strlen(name)) == 1) &&
	    EVP_DigestFinal_ex(ctx, out, NULL) == 1;
	EVP_MD_CTX_free(ctx);
	return is_done;
}

static struct entry *
set_of(struct attempts *a, const uint8_t key[KEY_BYTES])
{
	uint32_t n;

	memcpy(&n, key, sizeof(n));
	return a->sets[n % SETS];
}

static int
is_old(const struct entry *e, uint64_t now_sec)
{
	return now_sec - e->last_sec >= ATTEMPTS_FORGET_SEC;
}

static struct entry *
find(struct attempts *a, enum kind kind, const struct addr *client,
    const char *name, uint64_t now_sec)
{
	uint8_t key[KEY_BYTES];
	struct entry *set;
	size_t i;

	if (!make_key(a, kind, client, name, key))
		return NULL;
	set = set_of(a, key);
	for (i = 0; i < WAYS; i++)
		if (set[i].wrong > 0 && !is_old(&set[i], now_sec) &&
		    memcmp(set[i].key, key, KEY_BYTES) == 0)
			return &set[i];
	return NULL;
}

/* Its entry, or a new one in the place of the one that matters least. */
static struct entry *
make(struct attempts *a, enum kind kind, const struct addr *client,
    const char *name, uint64_t now_sec)
{
	struct entry *found = find(a, kind, client, name, now_sec), *set;
	uint8_t key[KEY_BYTES];
	size_t i;

	if (found != NULL || !make_key(a, kind, client, name, key))
		return found;
	set = set_of(a, key);
	for (i = 0, found = set; i < WAYS; i++) {
		if (set[i].wrong == 0 || is_old(&set[i], now_sec)) {
			found = &set[i];
			break;
		}
		if (set[i].until_sec < found->until_sec)
			found = &set[i];
	}
	memset(found, 0, sizeof(*found));
	memcpy(found->key, key, KEY_BYTES);
	return found;
}

static uint32_t
growing(uint32_t wrong, uint32_t free_of_charge, uint32_t step)
{
	uint32_t shift;

	if (wrong < free_of_charge)
		return 0;
	shift = (wrong - free_of_charge) / step;
	if (shift > SHIFT_MAX)
		shift = SHIFT_MAX;
	return 1U << shift > ATTEMPTS_WAIT_MAX_SEC ? ATTEMPTS_WAIT_MAX_SEC
						   : 1U << shift;
}

static void
add(struct entry *e, uint32_t free_of_charge, uint32_t step, uint64_t now_sec)
{
	if (e == NULL)
		return;
	e->wrong++;
	e->last_sec = now_sec;
	e->until_sec = now_sec + growing(e->wrong, free_of_charge, step);
}

void
attempts_failed(struct attempts *attempts, const struct addr *client,
    const char *name, uint64_t now_sec)
{
	struct entry *by_name, *both;
	uint64_t until_sec;

	add(make(attempts, OF_ADDRESS, client, name, now_sec),
	    ATTEMPTS_FREE_ADDRESS, 5, now_sec);
	by_name = make(attempts, OF_NAME, client, name, now_sec);
	add(by_name, ATTEMPTS_FREE_NAME, 10, now_sec);
	until_sec = by_name == NULL ? 0 : by_name->until_sec;
	both = make(attempts, OF_BOTH, client, name, now_sec);
	add(both, ATTEMPTS_FREE, 1, now_sec);
	if (both != NULL && both->until_sec < until_sec)
		both->until_sec = until_sec;
}

static uint32_t
left_sec(const struct entry *e, uint64_t now_sec)
{
	if (e == NULL || e->until_sec <= now_sec)
		return 0;
	return (uint32_t)(e->until_sec - now_sec);
}

uint32_t
attempts_wait_sec(struct attempts *attempts, const struct addr *client,
    const char *name, uint64_t now_sec)
{
	uint32_t both, by_address;

	both =
	    left_sec(find(attempts, OF_BOTH, client, name, now_sec), now_sec);
	by_address = left_sec(
	    find(attempts, OF_ADDRESS, client, name, now_sec), now_sec);
	return both > by_address ? both : by_address;
}

void
attempts_succeeded(
    struct attempts *attempts, const struct addr *client, const char *name)
{
	uint8_t key[KEY_BYTES];
	struct entry *set;
	size_t i;

	if (!make_key(attempts, OF_BOTH, client, name, key))
		return;
	set = set_of(attempts, key);
	for (i = 0; i < WAYS; i++)
		if (memcmp(set[i].key, key, KEY_BYTES) == 0)
			memset(&set[i], 0, sizeof(set[i]));
}
