/* SPDX-License-Identifier: ISC */
/* Which hashes of passwords are taken: crypt(5). */
#include <check.h>
#include <crypt.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/auth/users.h"
#include "daemon/auth/users_hash.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define TEN	 "abcdefghij"
#define FIFTY	 TEN TEN TEN TEN TEN
#define ARGON2ID "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$" TEN TEN

static const struct {
	const char *hash;
	enum users_kind kind;
	const char *name;
} kinds[] = {
    {"$y$j9T$F5Jx5fExrKuPp53xLKQ..1$" TEN TEN TEN TEN "./A", USERS_YESCRYPT,
	"yescrypt"},
    {"$2b$12$" FIFTY "abc", USERS_BCRYPT, "bcrypt"},
    {"$2y$05$" FIFTY "abc", USERS_BCRYPT, "bcrypt"},
    {"$2b$15$" FIFTY "abc", USERS_BCRYPT, "bcrypt"},
    {"$6$saltsalt$" FIFTY TEN TEN TEN "abcdef", USERS_SHA512, "SHA-512"},
    {"$6$rounds=500000$salt$" FIFTY TEN TEN TEN "abcdef", USERS_SHA512,
	"SHA-512"},
    {"$6$rounds=5000000$salt$" FIFTY TEN TEN TEN "abcdef", USERS_SHA512,
	"SHA-512"},
};

START_TEST(hash_is_of_these_kinds)
{
	enum users_kind kind;

	ck_assert_ptr_null(users_hash_judge(kinds[_i].hash, &kind));
	ck_assert_int_eq(kind, kinds[_i].kind);
	ck_assert_str_eq(users_kind_name(kind), kinds[_i].name);
}
END_TEST

static const struct {
	const char *prefix;
	unsigned long cost; /* little */
	enum users_kind kind;
} makers[] = {
    {"$y$", 1, USERS_YESCRYPT},
    {"$2b$", 4, USERS_BCRYPT},
    {"$2y$", 4, USERS_BCRYPT},
    {"$6$", 1000, USERS_SHA512},
};

START_TEST(hash_that_crypt_makes_is_taken)
{
	static const char random[] = "not random, but 64 bytes of what could "
				     "well be a random number...";
	struct crypt_data data = {0};
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];
	enum users_kind kind;
	const char *hash;

	ck_assert_ptr_nonnull(crypt_gensalt_rn(makers[_i].prefix,
	    makers[_i].cost, random, 64, setting, sizeof(setting)));
	ck_assert_ptr_nonnull(hash = crypt_r("a password", setting, &data));
	ck_assert_msg(users_hash_judge(hash, &kind) == NULL, "%s", hash);
	ck_assert_int_eq(kind, makers[_i].kind);
}
END_TEST

START_TEST(hash_is_argon2_only_where_crypt_has_it)
{
	enum users_kind kind;
	const char *why = users_hash_judge(ARGON2ID, &kind);

	if (crypt_checksalt(ARGON2ID) == CRYPT_SALT_OK) {
		ck_assert_ptr_null(why);
		ck_assert_int_eq(kind, USERS_ARGON2ID);
	} else
		ck_assert_ptr_nonnull(strstr(why, "libcrypt does not have"));
}
END_TEST

