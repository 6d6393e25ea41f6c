/* SPDX-License-Identifier: ISC */
/*
 * SECURITY   Parses what a client made, after a worker's TLS has: the messages
 *            by transcript.c, certificates by libcrypto.
 * STANDARDS  RFC 8446 4.4.1 (the hash of a transcript)
 */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#include "daemon/auth/certificate/proof.h"
#include "daemon/auth/certificate/scheme.h"

#define MESSAGE_HASH 254 /* RFC 8446, 4.4.1 */

/* The hash of a transcript, up to two places in it. */
struct hashes {
	uint8_t server[EVP_MAX_MD_SIZE];
	uint8_t client[EVP_MAX_MD_SIZE];
	unsigned len;
};

/* In the place of a first ClientHello: its hash, as a message. */
static int
add_first_hello(EVP_MD_CTX *ctx, const EVP_MD *md, struct slice hello)
{
	uint8_t message[4 + EVP_MAX_MD_SIZE] = {MESSAGE_HASH};
	unsigned len;

	if (hello.len == 0)
		return 1;
	if (EVP_Digest(hello.data, hello.len, message + 4, &len, md, NULL) != 1)
		return 0;
	message[3] = (uint8_t)len;
	return EVP_DigestUpdate(ctx, message, 4 + len) == 1;
}

/* The hash of what was added until now, which goes on. */
static int
look(const EVP_MD_CTX *ctx, uint8_t out[EVP_MAX_MD_SIZE], unsigned *len)
{
	EVP_MD_CTX *copy = EVP_MD_CTX_new();
	int is_good = copy != NULL && EVP_MD_CTX_copy_ex(copy, ctx) == 1 &&
	    EVP_DigestFinal_ex(copy, out, len) == 1;

	EVP_MD_CTX_free(copy);
	return is_good;
}

static int
hash(const struct transcript *t, struct hashes *out)
{
	const EVP_MD *md = EVP_get_digestbyname(t->digest);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int is_good;

	is_good = ctx != NULL && md != NULL &&
	    EVP_DigestInit_ex(ctx, md, NULL) == 1 &&
	    add_first_hello(ctx, md, t->first_hello) &&
	    EVP_DigestUpdate(ctx, t->to_server.data, t->to_server.len) == 1 &&
	    look(ctx, out->server, &out->len) &&
	    EVP_DigestUpdate(ctx, t->to_client.data, t->to_client.len) == 1 &&
	    look(ctx, out->client, &out->len);
	EVP_MD_CTX_free(ctx);
	return is_good;
}

/* Exactly one certificate, and nothing after it. NULL: it is none. */
static X509 *
read_cert(struct slice der)
{
	const unsigned char *at = der.data;
	X509 *cert = d2i_X509(NULL, &at, (long)der.len);

	if (cert != NULL && at != der.data + der.len) {
		X509_free(cert);
		cert = NULL;
	}
	ERR_clear_error();
	return cert;
}

static int
is_own(const struct marks *own, const X509 *cert)
{
	uint8_t mark[MARK_BYTES];

	return mark_of_cert(cert, mark) == 0 && marks_has(own, mark);
}

/* Whether this server has signed it: its own certificate is the first. */
static int
is_here(const struct transcript *t, const struct hashes *hashes,
    const struct marks *own)
{
	struct slice list = t->server_certs, der;
	struct slice content = {hashes->server, hashes->len};
	X509 *cert = NULL;
	int is_good = transcript_next_cert(&list, &der) &&
	    (cert = read_cert(der)) != NULL && is_own(own, cert) &&
	    scheme_is_signed(
		X509_get0_pubkey(cert), &t->server, SCHEME_SERVER, content);

	X509_free(cert);
	return is_good;
}

static STACK_OF(X509) * read_chain(struct slice list)
{
	STACK_OF(X509) *chain = sk_X509_new_null();
	struct slice der;
	X509 *cert;

	while (chain != NULL && transcript_next_cert(&list, &der)) {
		cert = sk_X509_num(chain) == PROOF_CERTS_MAX ? NULL
							     : read_cert(der);
		if (cert == NULL || !sk_X509_push(chain, cert)) {
			X509_free(cert);
			sk_X509_pop_free(chain, X509_free);
			return NULL;
		}
	}
	return chain;
}

const char *
proof_check(const uint8_t *messages, size_t len, const struct marks *own,
    struct proof *out)
{
	struct transcript t;
	struct hashes hashes;
	struct slice content = {hashes.client, 0};

	memset(out, 0, sizeof(*out));
	if (transcript_parse(messages, len, &t) < 0)
		return "the handshake is none of TLS 1.3";
	if (!hash(&t, &hashes))
		return "it could not be checked";
	if (!is_here(&t, &hashes, own))
		return "the handshake is not one of this server";
	if ((out->chain = read_chain(t.client_certs)) == NULL)
		return "its certificates are none, or too many";
	out->hash_len = content.len = hashes.len;
	memcpy(out->hash, hashes.server, hashes.len);
	return scheme_is_signed(X509_get0_pubkey(sk_X509_value(out->chain, 0)),
		   &t.client, SCHEME_CLIENT, content)
	    ? NULL
	    : "its key has not signed the handshake";
}

void
proof_clear(struct proof *proof)
{
	sk_X509_pop_free(proof->chain, X509_free);
	memset(proof, 0, sizeof(*proof));
}
