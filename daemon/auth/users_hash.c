/* SPDX-License-Identifier: ISC */
/*
 * Hashes of passwords. A kind is taken if guessing is slow, and its form is
 * looked at, since of a hash that was cut or mistyped nobody would hear but
 * the user whose password is wrong.
 */
#include <crypt.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/auth/users_hash.h"

#define ITOA64 \
	"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

/* crypt(5) */
#define YESCRYPT_SALT_MAX 86
#define YESCRYPT_DIGEST	  43
#define BCRYPT_SALT	  22
#define BCRYPT_DIGEST	  31
#define SHA512_SALT_MAX	  16
#define SHA512_DIGEST	  86
#define SHA512_ROUNDS_MAX 9 /* digits */
#define DES_LENGTH	  13

/* what is taken; the kinds have more */
#define BCRYPT_COST_MAX	      "15"
#define SHA512_ROUNDS_DEAREST 5000000
#define BSDI_LENGTH	      19

static int
is_digest(const char *p, size_t len)
{
	return strspn(p, ITOA64) == len && p[len] == '\0';
}

/* Costs, salt and digest, each with a '$' between. */
static int
is_yescrypt(const char *p)
{
	size_t n = strspn(p, ITOA64);

	if (n == 0 || p[n] != '$')
		return 0;
	p += n + 1;
	n = strspn(p, ITOA64);
	return n > 0 && n <= YESCRYPT_SALT_MAX && p[n] == '$' &&
	    is_digest(p + n + 1, YESCRYPT_DIGEST);
}

/* The cost, two digits from 04 to 31; salt and digest in one. */
static int
is_bcrypt(const char *p)
{
	return strspn(p, DIGITS) >= 2 && p[2] == '$' &&
	    strncmp(p, "04", 2) >= 0 && strncmp(p, "31", 2) <= 0 &&
	    is_digest(p + 3, BCRYPT_SALT + BCRYPT_DIGEST);
}

/* Any printable character may be in the salt. */
static size_t
span_salt(const char *p)
{
	size_t n = 0;

	while (p[n] > ' ' && p[n] <= '~' && p[n] != '$')
		n++;
	return n;
}

static int
is_sha512(const char *p)
{
	size_t n;

	if (strncmp(p, "rounds=", 7) == 0) {
		p += 7;
		n = strspn(p, DIGITS);
		if (p[0] == '0' || n == 0 || n > SHA512_ROUNDS_MAX ||
		    p[n] != '$')
			return 0;
		p += n + 1;
	}
	n = span_salt(p);
	return n > 0 && n <= SHA512_SALT_MAX && p[n] == '$' &&
	    is_digest(p + n + 1, SHA512_DIGEST);
}

/* v=19$m=65536,t=3,p=4$SALT$DIGEST */
/*
 * Some seconds of a processor: a login takes less, and hash.h ends what takes
 * much more.
 */
static int
is_too_dear(const char *rest, enum users_kind kind)
{
	if (kind == USERS_BCRYPT)
		return strncmp(rest, BCRYPT_COST_MAX, 2) > 0;
	return kind == USERS_SHA512 && strncmp(rest, "rounds=", 7) == 0 &&
	    strtoul(rest + 7, NULL, 10) > SHA512_ROUNDS_DEAREST;
}

static int
is_argon2id(const char *p)
{
	static const char base64[] = ITOA64 "+";
	size_t n, part;

	for (part = 0; part < 2; part++) {
		n = strspn(p, DIGITS "vmtp=,");
		if (n == 0 || p[n] != '$')
			return 0;
		p += n + 1;
	}
	n = strspn(p, base64);
	if (n == 0 || p[n] != '$')
		return 0;
	p += n + 1;
	n = strspn(p, base64);
	return n > 0 && p[n] == '\0';
}

static const struct {
	const char *prefix;
	int (*is_formed)(const char *rest);
	enum users_kind kind;
} taken[] = {
    {"$y$", is_yescrypt, USERS_YESCRYPT},
    {"$2b$", is_bcrypt, USERS_BCRYPT},
    {"$2y$", is_bcrypt, USERS_BCRYPT},
    {"$6$", is_sha512, USERS_SHA512},
    {"$argon2id$", is_argon2id, USERS_ARGON2ID},
};

static const struct {
	const char *prefix;
	const char *what;
} refused[] = {
    {"$apr1$", "is Apache's MD5 ($apr1$), which is too weak"},
    {"$1$", "is MD5 ($1$), which is too weak"},
    {"$5$", "is SHA-256 ($5$), which is not taken"},
    {"$2", "is an old bcrypt; only $2b$ and $2y$ are taken"},
    {"{SHA}", "is SHA-1 ({SHA}), which is too weak"},
    {"$", "is of a kind that is not taken"},
};

static int
begins(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static const char *
judge_form(const char *hash, size_t i)
{
	const char *rest = hash + strlen(taken[i].prefix);

	if (!taken[i].is_formed(rest))
		return "is incomplete or mistyped";
	if (is_too_dear(rest, taken[i].kind))
		return "takes too long to compute (the most are a cost "
		       "of " BCRYPT_COST_MAX
		       " for bcrypt and 5000000 rounds for SHA-512)";
	/* not each libcrypt has it */
	if (taken[i].kind == USERS_ARGON2ID &&
	    crypt_checksalt(hash) != CRYPT_SALT_OK)
		return "is argon2, which this system's libcrypt does not have";
	return NULL;
}

static const char *
tell_refused(const char *hash)
{
	size_t i;

	if (hash[0] == '\0')
		return "is empty";
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (begins(hash, refused[i].prefix))
			return refused[i].what;
	if (is_digest(hash, DES_LENGTH) ||
	    (hash[0] == '_' && is_digest(hash + 1, BSDI_LENGTH)))
		return "is DES, which is too weak";
	return "is no hash; a password itself must not be in the file";
}

const char *
users_hash_judge(const char *hash, enum users_kind *kind)
{
	size_t i;

	if (strlen(hash) > USERS_HASH_MAX)
		return "is too long";
	for (i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		if (begins(hash, taken[i].prefix)) {
			*kind = taken[i].kind;
			return judge_form(hash, i);
		}
	return tell_refused(hash);
}
