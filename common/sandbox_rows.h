/* SPDX-License-Identifier: ISC */
/*
 * Rows that more than one process has in its table: each process's own file
 * names the groups it takes, and adds what is its own.
 */
#ifndef VB_SANDBOX_ROWS_H
#define VB_SANDBOX_ROWS_H

#include <sys/mman.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "common/sandbox.h"

/* of open(2): what would change a file, or make one */
#define SANDBOX_OPEN_WRITES (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND)

/* of socket(2) */
#define SANDBOX_SOCKET_FLAGS (SOCK_NONBLOCK | SOCK_CLOEXEC)

/* of send(2): no MSG_FASTOPEN, which connects, and no MSG_OOB */
#define SANDBOX_SEND_FLAGS (MSG_NOSIGNAL | MSG_DONTWAIT | MSG_MORE)

/* malloc; never memory that can be executed */
#define SANDBOX_ROWS_MEMORY                                         \
	{.name = "brk", .reason = "malloc"},                        \
	    {.name = "munmap", .reason = "malloc"},                 \
	    {.name = "mremap", .reason = "malloc"},                 \
	    {.name = "madvise", .reason = "malloc, giving back"},   \
	    {.name = "mmap",                                        \
		.reason = "malloc; nothing executable",             \
		.tests = {SANDBOX_CLEAR(2, PROT_EXEC)}},            \
	    {.name = "mprotect",                                    \
		.reason = "malloc; nothing executable",             \
		.tests = {SANDBOX_CLEAR(2, PROT_EXEC)}},            \
	    {.name = "futex", .reason = "locks of libraries"},      \
	{                                                           \
		.name = "getrandom", .reason = "seeds of libraries" \
	}

/* libevent's loop, its timers and signals, and the end */
#define SANDBOX_ROWS_LOOP                                             \
	{.name = "epoll_wait", .reason = "the event loop"},           \
	    {.name = "epoll_pwait", .reason = "the event loop"},      \
	    {.name = "epoll_pwait2", .reason = "the event loop"},     \
	    {.name = "epoll_ctl", .reason = "the event loop"},        \
	    {.name = "clock_gettime", .reason = "time"},              \
	    {.name = "gettimeofday", .reason = "time"},               \
	    {.name = "time", .reason = "time"},                       \
	    {.name = "restart_syscall", .reason = "after a stop"},    \
	    {.name = "rt_sigreturn", .reason = "end of a handler"},   \
	    {.name = "rt_sigprocmask", .reason = "end of a process"}, \
	    {.name = "exit", .reason = "the end"},                    \
	{                                                             \
		.name = "exit_group", .reason = "the end"             \
	}

/* flags of descriptors; F_SETOWN and O_ASYNC would be a kill(2) */
#define SANDBOX_ROWS_FCNTL                                                     \
	{.name = "fcntl",                                                      \
	    .reason = "nonblocking",                                           \
	    .tests = {SANDBOX_IS(1, F_GETFL)}},                                \
	    {.name = "fcntl",                                                  \
		.reason = "nonblocking",                                       \
		.tests = {SANDBOX_IS(1, F_SETFL), SANDBOX_CLEAR(2, O_ASYNC)}}, \
	    {.name = "fcntl",                                                  \
		.reason = "close on exec",                                     \
		.tests = {SANDBOX_IS(1, F_GETFD)}},                            \
	{                                                                      \
		.name = "fcntl", .reason = "close on exec", .tests = {         \
			SANDBOX_IS(1, F_SETFD)                                 \
		}                                                              \
	}

/* channels to other processes, and sockets that exist already */
#define SANDBOX_ROWS_SOCKETS                                        \
	{.name = "read", .reason = "sockets, signal pipe"},         \
	    {.name = "readv", .reason = "sockets"},                 \
	    {.name = "write", .reason = "sockets, standard error"}, \
	    {.name = "writev", .reason = "sockets"},                \
	    {.name = "recvfrom", .reason = "sockets"},              \
	    {.name = "sendto",                                      \
		.reason = "sockets that are connected",             \
		.tests = {SANDBOX_ONLY(3, SANDBOX_SEND_FLAGS),      \
		    SANDBOX_NULL(4)}},                              \
	    {.name = "recvmsg", .reason = "channels"},              \
	    {.name = "sendmsg",                                     \
		.reason = "channels, sockets",                      \
		.tests = {SANDBOX_ONLY(2, SANDBOX_SEND_FLAGS)}},    \
	    {.name = "recvmmsg", .reason = "channels, in batches"}, \
	    {.name = "sendmmsg",                                    \
		.reason = "channels, in batches",                   \
		.tests = {SANDBOX_ONLY(3, SANDBOX_SEND_FLAGS)}},    \
	    {.name = "close", .reason = "what is over"},            \
	    {.name = "poll", .reason = "last words, absent peers"}, \
	{                                                           \
		.name = "ppoll", .reason = "poll, where it is this" \
	}

