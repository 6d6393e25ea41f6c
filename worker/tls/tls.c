/* SPDX-License-Identifier: ISC */
/*
 * Invariant: between two turns of the loop, nothing is in the shared
 * buffers: input is used up or a session's rest, output was taken.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/async.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "common/clock.h"
#include "common/quota.h"
#include "worker/tls/tls.h"
#include "worker/tls/tls_io.h"
#include "worker/tls/tls_provider.h"
#include "worker/tls/tls_listener.h"
#include "worker/tls/tls_peer.h"
#include "worker/tls/tls_target.h"
#include "worker/tls/tls_ticket.h"
#include "worker/tls/tls_verify.h"

/*
 * Bytes that a read may make us send, and that may wait: alerts, and new keys
 * that were asked for. More is an attack.
 */
#define ANSWERS_MAX 1024

/*
 * Messages after the handshake, new keys and tickets, in one read: a
 * handful is usual, and each costs as much as many KB of data.
 */
#define MESSAGES_MAX 32

/* What TCP sends before it has heard of the other side is some 14 KiB. */
#define RECORD_SMALL_BYTES 4096
#define RECORDS_SMALL	   16
#define QUIET_MS	   1000

enum signing {
	SIGNING_NOT,
	SIGNING_ASKED,
	SIGNING_ANSWERED
};

struct tls {
	SSL *ssl;
	struct tls_listener *listener; /* of a client, or */
	struct tls_targets *targets;   /* of a target; the other is NULL */
	char *fault;		       /* see tls_fault(); malloc'd */
	void *arg;
	uint8_t *rest; /* came, and is not used yet; malloc'd */
	size_t rest_len;
	uint8_t *signature; /* malloc'd */
	uint16_t signature_len;
	uint16_t answered_bytes; /* sent for what was read */
	uint8_t small_records;	 /* sent, since it was quiet */
	uint64_t sent_ms;
	uint8_t signing;   /* enum signing */
	uint8_t is_paused; /* its job waits for the signature */
	uint8_t is_given_up;
	uint8_t is_over; /* the other end said close_notify */
	uint8_t is_cut;
	uint8_t is_broken;
};

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

/* Its rest is its input, as long as there is one. */
static void
begin(struct tls *tls)
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

static void
note_fault(const char *when)
{
	const char *text = ERR_reason_error_string(ERR_peek_error());

	quota_log(LOG_LEVEL_DEBUG, NULL, "tls %s: %s", when,
	    text == NULL ? "unknown" : text);
	ERR_clear_error();
}

/* SSL_get_error() looks there. To look first costs less than to clear. */
static void
forget_errors(void)
{
	if (ERR_peek_error() != 0)
		ERR_clear_error();
}

static void
keep_fault(struct tls *tls, const char *what)
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

	begin(tls);
	if (tls->listener != NULL)
		tls_ticket_choose(tls->ssl);
	ERR_clear_error();
	tls->is_paused = 0;
	result = SSL_do_handshake(tls->ssl);
	if (result == 1) {
		SSL_clear_mode(tls->ssl, SSL_MODE_ASYNC);
		free(tls->signature);
		tls->signature = NULL;
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
		keep_fault(tls, "the TLS handshake failed");
		return VB_EBADMSG;
	}
}

static void
count_answers(struct tls *tls, size_t len)
{
	tls->answered_bytes += (uint16_t)len;
	if (len > ANSWERS_MAX || tls->answered_bytes > ANSWERS_MAX)
		tls->is_broken = 1;
}

void
tls_note_sent(struct tls *tls)
{
	tls->answered_bytes = 0;
}

static ssize_t
say_end(const struct tls *tls)
{
	if (tls->is_over || (tls->is_cut && !tls->is_broken))
		return 0;
	errno = tls->is_broken ? EPROTO : EAGAIN;
	return -1;
}

ssize_t
tls_decrypt(struct tls *tls, void *buf, size_t size)
{
	size_t n = 0, part, sent = tls_io.out_len;
	int error, messages = 0;

	if (tls->is_over || tls->is_broken ||
	    (tls->is_cut && tls->rest_len == 0))
		return say_end(tls);
	begin(tls);
	forget_errors();
	/* a record that is not whole gives nothing */
	while (n < size && (n == 0 || tls_io.input_len > 0)) {
		if (SSL_read_ex(
			tls->ssl, (uint8_t *)buf + n, size - n, &part)) {
			n += part;
			continue;
		}
		error = SSL_get_error(tls->ssl, 0);
		if (error == SSL_ERROR_WANT_READ && tls_io.input_len > 0 &&
		    ++messages <= MESSAGES_MAX)
			continue;
		if (error == SSL_ERROR_WANT_READ && tls_io.input_len == 0)
			break;
		tls->is_over = error == SSL_ERROR_ZERO_RETURN;
		tls->is_broken = !tls->is_over;
		if (tls->is_broken) {
			if (tls->targets != NULL)
				keep_fault(tls, "broken TLS");
			note_fault("read");
		}
		break;
	}
	count_answers(tls, tls_io.out_len - sent);
	return n > 0 ? (ssize_t)n : say_end(tls);
}

void
tls_cut(struct tls *tls)
{
	tls->is_cut = 1;
}

int
tls_was_cut(const struct tls *tls)
{
	return tls->is_cut && !tls->is_over;
}

int
tls_has_more(const struct tls *tls)
{
	return tls->rest_len > 0 || tls->is_over || tls->is_broken ||
	    tls->is_cut || SSL_pending(tls->ssl) > 0;
}

int
tls_has_room(void)
{
	return TLS_OUT_BYTES - tls_io.out_len >= 2 * TLS_RECORD_MAX;
}

size_t
tls_record_bytes(struct tls *tls)
{
	uint64_t now_ms = clock_tick_ms();

	if (now_ms - tls->sent_ms >= QUIET_MS)
		tls->small_records = 0;
	tls->sent_ms = now_ms;
	if (tls->small_records == RECORDS_SMALL)
		return TLS_PLAIN_MAX;
	tls->small_records++;
	return RECORD_SMALL_BYTES;
}

int
tls_encrypt(struct tls *tls, const void *data, size_t len)
{
	size_t done;

	if (tls->is_broken)
		return VB_EBADMSG;
	forget_errors();
	if (SSL_write_ex(tls->ssl, data, len, &done) && done == len)
		return 0;
	tls->is_broken = 1;
	note_fault("write");
	return VB_EBADMSG;
}

void
tls_say_end(struct tls *tls)
{
	if (tls->is_broken || !SSL_is_init_finished(tls->ssl) ||
	    (SSL_get_shutdown(tls->ssl) & SSL_SENT_SHUTDOWN) != 0)
		return;
	(void)SSL_shutdown(tls->ssl);
	ERR_clear_error();
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

const char *
tls_fault(const struct tls *tls)
{
	return tls->fault;
}
