/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <check.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/proc/broker_rig.h"
#include "tests/proc/provider.h"

#define REQUEST_MAX 32768
#define PIECE	    4096
#define DRIP_MS	    100

struct provider {
	int listener;
	uint16_t port;
	SSL_CTX *ctx; /* NULL: plain */
	int is_silent;
	atomic_uint connections;
	atomic_uint requests;
};

struct visit {
	struct provider *provider;
	int fd;
	SSL *ssl;
	char request[REQUEST_MAX];
	size_t len;
};

static int
get(struct visit *v, void *to, size_t size)
{
	return v->ssl != NULL ? SSL_read(v->ssl, to, (int)size)
			      : (int)recv(v->fd, to, size, 0);
}

static int
put(struct visit *v, const void *from, size_t len)
{
	int n = v->ssl != NULL ? SSL_write(v->ssl, from, (int)len)
			       : (int)send(v->fd, from, len, MSG_NOSIGNAL);

	return n == (int)len;
}

static int
put_text(struct visit *v, const char *text)
{
	return put(v, text, strlen(text));
}

/* The head, and the body that it promises. Returns 0 if it has ended. */
static int
read_request(struct visit *v)
{
	const char *end = NULL, *field;
	size_t wanted = 0;
	int n;

	while (end == NULL || v->len < wanted) {
		n = get(v, v->request + v->len, REQUEST_MAX - 1 - v->len);
		if (n <= 0)
			return 0;
		v->len += (size_t)n;
		v->request[v->len] = '\0';
		end = strstr(v->request, "\r\n\r\n");
		field = strcasestr(v->request, "\r\nContent-Length: ");
		if (end != NULL)
			wanted = (size_t)(end + 4 - v->request) +
			    (field == NULL ? 0 : strtoul(field + 18, NULL, 10));
	}
	return 1;
}

static void
put_bytes(struct visit *v, size_t count, int is_chunked)
{
	char piece[PIECE + 1], head[64];
	size_t at = 0, i, n;

	while (at < count) {
		n = count - at < PIECE ? count - at : PIECE;
		for (i = 0; i < n; i++)
			piece[i] = (char)('a' + (at + i) % 26);
		snprintf(head, sizeof(head), "%zx\r\n", n);
		if ((is_chunked && !put_text(v, head)) || !put(v, piece, n) ||
		    (is_chunked && !put_text(v, "\r\n")))
			return;
		at += n;
	}
	if (is_chunked)
		put_text(v, "0\r\n\r\n");
}

static void
put_head(struct visit *v, unsigned status, const char *fields)
{
	char head[512];

	snprintf(
	    head, sizeof(head), "HTTP/1.1 %u Word\r\n%s\r\n", status, fields);
	put_text(v, head);
}

static void
put_sized(struct visit *v, unsigned status, size_t len)
{
	char field[64];

	snprintf(field, sizeof(field), "Content-Length: %zu\r\n", len);
	put_head(v, status, field);
}

/* Until the other end has gone. */
static void
go_on(struct visit *v, const char *piece, int wait_ms)
{
	do
		poll(NULL, 0, wait_ms);
	while (put_text(v, piece));
}

static void
answer(struct visit *v, const char *path)
{
	char c;

	if (strncmp(path, "/bytes/", 7) == 0) {
		put_sized(v, 200, strtoul(path + 7, NULL, 10));
		put_bytes(v, strtoul(path + 7, NULL, 10), 0);
	} else if (strncmp(path, "/chunked/", 9) == 0) {
		put_head(v, 200, "Transfer-Encoding: chunked\r\n");
		put_bytes(v, strtoul(path + 9, NULL, 10), 1);
	} else if (strncmp(path, "/status/", 8) == 0) {
		put_sized(v, (unsigned)strtoul(path + 8, NULL, 10), 2);
		put_text(v, "no");
	} else if (strncmp(path, "/echo", 5) == 0) {
		put_sized(v, 200, v->len);
		put(v, v->request, v->len);
	} else if (strcmp(path, "/redirect") == 0) {
		put_head(v, 302, "Location: /bytes/1\r\nContent-Length: 0\r\n");
	} else if (strcmp(path, "/endless") == 0) {
		put_head(v, 200, "Connection: close\r\n");
		go_on(v, "all work and no play makes a dull boy", 0);
	} else if (strcmp(path, "/cut") == 0) {
		put_sized(v, 200, 1000);
		put_bytes(v, 10, 0);
	} else if (strcmp(path, "/garbage") == 0) {
		put_text(v, "RFB 003.008\n");
	} else if (strcmp(path, "/fields") == 0) {
		put_text(v, "HTTP/1.1 200 OK\r\n");
		go_on(v, "X-Field: all work and no play\r\n", 0);
	} else if (strcmp(path, "/drip") == 0) {
		put_head(v, 200, "Connection: close\r\n");
		go_on(v, "d", DRIP_MS);
	} else if (strcmp(path, "/silent") == 0) {
		get(v, &c, 1);
	}
}

