/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/proc/dns_server.h"

#define HEAD_BYTES   12 /* RFC 1035, 4.1.1 */
#define PACKET_MAX   512
#define NAME_MAX_LEN 255
#define TCP_WAIT_SEC 2
#define TYPE_A	     1
#define TYPE_AAAA    28	  /* RFC 3596, 2.1 */
#define POINTER	     0xc0 /* RFC 1035, 4.1.4 */

struct dns_server {
	int fd;
	int tcp_fd; /* listens on the same port */
	int stop_fd;
	struct addr addr;
	pthread_t thread;
	struct dns_name *names;
};

/* Reads the question's name as text; returns the bytes it took, or -1. */
static int
read_name(const uint8_t *p, size_t len, char out[NAME_MAX_LEN])
{
	size_t at = 0, n = 0;

	while (at < len && p[at] != 0) {
		if (at + 1 + p[at] >= len || n + p[at] + 2u > NAME_MAX_LEN)
			return -1;
		if (n > 0)
			out[n++] = '.';
		memcpy(out + n, p + at + 1, p[at]);
		n += p[at];
		at += 1u + p[at];
	}
	out[n] = '\0';
	return at < len ? (int)at + 1 : -1;
}

static struct dns_name *
find(struct dns_server *server, const char *name)
{
	struct dns_name *n;

	for (n = server->names; n->name != NULL; n++) {
		if (strcasecmp(n->name, name) == 0)
			return n;
	}
	return NULL;
}

/* Appends "the question is name" (RFC 1035, 3.3.1); names where that is. */
static size_t
put_cname(uint8_t *packet, size_t *len, const char *name)
{
	static const uint8_t head[] = {0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 0, 0};
	size_t label_len, at = *len + sizeof(head) + 1, begin = at;

	memcpy(packet + *len, head, sizeof(head));
	for (; *name != '\0'; name += label_len + (name[label_len] == '.')) {
		label_len = strcspn(name, ".");
		packet[at++] = (uint8_t)label_len;
		memcpy(packet + at, name, label_len);
		at += label_len;
	}
	packet[at++] = 0;
	packet[begin - 1] = (uint8_t)(at - begin);
	*len = at;
	return begin;
}

/*
 * Appends a record for each address of the list, of the name that is at a
 * place in the packet; returns their number.
 */
static int
put_records(
    uint8_t *packet, size_t *len, size_t owner, const char *list, uint16_t type)
{
	static const uint8_t class_and_ttl[] = {0, 1, 0, 0, 0, 0};
	char copy[PACKET_MAX], *word, *at = copy;
	uint8_t ip[16];
	size_t ip_len = type == TYPE_A ? 4 : 16;
	int count = 0;

	strcpy(copy, list);
	while ((word = strsep(&at, " ")) != NULL) {
		if (inet_pton(type == TYPE_A ? AF_INET : AF_INET6, word, ip) !=
		    1)
			abort();
		packet[*len] = (uint8_t)(POINTER | owner >> 8);
		packet[*len + 1] = (uint8_t)owner;
		packet[*len + 2] = 0;
		packet[*len + 3] = (uint8_t)type;
		memcpy(packet + *len + 4, class_and_ttl, sizeof(class_and_ttl));
		packet[*len + 10] = 0;
		packet[*len + 11] = (uint8_t)ip_len;
		memcpy(packet + *len + 12, ip, ip_len);
		*len += 12 + ip_len;
		count++;
	}
	return count;
}

/* Turns a query into its answer; returns its length, 0 for silence. */
static size_t
answer(struct dns_server *server, uint8_t *packet, size_t len, int is_tcp)
{
	char text[NAME_MAX_LEN];
	struct dns_name *n;
	const char *list = NULL;
	uint16_t type;
	size_t owner = HEAD_BYTES; /* the question */
	int used, count = 0, query;

	if (len < HEAD_BYTES)
		return 0;
	used = read_name(packet + HEAD_BYTES, len - HEAD_BYTES, text);
	if (used < 0 || (size_t)used + HEAD_BYTES + 4 > len)
		return 0;
	len = HEAD_BYTES + (size_t)used + 4; /* cuts what EDNS adds */
	type = packet[len - 3];
	n = find(server, text);
	if (n != NULL && n->rcode == DNS_SILENT)
		return 0;
	if (n != NULL && n->rcode == DNS_LOST && type == TYPE_A &&
	    __atomic_fetch_add(&n->query_count, 1, __ATOMIC_SEQ_CST) == 0)
		return 0;
	if (n != NULL && n->rcode == DNS_TCP_ONLY && !is_tcp) {
		packet[2] = 0x86; /* as below, and truncated */
		return len;
	}
	if (n != NULL && type == TYPE_A) {
		query =
		    __atomic_fetch_add(&n->query_count, 1, __ATOMIC_SEQ_CST);
		list = query > 0 && n->v4_later != NULL ? n->v4_later : n->v4;
	} else if (n != NULL && type == TYPE_AAAA) {
		list = n->v6;
	}
	if (n != NULL && n->cname != NULL) {
		owner = put_cname(packet, &len, n->cname);
		count = 1;
	}
	if (list != NULL)
		count += put_records(packet, &len, owner, list, type);
	packet[2] = 0x84; /* an answer, authoritative */
	packet[3] = (uint8_t)(n != NULL ? n->rcode & 15 : DNS_NXDOMAIN);
	memset(packet + 6, 0, 6);
	packet[7] = (uint8_t)count;
	return len;
}

