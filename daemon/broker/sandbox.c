/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <fcntl.h>

#include "common/log.h"
#include "common/sandbox.h"
#include "common/sandbox_rows.h"
#include "daemon/broker/sandbox.h"

#define OPEN_WRITES (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND)

static const struct sandbox_call broker_calls[] = {
    /* what the process is for */
    {.name = "socket",
	.reason = "targets and name servers",
	.test = SANDBOX_EQUAL,
	.argument = 0,
	.value = AF_INET},
    {.name = "socket",
	.reason = "targets and name servers",
	.test = SANDBOX_EQUAL,
	.argument = 0,
	.value = AF_INET6},
    {.name = "connect", .reason = "targets and name servers"},
    {.name = "getsockopt", .reason = "whether a connect succeeded"},
    {.name = "setsockopt", .reason = "options of common/tcp.h"},
    {.name = "getsockname", .reason = "own addresses; address order"},
    /* the channels; nothing is ever read from a target */
    {.name = "recvmmsg", .reason = "messages"},
    {.name = "sendmmsg", .reason = "messages"},
    {.name = "poll", .reason = "last words before the end"},
    {.name = "ppoll", .reason = "last words, where poll is this"},
    {.name = "close", .reason = "descriptors"},
    /* c-ares */
    {.name = "sendto", .reason = "DNS queries"},
    {.name = "recvfrom", .reason = "DNS answers"},
    {.name = "writev", .reason = "DNS over TCP"},
    {.name = "openat",
	.reason = "hosts, resolv.conf",
	.test = SANDBOX_BITS_CLEAR,
	.argument = 2,
	.value = OPEN_WRITES},
    {.name = "open",
	.reason = "hosts, resolv.conf",
	.test = SANDBOX_BITS_CLEAR,
	.argument = 1,
	.value = OPEN_WRITES},
    {.name = "read", .reason = "hosts, resolv.conf"},
    {.name = "pread64", .reason = "client-ca, as a descriptor"},
    {.name = "newfstatat", .reason = "stdio on those files"},
    {.name = "fstat", .reason = "stdio on those files"},
    {.name = "fcntl", .reason = "nonblocking, close on exec"},
    {.name = "uname", .reason = "the domain, at a reload"},
    {.name = "getpid", .reason = "c-ares, at a reload"},
    {.name = "sysinfo", .reason = "qsort of many targets, at a reload"},
    SANDBOX_ROWS_MEMORY,
    SANDBOX_ROWS_LOOP,
    {0},
};

static const struct sandbox_path broker_paths[] = {
    {"/etc", SANDBOX_READ},		    /* hosts, resolv.conf */
    {"/run/systemd/resolve", SANDBOX_READ}, /* resolv.conf may be there, */
    {"/run/resolvconf", SANDBOX_READ},	    /* or there, */
    {"/run/NetworkManager", SANDBOX_READ},  /* or there */
    {"/dev/urandom", SANDBOX_READ},	    /* c-ares: query ids */
    {0},
};

void
broker_sandbox_enter(const struct conf *conf)
{
	static uint16_t ports[CONF_PORTS_MAX];
	struct sandbox sandbox = {
	    .calls = broker_calls,
	    .paths = broker_paths,
	    .ports = ports,
	    .flags = SANDBOX_NO_FILE_WRITE | SANDBOX_NO_PROCESS,
	};
	char report[SANDBOX_REPORT_MAX];
	int port_count;

	if (!conf->start.settings.sandbox) {
		log_warn("sandbox=off");
		return;
	}
	/* Too many ports to list: only seccomp then stands before bind. */
	if ((port_count = conf_ports(conf, ports)) >= 0) {
		sandbox.port_count = (size_t)port_count;
		sandbox.flags |= SANDBOX_TCP;
	}
	if (sandbox_enter(&sandbox, report) < 0)
		log_fatal("%s", report);
	log_info("%s", report);
}
