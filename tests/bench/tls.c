/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "tests/bench/tls.h"

#define CIPHERSUITE    "TLS_AES_128_GCM_SHA256"
#define OUT_BYTES_MIN  4096
#define FAULT_TEXT_MAX 160

struct tls {
	SSL *ssl; /* NULL between two connections */
	SSL_SESSION *ticket;
	int must_resume;
	const char *in; /* what tls_feed() borrowed and nobody took yet */
	size_t in_len;
	char *out; /* from out_at to out_len: to be sent */
	size_t out_at, out_len, out_size;
};

static SSL_CTX *ctx;
static BIO_METHOD *method;
static char fault[FAULT_TEXT_MAX];

const char *
tls_fault(void)
{
	return fault;
}

static enum tls_result
fail(const char *text)
{
	unsigned long code = ERR_peek_error();

	if (text == NULL && code != 0)
		ERR_error_string_n(code, fault, sizeof(fault));
	else
		strlcpy(fault, text != NULL ? text : "TLS", sizeof(fault));
	ERR_clear_error();
	return TLS_FAILED;
}

static int
read_cb(BIO *bio, char *buf, int size)
{
	struct tls *t = BIO_get_data(bio);
	size_t part = t->in_len < (size_t)size ? t->in_len : (size_t)size;

	BIO_clear_retry_flags(bio);
	if (part == 0) {
		BIO_set_retry_read(bio);
		return -1;
	}
	memcpy(buf, t->in, part);
	t->in += part;
	t->in_len -= part;
	return (int)part;
}

static int
write_cb(BIO *bio, const char *data, int len)
{
	struct tls *t = BIO_get_data(bio);
	size_t need = t->out_len + (size_t)len;

	if (need > t->out_size) {
		t->out_size = need * 2 + OUT_BYTES_MIN;
		if ((t->out = realloc(t->out, t->out_size)) == NULL)
			err(1, NULL);
	}
	memcpy(t->out + t->out_len, data, (size_t)len);
	t->out_len = need;
	return len;
}

static long
ctrl_cb(BIO *bio, int command, long number, void *data)
{
	(void)bio;
	(void)number;
	(void)data;
	return command == BIO_CTRL_FLUSH;
}

/* Keeps the newest ticket: a session shows it to the next of its place. */
static int
ticket_cb(SSL *ssl, SSL_SESSION *ticket)
{
	struct tls *t = SSL_get_app_data(ssl);

	SSL_SESSION_free(t->ticket);
	t->ticket = ticket;
	return 1; /* it is ours now */
}

/* Whose certificate it is does not matter: the chain costs nothing. */
static int
certificate_cb(X509_STORE_CTX *store, void *arg)
{
	(void)store;
	(void)arg;
	return 1;
}

void
tls_setup(void)
{
	method = BIO_meth_new(
	    BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "bench buffers");
	ctx = SSL_CTX_new(TLS_client_method());
	if (method == NULL || ctx == NULL ||
	    !BIO_meth_set_read(method, read_cb) ||
	    !BIO_meth_set_write(method, write_cb) ||
	    !BIO_meth_set_ctrl(method, ctrl_cb) ||
	    !SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) ||
	    !SSL_CTX_set_ciphersuites(ctx, CIPHERSUITE))
		errx(1, "OpenSSL cannot be set up");
	SSL_CTX_set_cert_verify_callback(ctx, certificate_cb, NULL);
	SSL_CTX_set_session_cache_mode(
	    ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(ctx, ticket_cb);
}

struct tls *
tls_start(struct tls *before, int resumes, int must_resume)
{
	struct tls *t = before;
	BIO *bio = BIO_new(method);

	if (t == NULL && (t = calloc(1, sizeof(*t))) == NULL)
		err(1, NULL);
	if (bio == NULL || (t->ssl = SSL_new(ctx)) == NULL)
		errx(1, "no memory for TLS");
	BIO_set_data(bio, t);
	BIO_set_init(bio, 1);
	SSL_set_bio(t->ssl, bio, bio);
	SSL_set_app_data(t->ssl, t);
	SSL_set_connect_state(t->ssl);
	t->in_len = t->out_at = t->out_len = 0;
	t->must_resume = must_resume;
	if (resumes && t->ticket != NULL)
		SSL_set_session(t->ssl, t->ticket);
	return t;
}

void
tls_stop(struct tls *t)
{
	/* or OpenSSL takes the ticket for that of a broken session */
	SSL_set_shutdown(t->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(t->ssl);
	t->ssl = NULL;
}

int
tls_has_ticket(const struct tls *t)
{
	return t->ticket != NULL;
}

void
tls_feed(struct tls *t, const char *data, size_t len)
{
	t->in = data;
	t->in_len = len;
}

enum tls_result
tls_handshake(struct tls *t)
{
	int result = SSL_do_handshake(t->ssl);

	if (result != 1)
		return SSL_get_error(t->ssl, result) == SSL_ERROR_WANT_READ
		    ? TLS_MORE
		    : fail(NULL);
	if (t->must_resume && !SSL_session_reused(t->ssl))
		return fail("the TLS session was not resumed");
	return TLS_DONE;
}

enum tls_result
tls_read(struct tls *t, char *buf, size_t size, size_t *len)
{
	int result = SSL_read_ex(t->ssl, buf, size, len);

	if (result == 1)
		return TLS_MORE;
	*len = 0;
	switch (SSL_get_error(t->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		return TLS_MORE;
	case SSL_ERROR_ZERO_RETURN:
		return TLS_DONE;
	default:
		return fail(NULL);
	}
}

int
tls_write(struct tls *t, const void *data, size_t len)
{
	size_t done;

	if (SSL_write_ex(t->ssl, data, len, &done) == 1 && done == len)
		return 0;
	fail(NULL);
	return -1;
}

void
tls_end(struct tls *t)
{
	SSL_shutdown(t->ssl);
}

enum tls_result
tls_flush(struct tls *t, int fd)
{
	ssize_t n;

	if (t->out_at < t->out_len) {
		n = send(fd, t->out + t->out_at, t->out_len - t->out_at,
		    MSG_NOSIGNAL);
		if (n == -1 && errno != EAGAIN && errno != EINTR)
			return fail(strerror(errno));
		if (n > 0)
			t->out_at += (size_t)n;
	}
	if (t->out_at < t->out_len)
		return TLS_MORE;
	t->out_at = t->out_len = 0;
	return TLS_DONE;
}
