/* SPDX-License-Identifier: ISC */
/*
 * The messages about certificates, keys and signatures: part of proto.h,
 * whose table says who may send them.
 */
#ifndef VB_PROTO_TLS_H
#define VB_PROTO_TLS_H

#include <stdint.h>

#include "common/addr.h"
#include "common/proto_prove.h"
#include "common/target.h"

#define PROTO_CERTS_MAX	     64 /* certificates, of all listeners */
#define PROTO_LISTENER_CERTS 16 /* of one listener */
#define PROTO_TARGET_CAS_MAX 32 /* files of tls-ca, of all targets */
#define PROTO_PINS_MAX	     8	/* of one target */
#define PROTO_PIN_BYTES	     32 /* SHA-256 */

/*
 * Structure for MSG_CONF_CERT: master to keeper and worker and auth. fd passed:
 * the chain in PEM, the server's own certificate first, read with pread from 0.
 */
struct msg_conf_cert {
	uint32_t cert_id; /* rises; never another one's while the daemon runs */
};

/* It was kept before: that it has expired since is no reason to refuse it. */
#define CONF_KEY_KNOWN 1

/*
 * Structure for MSG_CONF_KEY: master to keeper. fd passed: a sealed copy of
 * the file with the private key of a CONF_CERT in PEM, read with pread from 0.
 */
struct msg_conf_key {
	uint32_t cert_id;
	uint32_t flags;
};

enum verify_client {
	VERIFY_CLIENT_NO,
	VERIFY_CLIENT_OPTIONAL,
	VERIFY_CLIENT_REQUIRE
};

/* Structure for MSG_CONF_TLS: master to worker. A listener that speaks TLS. */
struct msg_conf_tls {
	struct addr local; /* as in CLIENT */
	uint32_t cert_count;
	uint32_t cert_ids[PROTO_LISTENER_CERTS]; /* the first is the default */
	uint32_t verify_client;			 /* enum verify_client */
	uint8_t redirect;			 /* plain HTTP gets a 308 */
};

enum conf_ca_kind {
	CONF_CA_CERTIFICATES,
	CONF_CA_REVOKED
};

/*
 * Structure for MSG_CONF_CA: master to worker and broker and auth. fd passed:
 * PEM, read with pread from 0: the authorities for the certificates of a
 * listener's clients, or which of those are revoked.
 */
struct msg_conf_ca {
	struct addr local;
	uint32_t kind; /* enum conf_ca_kind */
};

/* After any configured ciphers: the keeper signs for no other. */
#define CONF_CIPHERS_NEVER ":!kRSA:!aNULL:!eNULL:!PSK:!SRP:!aDSS"

/* Structure for MSG_CONF_TLS_TEXT: master to worker. In OpenSSL's words. */
struct msg_conf_tls_text {
	char ciphers[1024];	/* of TLS 1.2 */
	char ciphersuites[256]; /* of TLS 1.3 */
	char curves[256];
};

/*
 * Structure for MSG_CONF_TARGET_CA: master to worker. fd passed: PEM, read
 * with pread from 0: the authorities for the certificates of targets that name
 * it.
 */
struct msg_conf_target_ca {
	uint32_t ca_id; /* from 1, within one configuration */
};

/*
 * Structure for MSG_CONF_TARGET_TLS: master to worker, after the CONF_TARGET_CA
 * that it names. How a target that speaks TLS is known.
 */
struct msg_conf_target_tls {
	uint32_t tls_id; /* rises; never another one's while the daemon runs */
	uint32_t ca_id;	 /* CONF_TARGET_CA's; 0: it is known by its pins */
	uint32_t pin_count;
	/* SHA-256 of the SubjectPublicKeyInfo, RFC 7469, 2.4; any will do */
	uint8_t pins[PROTO_PINS_MAX][PROTO_PIN_BYTES];
	struct target host;	 /* a name is asked for (SNI); port unused */
	uint8_t is_host_checked; /* the certificate must be for it */
};

#define KEPT_TEXT_MAX 256

/*
 * Structure for MSG_KEPT: keeper to master, one for each CONF_END. All keys
 * are loaded and match (cert_id is 0), or one is not, and the keeper goes on
 * with those it had. It also says when those that it has expire.
 */
