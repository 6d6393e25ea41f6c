/* SPDX-License-Identifier: ISC */
/*
 * The worker's side of TLS: a leg with a real OpenSSL client at its other
 * end, what that client sends being changed on the way. The input is a byte
 * of flags and then changes of five bytes each (struct change), or, with
 * IS_RAW, all that is sent. The key is here, as the keeper's would be.
 *
 * Whatever comes: only what the keeper signs is asked for, and once; what is
 * read is what the client sent, from its beginning on; and where nothing was
 * changed, all of it is read.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "common/log.h"
#include "daemon/keeper/sign.h"
#include "worker/leg/buffer.h"
#include "worker/leg/leg_tls.h"
#include "worker/leg/leg.h"
#include "worker/tls/tls.h"
#include "worker/tls/tls_conf.h"
#include "worker/tls/tls_sign.h"

#define CERT_ID	      7
#define DAY_SEC	      86400
#define FLIGHT_BYTES  (64 * 1024)
#define RECORD_HEAD   5
#define TURNS	      16
#define READ_SMALL    8 /* bytes: less than a record has */
#define READ_LARGE    (64 * 1024)
#define MESSAGE_BYTES 3000

/* The first byte of the input. */
enum flags {
	IS_RAW = 1,
	ONLY_1_2 = 2,
	ONLY_1_3 = 4,
	OFFERS_MORE = 8, /* SNI, ALPN, other curves first */
	REFUSES = 16,	 /* the keeper */
	READS_LITTLE = 32,
	SAYS_END = 64,
	CHANGES_KEYS = 128 /* KeyUpdate, or a renegotiation */
};

enum kind {
	FLIP,	/* a byte at: xor value */
	SET,	/* a byte at: value */
	LENGTH, /* a record's: add the signed value */
	CUT,	/* what is behind it */
	REPEAT, /* the record */
	INSERT, /* value bytes of the same value */
	SPLIT,	/* the rest is sent later */
	STOP	/* nothing more is ever sent, and the socket ends */
};

struct change {
	uint8_t flight; /* the client's n-th write */
	uint8_t kind;	/* enum kind, and the upper bits of at */
	uint8_t record; /* of the flight */
	uint8_t at;	/* in the record, head included */
	uint8_t value;
};

static struct {
	struct event_base *base;
	struct tls_conf *conf;
	EVP_PKEY *key;
	SSL_CTX *client_ctx;
} made; /* once */

static struct {
	struct leg leg;
	SSL *client;
	int peer;
	uint8_t flags;
	const uint8_t *input;
	size_t input_len;
	unsigned flights;
	int is_changed;
	int is_done; /* the handshake, for the leg */
	int is_over;
	unsigned asked;
	int waits; /* the answer is due */
	struct msg_sign sign;
	uint8_t flight[FLIGHT_BYTES];
	size_t flight_len;
	size_t kept;	/* of the flight, to be sent later */
	size_t written; /* of the message, by the client */
	size_t read;
} f;

static uint8_t message[MESSAGE_BYTES];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int is_true)
{
	if (!is_true)
		abort();
}

/* ---- what is made once ---- */

static void
drop_line(int level, const char *line, void *arg)
{
	(void)level;
	(void)line;
	(void)arg;
}

static int
on_ask(void *arg, const struct tls_sign_ask *ask)
{
	must(arg == &f && ask->cert_id == CERT_ID);
	must(++f.asked == 1);
	must(ask->content_len <= sizeof(f.sign.content));
	f.sign.scheme = ask->scheme;
	f.sign.length = (uint16_t)ask->content_len;
	memcpy(f.sign.content, ask->content, ask->content_len);
	f.waits = 1;
	return 0;
}

static X509 *
make_certificate(void)
{
	X509 *cert = X509_new();

	must(X509_set_version(cert, X509_VERSION_3) == 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), -DAY_SEC);
	X509_gmtime_adj(X509_getm_notAfter(cert), DAY_SEC);
	must(X509_set_pubkey(cert, made.key) == 1);
	must(X509_sign(cert, made.key, EVP_sha256()) > 0);
	return cert;
}

static void
make_conf(X509 *cert)
{
	struct msg_conf_cert msg = {CERT_ID};
	struct msg_conf_tls listener;
	struct settings settings;
	BIO *bio = BIO_new(BIO_s_mem());
	int fd = memfd_create("cert", MFD_CLOEXEC);
	char *text;
	long len;

	must(PEM_write_bio_X509(bio, cert) == 1);
	len = BIO_get_mem_data(bio, &text);
	must(write(fd, text, (size_t)len) == len);
	BIO_free(bio);
	memset(&listener, 0, sizeof(listener));
	memset(&settings, 0, sizeof(settings));
	listener.local.family = ADDR_V4;
	listener.cert_count = 1;
	listener.cert_ids[0] = CERT_ID;
	must((made.conf = tls_conf_new()) != NULL);
	must(tls_conf_add_cert(made.conf, &msg, fd) == 0);
	must(tls_conf_add_listener(made.conf, &listener) == 0);
	must(tls_conf_build(made.conf, &settings) == 0);
	close(fd);
}

