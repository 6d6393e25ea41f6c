/* SPDX-License-Identifier: ISC */
#include <errno.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "common/clock.h"
#include "common/quota.h"
#include "worker/tls/tls_io.h"
#include "worker/tls/tls_record.h"
#include "worker/tls/tls_session.h"
#include "worker/tls/tls_size.h"

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
	tls_session_begin(tls);
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
				tls_session_keep_fault(tls, "broken TLS");
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
