/* SPDX-License-Identifier: ISC */
/*
 * The messages about certificates that are logins: part of proto.h, whose table
 * says who may send them.
 */
#ifndef VB_PROTO_PROVE_H
#define VB_PROTO_PROVE_H

#include <stdint.h>

#include "common/addr.h"

/* Where in a certificate a name is. */
enum cert_part {
	CERT_NOTHING,
	CERT_CN, /* of the subject, as all of these */
	CERT_UID,
	CERT_OU,
	CERT_O,
	CERT_EMAIL, /* of subjectAltName, as these */
	CERT_UPN,
	CERT_PART_COUNT
};

/*
 * Structure for MSG_CONF_CERTIFICATE: master to auth, at most one: a client's
 * certificate is a login. CONF_CERT, CONF_LISTENER and CONF_CA go with it.
 */
struct msg_conf_certificate {
	uint32_t user;	 /* enum cert_part: what names the user */
	uint32_t groups; /* and the groups; CERT_NOTHING: there are none */
};

/*
 * Structure for MSG_CONF_STAMP: master to keeper and auth, once. fd passed: the
 * memory file of the key of stamps, which outlives both; see stamp.h.
 */
struct msg_conf_stamp {
	uint64_t zero;
};

#define STAMP_MAC_BYTES 32 /* HMAC-SHA-256 */

/* When the keeper has signed; nobody but it and auth can make one. */
struct stamp {
	uint64_t made_sec; /* CLOCK_BOOTTIME */
	uint8_t mac[STAMP_MAC_BYTES];
};

#define PROVE_MAX 16128 /* bytes of a handshake's messages */

/*
 * Structure for MSG_PROVE: worker to auth. A client has shown a certificate.
 * Answered by one WHO_IS, whose cookie is that of their login. All fields
 * untrusted: the messages tell themselves whether a client has sent them.
 */
struct msg_prove {
	uint64_t id; /* given back */
	struct addr client;
	struct addr local; /* CLIENT's: whose client-ca */
	uint32_t length;   /* more than messages has costs the channel */
	uint32_t zero;
	struct stamp stamp; /* SIGNED's, of this handshake */
	/* RFC 8446, 4: from ClientHello to the client's CertificateVerify */
	uint8_t messages[PROVE_MAX];
};

#endif