struct msg_kept {
	uint32_t generation;
	uint32_t cert_id; /* of the first that is refused, or 0 */
	uint32_t count;	  /* of CONF_CERTs, 0 where one is refused */
	uint64_t ends_sec[PROTO_CERTS_MAX]; /* in their order, since 1970 */
	char text[KEPT_TEXT_MAX];
};

#define SIGN_CONTENT_MAX   256
#define SIGN_SIGNATURE_MAX 512 /* RSA of 4096 bits */

/*
 * Structure for MSG_SIGN: worker to keeper. Answered by exactly one SIGNED.
 * All fields untrusted. content is all that a server signs, not its hash: of
 * TLS 1.3 the CertificateVerify (RFC 8446, 4.4.3), of TLS 1.2 the randoms and
 * the ServerECDHParams (RFC 8422, 5.4). Nothing else is signed.
 */
struct msg_sign {
	uint64_t id;	  /* given back */
	uint32_t cert_id; /* CONF_CERT's */
	uint16_t scheme;  /* SignatureScheme, RFC 8446, 4.2.3 */
	uint16_t length;  /* of content; more than it has costs the channel */
	uint8_t content[SIGN_CONTENT_MAX];
};

enum signed_code {
	SIGNED_OK,
	SIGNED_NO_KEY,	/* no such certificate, or no longer */
	SIGNED_SCHEME,	/* none that this key may sign with */
	SIGNED_CONTENT, /* not what a server's handshake signs */
	SIGNED_BUSY,	/* too many wait already */
	SIGNED_LATE,	/* handshake-timeout is over */
	SIGNED_FAILED	/* the signature could not be made */
};

/* Structure for MSG_SIGNED: keeper to worker. */
struct msg_signature {
	uint64_t id;
	uint32_t code;	 /* enum signed_code; another costs the channel */
	uint32_t length; /* of signature, 0 with another code than SIGNED_OK */
	struct stamp stamp; /* of TLS 1.3 where certificates are logins, or 0 */
	uint8_t signature[SIGN_SIGNATURE_MAX];
};

#define SUBJECT_TEXT_MAX 256
#define SHA256_BYTES	 32

/*
 * Whom a client's certificate names: printable ASCII, and all zeroes where
 * there is none. The broker writes it, from a certificate that it has checked.
 */
struct subject {
	char name[SUBJECT_TEXT_MAX]; /* RFC 4514; cut if it ends in "..." */
	/* of subjectAltName: "email:", "DNS:", "URI:"; a space between */
	char others[SUBJECT_TEXT_MAX]; /* the first that fit, none is cut */
	uint8_t sha256[SHA256_BYTES];  /* of the certificate */
};

#define PRESENTED_MAX	    8192 /* bytes of a client's certificates */
#define PRESENTED_CERTS_MAX 8	 /* how many they may be */

/*
 * Structure for MSG_PRESENTED: worker to broker. What the client of the OPEN
 * that comes next has presented, and the worker's TLS has verified. No answer
 * but that OPENED. All fields untrusted; local must be that OPEN's. The broker
 * checks again that one of the listener's client-ca has signed the certificate,
 * its dates, and that it is not revoked; that the client has its key, it can't.
 * So a worker that was taken over can't make up a name, but can use a
 * certificate that it has seen, or leave this message out where verify-client
 * is optional: a name may give more rights than none, never less.
 */
struct msg_presented {
	uint64_t conn_id;
	struct addr local; /* CLIENT's: whose client-ca */
	uint32_t length;
	uint8_t der[PRESENTED_MAX]; /* its own, and those up to client-ca's */
};

#define TICKET_KEYS_MAX 3

struct ticket_key {
	uint8_t name[16];
	uint8_t aes[32];
	uint8_t mac[32];
};

/*
 * Structure for MSG_TICKETS: keeper to worker, at PEER and at each rotation.
 * The keys of session tickets (RFC 5077), newest first: tickets are made with
 * the first, and opened with any. None where session-tickets is off.
 */
struct msg_tickets {
	uint32_t count;
	struct ticket_key keys[TICKET_KEYS_MAX];
};

#endif
