/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "daemon/auth/certificate/transcript.h"

/* RFC 8446, 4 */
#define CLIENT_HELLO	     1
#define SERVER_HELLO	     2
#define ENCRYPTED_EXTENSIONS 8
#define CERTIFICATE	     11
#define CERTIFICATE_REQUEST  13
#define CERTIFICATE_VERIFY   15
#define FINISHED	     20
#define HEAD_BYTES	     4

#define RANDOM_BYTES	     32
#define SESSION_ID_MAX	     32
#define VERSION_BYTES	     2

/* Reads from the front; what is not there makes it bad, and stays so. */
struct reader {
	const uint8_t *at;
	size_t left;
	int is_bad;
};

static struct slice
take(struct reader *r, size_t len)
{
	struct slice slice = {r->at, len};

	if (r->is_bad || len > r->left) {
		r->is_bad = 1;
		slice.len = 0;
		return slice;
	}
	r->at += len;
	r->left -= len;
	return slice;
}

static size_t
take_number(struct reader *r, size_t bytes)
{
	struct slice slice = take(r, bytes);
	size_t i, number = 0;

	for (i = 0; i < slice.len; i++)
		number = number << 8 | slice.data[i];
	return number;
}

/* A vector, whose length is in the bytes before it: RFC 8446, 3.4. */
static struct slice
take_vector(struct reader *r, size_t length_bytes)
{
	return take(r, take_number(r, length_bytes));
}

static struct reader
reader_of(struct slice slice)
{
	struct reader r = {slice.data, slice.len, 0};

	return r;
}

static int
is_used_up(const struct reader *r)
{
	return !r->is_bad && r->left == 0;
}

/* A message of that type. Gives its body. */
static struct slice
take_message(struct reader *r, uint8_t type)
{
	if (take_number(r, 1) != type)
		r->is_bad = 1;
	return take_vector(r, HEAD_BYTES - 1);
}

/* NULL: none of TLS 1.3. RFC 8446, B.4. */
static const char *
digest_of(size_t suite)
{
	switch (suite) {
	case 0x1301: /* TLS_AES_128_GCM_SHA256 */
	case 0x1303: /* TLS_CHACHA20_POLY1305_SHA256 */
	case 0x1304: /* TLS_AES_128_CCM_SHA256 */
	case 0x1305: /* TLS_AES_128_CCM_8_SHA256 */
		return "SHA256";
	case 0x1302: /* TLS_AES_256_GCM_SHA384 */
		return "SHA384";
	default:
		return NULL;
	}
}

/* Gives the suite's digest, and whether it asks for another ClientHello. */
static const char *
read_hello(struct slice body, int *is_retry)
{
	/* RFC 8446, 4.1.3: the hash of "HelloRetryRequest" */
	static const uint8_t retry[RANDOM_BYTES] = {0xCF, 0x21, 0xAD, 0x74,
	    0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8,
	    0x91, 0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E,
	    0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C};
	struct reader r = reader_of(body);
	struct slice random;
	size_t suite;

	take(&r, VERSION_BYTES);
	random = take(&r, RANDOM_BYTES);
	if (take_vector(&r, 1).len > SESSION_ID_MAX)
		return NULL;
	suite = take_number(&r, 2);
	if (r.is_bad)
		return NULL;
	*is_retry = memcmp(random.data, retry, sizeof(retry)) == 0;
	return digest_of(suite);
}

/* RFC 8446, 4.4.2: in the handshake itself, no context. Gives the list. */
static int
read_certificate(struct slice body, struct slice *list)
{
	struct reader r = reader_of(body);
	struct slice certs, der;
	int n = 0;

	if (take_vector(&r, 1).len != 0)
		return 0;
	*list = certs = take_vector(&r, 3);
	if (!is_used_up(&r))
		return 0;
	while (transcript_next_cert(&certs, &der))
		n++;
	return n > 0 && certs.len == 0;
}

static int
read_verify(struct slice body, struct signed_by *out)
{
	struct reader r = reader_of(body);

	out->scheme = (uint16_t)take_number(&r, 2);
	out->signature = take_vector(&r, 2);
	return is_used_up(&r);
}

/* From the beginning to ServerHello's end. */
static int
read_hellos(struct reader *r, struct transcript *out)
{
	const uint8_t *begin = r->at;
	const char *digest;
	int is_retry;

	take_message(r, CLIENT_HELLO);
	out->first_hello.data = begin;
	out->first_hello.len = (size_t)(r->at - begin);
	out->digest = read_hello(take_message(r, SERVER_HELLO), &is_retry);
	if (out->digest == NULL)
		return 0;
	if (!is_retry) {
		out->to_server.data = begin;
		out->first_hello.len = 0;
		return 1;
	}
	out->to_server.data = begin + out->first_hello.len;
	take_message(r, CLIENT_HELLO);
	digest = read_hello(take_message(r, SERVER_HELLO), &is_retry);
	return digest == out->digest && !is_retry;
}

int
transcript_parse(const uint8_t *data, size_t len, struct transcript *out)
{
	struct reader r = {data, len, 0};
	struct slice server, server_verify, client, client_verify;

	memset(out, 0, sizeof(*out));
	if (!read_hellos(&r, out))
		return VB_EBADMSG;
	take_message(&r, ENCRYPTED_EXTENSIONS);
	take_message(&r, CERTIFICATE_REQUEST);
	server = take_message(&r, CERTIFICATE);
	out->to_server.len = (size_t)(r.at - out->to_server.data);
	out->to_client.data = r.at;
	server_verify = take_message(&r, CERTIFICATE_VERIFY);
	take_message(&r, FINISHED);
	client = take_message(&r, CERTIFICATE);
	out->to_client.len = (size_t)(r.at - out->to_client.data);
	client_verify = take_message(&r, CERTIFICATE_VERIFY);
	return is_used_up(&r) && read_certificate(server, &out->server_certs) &&
		read_certificate(client, &out->client_certs) &&
		read_verify(server_verify, &out->server) &&
		read_verify(client_verify, &out->client)
	    ? 0
	    : VB_EBADMSG;
}

int
transcript_next_cert(struct slice *list, struct slice *der)
{
	struct reader r = reader_of(*list);

	if (list->len == 0)
		return 0;
	*der = take_vector(&r, 3);
	take_vector(&r, 2); /* its extensions */
	if (r.is_bad || der->len == 0)
		return 0;
	list->data = r.at;
	list->len = r.left;
	return 1;
}