static const struct {
	const char *hash;
	const char *words;
} bad_hashes[] = {
    {"", "is empty"},
    {"!", "is no hash"},
    {"!$2b$12$" FIFTY "abc", "is no hash"},
    {"$apr1$saltsalt$" TEN TEN "ab", "is Apache's MD5"},
    {"$1$saltsalt$" TEN TEN "ab", "is MD5"},
    {"$5$saltsalt$" TEN TEN TEN TEN "abc", "is SHA-256"},
    {"$2a$12$" FIFTY "abc", "only $2b$ and $2y$"},
    {"$2x$12$" FIFTY "abc", "only $2b$ and $2y$"},
    {"$7$DU..../....2Q9obwLhin8qvQl6sisAO/$abc", "is of a kind"},
    {"$argon2i$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$" TEN, "is of a kind"},
    {"{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "is SHA-1"},
    {"abJnggxhB/yWI", "is DES"},
    {"_J9..K0AyUubDrfOgO4s", "is DES"},
    {"secret", "is no hash"},
    {"*", "is no hash"},
    {"x", "is no hash"},
    {"$", "is of a kind"},
    {"$y$", "incomplete"},
    {"$y$j9T$salt", "incomplete"},
    {"$y$j9T$salt$" TEN TEN TEN TEN "ab", "incomplete"},
    {"$y$j9T$salt$" TEN TEN TEN TEN "abcd", "incomplete"},
    {"$y$j9T$salt$" TEN TEN TEN TEN "ab=", "incomplete"},
    {"$y$j9T$$" TEN TEN TEN TEN "abc", "incomplete"},
    {"$y$j9T$" FIFTY TEN TEN TEN "abcdefg$" TEN TEN TEN TEN "abc",
	"incomplete"},
    {"$2b$12$" FIFTY "ab", "incomplete"},
    {"$2b$12$" FIFTY "abcd", "incomplete"},
    {"$2b$1$" FIFTY "abcd", "incomplete"},
    {"$2b$03$" FIFTY "abc", "incomplete"},
    {"$2b$32$" FIFTY "abc", "incomplete"},
    {"$2b$123$" FIFTY "abc", "incomplete"},
    {"$2b$", "incomplete"},
    {"$6$", "incomplete"},
    {"$6$$" FIFTY TEN TEN TEN "abcdef", "incomplete"},
    {"$6$saltsaltsaltsalts$" FIFTY TEN TEN TEN "abcdef", "incomplete"},
    {"$6$salt$" FIFTY TEN TEN TEN "abcde", "incomplete"},
    {"$6$s lt$" FIFTY TEN TEN TEN "abcdef", "incomplete"},
    {"$6$rounds=$salt$" FIFTY TEN TEN TEN "abcdef", "incomplete"},
    {"$6$rounds=05000$salt$" FIFTY TEN TEN TEN "abcdef", "incomplete"},
    {"$6$rounds=5000000000$salt$" FIFTY TEN TEN TEN "abcdef", "incomplete"},
    /* a helper would end of it, and others with it */
    {"$2b$16$" FIFTY "abc", "takes too long"},
    {"$2y$31$" FIFTY "abc", "takes too long"},
    {"$6$rounds=5000001$salt$" FIFTY TEN TEN TEN "abcdef", "takes too long"},
    {"$6$rounds=999999999$salt$" FIFTY TEN TEN TEN "abcdef", "takes too long"},
    {"$argon2id$", "incomplete"},
    {"$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$", "incomplete"},
    {"$y$" FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY, "is too long"},
};

START_TEST(hash_that_is_refused_is_told_in_words)
{
	const char *hash = bad_hashes[_i].hash, *why;
	enum users_kind kind;

	ck_assert_ptr_nonnull(why = users_hash_judge(hash, &kind));
	ck_assert_msg(
	    strstr(why, bad_hashes[_i].words) != NULL, "%s: %s", hash, why);
	if (strlen(hash) > 4)
		ck_assert_ptr_null(strstr(why, hash));
}
END_TEST

/* A hash that was cut is none, and is not read past. */
START_TEST(hash_is_cut_at_each_byte)
{
	const char *whole = kinds[_i].hash;
	enum users_kind kind;
	size_t len;
	char *cut;

	for (len = 0; len < strlen(whole); len++) {
		ck_assert_ptr_nonnull(cut = strndup(whole, len));
		ck_assert_ptr_nonnull(users_hash_judge(cut, &kind));
		free(cut);
	}
}
END_TEST

static TCase *
make_case(void)
{
	TCase *tcase = tcase_create("users_hash");

	tcase_add_loop_test(tcase, hash_is_of_these_kinds, 0, COUNT(kinds));
	tcase_add_loop_test(
	    tcase, hash_that_crypt_makes_is_taken, 0, COUNT(makers));
	tcase_add_test(tcase, hash_is_argon2_only_where_crypt_has_it);
	tcase_add_loop_test(
	    tcase, hash_that_is_refused_is_told_in_words, 0, COUNT(bad_hashes));
	tcase_add_loop_test(tcase, hash_is_cut_at_each_byte, 0, COUNT(kinds));
	return tcase;
}

int
main(void)
{
	Suite *suite = suite_create("users_hash");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, make_case());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
