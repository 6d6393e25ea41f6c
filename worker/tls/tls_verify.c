/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "common/addr.h"
#include "common/log.h"
#include "worker/tls/tls_verify.h"

#define SHOWN_NAME_MAX 64 /* bytes of a name from a certificate */
#define SHOWN_TEXT_MAX (4 * SHOWN_NAME_MAX + 1)
#define TM_YEAR_BASE   1900

/* What the certificate of the handshake in progress lacks; "": nothing. */
static char fault[TLS_FAULT_MAX];

/* ---- words ---- */

/* What a peer wrote, cut and escaped. */
static const char *
show(const unsigned char *data, size_t len, char out[SHOWN_TEXT_MAX])
{
	log_escape(data, len < SHOWN_NAME_MAX ? len : SHOWN_NAME_MAX, out,
	    SHOWN_TEXT_MAX);
	return out;
}

static const char *
show_ip(const ASN1_OCTET_STRING *ip, char out[ADDR_TEXT_MAX])
{
	int len = ASN1_STRING_length(ip);
	struct addr addr;

	memset(&addr, 0, sizeof(addr));
	if (len != 4 && len != 16)
		return "a strange address";
	addr.family = len == 4 ? ADDR_V4 : ADDR_V6;
	memcpy(addr.ip, ASN1_STRING_get0_data(ip), (size_t)len);
	return addr_format_ip(&addr, out);
}

/* The first host that a certificate is for. */
static void
note_first_host(X509 *cert, char out[SHOWN_TEXT_MAX])
{
	GENERAL_NAMES *names =
	    X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	const GENERAL_NAME *name;
	char ip[ADDR_TEXT_MAX];
	int i;

	strlcpy(out, "no host", SHOWN_TEXT_MAX);
	for (i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		name = sk_GENERAL_NAME_value(names, i);
		if (name->type == GEN_DNS)
			show(ASN1_STRING_get0_data(name->d.dNSName),
			    (size_t)ASN1_STRING_length(name->d.dNSName), out);
		else if (name->type == GEN_IPADD)
			strlcpy(out, show_ip(name->d.iPAddress, ip),
			    SHOWN_TEXT_MAX);
		else
			continue;
		break;
	}
	GENERAL_NAMES_free(names);
}

static void
note_wrong_host(const struct msg_conf_target_tls *target, X509 *cert)
{
	const struct target *host = &target->host;
	char first[SHOWN_TEXT_MAX], ip[ADDR_TEXT_MAX];

	note_first_host(cert, first);
	snprintf(fault, sizeof(fault), "its certificate is for %.*s, not %.*s",
	    SHOWN_NAME_MAX, first, SHOWN_NAME_MAX,
	    host->addr.family == ADDR_NONE ? host->name
					   : addr_format_ip(&host->addr, ip));
}

static void
note_date(const char *what, const char *verb, const ASN1_TIME *date)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(date, &tm) != 1)
		memset(&tm, 0, sizeof(tm));
	snprintf(fault, sizeof(fault), "%s %s on %04d-%02d-%02d", what, verb,
	    tm.tm_year + TM_YEAR_BASE, tm.tm_mon + 1, tm.tm_mday);
}

static void
note_fault(X509_STORE_CTX *store)
{
	X509 *cert = X509_STORE_CTX_get_current_cert(store);
	int error = X509_STORE_CTX_get_error(store);
	const char *what = X509_STORE_CTX_get_error_depth(store) == 0
	    ? "its certificate"
	    : "its issuer's certificate";

	switch (error) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		note_date(what, "ended", X509_get0_notAfter(cert));
		break;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		note_date(what, "begins only", X509_get0_notBefore(cert));
		break;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		strlcpy(fault, "unknown certificate authority", sizeof(fault));
		break;
	default:
		snprintf(fault, sizeof(fault), "%s is refused: %s", what,
		    X509_verify_cert_error_string(error));
		break;
	}
}

/* ---- verification ---- */

static const struct msg_conf_target_tls *
target_of(X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(
	    store, SSL_get_ex_data_X509_STORE_CTX_idx());

	return SSL_get_app_data(ssl);
}

/* The first fault is the one to tell. */
static int
on_verified(int is_good, X509_STORE_CTX *store)
{
	if (!is_good && fault[0] == '\0')
		note_fault(store);
	return is_good;
}

