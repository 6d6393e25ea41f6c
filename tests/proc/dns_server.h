/* SPDX-License-Identifier: ISC */
/*
 * A small DNS server in a thread of the test: it knows the names of a
 * table, and counts who asks.
 */
#ifndef VB_TEST_DNS_SERVER_H
#define VB_TEST_DNS_SERVER_H

#include "common/addr.h"

#define DNS_NOERROR  0 /* RFC 1035, 4.1.1 */
#define DNS_SERVFAIL 2
#define DNS_NXDOMAIN 3
#define DNS_REFUSED  5
#define DNS_SILENT   256  /* no answer at all */
#define DNS_TCP_ONLY 512  /* by UDP truncated: RFC 7766 */
#define DNS_LOST     1024 /* no answer to the first query for A */

struct dns_name {
	const char *name;
	int rcode;
	const char *v4; /* addresses, space between; NULL: none */
	const char *v6;
	const char *v4_later; /* from the second query on, if not NULL */
	int query_count;      /* for A; written by the server */
	const char *cname;    /* what it stands for; the addresses are that's */
};

struct dns_server;

/*
 * Starts on 127.0.0.1, for names (**keeps** them; a NULL name ends the
 * table). Other names are DNS_NXDOMAIN.
 */
struct dns_server *dns_server_start(struct dns_name *names);
void dns_server_stop(struct dns_server *server);

struct addr dns_server_addr(const struct dns_server *server);

#endif
