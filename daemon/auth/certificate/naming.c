/* SPDX-License-Identifier: ISC */
/*
 * STANDARDS  RFC 5280 4.1.2.6 (subject), 4.2.1.6 (subjectAltName), RFC 4519
 *            2.39 (uid); the UPN is [MS-WCCE] 2.2.2.7.7.2's
 */
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "daemon/auth/certificate/naming.h"
#include "daemon/auth/users.h"

/* Of a part that a certificate has any number of. */
typedef int on_text(void *arg, const unsigned char *text, int len);

static int
each_of_subject(X509 *cert, int nid, on_text *on, void *arg)
{
	const X509_NAME *name = X509_get_subject_name(cert);
	unsigned char *text;
	int at = -1, len, result = 0;

	while (result == 0 &&
	    (at = X509_NAME_get_index_by_NID(name, nid, at)) >= 0) {
		len = ASN1_STRING_to_UTF8(&text,
		    X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
		result = len < 0 ? -1 : on(arg, text, len);
		if (len >= 0)
			OPENSSL_free(text);
	}
	return result;
}

/* The string of an alternative name, if it is of that kind; or NULL. */
static const ASN1_STRING *
string_of(const GENERAL_NAME *name, uint32_t part)
{
	ASN1_OBJECT *kind;
	ASN1_TYPE *value;

	if (part == CERT_EMAIL)
		return name->type == GEN_EMAIL ? name->d.rfc822Name : NULL;
	if (!GENERAL_NAME_get0_otherName(name, &kind, &value) ||
	    OBJ_obj2nid(kind) != NID_ms_upn || value->type != V_ASN1_UTF8STRING)
		return NULL;
	return value->value.utf8string;
}

static int
each_of_others(X509 *cert, uint32_t part, on_text *on, void *arg)
{
	GENERAL_NAMES *names =
	    X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	const ASN1_STRING *string;
	int i, result = 0;

	for (i = 0; result == 0 && i < sk_GENERAL_NAME_num(names); i++) {
		string = string_of(sk_GENERAL_NAME_value(names, i), part);
		if (string != NULL)
			result = on(arg, ASN1_STRING_get0_data(string),
			    ASN1_STRING_length(string));
	}
	GENERAL_NAMES_free(names);
	return result;
}

/* Calls on() for each, until it says other than 0, which is returned then. */
static int
each(X509 *cert, uint32_t part, on_text *on, void *arg)
{
	static const int nids[] = {
	    [CERT_CN] = NID_commonName,
	    [CERT_UID] = NID_userId,
	    [CERT_OU] = NID_organizationalUnitName,
	    [CERT_O] = NID_organizationName,
	};
	int result;

	switch (part) {
	case CERT_CN:
	case CERT_UID:
	case CERT_OU:
	case CERT_O:
		result = each_of_subject(cert, nids[part], on, arg);
		break;
	case CERT_EMAIL:
	case CERT_UPN:
		result = each_of_others(cert, part, on, arg);
		break;
	default:
		result = 0;
		break;
	}
	ERR_clear_error();
	return result;
}

struct user_name {
	char *out;
	int count;
};

/* A name with a NUL in it is shorter than it says: none. */
static int
on_user(void *arg, const unsigned char *text, int len)
{
	struct user_name *user = arg;

	user->out[0] = '\0';
	if (len > 0 && len < AUTH_NAME_MAX &&
	    memchr(text, 0, (size_t)len) == NULL) {
		memcpy(user->out, text, (size_t)len);
		user->out[len] = '\0';
	}
	return ++user->count > 1;
}

const char *
naming_user(X509 *cert, uint32_t part, char out[AUTH_NAME_MAX])
{
	struct user_name user = {.out = out};

	out[0] = '\0';
	if (each(cert, part, on_user, &user) < 0 || user.count == 0)
		return "your certificate has no such name";
	if (user.count > 1)
		return "your certificate has several such names";
	return users_is_name(out) ? NULL
				  : "your certificate's name is no user's name";
}

struct group_name {
	naming_group *on;
	void *arg;
};

static int
on_group(void *arg, const unsigned char *text, int len)
{
	const struct group_name *group = arg;
	char name[AUTH_NAME_MAX];

	if (len <= 0 || len >= AUTH_NAME_MAX)
		return 0;
	memcpy(name, text, (size_t)len);
	name[len] = '\0';
	if (strlen(name) == (size_t)len && users_is_name(name))
		group->on(group->arg, name);
	return 0;
}

void
naming_groups(X509 *cert, uint32_t part, naming_group *on, void *arg)
{
	struct group_name group = {on, arg};

	each(cert, part, on_group, &group);
}
