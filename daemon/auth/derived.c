/* SPDX-License-Identifier: ISC */
#include <openssl/rand.h>
#include <string.h>

#include "daemon/auth/boot.h"
#include "daemon/auth/derived.h"
#include "daemon/auth/digest.h"

#define KEY_BYTES 32

/* Of this process: what is made with it can't be made up, nor by the next. */
static const uint8_t *
key(void)
{
	static uint8_t bytes[KEY_BYTES];
	static int is_made;

	if (!is_made)
		is_made = RAND_priv_bytes(bytes, sizeof(bytes)) == 1;
	return is_made ? bytes : NULL;
}

static int
derive(const struct login_who *who, uint8_t cookie[LOGIN_COOKIE_BYTES])
{
	const uint8_t *secret = key();
	uint8_t kind = (uint8_t)who->kind;
	char text[ADDR_TEXT_MAX];
	struct digest digest;
	struct addr source;

	if (secret == NULL)
		return VB_ESYS;
	addr_source(&who->client, &source);
	digest_begin(&digest);
	digest_add_bytes(&digest, secret, KEY_BYTES);
	digest_add_bytes(&digest, &kind, sizeof(kind));
	digest_add(&digest, who->name);
	digest_add(&digest, who->groups);
	digest_add_bytes(&digest, who->proof, sizeof(who->proof));
	digest_add_bytes(&digest, who->subject, sizeof(who->subject));
	digest_add(&digest, addr_format_ip(&source, text));
	digest_add_bytes(&digest, secret, KEY_BYTES);
	return digest_end(&digest, cookie);
}

int
derived_login(struct logins *logins, const struct login_who *who,
    const struct login_limits *limits, uint8_t cookie[LOGIN_COOKIE_BYTES],
    const struct login_record **out, int *is_new)
{
	uint64_t now_sec = boot_now_sec();
	int result = derive(who, cookie);

	*is_new = 0;
	*out = NULL;
	if (result < 0)
		return result;
	*out = logins_find(logins, LOGIN_WHOLE, cookie, limits, now_sec);
	if (*out != NULL) {
		logins_use(logins, *out, now_sec);
		return 0;
	}
	*is_new = 1;
	return logins_begin_as(logins, LOGIN_WHOLE, who, now_sec, cookie, out);
}
