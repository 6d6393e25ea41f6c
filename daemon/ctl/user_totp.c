/* SPDX-License-Identifier: ISC */
/*
 * The URL is as the apps take it: six digits, 30 seconds, SHA-1, which are
 * what many of them assume whatever it says.
 */
#include <sys/random.h>
#include <errno.h>
#include <liboath/oath.h>
#include <openssl/sha.h>
#include <readpassphrase.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/ctl/user_qr.h"
#include "daemon/ctl/user_totp.h"
#include "common/utf8.h"

#define SEED_BYTES     20 /* RFC 4226, 4, R6: recommended */
#define RECOVERY_BYTES 10
#define DIGITS	       6
#define STEP_SEC       30
#define WINDOW	       1 /* steps that a clock may be off */
#define TRIES	       3
#define TYPED_MAX      64
#define GROUP_DIGITS   4
#define URL_MAX	       1024
#define UNRESERVED \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

int
user_totp_is_issuer(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t n;

	if (text[0] == '\0' || strlen(text) > USER_ISSUER_MAX)
		return 0;
	for (; *p != '\0'; p += n)
		if ((n = utf8_length(p)) == 0 || *p < ' ' || *p == 0x7f ||
		    *p == ':')
			return 0;
	return 1;
}

/* Returns 0, or -1. */
static int
random_base32(size_t bytes, char *out, size_t size)
{
	char random[SEED_BYTES], *text = NULL;
	size_t len = 0;
	int result = -1;

	if (getrandom(random, bytes, 0) == (ssize_t)bytes &&
	    oath_base32_encode(random, bytes, &text, &len) == OATH_OK &&
	    len < size) {
		memcpy(out, text, len + 1);
		result = 0;
	}
	explicit_bzero(random, sizeof(random));
	if (text != NULL)
		explicit_bzero(text, len);
	free(text);
	return result;
}

int
user_totp_make(struct user_totp *totp)
{
	size_t i;
	int result = random_base32(SEED_BYTES, totp->seed, sizeof(totp->seed));

	for (i = 0; result == 0 && i < USER_RECOVERY_COUNT; i++)
		result = random_base32(RECOVERY_BYTES, totp->recovery[i],
		    sizeof(totp->recovery[i]));
	if (result < 0)
		fprintf(stderr, "vncbridgectl: no random numbers: %s\n",
		    strerror(errno));
	return result;
}

/* RFC 3986, 2.1 */
static void
encode(const char *text, char *out)
{
	for (; *text != '\0'; text++)
		if (strchr(UNRESERVED, *text) != NULL)
			*out++ = *text;
		else
			out += sprintf(out, "%%%02X", (unsigned char)*text);
	*out = '\0';
}

void
user_totp_show(const struct user_totp *totp, const char *issuer,
    const char *name, int has_qr)
{
	char by[3 * USER_ISSUER_MAX + 1], whose[3 * USER_ISSUER_MAX + 1];
	char url[URL_MAX];

	encode(issuer, by);
	encode(name, whose);
	(void)snprintf(url, sizeof(url),
	    "otpauth://totp/%s:%s?secret=%s&issuer=%s&algorithm=SHA1"
	    "&digits=%d&period=%d",
	    by, whose, totp->seed, by, DIGITS, STEP_SEC);
	printf("%s\n", url);
	if (has_qr)
		user_qr_print(url);
	(void)fflush(stdout);
	explicit_bzero(url, sizeof(url));
}

/* False also for what is no code at all. */
static int
is_right(const char *seed, size_t len, const char *code)
{
	return strlen(code) == DIGITS && strspn(code, "0123456789") == DIGITS &&
	    oath_totp_validate(
		seed, len, time(NULL), STEP_SEC, 0, WINDOW, code) >= 0;
}

static int
ask(const char *seed, size_t len)
{
	char code[TYPED_MAX];
	int tries;

	for (tries = 0; tries < TRIES; tries++) {
		if (readpassphrase("Code that the app shows: ", code,
			sizeof(code), RPP_ECHO_ON | RPP_REQUIRE_TTY) == NULL) {
			fprintf(stderr, "vncbridgectl: %s\n",
			    errno == ENOTTY
				? "no terminal to ask for a code: use "
				  "--no-confirm"
				: strerror(errno));
			return -1;
		}
		if (is_right(seed, len, code))
			return 0;
		fprintf(stderr, "vncbridgectl: that is not the code now\n");
	}
	fprintf(stderr,
	    "vncbridgectl: nothing is changed: are the clocks of this host "
	    "and of the app right?\n");
	return -1;
}

int
user_totp_confirm(const struct user_totp *totp)
{
	char *seed = NULL;
	size_t len = 0;
	int result = -1;

	if (oath_base32_decode(totp->seed, strlen(totp->seed), &seed, &len) ==
	    OATH_OK)
		result = ask(seed, len);
	if (seed != NULL)
		explicit_bzero(seed, len);
	free(seed);
	return result;
}

void
user_totp_write(const struct user_totp *totp, char out[USER_FACTOR_MAX])
{
	unsigned char hash[SHA256_DIGEST_LENGTH];
	char *p = out;
	size_t i, k;

	p += sprintf(p, "totp=%s,recovery=", totp->seed);
	for (i = 0; i < USER_RECOVERY_COUNT; i++) {
		if (i > 0)
			*p++ = ',';
		SHA256((const unsigned char *)totp->recovery[i],
		    USER_RECOVERY_DIGITS, hash);
		for (k = 0; k < sizeof(hash); k++)
			p += sprintf(p, "%02x", hash[k]);
	}
}

void
user_totp_show_recovery(const struct user_totp *totp)
{
	size_t i, k;

	printf("Recovery codes, each for one login without the app; they are "
	       "shown this once:\n");
	for (i = 0; i < USER_RECOVERY_COUNT; i++) {
		printf("    ");
		for (k = 0; k < USER_RECOVERY_DIGITS; k += GROUP_DIGITS)
			printf("%s%.*s", k > 0 ? "-" : "", GROUP_DIGITS,
			    totp->recovery[i] + k);
		putchar('\n');
	}
}
