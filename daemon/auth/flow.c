/* SPDX-License-Identifier: ISC */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/auth/flow.h"
#include "daemon/auth/oidc/base64url.h"

void
flows_init(struct flows *flows)
{
	TAILQ_INIT(&flows->all);
	flows->count = 0;
}

void
flow_free(struct flow *flow)
{
	if (flow == NULL)
		return;
	explicit_bzero(flow, sizeof(*flow));
	free(flow);
}

static void
take_out(struct flows *flows, struct flow *flow)
{
	TAILQ_REMOVE(&flows->all, flow, entry);
	flows->count--;
}

static void
end(struct flows *flows, struct flow *flow)
{
	take_out(flows, flow);
	flow_free(flow);
}

void
flows_clear(struct flows *flows)
{
	struct flow *flow;

	while ((flow = TAILQ_FIRST(&flows->all)) != NULL)
		end(flows, flow);
}

/* Who comes often makes room for itself, and else the oldest of all. */
static void
make_room(struct flows *flows, const struct addr *client, uint32_t peer,
    uint64_t now_sec)
{
	struct flow *flow, *of_address = NULL, *of_peer = NULL;
	unsigned address_count = 0, peer_count = 0;

	while ((flow = TAILQ_FIRST(&flows->all)) != NULL &&
	    flow->end_sec <= now_sec)
		end(flows, flow);
	TAILQ_FOREACH (flow, &flows->all, entry) {
		if (flow->peer == peer &&
		    addr_is_same_ip(&flow->client, client) &&
		    address_count++ == 0)
			of_address = flow;
		if (flow->peer == peer && peer_count++ == 0)
			of_peer = flow;
	}
	if (address_count >= FLOWS_OF_ADDRESS)
		end(flows, of_address);
	else if (peer_count >= FLOWS_OF_PEER)
		end(flows, of_peer);
	else if (flows->count >= FLOWS_MAX)
		end(flows, TAILQ_FIRST(&flows->all));
}

static int
make_word(char out[FLOW_WORD_MAX])
{
	uint8_t bytes[FLOW_WORD_BYTES];
	int is_made = RAND_priv_bytes(bytes, sizeof(bytes)) == 1;

	if (is_made)
		base64url_encode(bytes, sizeof(bytes), out);
	explicit_bzero(bytes, sizeof(bytes));
	return is_made;
}

static int
hash_cookie(
    const uint8_t cookie[LOGIN_COOKIE_BYTES], uint8_t out[LOGIN_COOKIE_BYTES])
{
	return EVP_Digest(cookie, LOGIN_COOKIE_BYTES, out, NULL, EVP_sha256(),
		   NULL) == 1;
}

struct flow *
flows_begin(struct flows *flows, const struct addr *client, uint32_t peer,
    uint64_t now_sec, uint8_t cookie[LOGIN_COOKIE_BYTES])
{
	struct flow *flow = calloc(1, sizeof(*flow));
	struct addr source;

	if (flow == NULL)
		return NULL;
	if (RAND_priv_bytes(cookie, LOGIN_COOKIE_BYTES) != 1 ||
	    !hash_cookie(cookie, flow->cookie) || !make_word(flow->state) ||
	    !make_word(flow->nonce) || !make_word(flow->verifier)) {
		flow_free(flow);
		return NULL;
	}
	addr_source(client, &source);
	make_room(flows, &source, peer, now_sec);
	flow->client = source;
	flow->peer = peer;
	flow->end_sec = now_sec + FLOW_SEC;
	TAILQ_INSERT_TAIL(&flows->all, flow, entry);
	flows->count++;
	return flow;
}

struct flow *
flows_take(struct flows *flows, const uint8_t cookie[LOGIN_COOKIE_BYTES],
    const char *state, uint64_t now_sec)
{
	uint8_t wanted[LOGIN_COOKIE_BYTES];
	struct flow *flow;

	if (!hash_cookie(cookie, wanted))
		return NULL;
	TAILQ_FOREACH (flow, &flows->all, entry)
		if (CRYPTO_memcmp(flow->cookie, wanted, sizeof(wanted)) == 0)
			break;
	if (flow == NULL)
		return NULL;
	/* another tab's, perhaps: nobody guesses the right one */
	if (flow->end_sec <= now_sec || strlen(state) != strlen(flow->state) ||
	    CRYPTO_memcmp(state, flow->state, strlen(state)) != 0)
		return NULL;
	take_out(flows, flow);
	return flow;
}
