/* SPDX-License-Identifier: ISC */
/*
 * The messages of a handshake of TLS 1.3 in which a client has shown a
 * certificate, as they went over the wire: which of them are signed, by whom.
 * Pure; everything is a part of what was given.
 *
 * STANDARDS  RFC 8446 4 (messages), 4.1.4 and 4.4.1 (a second ClientHello),
 *            4.4.2 (Certificate), 4.4.3 (CertificateVerify)
 */
#ifndef VB_AUTH_TRANSCRIPT_H
#define VB_AUTH_TRANSCRIPT_H

#include <stddef.h>
#include <stdint.h>

#include "common/errors.h"

struct slice {
	const uint8_t *data;
	size_t len;
};

/* What a CertificateVerify says. */
struct signed_by {
	uint16_t scheme; /* SignatureScheme, RFC 8446, 4.2.3 */
	struct slice signature;
};

struct transcript {
	const char *digest;	   /* "SHA256": the cipher suite's */
	struct slice first_hello;  /* before a HelloRetryRequest; or len 0 */
	struct slice to_server;	   /* then to the server's Certificate */
	struct slice to_client;	   /* and from there to the client's */
	struct slice server_certs; /* for transcript_next_cert(), as */
	struct slice client_certs; /* this one; both have at least one */
	struct signed_by server;   /* of all up to to_server */
	struct signed_by client;   /* of all up to to_client */
};

/*
 * Exactly these messages, in their order, and nothing after: ClientHello (and
 * HelloRetryRequest, and ClientHello again), ServerHello, EncryptedExtensions,
 * CertificateRequest, Certificate, CertificateVerify and Finished of the
 * server, Certificate and CertificateVerify of the client. Returns 0 or
 * VB_EBADMSG.
 */
VB_MUST_CHECK int
transcript_parse(const uint8_t *data, size_t len, struct transcript *out);

/* The next certificate in DER; it leaves the list. Returns 0 after the last. */
int transcript_next_cert(struct slice *list, struct slice *der);

#endif