static void
serve_udp(struct dns_server *server)
{
	struct sockaddr_in from;
	socklen_t from_len = sizeof(from);
	uint8_t packet[PACKET_MAX * 2];
	ssize_t n = recvfrom(server->fd, packet, PACKET_MAX, 0,
	    (struct sockaddr *)&from, &from_len);
	size_t len = n > 0 ? answer(server, packet, (size_t)n, 0) : 0;

	if (len > 0 &&
	    sendto(server->fd, packet, len, 0, (struct sockaddr *)&from,
		from_len) == -1)
		perror("dns server");
}

/* A connection's queries, each with its length before it (RFC 7766, 8). */
static void
serve_tcp(struct dns_server *server)
{
	struct timeval tv = {TCP_WAIT_SEC, 0};
	uint8_t packet[2 + PACKET_MAX * 2];
	size_t len;
	int fd = accept(server->tcp_fd, NULL, NULL);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	while (recv(fd, packet, 2, MSG_WAITALL) == 2) {
		len = (size_t)(packet[0] << 8 | packet[1]);
		if (len > PACKET_MAX ||
		    recv(fd, packet + 2, len, MSG_WAITALL) != (ssize_t)len)
			break;
		len = answer(server, packet + 2, len, 1);
		packet[0] = (uint8_t)(len >> 8);
		packet[1] = (uint8_t)len;
		if (send(fd, packet, len + 2, MSG_NOSIGNAL) == -1)
			break;
	}
	close(fd);
}

static void *
serve(void *arg)
{
	struct dns_server *server = arg;
	struct pollfd fds[3] = {{server->fd, POLLIN, 0},
	    {server->tcp_fd, POLLIN, 0}, {server->stop_fd, POLLIN, 0}};

	while (poll(fds, 3, -1) > 0 && fds[2].revents == 0) {
		if (fds[0].revents != 0)
			serve_udp(server);
		if (fds[1].revents != 0)
			serve_tcp(server);
	}
	return NULL;
}

/* Binds, and learns the port. */
static void
bind_to(int fd, struct addr *a)
{
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(a, &ss);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&ss, len), 0);
	len = sizeof(ss);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&ss, &len), 0);
	addr_from_sockaddr((struct sockaddr *)&ss, a);
}

struct dns_server *
dns_server_start(struct dns_name *names)
{
	struct dns_server *server = calloc(1, sizeof(*server));

	ck_assert_ptr_nonnull(server);
	server->names = names;
	server->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	server->tcp_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	server->stop_fd = eventfd(0, EFD_CLOEXEC);
	ck_assert_int_ne(server->fd, -1);
	ck_assert_int_ne(server->stop_fd, -1);
	ck_assert_int_eq(
	    addr_parse_endpoint("127.0.0.1:0", 1, &server->addr), 0);
	bind_to(server->tcp_fd, &server->addr);
	bind_to(server->fd, &server->addr);
	ck_assert_int_eq(listen(server->tcp_fd, 8), 0);
	ck_assert_int_eq(
	    pthread_create(&server->thread, NULL, serve, server), 0);
	return server;
}

void
dns_server_stop(struct dns_server *server)
{
	uint64_t one = 1;

	ck_assert_int_eq(
	    write(server->stop_fd, &one, sizeof(one)), (int)sizeof(one));
	pthread_join(server->thread, NULL);
	close(server->fd);
	close(server->tcp_fd);
	close(server->stop_fd);
	free(server);
}

struct addr
dns_server_addr(const struct dns_server *server)
{
	return server->addr;
}