/* TCP and UDP: no other protocol reaches ports (MPTCP, SCTP), or is raw */
#define SANDBOX_ROWS_INTERNET                                              \
	{.name = "socket",                                                 \
	    .reason = "targets, name servers",                             \
	    .tests = {SANDBOX_IS(0, AF_INET),                              \
		SANDBOX_WITH(1, SOCK_STREAM, SANDBOX_SOCKET_FLAGS),        \
		SANDBOX_IS(2, 0)}},                                        \
	    {.name = "socket",                                             \
		.reason = "targets, name servers",                         \
		.tests = {SANDBOX_IS(0, AF_INET),                          \
		    SANDBOX_WITH(1, SOCK_STREAM, SANDBOX_SOCKET_FLAGS),    \
		    SANDBOX_IS(2, IPPROTO_TCP)}},                          \
	    {.name = "socket",                                             \
		.reason = "name servers",                                  \
		.tests = {SANDBOX_IS(0, AF_INET),                          \
		    SANDBOX_WITH(1, SOCK_DGRAM, SANDBOX_SOCKET_FLAGS),     \
		    SANDBOX_IS(2, IPPROTO_UDP)}},                          \
	    {.name = "socket",                                             \
		.reason = "targets, name servers",                         \
		.tests = {SANDBOX_IS(0, AF_INET6),                         \
		    SANDBOX_WITH(1, SOCK_STREAM, SANDBOX_SOCKET_FLAGS),    \
		    SANDBOX_IS(2, 0)}},                                    \
	    {.name = "socket",                                             \
		.reason = "targets, name servers",                         \
		.tests = {SANDBOX_IS(0, AF_INET6),                         \
		    SANDBOX_WITH(1, SOCK_STREAM, SANDBOX_SOCKET_FLAGS),    \
		    SANDBOX_IS(2, IPPROTO_TCP)}},                          \
	{                                                                  \
		.name = "socket", .reason = "name servers", .tests = {     \
			SANDBOX_IS(0, AF_INET6),                           \
			SANDBOX_WITH(1, SOCK_DGRAM, SANDBOX_SOCKET_FLAGS), \
			SANDBOX_IS(2, IPPROTO_UDP)                         \
		}                                                          \
	}

/* what common/tcp.h sets, before a connect or for a listener */
#define SANDBOX_ROWS_TCP                                                 \
	{.name = "setsockopt",                                           \
	    .reason = "no delay",                                        \
	    .tests = {SANDBOX_OPTION(IPPROTO_TCP, TCP_NODELAY)}},        \
	    {.name = "setsockopt",                                       \
		.reason = "keepalive",                                   \
		.tests = {SANDBOX_OPTION(SOL_SOCKET, SO_KEEPALIVE)}},    \
	    {.name = "setsockopt",                                       \
		.reason = "keepalive",                                   \
		.tests = {SANDBOX_OPTION(IPPROTO_TCP, TCP_KEEPIDLE)}},   \
	    {.name = "setsockopt",                                       \
		.reason = "keepalive",                                   \
		.tests = {SANDBOX_OPTION(IPPROTO_TCP, TCP_KEEPINTVL)}},  \
	    {.name = "setsockopt",                                       \
		.reason = "keepalive",                                   \
		.tests = {SANDBOX_OPTION(IPPROTO_TCP, TCP_KEEPCNT)}},    \
	{                                                                \
		.name = "setsockopt", .reason = "no pacing on loopback", \
		.tests = {                                               \
			SANDBOX_OPTION(IPPROTO_TCP, TCP_CONGESTION)      \
		}                                                        \
	}

/* what bounds the buffers of a socket, and tells its errors */
#define SANDBOX_ROWS_BUFFERS                                                \
	{.name = "setsockopt",                                              \
	    .reason = "socket-buffer",                                      \
	    .tests = {SANDBOX_OPTION(SOL_SOCKET, SO_SNDBUF)}},              \
	    {.name = "setsockopt",                                          \
		.reason = "socket-buffer",                                  \
		.tests = {SANDBOX_OPTION(SOL_SOCKET, SO_RCVBUF)}},          \
	    {.name = "setsockopt",                                          \
		.reason = "socket-buffer",                                  \
		.tests = {SANDBOX_OPTION(SOL_SOCKET, SO_BUF_LOCK)}},        \
	    {.name = "getsockopt",                                          \
		.reason = "socket-buffer, as granted",                      \
		.tests = {SANDBOX_OPTION(SOL_SOCKET, SO_SNDBUF)}},          \
	    {.name = "getsockopt",                                          \
		.reason = "socket-buffer, as granted",                      \
		.tests = {SANDBOX_OPTION(SOL_SOCKET, SO_RCVBUF)}},          \
	{                                                                   \
		.name = "getsockopt", .reason = "socket errors", .tests = { \
			SANDBOX_OPTION(SOL_SOCKET, SO_ERROR)                \
		}                                                           \
	}

#endif