static void
serve(struct visit *v)
{
	char path[256];

	if (v->ssl != NULL && SSL_accept(v->ssl) != 1)
		return;
	if (!read_request(v))
		return;
	v->provider->requests++;
	if (sscanf(v->request, "%*s %255s", path) == 1)
		answer(v, path);
	if (v->ssl != NULL)
		SSL_shutdown(v->ssl);
}

static void *
visit_thread(void *arg)
{
	struct visit *v = arg;
	char c;

	if (v->provider->is_silent)
		while (recv(v->fd, &c, 1, 0) > 0)
			continue;
	else
		serve(v);
	SSL_free(v->ssl);
	/* what has come unread would make a reset of this */
	shutdown(v->fd, SHUT_WR);
	close(v->fd);
	free(v);
	return NULL;
}

static void *
accept_thread(void *arg)
{
	struct provider *p = arg;
	struct visit *v;
	pthread_t thread;
	int fd;

	while ((fd = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC)) != -1) {
		p->connections++;
		if ((v = calloc(1, sizeof(*v))) == NULL)
			abort();
		v->provider = p;
		v->fd = fd;
		if (p->ctx != NULL) {
			v->ssl = SSL_new(p->ctx);
			SSL_set_fd(v->ssl, fd);
		}
		if (pthread_create(&thread, NULL, visit_thread, v) != 0)
			abort();
		pthread_detach(thread);
	}
	return NULL;
}

static struct provider *
start(SSL_CTX *ctx, int is_silent)
{
	struct provider *p = calloc(1, sizeof(*p));
	pthread_t thread;

	ck_assert_ptr_nonnull(p);
	p->listener = listen_on("127.0.0.1", &p->port);
	ck_assert_int_eq(listen(p->listener, SOMAXCONN), 0);
	p->ctx = ctx;
	p->is_silent = is_silent;
	ck_assert_int_eq(pthread_create(&thread, NULL, accept_thread, p), 0);
	pthread_detach(thread);
	return p;
}

static SSL_CTX *
make_ctx(X509 *cert, EVP_PKEY *key)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	ck_assert_int_eq(SSL_CTX_use_certificate(ctx, cert), 1);
	ck_assert_int_eq(SSL_CTX_use_PrivateKey(ctx, key), 1);
	return ctx;
}

struct provider *
provider_start(X509 *cert, EVP_PKEY *key)
{
	return start(cert == NULL ? NULL : make_ctx(cert, key), 0);
}

struct provider *
provider_start_silent(void)
{
	return start(NULL, 1);
}

struct provider *
provider_start_tls_1_1(X509 *cert, EVP_PKEY *key)
{
	SSL_CTX *ctx = make_ctx(cert, key);

	SSL_CTX_set_security_level(ctx, 0);
	ck_assert_int_eq(SSL_CTX_set_min_proto_version(ctx, TLS1_1_VERSION), 1);
	ck_assert_int_eq(SSL_CTX_set_max_proto_version(ctx, TLS1_1_VERSION), 1);
	return start(ctx, 0);
}

uint16_t
provider_port(const struct provider *provider)
{
	return provider->port;
}

unsigned
provider_connections(const struct provider *provider)
{
	return provider->connections;
}

unsigned
provider_requests(const struct provider *provider)
{
	return provider->requests;
}
