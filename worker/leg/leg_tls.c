/* SPDX-License-Identifier: ISC */
/*
 * Reads are as large as those of a plain leg, and all that came is decrypted
 * in the same turn. Writes become full records, whatever pieces they come
 * in, and go to the kernel in one call.
 */
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "worker/leg/buffer.h"
#include "worker/leg/leg_tls.h"
#include "worker/leg/queue.h"
#include "worker/tls/tls.h"
#include "worker/tls/tls_record.h"

/* A read of less, for a request's head, takes what may be a record. */
#define LARGE_BYTES (4 * TLS_RECORD_MAX)

/* Of shared memory, encrypted at a time. */
#define PART_BYTES (8 * TLS_PLAIN_MAX)

void
leg_secure(struct leg *leg, struct tls *tls)
{
	tls_free(leg->tls);
	leg->tls = tls;
}

const char *
leg_fault(const struct leg *leg)
{
	return leg->tls == NULL ? NULL : tls_fault(leg->tls);
}

int
leg_was_cut(const struct leg *leg)
{
	return leg->tls != NULL && tls_was_cut(leg->tls);
}

/* What TLS has to say goes to the kernel, or after what waits for it. */
static int
flush(struct leg *leg)
{
	struct iovec out = tls_take_out();

	return out.iov_len == 0 ? 0 : leg_raw_write(leg, &out, 1, 0);
}

void
leg_tls_wake(struct leg *leg)
{
	if (leg->watching == LEG_READ && tls_has_more(leg->tls))
		event_active(&leg->read_ev, EV_READ, 0);
}

/* Receives, for the next tls_ call. Bytes, 0 at the end, -1 with errno. */
static ssize_t
receive(struct leg *leg, size_t size)
{
	ssize_t n = leg_raw_read(leg, tls_in(), size);

	if (n == 0)
		tls_cut(leg->tls);
	else if (n > 0)
		tls_feed(leg->tls, (size_t)n);
	return n;
}

/* The most to read: it and a record kept before must fit into size. */
static size_t
room_for(size_t size)
{
	if (size < LARGE_BYTES)
		return TLS_RECORD_MAX;
	size -= TLS_RECORD_MAX;
	return size < TLS_IN_BYTES ? size : TLS_IN_BYTES;
}

