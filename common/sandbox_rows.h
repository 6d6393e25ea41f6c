/* SPDX-License-Identifier: ISC */
/*
 * Rows that more than one process has in its table: each process's own file
 * names the groups it takes, and adds what is its own.
 */
#ifndef VB_SANDBOX_ROWS_H
#define VB_SANDBOX_ROWS_H

#include <sys/mman.h>

#include "common/sandbox.h"

/* malloc; never memory that can be executed */
#define SANDBOX_ROWS_MEMORY                                         \
	{.name = "brk", .reason = "malloc"},                        \
	    {.name = "munmap", .reason = "malloc"},                 \
	    {.name = "mremap", .reason = "malloc"},                 \
	    {.name = "madvise", .reason = "malloc, giving back"},   \
	    {.name = "mmap",                                        \
		.reason = "malloc; nothing executable",             \
		.test = SANDBOX_BITS_CLEAR,                         \
		.argument = 2,                                      \
		.value = PROT_EXEC},                                \
	    {.name = "mprotect",                                    \
		.reason = "malloc; nothing executable",             \
		.test = SANDBOX_BITS_CLEAR,                         \
		.argument = 2,                                      \
		.value = PROT_EXEC},                                \
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

/* channels to other processes, and sockets that are there already */
#define SANDBOX_ROWS_SOCKETS                                        \
	{.name = "read", .reason = "sockets, signal pipe"},         \
	    {.name = "readv", .reason = "sockets"},                 \
	    {.name = "write", .reason = "sockets, standard error"}, \
	    {.name = "writev", .reason = "sockets"},                \
	    {.name = "recvfrom", .reason = "sockets"},              \
	    {.name = "sendto", .reason = "sockets"},                \
	    {.name = "recvmsg", .reason = "channels"},              \
	    {.name = "sendmsg", .reason = "channels"},              \
	    {.name = "recvmmsg", .reason = "channels, in batches"}, \
	    {.name = "sendmmsg", .reason = "channels, in batches"}, \
	    {.name = "close", .reason = "what is over"},            \
	    {.name = "fcntl", .reason = "nonblocking, seals"},      \
	    {.name = "poll", .reason = "last words, absent peers"}, \
	    {.name = "ppoll", .reason = "poll, where it is this"},  \
	{                                                           \
		.name = "getsockopt", .reason = "socket errors"     \
	}

#endif
