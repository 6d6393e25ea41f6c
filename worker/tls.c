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
#include "common/log.h"
#include "worker/tls.h"
#include "worker/tls_key.h"
#include "worker/tls_listener.h"
#include "worker/tls_peer.h"
#include "worker/tls_ticket.h"

/* Bytes that reading may make us send: alerts. More is an attack. */
#define ANSWERS_MAX 1024

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
	struct tls_listener *listener;
	void *arg;
	uint8_t *rest; /* came, and is not used yet; malloc'd */
	size_t rest_len;
	uint8_t *signature; /* malloc'd */
	const char *fault;  /* of the handshake */
	uint16_t signature_len;
	uint16_t answered_bytes; /* sent for what was read */
	uint8_t small_records;	 /* sent, since it was quiet */
	uint64_t sent_ms;
	uint8_t signing;   /* enum signing */
	uint8_t is_paused; /* its job waits for the signature */
	uint8_t is_given_up;
	uint8_t is_over; /* the client said close_notify */
	uint8_t is_cut;
	uint8_t is_broken;
	int is_unvouched; /* the fault is the client's certificate */
};

static tls_asker *ask_owner;
static BIO_METHOD *buffers_method;
static uint8_t *in_buffer, *out_buffer;
static size_t out_len;

/* the session that libssl works for, and its input */
static struct tls *current;
static const uint8_t *input;
static size_t input_len;

/* ---- the two buffers as libssl sees them ---- */

static int
on_bio_read(BIO *bio, char *buf, int size)
{
	size_t n = input_len < (size_t)size ? input_len : (size_t)size;

	BIO_clear_retry_flags(bio);
	if (n == 0) {
		BIO_set_retry_read(bio);
		return -1;
	}
	memcpy(buf, input, n);
	input += n;
	input_len -= n;
	return (int)n;
}

static int
on_bio_write(BIO *bio, const char *data, int len)
{
	BIO_clear_retry_flags(bio);
	if ((size_t)len > TLS_OUT_BYTES - out_len)
		return -1;
	memcpy(out_buffer + out_len, data, (size_t)len);
	out_len += (size_t)len;
	return len;
}

static long
on_bio_ctrl(BIO *bio, int what, long number, void *arg)
{
	(void)bio;
	(void)number;
	(void)arg;
	return what == BIO_CTRL_FLUSH;
}

static int
on_bio_create(BIO *bio)
{
	BIO_set_init(bio, 1);
	return 1;
}

static int
make_method(void)
{
	buffers_method =
	    BIO_meth_new(BIO_TYPE_SOURCE_SINK | BIO_get_new_index(), "buffers");
	return buffers_method != NULL &&
	    BIO_meth_set_read(buffers_method, on_bio_read) &&
	    BIO_meth_set_write(buffers_method, on_bio_write) &&
	    BIO_meth_set_ctrl(buffers_method, on_bio_ctrl) &&
	    BIO_meth_set_create(buffers_method, on_bio_create);
}

/* ---- signatures ---- */

/* Runs in the handshake's job, which pauses with each TLS_KEY_LATER. */
static long
on_ask(const struct tls_key_ask *ask)
{
	struct tls *tls = current;

	if (tls->is_given_up)
		return 0;
	if (tls->signing == SIGNING_NOT) {
		tls->signing = SIGNING_ASKED;
		return ask_owner(tls->arg, ask) < 0 ? 0 : TLS_KEY_LATER;
	}
	if (tls->signing == SIGNING_ASKED)
		return TLS_KEY_LATER;
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
	out_buffer = buffers + TLS_IN_BYTES;
	if (OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS |
		    OPENSSL_INIT_LOAD_CRYPTO_STRINGS |
		    OPENSSL_INIT_NO_LOAD_CONFIG,
		NULL) != 1 ||
	    tls_key_open(on_ask) < 0 || !make_method() ||
	    !ASYNC_init_thread(0, 0))
		return VB_ESYS;
	return warm_up();
}

struct tls *
tls_new(struct tls_listener *listener, void *arg)
{
	struct tls *tls = calloc(1, sizeof(*tls));
	BIO *bio = NULL;

	if (tls == NULL)
		return NULL;
	tls->arg = arg;
	tls->listener = tls_listener_hold(listener);
	if ((tls->ssl = SSL_new(tls_listener_ctx(listener))) == NULL ||
	    (bio = BIO_new(buffers_method)) == NULL) {
		tls_free(tls);
		return NULL;
	}
	SSL_set_bio(tls->ssl, bio, bio);
	SSL_set_accept_state(tls->ssl);
	SSL_set_mode(tls->ssl, SSL_MODE_ASYNC);
	return tls;
}