static void
make(void)
{
	X509 *cert;
	size_t i;

	if (made.base != NULL)
		return;
	log_to_sink(drop_line, NULL);
	must((made.base = event_base_new()) != NULL);
	must(tls_open(on_ask, buffer_new() + WORKER_BUFFER_BYTES) == 0);
	must((made.key = EVP_EC_gen("P-256")) != NULL);
	cert = make_certificate();
	make_conf(cert);
	must((made.client_ctx = SSL_CTX_new(TLS_client_method())) != NULL);
	X509_free(cert);
	for (i = 0; i < sizeof(message); i++)
		message[i] = (uint8_t)(i * 7 + i / 256);
}

/* ---- the way from the client to the leg ---- */

/* Where the n-th record of the flight begins; its end if there are fewer. */
static size_t
find_record(unsigned n)
{
	size_t at = 0;

	while (n-- > 0 && at + RECORD_HEAD <= f.flight_len)
		at += RECORD_HEAD +
		    (size_t)(f.flight[at + 3] << 8 | f.flight[at + 4]);
	return at < f.flight_len ? at : f.flight_len;
}

/* Makes a gap of len bytes; none where there is no room. */
static int
open_gap(size_t at, size_t len)
{
	if (f.flight_len + len > sizeof(f.flight))
		return 0;
	memmove(f.flight + at + len, f.flight + at, f.flight_len - at);
	f.flight_len += len;
	return 1;
}

static void
repeat_record(size_t at, size_t next)
{
	if (open_gap(next, next - at))
		memcpy(f.flight + next, f.flight + at, next - at);
}

static void
change_length(size_t at, int8_t by)
{
	unsigned len;

	if (at + RECORD_HEAD > f.flight_len)
		return;
	len =
	    (unsigned)(f.flight[at + 3] << 8 | f.flight[at + 4]) + (unsigned)by;
	f.flight[at + 3] = (uint8_t)(len >> 8);
	f.flight[at + 4] = (uint8_t)len;
}

static void
apply(const struct change *c)
{
	size_t record = find_record(c->record), next;
	size_t at = record + c->at + ((size_t)(c->kind >> 3) << 8);

	next = find_record(c->record + 1U);
	if (at >= f.flight_len)
		return;
	switch ((enum kind)(c->kind & 7)) {
	case FLIP:
		f.flight[at] ^= c->value;
		break;
	case SET:
		f.flight[at] = c->value;
		break;
	case LENGTH:
		change_length(record, (int8_t)c->value);
		break;
	case CUT:
		f.flight_len = at;
		break;
	case REPEAT:
		repeat_record(record, next);
		break;
	case INSERT:
		if (open_gap(at, c->value))
			memset(f.flight + at, c->value, c->value);
		break;
	case SPLIT:
		f.kept = f.flight_len - at;
		return; /* of no consequence */
	case STOP:
		f.flight_len = at;
		f.is_over = 1;
		break;
	}
	f.is_changed = 1;
}

static void
send_bytes(const uint8_t *bytes, size_t len)
{
	/* the leg may have hung up */
	(void)!send(f.peer, bytes, len, MSG_NOSIGNAL);
}

/* One flight, as the changes make it. */
static void
send_flight(void)
{
	struct change change;
	size_t i;

	for (i = 0; i + sizeof(change) <= f.input_len; i += sizeof(change)) {
		memcpy(&change, f.input + i, sizeof(change));
		if (change.flight == f.flights)
			apply(&change);
	}
	if (f.kept > f.flight_len)
		f.kept = f.flight_len;
	send_bytes(f.flight, f.flight_len - f.kept);
	f.flights++;
}

/* What the client has to say, or the part that was kept back. */
static void
carry_out(void)
{
	int len;

	if (f.kept > 0) {
		send_bytes(f.flight + f.flight_len - f.kept, f.kept);
		f.kept = 0;
	} else if (!f.is_over &&
	    (len = BIO_read(
		 SSL_get_wbio(f.client), f.flight, sizeof(f.flight) / 2)) > 0) {
		f.flight_len = (size_t)len;
		send_flight();
	}
	if (f.is_over)
		shutdown(f.peer, SHUT_WR);
}

static void
carry_in(void)
{
	uint8_t bytes[4096];
	ssize_t n;

	while ((n = recv(f.peer, bytes, sizeof(bytes), 0)) > 0)
		must(BIO_write(SSL_get_rbio(f.client), bytes, (int)n) == n);
}

/* ---- both ends ---- */

