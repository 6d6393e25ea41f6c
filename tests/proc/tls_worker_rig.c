/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <check.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/tls_worker_rig.h"
#include "tests/unit/tls_rig.h"

#define WAIT_MS	 20000
#define CERT_ID	 7
#define ASK_PAGE "HEAD / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"

static union proto_any any;

/* What the worker gets beside pages and settings: a listener with TLS. */
static void
tell_tls(struct worker_rig *rig)
{
	static const struct msg_conf_tls_text text;
	/* w is its first member */
	const struct tls_worker_rig *r = (const void *)rig;
	struct msg_conf_cert conf_cert = {CERT_ID};
	struct msg_conf_tls tls = {
	    .local = rig->local, .cert_count = 1, .cert_ids = {CERT_ID}};

	worker_tell(rig, MSG_CONF_TLS_TEXT, &text, -1);
	worker_tell(rig, MSG_CONF_CERT, &conf_cert, rig_cert_file(r->cert));
	worker_tell(rig, MSG_CONF_TLS, &tls, -1);
}

/* A pair of sockets: one end for the worker, the other is ours. */
void
rig_join(struct tls_worker_rig *r)
{
	struct msg_peer peer = {
	    .fence = ++r->fence, .role = ROLE_KEEPER, .asker = ROLE_WORKER};
	int fds[2];

	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	rig_bound_waits(fds[0]);
	worker_tell(&r->w, MSG_PEER, &peer, fds[1]);
	r->keeper = fds[0];
}

void
rig_begin(struct tls_worker_rig *r, uint32_t handshake_timeout_sec)
{
	r->key = rig_key("P-256");
	r->cert = rig_cert(r->key, "DNS:lab.example", NULL, NULL);
	r->client_ctx = SSL_CTX_new(TLS_client_method());
	worker_spawn(&r->w);
	r->w.settings.handshake_timeout_sec = handshake_timeout_sec;
	r->w.tell_more = tell_tls;
	ck_assert_int_eq(
	    addr_parse_endpoint("192.0.2.1:443", 0, &r->w.local), 0);
	worker_configure(&r->w);
	worker_wait_ready(&r->w);
	r->last_conn_id = r->fence = 0;
	rig_join(r);
}

void
rig_end(struct tls_worker_rig *r)
{
	rig_stop(&r->w.rig);
	SSL_CTX_free(r->client_ctx);
	X509_free(r->cert);
	EVP_PKEY_free(r->key);
}

/* ---- clients ---- */

/* Returns 1 when it is through, 0 to go on, or a negative reason. */
static int
tls_step(struct tls_client *c)
{
	int result, error;

	ERR_clear_error();
	result = SSL_do_handshake(c->ssl);
	error = SSL_get_error(c->ssl, result);
	if (result == 1)
		c->result = 1;
	else if (error == SSL_ERROR_WANT_READ)
		c->result = 0;
	else {
		ck_assert_int_eq(error, SSL_ERROR_SSL);
		c->result = -ERR_GET_REASON(ERR_peek_error());
	}
	return c->result;
}

/* A client that has sent its hello. */
struct tls_client
tls_begin(struct tls_worker_rig *r)
{
	struct tls_client c = {.conn_id = ++r->last_conn_id};

	c.fd = worker_give_client(&r->w, c.conn_id, 0);
	ck_assert_ptr_nonnull(c.ssl = SSL_new(r->client_ctx));
	ck_assert_int_eq(SSL_set_fd(c.ssl, c.fd), 1);
	SSL_set_connect_state(c.ssl);
	ck_assert_int_eq(fcntl(c.fd, F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_ne(tls_step(&c), 1);
	return c;
}

/* To its end, whatever that is: 1, or a negative reason. */
int
tls_finish(struct tls_client *c)
{
	struct pollfd pfd = {c->fd, POLLIN, 0};

	while (c->result == 0 && tls_step(c) == 0)
		ck_assert_int_eq(poll(&pfd, 1, WAIT_MS), 1);
	return c->result;
}

void
tls_end(struct tls_client *c)
{
	SSL_free(c->ssl);
	close(c->fd);
}

const char *
tls_ask(struct tls_client *c, const char *request)
{
	struct pollfd pfd = {c->fd, POLLIN, 0};
	static char answer[4096];
	int n;

	ERR_clear_error();
	ck_assert_int_gt(SSL_write(c->ssl, request, (int)strlen(request)), 0);
	while ((n = SSL_read(c->ssl, answer, sizeof(answer) - 1)) <= 0) {
		ck_assert_int_eq(SSL_get_error(c->ssl, n), SSL_ERROR_WANT_READ);
		ck_assert_int_eq(poll(&pfd, 1, WAIT_MS), 1);
	}
	answer[n] = '\0';
	return answer;
}

void
tls_expect_served(struct tls_client *c)
{
	ck_assert_int_eq(strncmp(tls_ask(c, ASK_PAGE), "HTTP/1.1 200 ", 13), 0);
}

/* ---- the keeper ---- */

void
rig_read_sign(
    struct tls_worker_rig *r, const struct tls_client *c, struct msg_sign *sign)
{
	int fd, type;

	type = ipc_read_message(r->keeper, ROLE_KEEPER, ROLE_WORKER, &any, &fd);
	ck_assert_msg(type == MSG_SIGN, "%d instead of SIGN", type);
	*sign = any.sign;
	ck_assert_uint_eq(sign->id, c->conn_id);
	ck_assert_uint_eq(sign->cert_id, CERT_ID);
}

/* What a keeper that tells the truth says. */
struct msg_signature
rig_make_signature(struct tls_worker_rig *r, const struct msg_sign *sign)
{
	struct msg_signature made;

	memset(&made, 0, sizeof(made));
	made.id = sign->id;
	made.length = (uint32_t)rig_sign(r->key, sign->scheme, sign->content,
	    sign->length, made.signature, sizeof(made.signature));
	return made;
}

void
rig_say_signed(struct tls_worker_rig *r, const struct msg_signature *made)
{
	ck_assert_int_eq(ipc_write_message(r->keeper, MSG_SIGNED, made, -1), 0);
}

/* A whole handshake, and a request. */
struct tls_client
rig_connect_well(struct tls_worker_rig *r)
{
	struct tls_client c = tls_begin(r);
	struct msg_signature made;
	struct msg_sign sign;

	rig_read_sign(r, &c, &sign);
	made = rig_make_signature(r, &sign);
	rig_say_signed(r, &made);
	ck_assert_int_eq(tls_finish(&c), 1);
	tls_expect_served(&c);
	return c;
}

void
rig_expect_served(struct tls_worker_rig *r)
{
	struct tls_client c = rig_connect_well(r);

	tls_end(&c);
}

/* The channel is closed, the master told; another keeper is joined. */
void
rig_expect_dropped(struct tls_worker_rig *r, const char *what, uint32_t why)
{
	broker_expect_closed(r->keeper);
	close(r->keeper);
	worker_wait_unjoined(&r->w, r->w.unjoined + 1);
	ck_assert_msg(r->w.unjoined_fence == r->fence &&
		r->w.unjoined_reason == why &&
		r->w.unjoined_role == ROLE_KEEPER,
	    "%s", what);
	rig_join(r);
}
