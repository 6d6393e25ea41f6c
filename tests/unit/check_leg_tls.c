/* SPDX-License-Identifier: ISC */
/* A leg with TLS: the same contract as a plain one, in records. */
#include <check.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/leg_rig.h"
#include "tests/unit/tls_rig.h"
#include "worker/leg/buffer.h"
#include "worker/leg/leg_tls.h"
#include "worker/tls/tls.h"
#include "worker/tls/tls_conf.h"
#include "worker/tls/tls_sign.h"

#define CERT_ID	     3
#define RECORD_HEAD  5
#define GCM_OVERHEAD 17 /* of TLS 1.3: the type, and the tag */
#define QUEUE_MAX    (256 * 1024)
#define KEYS_FLOOD   60

static EVP_PKEY *key;
static struct tls_conf *conf;
static SSL_CTX *client_ctx;
static SSL *client;
static struct addr local = {.family = ADDR_V4, .port = 443};

/* what was asked of the keeper */
static struct {
	unsigned count;
	int refuses; /* to be asked at all */
	unsigned scheme;
	uint8_t content[256];
	size_t len;
} asked;

static int
on_ask(void *arg, const struct tls_sign_ask *ask)
{
	ck_assert_ptr_eq(arg, &t);
	ck_assert_uint_eq(ask->cert_id, CERT_ID);
	asked.count++;
	asked.scheme = ask->scheme;
	asked.len = ask->content_len;
	memcpy(asked.content, ask->content, ask->content_len);
	return asked.refuses ? VB_EFULL : 0;
}

static void
answer(void)
{
	uint8_t signature[512];
	size_t len = rig_sign(key, asked.scheme, asked.content, asked.len,
	    signature, sizeof(signature));

	ck_assert_int_eq(tls_answer(t.leg.tls, signature, len), 0);
}

static void
make_conf(X509 *cert)
{
	struct msg_conf_cert msg = {CERT_ID};
	struct msg_conf_tls listener;
	struct settings settings;
	int fd = rig_cert_file(cert);

	memset(&listener, 0, sizeof(listener));
	memset(&settings, 0, sizeof(settings));
	listener.local = local;
	listener.cert_count = 1;
	listener.cert_ids[0] = CERT_ID;
	conf = tls_conf_new();
	ck_assert_int_eq(tls_conf_add_cert(conf, &msg, fd), 0);
	close(fd);
	ck_assert_int_eq(tls_conf_add_listener(conf, &listener), 0);
	ck_assert_int_eq(tls_conf_build(conf, &settings), 0);
}

/* A secure leg, and a client at its other end; no handshake yet. */
static void
open_secure(void)
{
	X509 *cert;

	signal(SIGPIPE, SIG_IGN);
	memset(&asked, 0, sizeof(asked));
	ck_assert_int_eq(
	    tls_open(on_ask, buffer_new() + WORKER_BUFFER_BYTES), 0);
	key = rig_key("P-256");
	cert = rig_cert(key, "DNS:a.example", NULL, NULL);
	make_conf(cert);
	open_pair();
	leg_secure(&t.leg, tls_new(tls_conf_find(conf, &local), &t));
	fcntl(t.peer, F_SETFL, O_NONBLOCK);
	client_ctx = SSL_CTX_new(TLS_client_method());
	X509_STORE_add_cert(SSL_CTX_get_cert_store(client_ctx), cert);
	SSL_CTX_set_verify(client_ctx, SSL_VERIFY_PEER, NULL);
	client = SSL_new(client_ctx);
	SSL_set_fd(client, t.peer);
	SSL_set_connect_state(client);
	X509_free(cert);
}

static void
close_secure(void)
{
	SSL_free(client);
	SSL_CTX_free(client_ctx);
	close_all();
	tls_conf_free(conf);
	EVP_PKEY_free(key);
}

static void
shake_hands(void)
{
	int step = TLS_MORE, turns;

	for (turns = 0; turns < TURNS && step != TLS_DONE; turns++) {
		(void)SSL_do_handshake(client);
		step = leg_handshake(&t.leg);
		ck_assert_int_ge(step, 0);
		if (step == TLS_SIGN)
			answer();
	}
	ck_assert_int_eq(step, TLS_DONE);
	ck_assert_int_eq(SSL_do_handshake(client), 1);
}