static int
would_block(ssize_t n)
{
	return n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

ssize_t
leg_tls_read(struct leg *leg, void *buf, size_t size)
{
	size_t room = room_for(size);
	ssize_t n = -1, got;
	int error, kept, flushed;

	leg->was_full = (unsigned char)tls_has_more(leg->tls); /* perhaps */
	if (leg->was_full)
		n = tls_decrypt(leg->tls, buf, size);
	else
		errno = EAGAIN;
	if (would_block(n) && (got = receive(leg, room)) != -1) {
		leg->was_full = got == (ssize_t)room;
		n = tls_decrypt(leg->tls, buf, size);
	}
	error = errno;
	kept = tls_keep_rest(leg->tls);
	/* on every way: what is left would go out on another's connection */
	flushed = flush(leg);
	if (kept < 0) {
		errno = ENOMEM;
		return -1;
	}
	if (flushed < 0 && n <= 0)
		return -1;
	if (queue_length(leg->out) == 0)
		tls_note_sent(leg->tls);
	if (n > 0)
		leg_tls_wake(leg);
	errno = error;
	return n;
}

int
leg_begin_handshake(struct leg *leg)
{
	if (tls_handshake(leg->tls) == TLS_MORE)
		return flush(leg) < 0 ? VB_ESYS : 0;
	errno = EPROTO;
	return VB_ESYS;
}

/* Uses what was read before, then what the socket has. */
static int
step_on(struct leg *leg)
{
	int step = tls_handshake(leg->tls);
	ssize_t n;

	if (step != TLS_MORE)
		return step;
	n = receive(leg, TLS_RECORD_MAX);
	if (would_block(n))
		return TLS_MORE;
	if (n > 0)
		return tls_handshake(leg->tls);
	errno = n == 0 ? ECONNRESET : errno;
	return VB_ESYS;
}

int
leg_handshake(struct leg *leg)
{
	int step = step_on(leg), error = step == VB_EBADMSG ? EPROTO : errno;
	int kept = tls_keep_rest(leg->tls);

	/* an alert is to be sent though it has failed */
	if (flush(leg) < 0 || kept < 0)
		return VB_ESYS;
	if (step < 0) {
		errno = error;
		return VB_ESYS;
	}
	/* what came right after the handshake */
	if (step == TLS_DONE)
		leg_tls_wake(leg);
	return step;
}

/* ---- writing ---- */

/* A record that is made of pieces. */
static uint8_t record[TLS_PLAIN_MAX];

void
leg_tls_forget(void)
{
	explicit_bzero(record, sizeof(record));
}

static int
encrypt(struct leg *leg, const void *data, size_t len)
{
	int result;

	if (!tls_has_room() && (result = flush(leg)) < 0)
		return result;
	if (tls_encrypt(leg->tls, data, len) == 0)
		return 0;
	errno = EPROTO;
	return VB_ESYS;
}

/* The pieces of one write, cut into records. */
static int
encrypt_pieces(struct leg *leg, const struct iovec *iov, int count)
{
	const uint8_t *data;
	size_t filled = 0, most = 0, left, part;
	int i, result = 0;

	for (i = 0; i < count; i++) {
		data = iov[i].iov_base;
		for (left = iov[i].iov_len; left > 0 && result == 0;
		     left -= part, data += part) {
			if (filled == 0)
				most = tls_record_bytes(leg->tls);
			part = most - filled;
			part = left < part ? left : part;
			if (part == most || (i == count - 1 && filled == 0)) {
				result = encrypt(leg, data, part);
				continue;
			}
			memcpy(record + filled, data, part);
			if ((filled += part) < most)
				continue;
			result = encrypt(leg, record, filled);
			filled = 0;
		}
	}
	return result == 0 && filled > 0 ? encrypt(leg, record, filled)
					 : result;
}

static void
drop_later(struct leg *leg)
{
	struct leg_later *later = leg->later;

	leg->later = NULL;
	later->release(later->arg);
	free(later);
}

/* Up to len bytes of what is shared. */
static int
encrypt_later(struct leg *leg, size_t len)
{
	struct leg_later *later = leg->later;
	struct iovec iov = {(void *)(uintptr_t)later->data,
	    later->len < len ? later->len : len};
	int result = encrypt_pieces(leg, &iov, 1), flushed = flush(leg);

	later->data += iov.iov_len;
	later->len -= iov.iov_len;
	result = result < 0 ? result : flushed;
	if (later->len == 0 || result < 0)
		drop_later(leg);
	return result;
}

int
leg_tls_go_on(struct leg *leg)
{
	int result = 0;

	while (result == 0 && leg->later != NULL &&
	    queue_length(leg->out) <= LEG_LOW_BYTES)
		result = encrypt_later(leg, PART_BYTES);
	return result;
}

int
leg_tls_write(struct leg *leg, struct iovec *iov, int count)
{
	int result = 0, flushed;

	while (leg->later != NULL && result == 0)
		result = encrypt_later(leg, PART_BYTES);
	if (result == 0)
		result = encrypt_pieces(leg, iov, count);
	flushed = flush(leg);
	return result < 0 ? result : flushed;
}

int
leg_tls_write_shared(struct leg *leg, const void *data, size_t len,
    void (*release)(void *arg), void *arg)
{
	struct leg_later *later = malloc(sizeof(*later));
	int result = 0;

	while (leg->later != NULL && result == 0)
		result = encrypt_later(leg, PART_BYTES);
	if (later == NULL || result < 0 || len == 0) {
		release(arg);
		free(later);
		return result < 0 ? result : later == NULL ? VB_ENOMEM : 0;
	}
	later->data = data;
	later->len = len;
	later->release = release;
	later->arg = arg;
	later->go_on = leg_tls_go_on;
	leg->later = later;
	return leg_tls_go_on(leg);
}

size_t
leg_tls_later(const struct leg *leg)
{
	return leg->later == NULL ? 0 : leg->later->len;
}

/* ---- the end ---- */

/* What the kernel does not take of it is not worth a wait. */
void
leg_tls_say_end(struct leg *leg)
{
	if (leg->tls == NULL || leg->later != NULL ||
	    queue_length(leg->out) > 0)
		return;
	tls_say_end(leg->tls);
	if (flush(leg) < 0)
		return;
}

void
leg_tls_close(struct leg *leg)
{
	if (leg->later != NULL)
		drop_later(leg);
	leg_tls_say_end(leg);
	tls_free(leg->tls);
	leg->tls = NULL;
}
