/* SPDX-License-Identifier: ISC */
/*
 * Changes of a users' file, as text: a line is changed, the others stay as
 * they are, byte for byte. Pure, but that memory is taken. Whether the new
 * text is a users' file is for users_parse() to say: a line that it refuses
 * can be mended by these.
 */
#ifndef VB_CTL_USER_TEXT_H
#define VB_CTL_USER_TEXT_H

#include <stddef.h>

#include "common/errors.h"

enum user_field {
	USER_NAME,
	USER_HASH,
	USER_GROUPS,
	USER_FACTOR,
	USER_FIELDS
};

#define USER_LOCK_MARK '!'

/* What has secrets in it: user_text_free() wipes it. */
struct user_text {
	char *bytes;
	size_t len;
};

/* True if a line is about name. */
int user_text_has(const struct user_text *text, const char *name);

/*
 * **Gives** text with one line more at its end. Returns 0 or VB_ENOMEM.
 */
int user_text_add(const struct user_text *text,
    const char *const fields[USER_FIELDS], struct user_text *out) VB_MUST_CHECK;

/*
 * **Gives** text with another value for a field of the first line about name.
 * A new hash stays locked, if it was. Returns 0, VB_ENOTFOUND or VB_ENOMEM.
 */
int user_text_set(const struct user_text *text, const char *name,
    enum user_field field, const char *value,
    struct user_text *out) VB_MUST_CHECK;

/*
 * **Gives** text with the mark of a lock before the hash, or without. Returns
 * 0, also if it was so before, VB_ENOTFOUND or VB_ENOMEM.
 */
int user_text_lock(const struct user_text *text, const char *name,
    int is_locked, struct user_text *out) VB_MUST_CHECK;

/*
 * **Gives** text without any line about name. Returns 0, VB_ENOTFOUND or
 * VB_ENOMEM.
 */
int user_text_remove(const struct user_text *text, const char *name,
    struct user_text *out) VB_MUST_CHECK;

/* Wipes and frees the bytes; they may be none. */
void user_text_free(struct user_text *text);

#endif