static void
open_session(void)
{
	open_secure();
	shake_hands();
	ck_assert_uint_eq(asked.count, 1);
}

/* Reads what has come as the client, and checks it against bulk. */
static void
read_client(size_t *at)
{
	unsigned char buf[SMALL_BUFFER];
	int n;

	while ((n = SSL_read(client, buf, sizeof(buf))) > 0) {
		ck_assert_uint_le(*at + (size_t)n, sizeof(bulk));
		ck_assert_mem_eq(buf, bulk + *at, (size_t)n);
		*at += (size_t)n;
	}
}

START_TEST(leg_tls_asks_once_and_waits_for_the_signature)
{
	int step;

	open_secure();
	ck_assert_int_eq(leg_handshake(&t.leg), TLS_MORE);
	(void)SSL_do_handshake(client);
	do
		step = leg_handshake(&t.leg);
	while (step == TLS_MORE);
	ck_assert_int_eq(step, TLS_SIGN);
	/* whatever wakes it, it is not asked again */
	ck_assert_int_eq(leg_handshake(&t.leg), TLS_SIGN);
	ck_assert_uint_eq(asked.count, 1);
	answer();
	shake_hands();
	ck_assert_uint_eq(asked.count, 1);
	close_secure();
}
END_TEST

/* The job that waits is ended: the leak checker sees if it is not. */
START_TEST(leg_tls_may_be_closed_while_a_signature_is_awaited)
{
	open_secure();
	(void)SSL_do_handshake(client);
	ck_assert_int_eq(leg_handshake(&t.leg), TLS_SIGN);
	if (_i == 1)
		answer(); /* nobody will use it */
	close_secure();
	ck_assert_uint_eq(asked.count, 1);
}
END_TEST

START_TEST(leg_tls_ends_the_handshake_without_a_signature)
{
	int step;

	open_secure();
	asked.refuses = _i;
	(void)SSL_do_handshake(client);
	step = leg_handshake(&t.leg);
	if (_i == 0) {
		ck_assert_int_eq(step, TLS_SIGN);
		ck_assert_int_eq(
		    tls_answer(t.leg.tls, (const uint8_t *)"", 0), 0);
		step = leg_handshake(&t.leg);
	}
	ck_assert_int_eq(step, VB_ESYS);
	ck_assert_int_eq(errno, EPROTO);
	/* and the client hears an alert */
	ck_assert_int_eq(SSL_do_handshake(client), -1);
	ck_assert_int_eq(SSL_get_error(client, -1), SSL_ERROR_SSL);
	close_secure();
}
END_TEST

/* Sends so much in pieces, and looks at the records on the wire. */
static void
send_and_look(size_t size, unsigned small_records)
{
	static uint8_t wire[BULK_BYTES];
	struct iovec iov[] = {{bulk, 10}, {bulk + 10, size / 2},
	    {bulk + 10 + size / 2, 2}, {bulk + 12 + size / 2, size / 2 - 12}};
	size_t left = size, len, at, end = 0;
	unsigned number = 0;
	ssize_t n;

	ck_assert_int_eq(leg_write(&t.leg, iov, 4), 0);
	do {
		turn(1);
		n = recv(t.peer, wire + end, sizeof(wire) - end, 0);
		end += n > 0 ? (size_t)n : 0;
	} while (n > 0 || leg_queued(&t.leg) > 0);
	for (at = 0; at < end; at += RECORD_HEAD + len, left -= len) {
		len = (size_t)wire[at + 3] << 8 | wire[at + 4];
		at += GCM_OVERHEAD;
		len -= GCM_OVERHEAD;
		if (number++ < small_records)
			ck_assert_uint_eq(len, 4096);
		else
			ck_assert(len == TLS_PLAIN_MAX || len == left);
	}
	ck_assert_uint_eq(at, end);
	ck_assert_uint_eq(left, 0);
}

START_TEST(leg_tls_fills_records_across_pieces)
{
	uint8_t nothing;

	open_session();
	while (SSL_read(client, &nothing, 1) > 0)
		; /* the ticket is no data */
	send_and_look(160000, 16);
	send_and_look(40000, 0);
	usleep(1100 * 1000); /* what is looked at is a second of quiet */
	send_and_look(40000, 9);
	close_secure();
}
END_TEST

