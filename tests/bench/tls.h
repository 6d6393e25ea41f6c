/* SPDX-License-Identifier: ISC */
/*
 * TLS of one session of the load generator: OpenSSL between buffers, so that
 * many records come with one recv and go with one send. TLS 1.3 and one
 * cipher; whose certificate it is, is not looked at.
 */
#ifndef VB_BENCH_TLS_H
#define VB_BENCH_TLS_H

#include <stddef.h>

struct tls;

enum tls_result {
	TLS_FAILED = -1, /* see tls_fault() */
	TLS_MORE = 0,	 /* more has to come, or to be sent, first */
	TLS_DONE = 1
};

/* Once, before all; ends the program on failure. */
void tls_setup(void);

/*
 * Prepares for a new connection, and gives what it needs; takes what
 * tls_stop() left of the connection before (NULL: nothing). With resumes the
 * last ticket of that one is shown; with must_resume it is a failure if it
 * was not taken, or there was none.
 */
struct tls *tls_start(struct tls *before, int resumes, int must_resume);

/* Ends a connection; what is needed to resume it stays. */
void tls_stop(struct tls *t);

int tls_has_ticket(const struct tls *t);

/* What came from the peer: borrows it until all was read or shaken. */
void tls_feed(struct tls *t, const char *data, size_t len);

/* Goes on with the handshake; tls_flush() is to follow. */
enum tls_result tls_handshake(struct tls *t);

/* Payload of at most one record into buf; TLS_DONE: the peer has ended. */
enum tls_result tls_read(struct tls *t, char *buf, size_t size, size_t *len);

/* Encrypts all of it; tls_flush() is to follow. Returns 0 or -1. */
int tls_write(struct tls *t, const void *data, size_t len);

/* Says that nothing follows; tls_flush() is to follow. */
void tls_end(struct tls *t);

/* Sends what waits. */
enum tls_result tls_flush(struct tls *t, int fd);

/* Why the last call failed. */
const char *tls_fault(void);

#endif
