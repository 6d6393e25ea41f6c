/* SPDX-License-Identifier: ISC */
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "common/proto_tls.h"
#include "worker/tls/tls_peer.h"

/* Adds one at *len. Returns 1, or 0: no room. */
static int
add(X509 *cert, uint8_t *out, size_t size, size_t *len)
{
	unsigned char *at = out + *len;
	int bytes = i2d_X509(cert, NULL);

	if (bytes <= 0 || (size_t)bytes > size - *len)
		return 0;
	*len += (size_t)i2d_X509(cert, &at);
	return 1;
}

/* Those between the client's own and the last, which is client-ca's. */
static int
add_between(SSL *ssl, uint8_t *out, size_t size, size_t *len)
{
	STACK_OF(X509) *chain = SSL_get0_verified_chain(ssl);
	int i;

	if (sk_X509_num(chain) - 1 > PRESENTED_CERTS_MAX)
		return 0;
	for (i = 1; i < sk_X509_num(chain) - 1; i++)
		if (!add(sk_X509_value(chain, i), out, size, len))
			return 0;
	return 1;
}

/* In a ticket, for what had no room: no certificate is that short. */
static const uint8_t too_large[1];

/* What the ticket of a resumed session has brought of them. */
static int
add_kept(SSL *ssl, uint8_t *out, size_t size, size_t *len)
{
	SSL_SESSION *session = SSL_get_session(ssl);
	void *kept = NULL;
	size_t kept_len = 0;

	if (session == NULL ||
	    !SSL_SESSION_get0_ticket_appdata(session, &kept, &kept_len) ||
	    kept_len == 0)
		return 1;
	if (kept_len == sizeof(too_large) || kept_len > size - *len)
		return 0;
	memcpy(out + *len, kept, kept_len);
	*len += kept_len;
	return 1;
}

int
tls_peer_keep(SSL *ssl)
{
	static uint8_t between[PRESENTED_MAX];
	SSL_SESSION *session = SSL_get_session(ssl);
	size_t len = 0;

	/* a session that was resumed has what its ticket had */
	if (SSL_session_reused(ssl))
		return 1;
	if (!add_between(ssl, between, sizeof(between), &len))
		return SSL_SESSION_set1_ticket_appdata(
		    session, too_large, sizeof(too_large));
	return len == 0 ||
	    SSL_SESSION_set1_ticket_appdata(session, between, len);
}

int
tls_peer_write(SSL *ssl, uint8_t *out, size_t size)
{
	X509 *cert = SSL_get0_peer_certificate(ssl);
	size_t len = 0;
	int fits;

	if (cert == NULL || SSL_get_verify_result(ssl) != X509_V_OK)
		return 0;
	fits = add(cert, out, size, &len) &&
	    (SSL_session_reused(ssl) ? add_kept(ssl, out, size, &len)
				     : add_between(ssl, out, size, &len));
	return fits ? (int)len : VB_ERANGE;
}

/* That a certificate was refused is only half of why. */
const char *
tls_peer_fault(const SSL *ssl)
{
	unsigned long code = ERR_peek_error();
	long verified = SSL_get_verify_result(ssl);

	ERR_clear_error();
	return verified != X509_V_OK ? X509_verify_cert_error_string(verified)
				     : ERR_reason_error_string(code);
}
