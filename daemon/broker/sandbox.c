/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <fcntl.h>

#include "common/process.h"
#include "common/sandbox.h"
#include "common/sandbox_rows.h"
#include "daemon/broker/sandbox.h"

static const struct sandbox_call broker_calls[] = {
    /* what the process is for */
    SANDBOX_ROWS_INTERNET,
    {.name = "connect", .reason = "targets and name servers"},
    SANDBOX_ROWS_TCP,
    SANDBOX_ROWS_BUFFERS,
    {.name = "getsockname", .reason = "own addresses; address order"},
    /* the channels; nothing is ever read from a target */
    {.name = "recvmmsg", .reason = "messages"},
    {.name = "sendmmsg",
	.reason = "messages",
	.tests = {SANDBOX_ONLY(3, SANDBOX_SEND_FLAGS)}},
    {.name = "poll", .reason = "last words; descriptors that are open"},
    {.name = "ppoll", .reason = "last words, where poll is this"},
    {.name = "close", .reason = "descriptors"},
    /* c-ares */
    {.name = "sendto",
	.reason = "DNS queries",
	.tests = {SANDBOX_ONLY(3, SANDBOX_SEND_FLAGS), SANDBOX_NULL(4)}},
    {.name = "recvfrom", .reason = "DNS answers"},
    {.name = "openat",
	.reason = "/dev/urandom",
	.tests = {SANDBOX_CLEAR(2, SANDBOX_OPEN_WRITES)}},
    {.name = "open",
	.reason = "/dev/urandom",
	.tests = {SANDBOX_CLEAR(1, SANDBOX_OPEN_WRITES)}},
    {.name = "read", .reason = "/dev/urandom"},
    {.name = "pread64", .reason = "client-ca, hosts, resolv.conf: descriptors"},
    {.name = "newfstatat", .reason = "stdio on that"},
    {.name = "fstat", .reason = "stdio on that"},
    SANDBOX_ROWS_FCNTL,
    {.name = "getpid", .reason = "c-ares, at a reload"},
    {.name = "sysinfo", .reason = "qsort of many targets, at a reload"},
    SANDBOX_ROWS_MEMORY,
    SANDBOX_ROWS_LOOP,
    {0},
};

static const struct sandbox_path broker_paths[] = {
    {"/dev/urandom", SANDBOX_READ}, /* c-ares: query ids */
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
	    .flags = SANDBOX_NO_FILE_WRITE | SANDBOX_NO_PROCESS | SANDBOX_TCP,
	};

	sandbox.port_count = (size_t)conf_ports(conf, ports);
	process_sandbox(&conf->start.settings, &sandbox);
}