static void
run_client(void)
{
	char byte;
	int n;

	ERR_clear_error();
	if (SSL_do_handshake(f.client) != 1)
		return;
	if (f.written == 0) {
		n = SSL_write(f.client, message, sizeof(message) / 2);
		f.written = n > 0 ? (size_t)n : sizeof(message);
		if (f.flags & CHANGES_KEYS)
			(void)(SSL_version(f.client) == TLS1_3_VERSION
				? SSL_key_update(
				      f.client, SSL_KEY_UPDATE_REQUESTED)
				: SSL_renegotiate(f.client));
	} else if (f.written < sizeof(message) &&
	    (n = SSL_write(f.client, message + f.written,
		 (int)(sizeof(message) - f.written))) > 0) {
		f.written += (size_t)n;
		if (f.flags & SAYS_END)
			(void)SSL_shutdown(f.client);
	}
	(void)SSL_read(f.client, &byte, sizeof(byte));
}

/* As the keeper does, which must not refuse what a worker has to ask. */
static void
answer(void)
{
	struct msg_signature signature;

	memset(&signature, 0, sizeof(signature));
	sign_content(made.key, &f.sign, TLS1_2_VERSION, &signature);
	must(signature.code == SIGNED_OK);
	f.waits = 0;
	must(tls_answer(f.leg.tls, signature.signature,
		 (f.flags & REFUSES) ? 0 : signature.length) == 0);
}

/* Negative once the leg's owner would close it. */
static int
read_leg(void)
{
	static uint8_t buf[READ_LARGE];
	size_t size = (f.flags & READS_LITTLE) ? READ_SMALL : sizeof(buf);
	ssize_t n;

	while ((n = leg_read(&f.leg, buf, size)) > 0) {
		must((size_t)n <= size);
		must(f.read + (size_t)n <= sizeof(message));
		must(memcmp(buf, message + f.read, (size_t)n) == 0);
		f.read += (size_t)n;
	}
	return n == -1 && errno == EAGAIN ? 0 : -1;
}

/* Negative once the leg's owner would close it. */
static int
run_leg(void)
{
	int step;

	if (f.is_done)
		return read_leg();
	step = leg_handshake(&f.leg);
	if (step < 0)
		return -1;
	must((step == TLS_SIGN) == f.waits);
	if (step == TLS_SIGN)
		answer();
	f.is_done = step == TLS_DONE;
	return 0;
}

static void
open_both(uint8_t flags)
{
	static const unsigned char alpn[] = "\x02h2\x08http/1.1";
	static const struct leg_ops ops = {NULL, NULL, NULL, NULL};
	struct addr local = {.family = ADDR_V4};
	int fds[2];

	memset(&f, 0, sizeof(f));
	f.flags = flags;
	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
		 fds) == 0);
	f.peer = fds[1];
	leg_init(&f.leg, &ops, &f);
	leg_open(&f.leg, made.base, fds[0]);
	leg_secure(&f.leg, tls_new(tls_conf_find(made.conf, &local), &f));
	must(
	    f.leg.tls != NULL && (f.client = SSL_new(made.client_ctx)) != NULL);
	SSL_set_bio(f.client, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	SSL_set_connect_state(f.client);
	if (flags & ONLY_1_2)
		SSL_set_max_proto_version(f.client, TLS1_2_VERSION);
	else if (flags & ONLY_1_3)
		SSL_set_min_proto_version(f.client, TLS1_3_VERSION);
	if ((flags & OFFERS_MORE) == 0)
		return;
	must(SSL_set_tlsext_host_name(f.client, "a.example") == 1);
	must(SSL_set_alpn_protos(f.client, alpn, sizeof(alpn) - 1) == 0);
	must(SSL_set1_groups_list(f.client, "P-521:P-384:P-256") == 1);
}

static void
run_raw(void)
{
	unsigned turns;

	send_bytes(f.input, f.input_len);
	shutdown(f.peer, SHUT_WR);
	for (turns = 0; turns < TURNS && run_leg() == 0; turns++)
		;
	must(turns < TURNS && f.read == 0);
}

static void
run_both(void)
{
	unsigned turns;

	for (turns = 0; turns < TURNS; turns++) {
		run_client();
		carry_out();
		if (run_leg() < 0)
			break;
		carry_in();
	}
	if (!f.is_changed && (f.flags & (REFUSES | CHANGES_KEYS)) == 0)
		must(f.is_done && f.read == sizeof(message));
	if (f.flags & REFUSES)
		must(!f.is_done && f.read == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0 || size > FLIGHT_BYTES / 2)
		return 0;
	make();
	open_both(data[0]);
	f.input = data + 1;
	f.input_len = size - 1;
	if (f.flags & IS_RAW)
		run_raw();
	else
		run_both();
	leg_close(&f.leg);
	SSL_free(f.client);
	close(f.peer);
	ERR_clear_error();
	return 0;
}
