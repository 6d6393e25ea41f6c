/* SPDX-License-Identifier: ISC */
#include <sys/mman.h>
#include <sys/stat.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <string.h>

#include "common/stamp.h"

#define HASH_MAX 64

/* As it is in the file; is_made is written last. */
struct stamp_file {
	uint8_t key[STAMP_KEY_BYTES];
	uint32_t is_made;
};

const uint8_t *
stamp_open(int fd)
{
	struct stamp_file *file;
	struct stat st;

	if (fstat(fd, &st) == -1 || st.st_size < STAMP_FILE_BYTES)
		return NULL;
	file = mmap(
	    NULL, STAMP_FILE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (file == MAP_FAILED)
		return NULL;
	if (!__atomic_load_n(&file->is_made, __ATOMIC_ACQUIRE)) {
		if (RAND_priv_bytes(file->key, sizeof(file->key)) != 1) {
			munmap(file, STAMP_FILE_BYTES);
			return NULL;
		}
		__atomic_store_n(&file->is_made, 1, __ATOMIC_RELEASE);
	}
	return file->key;
}

static int
authenticate(const uint8_t *key, uint64_t sec, const uint8_t *hash, size_t len,
    uint8_t out[STAMP_MAC_BYTES])
{
	uint8_t text[sizeof(sec) + HASH_MAX];
	unsigned out_len = 0;

	if (len > HASH_MAX)
		return VB_ERANGE;
	memcpy(text, &sec, sizeof(sec));
	memcpy(text + sizeof(sec), hash, len);
	return HMAC(EVP_sha256(), key, STAMP_KEY_BYTES, text, sizeof(sec) + len,
		   out, &out_len) != NULL &&
		out_len == STAMP_MAC_BYTES
	    ? 0
	    : VB_ESYS;
}

int
stamp_make(const uint8_t *key, uint64_t now_sec, const uint8_t *hash,
    size_t len, struct stamp *out)
{
	out->made_sec = now_sec;
	return authenticate(key, now_sec, hash, len, out->mac);
}

int
stamp_is_good(const uint8_t *key, const struct stamp *stamp, uint64_t now_sec,
    uint64_t most_sec, const uint8_t *hash, size_t len)
{
	uint8_t mac[STAMP_MAC_BYTES];

	return stamp->made_sec <= now_sec &&
	    now_sec - stamp->made_sec <= most_sec &&
	    authenticate(key, stamp->made_sec, hash, len, mac) == 0 &&
	    CRYPTO_memcmp(mac, stamp->mac, sizeof(mac)) == 0;
}