START_TEST(leg_tls_queues_in_order_and_tells_when_it_is_low)
{
	struct iovec iov[] = {{bulk, 7}, {bulk + 7, BULK_BYTES / 2 - 7}};
	struct iovec rest = {bulk + BULK_BYTES / 2, BULK_BYTES / 2};
	size_t at = 0;

	open_session();
	ck_assert_int_eq(leg_write(&t.leg, iov, 2), 0);
	ck_assert_uint_gt(leg_queued(&t.leg), LEG_HIGH_BYTES);
	read_client(&at);
	ck_assert_int_eq(leg_write(&t.leg, &rest, 1), 0);
	while (leg_queued(&t.leg) > 0) {
		turn(1);
		read_client(&at);
	}
	read_client(&at);
	ck_assert_uint_eq(at, BULK_BYTES);
	ck_assert_uint_gt(t.drained, 0);
	close_secure();
}
END_TEST

/* Pages: many slow readers of one must not hold a copy each. */
START_TEST(leg_tls_encrypts_shared_memory_as_it_is_taken)
{
	size_t at = 0, most = 0, queued;

	open_session();
	ck_assert_int_eq(
	    leg_write_shared(&t.leg, bulk, BULK_BYTES, release, &t), 0);
	ck_assert_uint_eq(t.released, 0);
	ck_assert_uint_gt(leg_queued(&t.leg), BULK_BYTES / 2);
	while (leg_queued(&t.leg) > 0) {
		/* what is encrypted is what is neither read nor shared */
		queued = BULK_BYTES - at < leg_queued(&t.leg)
		    ? leg_queued(&t.leg) - (BULK_BYTES - at)
		    : 0;
		most = queued > most ? queued : most;
		turn(1);
		read_client(&at);
	}
	read_client(&at);
	ck_assert_uint_eq(at, BULK_BYTES);
	ck_assert_uint_eq(t.released, 1);
	ck_assert_uint_lt(most, QUEUE_MAX);
	close_secure();
	ck_assert_uint_eq(t.released, 1);
}
END_TEST

START_TEST(leg_tls_releases_shared_memory_once_when_it_is_closed)
{
	open_session();
	ck_assert_int_eq(
	    leg_write_shared(&t.leg, bulk, BULK_BYTES, release, &t), 0);
	close_secure();
	ck_assert_uint_eq(t.released, 1);
}
END_TEST

/* A record whose reader takes a byte at a time: no event of the socket's. */
START_TEST(leg_tls_is_readable_until_all_was_read)
{
	open_session();
	t.reads = 1;
	ck_assert_int_eq(SSL_write(client, bulk, 300), 300);
	ck_assert_int_eq(SSL_write(client, bulk, 200), 200);
	ck_assert_int_eq(leg_watch(&t.leg, LEG_READ), 0);
	turn(1000);
	ck_assert_uint_eq(t.readable, 500);
	close_secure();
}
END_TEST

START_TEST(leg_tls_gives_what_came_before_it_was_watched)
{
	char data[4];

	open_session();
	ck_assert_int_eq(SSL_write(client, bulk, 300), 300);
	ck_assert_int_eq(leg_read(&t.leg, data, 4), 4);
	t.closes = 1;
	ck_assert_int_eq(leg_watch(&t.leg, LEG_READ), 0);
	turn(1);
	ck_assert_uint_eq(t.readable, 1);
	close_secure();
}
END_TEST

START_TEST(leg_tls_tells_data_first_and_then_the_end)
{
	static char data[1000];

	open_session();
	ck_assert_int_eq(SSL_write(client, bulk, 1000), 1000);
	if (_i == 0)
		(void)SSL_shutdown(client);
	else if (_i == 1)
		shutdown(t.peer, SHUT_WR);
	else
		ck_assert_int_eq(
		    send(t.peer, "\x17\x03\x03\x00\x03xyz", 8, 0), 8);
	ck_assert_int_eq(leg_read(&t.leg, data, sizeof(data)), 1000);
	if (_i < 2) {
		ck_assert_int_eq(leg_read(&t.leg, data, sizeof(data)), 0);
		ck_assert_int_eq(leg_was_cut(&t.leg), _i == 1);
	} else {
		ck_assert_int_eq(leg_read(&t.leg, data, sizeof(data)), -1);
		ck_assert_int_eq(errno, EPROTO);
	}
	close_secure();
}
END_TEST

