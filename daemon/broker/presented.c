/* SPDX-License-Identifier: ISC */
/* SECURITY   Parses what a client made: see daemon/authority/authority.c. */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "daemon/authority/authority.h"
#include "daemon/broker/presented.h"
#include "daemon/broker/subject.h"

struct presented {
	uint64_t conn_id;
	struct addr local;
	STACK_OF(X509) * chain; /* at least one */
};

void
presented_free(struct presented *presented)
{
	if (presented == NULL)
		return;
	sk_X509_pop_free(presented->chain, X509_free);
	free(presented);
}

int
presented_take(struct presented **kept, const struct msg_open *open,
    struct presented **out)
{
	*out = NULL;
	if (*kept == NULL || (*kept)->conn_id != open->conn_id)
		return 0;
	if (!addr_is_same_endpoint(&(*kept)->local, &open->local))
		return VB_EBADMSG;
	*out = *kept;
	*kept = NULL;
	return 0;
}

/* All of it must be certificates, and nothing after them. */
static int
parse_chain(STACK_OF(X509) * chain, const uint8_t *der, size_t len)
{
	const unsigned char *at = der;
	X509 *cert;

	while (at < der + len) {
		if (sk_X509_num(chain) == PRESENTED_CERTS_MAX)
			return VB_EBADMSG;
		cert = d2i_X509(NULL, &at, (long)(der + len - at));
		if (cert == NULL)
			return VB_EBADMSG;
		if (!sk_X509_push(chain, cert)) {
			X509_free(cert);
			return VB_ENOMEM;
		}
	}
	return 0;
}

int
presented_parse(const struct authorities *a, const struct msg_presented *msg,
    struct presented **out)
{
	const struct authority *entry = authorities_find(a, &msg->local);
	struct presented *presented;
	int result;

	*out = NULL;
	if (msg->length == 0 || msg->length > sizeof(msg->der))
		return VB_EBADMSG;
	if (entry == NULL || !authority_has_ca(entry))
		return 0;
	if ((presented = calloc(1, sizeof(*presented))) == NULL)
		return VB_ENOMEM;
	presented->conn_id = msg->conn_id;
	presented->local = msg->local;
	presented->chain = sk_X509_new_null();
	result = presented->chain == NULL
	    ? VB_ENOMEM
	    : parse_chain(presented->chain, msg->der, msg->length);
	ERR_clear_error();
	if (result < 0) {
		presented_free(presented);
		return result;
	}
	*out = presented;
	return 0;
}

enum presented_verdict
presented_judge(const struct authorities *a, const struct addr *local,
    const struct presented *presented, struct subject *out, const char **why)
{
	const struct authority *entry = authorities_find(a, local);
	int error;

	memset(out, 0, sizeof(*out));
	*why = "no such listener any more";
	if (entry == NULL)
		return PRESENTED_NO_LISTENER;
	if (authority_verify_client(entry) == VERIFY_CLIENT_NO)
		return PRESENTED_GOOD;
	*why = "none was shown";
	if (presented == NULL)
		return authority_verify_client(entry) == VERIFY_CLIENT_REQUIRE
		    ? PRESENTED_MISSING
		    : PRESENTED_GOOD;
	error = authority_verify(entry, presented->chain, NULL);
	if (error == X509_V_OK) {
		if (subject_fill(sk_X509_value(presented->chain, 0), out))
			return PRESENTED_GOOD;
		error = X509_V_ERR_OUT_OF_MEM;
	}
	*why = X509_verify_cert_error_string(error);
	return authority_is_ended(error) ? PRESENTED_ENDED : PRESENTED_UNKNOWN;
}