/* A job that is left alone is never given back: it runs to its end. */
static void
give_up(struct tls *tls)
{
	tls->is_given_up = 1;
	current = tls;
	input_len = 0;
	(void)SSL_do_handshake(tls->ssl);
	ERR_clear_error();
	out_len = 0;
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
	input = in_buffer;
	input_len = len;
}

/* Its rest is its input, as long as there is one. */
static void
begin(struct tls *tls)
{
	if (current != tls)
		input_len = 0;
	current = tls;
	if (tls->rest_len > 0) {
		input = tls->rest; /* until tls_keep_rest() */
		input_len = tls->rest_len;
		tls->rest_len = 0;
	}
}

int
tls_keep_rest(struct tls *tls)
{
	uint8_t *copy = NULL;

	if (current != tls)
		return 0;
	if (input_len > 0) {
		if ((copy = malloc(input_len)) == NULL)
			return VB_ENOMEM;
		memcpy(copy, input, input_len);
	}
	free(tls->rest);
	tls->rest = copy;
	tls->rest_len = input_len;
	input_len = 0;
	return 0;
}

static void
note_fault(const char *when)
{
	const char *text = ERR_reason_error_string(ERR_peek_error());

	log_debug("tls %s: %s", when, text == NULL ? "unknown" : text);
	ERR_clear_error();
}

/* SSL_get_error() looks there. To look first costs less than to clear. */
static void
forget_errors(void)
{
	if (ERR_peek_error() != 0)
		ERR_clear_error();
}

/* With each step: keys that were late are there with the signature. */
static void
choose_tickets(SSL *ssl)
{
	int has_keys = tls_ticket_has_keys();

	SSL_set_num_tickets(ssl, has_keys ? TLS_TICKETS_GIVEN : 0);
	if (has_keys)
		SSL_clear_options(ssl, SSL_OP_NO_TICKET);
	else
		SSL_set_options(ssl, SSL_OP_NO_TICKET);
}

int
tls_handshake(struct tls *tls)
{
	int result;

	begin(tls);
	choose_tickets(tls->ssl);
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
		tls->fault = tls_peer_fault(tls->ssl, &tls->is_unvouched);
		return VB_EBADMSG;
	}
}

/* Alerts that answer what was read are few in a lifetime. */
static void
count_answers(struct tls *tls, size_t len)
{
	tls->answered_bytes += (uint16_t)len;
	if (len > ANSWERS_MAX || tls->answered_bytes > ANSWERS_MAX)
		tls->is_broken = 1;
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
	size_t n = 0, part, sent = out_len;
	int error;

	if (tls->is_over || tls->is_broken ||
	    (tls->is_cut && tls->rest_len == 0))
		return say_end(tls);
	begin(tls);
	forget_errors();
	/* a record that is not whole gives nothing */
	while (n < size && (n == 0 || input_len > 0)) {
		if (SSL_read_ex(
			tls->ssl, (uint8_t *)buf + n, size - n, &part)) {
			n += part;
			continue;
		}
		error = SSL_get_error(tls->ssl, 0);
		if (error == SSL_ERROR_WANT_READ)
			break;
		tls->is_over = error == SSL_ERROR_ZERO_RETURN;
		tls->is_broken = !tls->is_over;
		if (tls->is_broken)
			note_fault("read");
		break;
	}
	count_answers(tls, out_len - sent);
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
	return TLS_OUT_BYTES - out_len >= 2 * TLS_RECORD_MAX;
}

size_t
tls_record_bytes(struct tls *tls)
{
	uint64_t now_ms = clock_now_ms();

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
	struct iovec out = {out_buffer, out_len};

	out_len = 0;
	return out;
}

size_t
tls_certificates(const struct tls *tls, uint8_t *out, size_t size)
{
	return tls_peer_write(tls->ssl, out, size);
}

const struct addr *
tls_local(const struct tls *tls)
{
	return tls_listener_local(tls->listener);
}

const char *
tls_version(const struct tls *tls)
{
	return SSL_get_version(tls->ssl);
}

const char *
tls_fault(const struct tls *tls, int *of_client)
{
	*of_client = tls->is_unvouched;
	return tls->fault;
}
