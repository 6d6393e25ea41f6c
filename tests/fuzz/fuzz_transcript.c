/* SPDX-License-Identifier: ISC */
/*
 * The messages of a handshake, as a worker passes them to auth. What is taken
 * must be what another reader, which goes from message to message, finds: the
 * right types, and all bytes in one of the parts. Without a certificate of the
 * server's own nothing is believed, whatever it says.
 */
#include <openssl/x509.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/auth/certificate/proof.h"

#define TYPES_MAX 12

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int is_true)
{
	if (!is_true)
		abort();
}

/* The types of all messages, or "" where a length is wrong. */
static void
list_types(const uint8_t *data, size_t size, char out[TYPES_MAX + 1])
{
	size_t at = 0, n = 0;

	out[0] = '\0';
	while (at < size && n < TYPES_MAX) {
		if (size - at < 4)
			return;
		out[n++] = (char)data[at];
		at += 4 +
		    ((size_t)data[at + 1] << 16 | (size_t)data[at + 2] << 8 |
			data[at + 3]);
	}
	out[at == size ? n : 0] = '\0';
}

static void
check_certs(struct slice list, const uint8_t *data, size_t size)
{
	struct slice der;
	int n = 0;

	while (transcript_next_cert(&list, &der)) {
		must(der.len > 0 && der.data >= data &&
		    der.data + der.len <= data + size);
		n++;
	}
	must(n > 0 && list.len == 0);
}

static void
check_taken(const struct transcript *t, const uint8_t *data, size_t size)
{
	char types[TYPES_MAX + 1];
	size_t verify = 4 + 4 + t->client.signature.len;

	list_types(data, size, types);
	must(strcmp(types,
		 t->first_hello.len > 0
		     ? "\x01\x02\x01\x02\x08\x0d\x0b\x0f\x14\x0b\x0f"
		     : "\x01\x02\x08\x0d\x0b\x0f\x14\x0b\x0f") == 0);
	must(
	    t->first_hello.len + t->to_server.len + t->to_client.len + verify ==
	    size);
	must(t->to_server.data == data + t->first_hello.len);
	must(t->to_client.data == t->to_server.data + t->to_server.len);
	must(t->client.signature.data + t->client.signature.len == data + size);
	must(strcmp(t->digest, "SHA256") == 0 ||
	    strcmp(t->digest, "SHA384") == 0);
	check_certs(t->server_certs, data, size);
	check_certs(t->client_certs, data, size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct marks nobody;
	struct transcript t;
	struct proof proof;

	if (transcript_parse(data, size, &t) == 0)
		check_taken(&t, data, size);
	must(proof_check(data, size, &nobody, &proof) != NULL);
	must(proof.chain == NULL);
	proof_clear(&proof);
	return 0;
}
