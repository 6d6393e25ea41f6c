/* SPDX-License-Identifier: ISC */
#include <openssl/x509.h>
#include <string.h>

#include "common/stamp.h"
#include "daemon/auth/boot.h"
#include "daemon/auth/certificate/naming.h"
#include "daemon/auth/certificate/proof.h"
#include "daemon/auth/certificates.h"
#include "daemon/auth/certified.h"
#include "daemon/auth/derived.h"
#include "daemon/authority/authority.h"

#define SHOWN_SEC 300 /* a connection's first request comes by then */
#define DAY_SEC	  86400

static const char *
words_of(int error)
{
	switch (error) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return "your certificate has expired";
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return "your certificate is not valid yet";
	case X509_V_ERR_CERT_REVOKED:
		return "your certificate was revoked";
	case X509_V_ERR_UNABLE_TO_GET_CRL:
	case X509_V_ERR_CRL_HAS_EXPIRED:
		return "the list of revoked certificates is out of date";
	default:
		return "your certificate is not signed by who may";
	}
}

/* When it ends, since 1970. Returns 0 where that can't be told. */
static uint64_t
end_of(const X509 *cert)
{
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days, sec, is_good;

	is_good = epoch != NULL &&
	    ASN1_TIME_diff(&days, &sec, epoch, X509_get0_notAfter(cert)) == 1;
	ASN1_TIME_free(epoch);
	return is_good && (days > 0 || (days == 0 && sec > 0))
	    ? (uint64_t)days * DAY_SEC + (uint64_t)sec
	    : 0;
}

/* What the login is to be found by when its certificate is worth nothing. */
static int
fill_marks(STACK_OF(X509) * verified, struct login_who *who)
{
	const X509 *cert = sk_X509_value(verified, 0);
	int last = sk_X509_num(verified) - 1;

	who->until_sec = end_of(cert);
	return who->until_sec != 0 &&
	    mark_of_number(X509_get_issuer_name(cert),
		X509_get0_serialNumber(cert), who->subject) == 0 &&
	    mark_of_cert(sk_X509_value(verified, last), who->session) == 0;
}

/* Who may say so must have signed it, and may do so still. */
static const char *
judge(const struct certificates *c, const struct addr *local,
    STACK_OF(X509) * chain, struct login_who *who)
{
	const struct authority *authority =
	    authorities_find(c->authorities, local);
	STACK_OF(X509) *verified = NULL;
	const char *why = NULL;
	int error;

	if (authority == NULL || !authority_has_ca(authority))
		return "no certificate is asked for here";
	if ((error = authority_verify(authority, chain, &verified)) !=
	    X509_V_OK)
		return words_of(error);
	if (!fill_marks(verified, who))
		why = "it could not be checked";
	sk_X509_pop_free(verified, X509_free);
	return why;
}

/* What an access section names; others would grant nothing. */
struct taken {
	const struct group_names *kept;
	struct group_list *list;
};

static void
on_group(void *arg, const char *name)
{
	const struct taken *taken = arg;

	if (group_names_have(taken->kept, name))
		group_list_add(taken->list, name);
}

static const char *
name_of(const struct login_desk *desk, X509 *cert, char name[LOGINS_NAME_MAX],
    struct group_list *groups)
{
	const struct certificates *c = desk->certificates;
	const char *why = naming_user(cert, c->names.user, name);
	struct taken taken = {&desk->group_names, groups};
	const struct user *user;

	if (why != NULL)
		return why;
	naming_groups(cert, c->names.groups, on_group, &taken);
	if (groups->lost > 0)
		return "your certificate names too many groups";
	user = desk->users == NULL ? NULL : users_find(desk->users, name);
	return user != NULL && user->is_locked ? "your account is locked"
					       : NULL;
}

const struct login_record *
certified_login(struct login_desk *desk, const struct msg_prove *prove,
    uint8_t cookie[LOGIN_COOKIE_BYTES], int *is_new, char name[LOGINS_NAME_MAX],
    const char **why)
{
	const struct certificates *c = desk->certificates;
	struct group_list groups = {.text = ""};
	struct login_who who = {.kind = LOGIN_BY_CERTIFICATE,
	    .name = name,
	    .groups = groups.text,
	    .client = prove->client};
	const struct login_record *login = NULL;
	struct proof proof;

	*is_new = 0;
	name[0] = '\0';
	*why = "certificates are no logins here";
	if (c == NULL || desk->stamp_key == NULL)
		return NULL;
	*why = proof_check(prove->messages, prove->length, &c->own, &proof);
	if (*why == NULL &&
	    !stamp_is_good(desk->stamp_key, &prove->stamp, boot_now_sec(),
		SHOWN_SEC, proof.hash, proof.hash_len))
		*why = "that handshake was too long ago";
	if (*why == NULL)
		*why = judge(c, &prove->local, proof.chain, &who);
	if (*why == NULL)
		*why =
		    name_of(desk, sk_X509_value(proof.chain, 0), name, &groups);
	proof_clear(&proof);
	if (*why != NULL)
		return NULL;
	memcpy(who.proof, c->proof, sizeof(who.proof));
	if (derived_login(
		desk->logins, &who, &desk->limits, cookie, &login, is_new) < 0)
		*why = "it could not be checked";
	return login;
}
