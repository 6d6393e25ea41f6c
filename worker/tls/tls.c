/* SPDX-License-Identifier: ISC */
/*
 * Invariant: between two turns of the loop, nothing is in the shared
 * buffers: input is used up or a session's rest, output was taken.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/async.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "worker/tls/tls.h"
#include "worker/tls/tls_io.h"
#include "worker/tls/tls_listener.h"
#include "worker/tls/tls_peer.h"
#include "worker/tls/tls_proof.h"
#include "worker/tls/tls_provider.h"
#include "worker/tls/tls_session.h"
#include "worker/tls/tls_target.h"
#include "worker/tls/tls_ticket.h"
#include "worker/tls/tls_verify.h"

static tls_asker *ask_owner;
static uint8_t *in_buffer;

/* the session that libssl works for, and whose input tls_io has */
static struct tls *current;

/* ---- signatures ---- */

/* Runs in the handshake's job, which pauses with each TLS_SIGN_LATER. */
static long
on_ask(const struct tls_sign_ask *ask)
{
	struct tls *tls = current;

	if (tls->is_given_up)
		return 0;
	if (tls->signing == SIGNING_NOT) {
		tls->signing = SIGNING_ASKED;
		return ask_owner(tls->arg, ask) < 0 ? 0 : TLS_SIGN_LATER;
	}
	if (tls->signing == SIGNING_ASKED)
		return TLS_SIGN_LATER;
	tls->signing = SIGNING_NOT;
	if (tls->signature_len > ask->size)
		return 0;
	memcpy(ask->signature, tls->signature, tls->signature_len);
	return tls->signature_len;
}

int
tls_answer(struct tls *tls, const uint8_t *signature, size_t len)
{
	if (tls->signing != SIGNING_ASKED)
		return 0;
	free(tls->signature);
	if ((tls->signature = malloc(len + 1)) == NULL)
		return VB_ENOMEM;
	memcpy(tls->signature, signature, len);
	tls->signature_len = (uint16_t)len;
	tls->signing = SIGNING_ANSWERED;
	return 0;
}

/* ---- sessions ---- */

/* A context and a session: whatever libssl loads at the first of them. */
static int
warm_up(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	SSL *ssl = ctx == NULL ? NULL : SSL_new(ctx);
	int is_good = ssl != NULL && tls_ticket_use(ctx);

	SSL_free(ssl);
	SSL_CTX_free(ctx);
	return is_good ? 0 : VB_ESYS;
}

int
tls_open(tls_asker *asker, uint8_t *buffers)
{
	ask_owner = asker;
	in_buffer = buffers;
	if (OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS |
		    OPENSSL_INIT_LOAD_CRYPTO_STRINGS |
		    OPENSSL_INIT_NO_LOAD_CONFIG,
		NULL) != 1 ||
	    tls_provider_open(on_ask) < 0 ||
	    tls_io_open(buffers + TLS_IN_BYTES) < 0 || !ASYNC_init_thread(0, 0))
		return VB_ESYS;
	return warm_up();
}

/* **Takes** ssl; NULL is none. NULL without memory. */
static struct tls *
make(SSL *ssl)
{
	struct tls *tls = calloc(1, sizeof(*tls));
	BIO *bio = ssl == NULL ? NULL : tls_io_bio();

	if (tls == NULL || bio == NULL) {
		BIO_free(bio);
		SSL_free(ssl);
		free(tls);
		return NULL;
	}
	SSL_set_bio(ssl, bio, bio);
	SSL_clear_mode(ssl, SSL_MODE_AUTO_RETRY); /* each message is reported */
	tls->ssl = ssl;
	return tls;
}

struct tls *
tls_new(struct tls_listener *listener, void *arg)
{
	struct tls *tls = make(SSL_new(tls_listener_ctx(listener)));

	if (tls == NULL)
		return NULL;
	tls->arg = arg;
	tls->listener = tls_listener_hold(listener);
	SSL_set_accept_state(tls->ssl);
	if (tls_listener_keeps_proofs(listener) &&
	    (tls->proof = tls_proof_new(tls->ssl)) == NULL) {
		tls_free(tls);
		return NULL;
	}
	SSL_set_mode(tls->ssl, SSL_MODE_ASYNC);
	return tls;
}

struct tls *
tls_new_to(const struct tls_target *target)
{
	struct tls *tls = make(tls_target_ssl(target));

	if (tls == NULL)
		return NULL;
	tls->targets = tls_targets_hold(target->set);
	SSL_set_connect_state(tls->ssl);
	return tls;
}

