/* SPDX-License-Identifier: ISC */
/*
 * TLS as a filter between two buffers that all sessions share: what came
 * from a socket goes in, and is used up in the same turn of the loop; what
 * is to be sent comes out, and goes to the kernel or to a leg's queue. A
 * session keeps nothing but its SSL object; what waits in neither it nor
 * the kernel is a rest, which is copied. Its data is tls_record.h's.
 */
#ifndef VB_TLS_H
#define VB_TLS_H

#include <sys/types.h>
#include <sys/uio.h>

#include <stddef.h>
#include <stdint.h>

#include "common/errors.h"
#include "worker/tls/tls_size.h"

struct tls;
struct tls_sign_ask;
struct tls_listener;
struct stamp;
struct tls_target;

/* The first byte of a client that speaks TLS: a handshake record. */
#define TLS_HANDSHAKE_TYPE 22
#define TLS_ALERT_TYPE	   21

/*
 * Asks for a signature; arg is the tls_new()'s. It comes with tls_answer().
 * A negative answer ends the handshake.
 */
typedef int tls_asker(void *arg, const struct tls_sign_ask *ask);

/*
 * Once, before the sandbox is entered: libssl loads what it ever needs.
 * **Keeps** buffers, of TLS_IN_BYTES and TLS_OUT_BYTES together. Returns 0
 * or VB_ESYS.
 */
VB_MUST_CHECK int tls_open(tls_asker *asker, uint8_t *buffers);

/* A server's session. **Keeps** arg; holds listener. NULL without memory. */
struct tls *tls_new(struct tls_listener *listener, void *arg);

/*
 * A session towards a target, which its handshake verifies; holds target. NULL
 * without memory.
 */
struct tls *tls_new_to(const struct tls_target *target);

/* Also while a signature is awaited. NULL is none. */
void tls_free(struct tls *tls);

/* Where to receive to, TLS_IN_BYTES; then tls_feed() tells how much. */
uint8_t *tls_in(void);
void tls_feed(struct tls *tls, size_t len);

enum tls_step {
	TLS_MORE, /* bytes of the other end are needed */
	TLS_SIGN, /* a signature is awaited */
	TLS_DONE
};

/*
 * Goes on with the handshake: enum tls_step, or VB_EBADMSG if it has
 * failed. There may be something to send on each way.
 */
VB_MUST_CHECK int tls_handshake(struct tls *tls);

/* The signature that was asked for; len 0: there is none. 0 or VB_ENOMEM. */
VB_MUST_CHECK int
tls_answer(struct tls *tls, const uint8_t *signature, size_t len);

/* Keeps what was fed and is not used yet. VB_ENOMEM: the session is lost. */
VB_MUST_CHECK int tls_keep_rest(struct tls *tls);

/* Takes what is to be sent; it is valid until the next call of a session. */
struct iovec tls_take_out(void);

/*
 * Writes the client's verified certificate in DER, and those between it and
 * client-ca's. Returns the bytes, 0 if there is none, or VB_ERANGE: it is
 * more than there is room for, or than PRESENTED takes.
 */
VB_MUST_CHECK int
tls_certificates(const struct tls *tls, uint8_t *out, size_t size);

/*
 * The messages of the handshake in which the client has shown a certificate,
 * where these are kept: from ClientHello to its CertificateVerify (RFC 8446,
 * 4). **Borrowed**, until tls_forget_shown() or the session's end. Returns the
 * bytes; 0: it has shown none, or not by TLS 1.3, or they were forgotten; or
 * VB_ERANGE: they are more than PROVE takes.
 */
VB_MUST_CHECK int tls_shown(const struct tls *tls, const uint8_t **messages);

/* The keeper's stamp of that handshake; kept if its messages are. */
void tls_set_stamp(struct tls *tls, const struct stamp *stamp);
const struct stamp *tls_stamp(const struct tls *tls); /* NULL: none */
void tls_forget_shown(struct tls *tls);

/*
 * Whether a client that was let in by earlier rules would be by today's.
 * is_judged: the broker is going to judge its certificate.
 */
int tls_is_admitted(
    const struct tls *tls, const struct tls_listener *now, int is_judged);

/* "TLSv1.3"; lives as long as the process. */
const char *tls_version(const struct tls *tls);

/* Whether its handshake was a ticket's. */
int tls_is_resumed(const struct tls *tls);

/*
 * Why the handshake has failed, in libssl's words; with a target also what came
 * after it, as what follows "lab1: ". NULL if TLS found no fault. Lives as long
 * as tls.
 */
const char *tls_fault(const struct tls *tls);

#endif
