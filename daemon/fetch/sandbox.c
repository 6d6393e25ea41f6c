/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <fcntl.h>

#include "common/process.h"
#include "common/sandbox.h"
#include "common/sandbox_rows.h"
#include "daemon/fetch/sandbox.h"

#define DNS_PORT 53 /* RFC 1035, 4.2 */

static const struct sandbox_call fetch_calls[] = {
    /* what the process is for */
    SANDBOX_ROWS_INTERNET,
    {.name = "connect", .reason = "providers and name servers"},
    {.name = "setsockopt",
	.reason = "libcurl: no delay",
	.tests = {SANDBOX_OPTION(IPPROTO_TCP, TCP_NODELAY)}},
    {.name = "getsockopt",
	.reason = "libcurl: whether it is connected",
	.tests = {SANDBOX_OPTION(SOL_SOCKET, SO_ERROR)}},
    {.name = "getsockname", .reason = "libcurl; c-ares: address order"},
    {.name = "getpeername", .reason = "libcurl"},
    {.name = "sendto",
	.reason = "questions, DNS queries",
	.tests = {SANDBOX_ONLY(3, SANDBOX_SEND_FLAGS), SANDBOX_NULL(4)}},
    {.name = "recvfrom", .reason = "answers, DNS answers"},
    /* the channels */
    {.name = "recvmmsg", .reason = "messages"},
    {.name = "sendmmsg",
	.reason = "messages",
	.tests = {SANDBOX_ONLY(3, SANDBOX_SEND_FLAGS)}},
    {.name = "poll", .reason = "libcurl; last words; descriptors"},
    {.name = "ppoll", .reason = "poll, where it is this"},
    {.name = "close", .reason = "descriptors"},
    /* c-ares */
    {.name = "openat",
	.reason = "/dev/urandom",
	.tests = {SANDBOX_CLEAR(2, SANDBOX_OPEN_WRITES)}},
    {.name = "open",
	.reason = "/dev/urandom",
	.tests = {SANDBOX_CLEAR(1, SANDBOX_OPEN_WRITES)}},
    {.name = "read", .reason = "/dev/urandom"},
    {.name = "pread64", .reason = "CAs, hosts, resolv.conf: descriptors"},
    {.name = "newfstatat", .reason = "stdio on that"},
    {.name = "fstat", .reason = "stdio on that"},
    SANDBOX_ROWS_FCNTL,
    {.name = "getpid", .reason = "OpenSSL: whether it has forked; c-ares"},
    SANDBOX_ROWS_MEMORY,
    SANDBOX_ROWS_LOOP,
    {0},
};

static const struct sandbox_path fetch_paths[] = {
    {"/dev/urandom", SANDBOX_READ}, /* c-ares: query ids */
    {0},
};

/* Each once. */
static void
add_port(uint16_t *ports, size_t *count, uint16_t port)
{
	size_t i;

	for (i = 0; i < *count; i++)
		if (ports[i] == port)
			return;
	ports[(*count)++] = port;
}

void
fetch_sandbox_enter(const struct settings *settings,
    const struct providers *providers, const struct name_servers *servers)
{
	uint16_t ports[PROVIDERS_PORTS_MAX + 1 + PROTO_NAMESERVERS_MAX];
	size_t i, count = providers_ports(providers, ports);
	struct sandbox sandbox = {
	    .calls = fetch_calls,
	    .paths = fetch_paths,
	    .ports = ports,
	    .flags = SANDBOX_NO_FILE_WRITE | SANDBOX_NO_PROCESS | SANDBOX_TCP,
	};

	add_port(ports, &count, DNS_PORT);
	for (i = 0; i < servers->count; i++)
		add_port(ports, &count, servers->addrs[i].port);
	sandbox.port_count = count;
	process_sandbox(settings, &sandbox);
}