/*
 * The answer is due in a turn in which the socket has nothing. Left in the
 * shared buffer, the next session would send it as its own.
 */
START_TEST(leg_tls_leaves_no_answer_for_the_next_session)
{
	static char data[300];
	char byte;

	open_secure();
	SSL_set_max_proto_version(client, TLS1_2_VERSION);
	shake_hands();
	ck_assert_int_eq(SSL_write(client, bulk, sizeof(data)), sizeof(data));
	/* no_renegotiation is what it is told (RFC 5246, 7.4.1.1) */
	ck_assert_int_eq(SSL_renegotiate(client), 1);
	ck_assert_int_eq(SSL_do_handshake(client), -1);
	ck_assert_int_eq(leg_read(&t.leg, data, sizeof(data)), sizeof(data));
	while (recv(t.peer, &byte, 1, 0) == 1)
		; /* what came before */
	ck_assert_int_eq(leg_read(&t.leg, data, sizeof(data)), -1);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_uint_eq(tls_take_out().iov_len, 0);
	ck_assert_int_eq(recv(t.peer, &byte, 1, 0), 1);
	close_secure();
}
END_TEST

START_TEST(leg_tls_says_close_notify_before_it_ends)
{
	char byte;

	open_session();
	if (_i == 0)
		leg_shutdown_write(&t.leg);
	else
		leg_close(&t.leg);
	ck_assert_int_eq(SSL_read(client, &byte, 1), 0);
	ck_assert_int_eq(SSL_get_error(client, 0), SSL_ERROR_ZERO_RETURN);
	close_secure();
}
END_TEST

/* That ask for no answer: but each costs time that others wait for. */
START_TEST(leg_tls_breaks_off_at_a_flood_of_new_keys)
{
	char buf[16];
	int i;

	open_session();
	for (i = 0; i < KEYS_FLOOD; i++) {
		ck_assert_int_eq(
		    SSL_key_update(client, SSL_KEY_UPDATE_NOT_REQUESTED), 1);
		ck_assert_int_eq(SSL_do_handshake(client), 1);
	}
	ck_assert_int_eq(leg_read(&t.leg, buf, sizeof(buf)), -1);
	ck_assert_int_eq(errno, EPROTO);
	close_secure();
}
END_TEST

static Suite *
leg_tls_suite(void)
{
	Suite *suite = suite_create("leg_tls");
	TCase *tc = tcase_create("handshake");

	tcase_add_test(tc, leg_tls_asks_once_and_waits_for_the_signature);
	tcase_add_loop_test(
	    tc, leg_tls_may_be_closed_while_a_signature_is_awaited, 0, 2);
	tcase_add_loop_test(
	    tc, leg_tls_ends_the_handshake_without_a_signature, 0, 2);
	suite_add_tcase(suite, tc);

	tc = tcase_create("writing");
	tcase_add_test(tc, leg_tls_fills_records_across_pieces);
	tcase_add_test(tc, leg_tls_queues_in_order_and_tells_when_it_is_low);
	tcase_add_test(tc, leg_tls_encrypts_shared_memory_as_it_is_taken);
	tcase_add_test(
	    tc, leg_tls_releases_shared_memory_once_when_it_is_closed);
	suite_add_tcase(suite, tc);

	tc = tcase_create("reading");
	tcase_add_test(tc, leg_tls_is_readable_until_all_was_read);
	tcase_add_test(tc, leg_tls_gives_what_came_before_it_was_watched);
	tcase_add_loop_test(
	    tc, leg_tls_tells_data_first_and_then_the_end, 0, 3);
	tcase_add_test(tc, leg_tls_leaves_no_answer_for_the_next_session);
	tcase_add_loop_test(tc, leg_tls_says_close_notify_before_it_ends, 0, 2);
	tcase_add_test(tc, leg_tls_breaks_off_at_a_flood_of_new_keys);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(leg_tls_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