/* RFC 7469, 2.4: the hash of the SubjectPublicKeyInfo in DER. */
static int
is_pinned(const struct msg_conf_target_tls *target, X509 *cert)
{
	unsigned char *der = NULL, hash[EVP_MAX_MD_SIZE];
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
	unsigned hash_len = 0;
	uint32_t i;
	int is_good = len > 0 &&
	    EVP_Digest(der, (size_t)len, hash, &hash_len, EVP_sha256(), NULL) &&
	    hash_len == PROTO_PIN_BYTES;

	OPENSSL_free(der);
	for (i = 0; is_good && i < target->pin_count; i++)
		if (memcmp(target->pins[i], hash, PROTO_PIN_BYTES) == 0)
			return 1;
	return 0;
}

static int
is_for_host(const struct msg_conf_target_tls *target, X509 *cert)
{
	const struct target *host = &target->host;
	size_t len = host->addr.family == ADDR_V4 ? 4 : 16;

	if (host->addr.family != ADDR_NONE)
		return X509_check_ip(cert, host->addr.ip, len, 0) == 1;
	return X509_check_host(cert, host->name, strlen(host->name),
		   X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
		       X509_CHECK_FLAG_NEVER_CHECK_SUBJECT,
		   NULL) == 1;
}

static int
refuse(X509_STORE_CTX *store, int error)
{
	X509_STORE_CTX_set_error(store, error);
	return 0;
}

/* In the place of X509_verify_cert(): 1 if the peer is the target. */
static int
on_chain(X509_STORE_CTX *store, void *arg)
{
	const struct msg_conf_target_tls *target = target_of(store);
	X509 *cert = X509_STORE_CTX_get0_cert(store);
	int result;

	(void)arg;
	fault[0] = '\0';
	if (target->pin_count == 0) {
		if ((result = X509_verify_cert(store)) <= 0)
			return result;
	} else if (!is_pinned(target, cert)) {
		strlcpy(fault, "its key is not the pinned one", sizeof(fault));
		return refuse(store, X509_V_ERR_APPLICATION_VERIFICATION);
	}
	if (target->is_host_checked && !is_for_host(target, cert)) {
		note_wrong_host(target, cert);
		return refuse(store, X509_V_ERR_HOSTNAME_MISMATCH);
	}
	X509_STORE_CTX_set_error(store, X509_V_OK);
	return 1;
}

void
tls_verify_use(SSL_CTX *ctx)
{
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, on_verified);
	SSL_CTX_set_cert_verify_callback(ctx, on_chain, NULL);
}

int
tls_verify_expect(
    SSL *ssl, const struct msg_conf_target_tls *target, X509_STORE *cas)
{
	const struct target *host = &target->host;

	/* SNI has no addresses: RFC 6066, 3 */
	if ((host->addr.family == ADDR_NONE &&
		!SSL_set_tlsext_host_name(ssl, host->name)) ||
	    (cas != NULL && !SSL_set1_verify_cert_store(ssl, cas)) ||
	    !SSL_set_app_data(ssl, (void *)(uintptr_t)target)) {
		ERR_clear_error();
		return VB_ENOMEM;
	}
	return 0;
}

/* ---- why a handshake has failed ---- */

static const char *
no_version(SSL *ssl)
{
	return SSL_get_min_proto_version(ssl) >= TLS1_3_VERSION
	    ? "does not speak TLS 1.3"
	    : "speaks neither TLS 1.2 nor 1.3";
}

const char *
tls_verify_fault(SSL *ssl, const char *what, char out[TLS_FAULT_MAX])
{
	unsigned long code = ERR_peek_error();
	const char *text = ERR_reason_error_string(code);

	out[0] = '\0';
	if (fault[0] != '\0') {
		strlcpy(out, fault, TLS_FAULT_MAX);
		fault[0] = '\0';
		return out;
	}
	switch (ERR_GET_LIB(code) == ERR_LIB_SSL ? ERR_GET_REASON(code) : 0) {
	case SSL_R_WRONG_VERSION_NUMBER:
		strlcpy(out, "does not speak TLS", TLS_FAULT_MAX);
		break;
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_WRONG_SSL_VERSION:
	case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
		strlcpy(out, no_version(ssl), TLS_FAULT_MAX);
		break;
	default:
		snprintf(out, TLS_FAULT_MAX, "%s%s%s", what,
		    text == NULL ? "" : ": ", text == NULL ? "" : text);
		break;
	}
	return out;
}
