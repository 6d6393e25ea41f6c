/* SPDX-License-Identifier: ISC */
#include <crypt.h>
#include <errno.h>
#include <readpassphrase.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/ctl/user_password.h"
#include "common/utf8.h"

#define PREFIX	   "$y$" /* yescrypt */
#define SHORT	   8	 /* characters; NIST SP 800-63B, 5.1.1.1 */
#define TYPED_MAX  512	 /* more than is taken: what is too long shows */
#define PROMPT_MAX (USERS_NAME_MAX + 32)

static int
complain(const char *what)
{
	fprintf(stderr, "vncbridgectl: %s\n", what);
	return -1;
}

/* Counts the characters; 0: there is one that nobody can type. */
static size_t
count_characters(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t n, count = 0;

	for (; *p != '\0'; p += n, count++)
		if ((n = utf8_length(p)) == 0 || *p < ' ' || *p == 0x7f)
			return 0;
	return count;
}

static int
judge(const char *text)
{
	size_t count;

	if (text[0] == '\0')
		return complain("the password is empty");
	if (strlen(text) > USER_PASSWORD_MAX)
		return complain("the password is longer than 256 bytes");
	if ((count = count_characters(text)) == 0)
		return complain("the password is not UTF-8, or has a control "
				"character");
	if (count < SHORT)
		(void)complain(
		    "warning: the password has fewer than 8 characters");
	return 0;
}

static int
ask_once(const char *prompt, char out[TYPED_MAX])
{
	if (readpassphrase(
		prompt, out, TYPED_MAX, RPP_ECHO_OFF | RPP_REQUIRE_TTY) != NULL)
		return 0;
	return complain(errno == ENOTTY
		? "no terminal to ask for the password: give it with --fd"
		: strerror(errno));
}

static int
ask_terminal(const char *name, char out[TYPED_MAX])
{
	char again[TYPED_MAX], prompt[PROMPT_MAX];
	int result;

	(void)snprintf(prompt, sizeof(prompt), "Password for %s: ", name);
	if (ask_once(prompt, out) < 0 || judge(out) < 0)
		return -1;
	result = ask_once("The same again: ", again);
	if (result == 0 && strcmp(out, again) != 0)
		result = complain("the two are not the same");
	explicit_bzero(again, sizeof(again));
	return result;
}

/* A byte at a time: what is behind the line is not ours. */
static int
read_line(int fd, char out[TYPED_MAX])
{
	size_t len = 0;
	ssize_t n;

	for (;;) {
		n = read(fd, out + len, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return complain(strerror(errno));
		if (n == 0 || out[len] == '\n' || len == TYPED_MAX - 1)
			break;
		if (out[len++] == '\0')
			return complain("the password has a NUL byte");
	}
	out[len] = '\0';
	return judge(out);
}

int
user_password_ask(const char *name, int fd, char out[USER_PASSWORD_MAX + 1])
{
	char typed[TYPED_MAX] = "";
	int result =
	    fd == -1 ? ask_terminal(name, typed) : read_line(fd, typed);

	if (result == 0)
		(void)strlcpy(out, typed, USER_PASSWORD_MAX + 1);
	explicit_bzero(typed, sizeof(typed));
	return result;
}

int
user_password_hash(const char *password, char out[USERS_HASH_MAX + 1])
{
	struct crypt_data *data = calloc(1, sizeof(*data));
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];
	const char *hash = NULL;

	if (data != NULL &&
	    crypt_gensalt_rn(PREFIX, 0, NULL, 0, setting, sizeof(setting)) !=
		NULL)
		hash = crypt_rn(password, setting, data, sizeof(*data));
	if (hash != NULL)
		(void)strlcpy(out, hash, USERS_HASH_MAX + 1);
	else
		(void)complain(strerror(errno));
	if (data != NULL)
		explicit_bzero(data, sizeof(*data));
	free(data);
	return hash != NULL ? 0 : -1;
}
