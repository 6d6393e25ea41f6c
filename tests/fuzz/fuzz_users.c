/* SPDX-License-Identifier: ISC */
/*
 * A users' file of any bytes. What is taken has as many users as lines that
 * are neither empty nor comments; each is found by its name, has what a user
 * must have, and, written from what was read, is read alike again. What is
 * refused has a line and words. A comment before it changes the lines alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/auth/users.h"

#define NOISE	 "# noise\n"
#define TEXT_MAX 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int is_true)
{
	if (!is_true)
		abort();
}

static size_t
count_lines(const char *text, size_t len, size_t *all)
{
	size_t i, count = 0;
	int is_first = 1;

	*all = 0;
	for (i = 0; i < len; i++) {
		*all += is_first;
		count += is_first && text[i] != '\n' && text[i] != '#';
		is_first = text[i] == '\n';
	}
	return count;
}

static void
write_base32(FILE *out, const uint8_t *p, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	unsigned held = 0, bits = 0;

	for (; len > 0 || bits > 0; bits -= 5) {
		if (bits < 5 && len > 0) {
			held = held << 8 | *p++;
			bits += 8;
			len--;
		} else if (bits < 5) {
			held <<= 5 - bits;
			bits = 5;
		}
		fputc(digits[held >> (bits - 5) & 31], out);
	}
}

static void
write_factor(FILE *out, const struct user *user)
{
	size_t i, k;

	if (user->totp_seed == NULL)
		return;
	fputs("totp=", out);
	write_base32(out, user->totp_seed, user->totp_len);
	for (i = 0; i < user->recovery_count; i++) {
		fputs(i == 0 ? ",recovery=" : ",", out);
		for (k = 0; k < USERS_RECOVERY_BYTES; k++)
			fprintf(out, "%02x", user->recovery[i][k]);
	}
}

static void
write_user(FILE *out, const struct user *user)
{
	size_t i;

	fprintf(out, "%s:%s%s:", user->name, user->is_locked ? "!" : "",
	    user->hash);
	for (i = 0; i < user->group_count; i++)
		fprintf(out, "%s%s", i > 0 ? "," : "", user->groups[i]);
	fputc(':', out);
	write_factor(out, user);
	fputc('\n', out);
}

/* As they are in the file but without comments and empty lines. */
static char *
write_users(const struct users *users, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);
	size_t i;

	must(out != NULL);
	for (i = 0; i < users_count(users); i++)
		write_user(out, users_at(users, i));
	must(fclose(out) == 0);
	return text;
}

static void
check_user(const struct users *users, const struct user *user)
{
	size_t i;

	must(users_find(users, user->name) == user);
	must(users_is_name(user->name) && user->line > 0);
	must(strlen(user->hash) <= USERS_HASH_MAX && user->hash[0] == '$');
	must(users_kind_name(user->kind) != NULL);
	must(user->group_count <= USERS_GROUPS_MAX);
	for (i = 0; i < user->group_count; i++)
		must(users_is_name(user->groups[i]));
	must(user->totp_seed == NULL || user->totp_len >= USERS_SEED_MIN);
	must(user->totp_len <= USERS_SEED_MAX);
	must(user->recovery_count <= USERS_RECOVERY_MAX);
}

/* text says the same, shift lines further down. */
static void
check_same(const struct users *users, const char *text, size_t len,
    unsigned shift, int has_shift)
{
	struct users *again;
	struct users_fault fault;
	char *one, *other;
	size_t i, one_len, other_len;

	must(users_parse(text, len, &again, &fault) == 0);
	must(users_count(again) == users_count(users));
	for (i = 0; has_shift && i < users_count(users); i++)
		must(users_at(again, i)->line ==
		    users_at(users, i)->line + shift);
	one = write_users(users, &one_len);
	other = write_users(again, &other_len);
	must(one_len == other_len && memcmp(one, other, one_len) == 0);
	free(one);
	free(other);
	users_free(again);
}

static void
check_taken(const struct users *users, const char *noisy, size_t len)
{
	size_t i, lines, canonical_len;
	char *canonical;

	must(users_count(users) ==
	    count_lines(noisy + sizeof(NOISE) - 1, len, &lines));
	for (i = 0; i < users_count(users); i++)
		check_user(users, users_at(users, i));
	check_same(users, noisy, sizeof(NOISE) - 1 + len, 1, 1);
	canonical = write_users(users, &canonical_len);
	check_same(users, canonical, canonical_len, 0, 0);
	free(canonical);
}

static void
check_refused(const struct users_fault *fault, const char *noisy, size_t len)
{
	struct users *users;
	struct users_fault again;
	size_t lines;

	(void)count_lines(noisy + sizeof(NOISE) - 1, len, &lines);
	must(fault->line > 0 && fault->line <= lines);
	must(memchr(fault->text, '\0', sizeof(fault->text)) != NULL);
	must(fault->text[0] != '\0');
	must(users_parse(noisy, sizeof(NOISE) - 1 + len, &users, &again) ==
	    VB_ESYNTAX);
	must(users == NULL && again.line == fault->line + 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct users *users;
	struct users_fault fault;
	char *noisy;

	if (size > TEXT_MAX || (noisy = malloc(sizeof(NOISE) + size)) == NULL)
		return 0;
	memcpy(noisy, NOISE, sizeof(NOISE) - 1);
	memcpy(noisy + sizeof(NOISE) - 1, data, size);
	if (users_parse((const char *)data, size, &users, &fault) == 0)
		check_taken(users, noisy, size);
	else
		check_refused(&fault, noisy, size);
	users_free(users);
	free(noisy);
	return 0;
}
