/* SPDX-License-Identifier: ISC */
/*
 * What both ends of a stream are made of: bytes that nobody can guess, and
 * their SHA-256.
 */
#ifndef VB_STREAM_H
#define VB_STREAM_H

#include <openssl/evp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#define STREAM_GREETING	      "RFB 003.008\n"
#define STREAM_GREETING_BYTES 12
#define STREAM_HASH_BYTES     32

struct stream {
	uint64_t state; /* of the generator, never 0 */
	uint64_t left_bytes;
	EVP_MD_CTX *hash;
};

/* total_bytes are to come. Ends the program without memory. */
void stream_init(struct stream *s, uint64_t seed, uint64_t total_bytes);

/* A number below limit, from the same generator. */
uint64_t stream_random(struct stream *s, uint64_t limit);

/* The next len bytes to send. */
void stream_make(struct stream *s, uint8_t *out, size_t len);

/* The next len bytes that came. */
void stream_take(struct stream *s, const uint8_t *data, size_t len);

void stream_finish(struct stream *s, uint8_t out[STREAM_HASH_BYTES]);

/* While set, this end reads nothing; or some end, so that silence is no
 * fault. A signal may clear them. */
extern volatile sig_atomic_t stream_is_stalled, stream_is_silent;

/*
 * As poll(2) of one descriptor; reading is left out while this end stalls.
 * Ends the program when nothing moves for a minute and nobody stalls.
 */
void stream_poll(struct pollfd *p);

/*
 * The target: accepts one connection, greets, sends bytes and takes as many,
 * then the end of the stream. Writes both hashes, sent first, to result_fd.
 */
void stream_run_target(int listener, int result_fd, uint64_t bytes);

#endif