/* A job that is left alone is never given back: it runs to its end. */
static void
give_up(struct tls *tls)
{
	tls->is_given_up = 1;
	current = tls;
	tls_io.input_len = 0;
	(void)SSL_do_handshake(tls->ssl);
	ERR_clear_error();
	tls_io.out_len = 0;
}

void
tls_free(struct tls *tls)
{
	if (tls == NULL)
		return;
	if (tls->is_paused)
		give_up(tls);
	SSL_free(tls->ssl);
	tls_listener_release(tls->listener);
	tls_targets_release(tls->targets);
	free(tls->fault);
	free(tls->rest);
	free(tls->signature);
	tls_proof_free(tls->proof);
	free(tls);
}

uint8_t *
tls_in(void)
{
	return in_buffer;
}

void
tls_feed(struct tls *tls, size_t len)
{
	current = tls;
	tls_io.input = in_buffer;
	tls_io.input_len = len;
}

void
tls_session_begin(struct tls *tls)
{
	if (current != tls)
		tls_io.input_len = 0;
	current = tls;
	if (tls->rest_len > 0) {
		tls_io.input = tls->rest; /* until tls_keep_rest() */
		tls_io.input_len = tls->rest_len;
		tls->rest_len = 0;
	}
}

int
tls_keep_rest(struct tls *tls)
{
	uint8_t *copy = NULL;

	if (current != tls)
		return 0;
	if (tls_io.input_len > 0) {
		if ((copy = malloc(tls_io.input_len)) == NULL)
			return VB_ENOMEM;
		memcpy(copy, tls_io.input, tls_io.input_len);
	}
	free(tls->rest);
	tls->rest = copy;
	tls->rest_len = tls_io.input_len;
	tls_io.input_len = 0;
	return 0;
}

void
tls_session_keep_fault(struct tls *tls, const char *what)
{
	char text[TLS_FAULT_MAX];
	const char *fault;

	if (tls->fault != NULL)
		return;
	if (tls->targets != NULL)
		fault = tls_verify_fault(tls->ssl, what, text);
	else
		fault = tls_peer_fault(tls->ssl);
	tls->fault = fault == NULL ? NULL : strdup(fault);
}

int
tls_handshake(struct tls *tls)
{
	int result;

	tls_session_begin(tls);
	if (tls->listener != NULL)
		tls_ticket_choose(tls->ssl);
	ERR_clear_error();
	tls->is_paused = 0;
	result = SSL_do_handshake(tls->ssl);
	if (result == 1) {
		SSL_clear_mode(tls->ssl, SSL_MODE_ASYNC);
		free(tls->signature);
		tls->signature = NULL;
		if (tls->proof != NULL && !tls_proof_end(tls->proof))
			tls_forget_shown(tls);
		return TLS_DONE;
	}
	switch (SSL_get_error(tls->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		return TLS_MORE;
	case SSL_ERROR_WANT_ASYNC:
		tls->is_paused = 1;
		return TLS_SIGN;
	default:
		tls->is_broken = 1;
		tls_session_keep_fault(tls, "the TLS handshake failed");
		return VB_EBADMSG;
	}
}

struct iovec
tls_take_out(void)
{
	struct iovec out = {tls_io.out, tls_io.out_len};

	tls_io.out_len = 0;
	return out;
}

int
tls_certificates(const struct tls *tls, uint8_t *out, size_t size)
{
	return tls_peer_write(tls->ssl, out, size);
}

int
tls_shown(const struct tls *tls, const uint8_t **messages)
{
	*messages = NULL;
	return tls->proof == NULL ? 0 : tls_proof_get(tls->proof, messages);
}

void
tls_set_stamp(struct tls *tls, const struct stamp *stamp)
{
	if (tls->proof != NULL)
		*tls_proof_stamp(tls->proof) = *stamp;
}

const struct stamp *
tls_stamp(const struct tls *tls)
{
	return tls->proof == NULL ? NULL : tls_proof_stamp(tls->proof);
}

void
tls_forget_shown(struct tls *tls)
{
	if (tls->proof == NULL)
		return;
	SSL_set_msg_callback(tls->ssl, NULL);
	tls_proof_free(tls->proof);
	tls->proof = NULL;
}

int
tls_is_admitted(
    const struct tls *tls, const struct tls_listener *now, int is_judged)
{
	return tls_listener_admits(now, tls->listener, tls->ssl, is_judged);
}

const char *
tls_version(const struct tls *tls)
{
	return SSL_get_version(tls->ssl);
}

int
tls_is_resumed(const struct tls *tls)
{
	return SSL_session_reused(tls->ssl);
}

const char *
tls_fault(const struct tls *tls)
{
	return tls->fault;
}
