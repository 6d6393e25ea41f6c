/* SPDX-License-Identifier: ISC */
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#include "daemon/keeper/keys.h"
#include "daemon/keeper/load.h"

/* The first fault is the one to mend first. */
static void
remember(struct key_set *set, uint32_t cert_id, const char *text)
{
	if (set->refused_id != 0)
		return;
	set->refused_id = cert_id;
	strlcpy(set->text, text, sizeof(set->text));
}

int
keys_add_certificate(struct key_set *set, uint32_t cert_id, int fd)
{
	char text[KEPT_TEXT_MAX];

	if (cert_id == 0 || set->waiting_id != 0 ||
	    set->count == PROTO_CERTS_MAX || keys_find(set, cert_id) != NULL)
		return VB_EBADMSG;
	set->waiting_id = cert_id;
	if (load_certificate(fd, &set->certificate, text) < 0)
		remember(set, cert_id, text);
	return 0;
}

int
keys_add_key(
    struct key_set *set, uint32_t cert_id, uint32_t flags, int fd, time_t now)
{
	char text[KEPT_TEXT_MAX];
	EVP_PKEY *key = NULL;
	int result = VB_ESYNTAX;

	if (cert_id == 0 || set->waiting_id != cert_id)
		return VB_EBADMSG;
	text[0] = '\0';
	if (set->certificate != NULL)
		result = load_key(fd, set->certificate, &key, text);
	if (result == 0 && (flags & CONF_KEY_KNOWN) == 0)
		result = load_check_dates(set->certificate, now, text);
	if (result == 0) {
		set->keys[set->count].cert_id = cert_id;
		memory_hold(&set->keys[set->count].copy, fd);
		set->keys[set->count].ends_sec = load_end_sec(set->certificate);
		set->keys[set->count++].key = key;
	} else {
		remember(set, cert_id, text);
		EVP_PKEY_free(key);
	}
	X509_free(set->certificate);
	set->certificate = NULL;
	set->waiting_id = 0;
	return 0;
}

int
keys_are_whole(const struct key_set *set)
{
	return set->waiting_id == 0;
}

EVP_PKEY *
keys_find(const struct key_set *set, uint32_t cert_id)
{
	uint32_t i;

	for (i = 0; i < set->count; i++)
		if (set->keys[i].cert_id == cert_id)
			return set->keys[i].key;
	return NULL;
}

void
keys_clear(struct key_set *set)
{
	uint32_t i;

	for (i = 0; i < set->count; i++) {
		EVP_PKEY_free(set->keys[i].key);
		memory_let_go(&set->keys[i].copy);
	}
	X509_free(set->certificate);
	memset(set, 0, sizeof(*set));
}
