/* SPDX-License-Identifier: ISC */
/*
 * What PAM's modules need: they read files, ask daemons and servers, start
 * threads and programs. For the process that runs them; and, since a sandbox is
 * inherited and can only be narrowed, for the master, where the configuration
 * has auth "pam". Calls that are in no row are refused (ENOSYS) and do not end
 * the process: a module that tries to be somebody else, or to make a cookie of
 * the kernel's keyring, goes on without.
 */
#ifndef VB_SANDBOX_PAM_H
#define VB_SANDBOX_PAM_H

#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <signal.h>

#include "common/sandbox.h"
#include "common/sandbox_rows.h"

/* of clone(2): no namespace */
#define SANDBOX_NAMESPACES                                             \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | \
	    CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

#define SANDBOX_NEGATIVE 0x80000000u /* a sign: of a group, or of all */

/* every file may be read and run, none be written, but what swallows all */
#define SANDBOX_PATHS_PAM                                 \
	{"/", SANDBOX_READ | SANDBOX_EXEC},               \
	{                                                 \
		"/dev/null", SANDBOX_READ | SANDBOX_WRITE \
	}

#define SANDBOX_ROW_ANY(call, why)              \
	{                                       \
		.name = (call), .reason = (why) \
	}

#define SANDBOX_ROW_SOCKET(family, type, protocol, why)              \
	{                                                            \
		.name = "socket", .reason = (why), .tests = {        \
			SANDBOX_IS(0, family),                       \
			SANDBOX_WITH(1, type, SANDBOX_SOCKET_FLAGS), \
			SANDBOX_IS(2, protocol)                      \
		}                                                    \
	}

#define SANDBOX_ROW_FCNTL(command, why)                      \
	{                                                    \
		.name = "fcntl", .reason = (why), .tests = { \
			SANDBOX_IS(1, command)               \
		}                                            \
	}

#define SANDBOX_ROW_PRCTL(option, why)                       \
	{                                                    \
		.name = "prctl", .reason = (why), .tests = { \
			SANDBOX_IS(0, option)                \
		}                                            \
	}

#define SANDBOX_ROWS_PAM                                                       \
	/* sockets: daemons of name services, servers */                       \
	SANDBOX_ROWS_INTERNET,                                                 \
	    SANDBOX_ROW_SOCKET(AF_INET, SOCK_DGRAM, 0, "name servers"),        \
	    SANDBOX_ROW_SOCKET(AF_INET6, SOCK_DGRAM, 0, "name servers"),       \
	    SANDBOX_ROW_SOCKET(                                                \
		AF_UNIX, SOCK_STREAM, 0, "sssd, nscd, winbind"),               \
	    SANDBOX_ROW_SOCKET(AF_UNIX, SOCK_DGRAM, 0, "syslog"),              \
	    SANDBOX_ROW_SOCKET(AF_UNIX, SOCK_SEQPACKET, 0, "name services"),   \
	    SANDBOX_ROW_SOCKET(                                                \
		AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, "own addresses"),         \
	    SANDBOX_ROW_SOCKET(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT,            \
		"libpam: the audit, which only a capability writes to"),       \
	    SANDBOX_ROW_ANY("connect", "daemons, servers"),                    \
	    SANDBOX_ROW_ANY("bind", "netlink; of TCP Landlock forbids it"),    \
	    SANDBOX_ROW_ANY("socketpair", "conversations, modules"),           \
	    SANDBOX_ROW_ANY("setsockopt", "modules"),                          \
	    SANDBOX_ROW_ANY("getsockopt", "modules"),                          \
	    SANDBOX_ROW_ANY("getsockname", "modules"),                         \
	    SANDBOX_ROW_ANY("getpeername", "modules"),                         \
	    SANDBOX_ROW_ANY("sendto", "modules"),                              \
	    SANDBOX_ROW_ANY("sendmsg", "modules"),                             \
	    SANDBOX_ROW_ANY("sendmmsg", "name servers"),                       \
	    SANDBOX_ROW_ANY(                                                   \
		"shutdown", "modules"), /* files: Landlock says which */       \
	    SANDBOX_ROW_ANY("openat", "modules, their files"),                 \
	    SANDBOX_ROW_ANY("open", "modules, their files"),                   \
	    SANDBOX_ROW_ANY("pread64", "files"),                               \
	    SANDBOX_ROW_ANY("preadv", "files"),                                \
	    SANDBOX_ROW_ANY("lseek", "files"),                                 \
	    SANDBOX_ROW_ANY("access", "files"),                                \
	    SANDBOX_ROW_ANY("faccessat", "files"),                             \
	    SANDBOX_ROW_ANY("faccessat2", "files"),                            \
	    SANDBOX_ROW_ANY("stat", "files"),                                  \
	    SANDBOX_ROW_ANY("lstat", "files"),                                 \
	    SANDBOX_ROW_ANY("fstat", "files"),                                 \
	    SANDBOX_ROW_ANY("newfstatat", "files"),                            \
	    SANDBOX_ROW_ANY("statx", "files"),                                 \
	    SANDBOX_ROW_ANY("statfs", "files"),                                \
	    SANDBOX_ROW_ANY("fstatfs", "files"),                               \
	    SANDBOX_ROW_ANY("readlink", "files"),                              \
	    SANDBOX_ROW_ANY("readlinkat", "files"),                            \
	    SANDBOX_ROW_ANY("getdents64", "folders of configurations"),        \
	    SANDBOX_ROW_ANY("fadvise64", "files"),                             \
	    SANDBOX_ROW_ANY("flock", "files"),                                 \
	    SANDBOX_ROW_ANY("getcwd", "programs"),                             \
	    SANDBOX_ROW_ANY("chdir", "programs"),                              \
	    SANDBOX_ROW_ANY("umask", "modules"),                               \
	    SANDBOX_ROW_ANY("dup", "programs"),                                \
	    SANDBOX_ROW_ANY("dup2", "programs"),                               \
	    SANDBOX_ROW_ANY("dup3", "programs"),                               \
	    SANDBOX_ROW_ANY("pipe", "programs"),                               \
	    SANDBOX_ROW_ANY("pipe2", "programs"),                              \
	    SANDBOX_ROW_ANY("close_range", "a conversation's start"),          \
	    SANDBOX_ROW_FCNTL(F_DUPFD, "programs"),                            \
	    SANDBOX_ROW_FCNTL(F_DUPFD_CLOEXEC, "modules"),                     \
	    SANDBOX_ROW_FCNTL(F_SETLK, "files of modules"),                    \
	    SANDBOX_ROW_FCNTL(F_SETLKW, "files of modules"),                   \
	    SANDBOX_ROW_FCNTL(F_GETLK, "files of modules"),                    \
	    {.name = "ioctl",                                                  \
		.reason = "C library: is it a terminal",                       \
		.tests = {SANDBOX_IS(1, TCGETS)}},                             \
	    {.name = "ioctl",                                                  \
		.reason = "the C library's name servers",                      \
		.tests = {SANDBOX_IS(                                          \
		    1, FIONREAD)}}, /* processes and threads */                \
	    {.name = "clone",                                                  \
		.reason = "conversations, programs, threads: in the same "     \
			  "namespaces",                                        \
		.tests = {SANDBOX_CLEAR(0, SANDBOX_NAMESPACES)}},              \
	    SANDBOX_ROW_ANY("fork", "conversations, programs"),                \
	    SANDBOX_ROW_ANY("vfork", "programs"),                              \
	    SANDBOX_ROW_ANY("execve", "programs of modules"),                  \
	    SANDBOX_ROW_ANY("wait4", "conversations, programs"),               \
	    SANDBOX_ROW_ANY("waitid", "programs"),                             \
	    {.name = "kill",                                                   \
		.reason = "conversations; the domain's own (Landlock)",        \
		.tests = {SANDBOX_CLEAR(0, SANDBOX_NEGATIVE)}},                \
	    SANDBOX_ROW_ANY("tgkill", "abort(3)"),                             \
	    SANDBOX_ROW_ANY("setsid", "conversations, programs"),              \
	    SANDBOX_ROW_ANY("getsid", "programs"),                             \
	    SANDBOX_ROW_ANY("setpgid", "programs"),                            \
	    SANDBOX_ROW_ANY("getpgid", "programs"),                            \
	    SANDBOX_ROW_ANY("getpgrp", "programs"),                            \
	    SANDBOX_ROW_ANY("getpid", "modules"),                              \
	    SANDBOX_ROW_ANY("getppid", "conversations"),                       \
	    SANDBOX_ROW_ANY("gettid", "C library"),                            \
	    SANDBOX_ROW_ANY("getuid", "modules"),                              \
	    SANDBOX_ROW_ANY("geteuid", "modules"),                             \
	    SANDBOX_ROW_ANY("getgid", "modules"),                              \
	    SANDBOX_ROW_ANY("getegid", "modules"),                             \
	    SANDBOX_ROW_ANY("getresuid", "modules"),                           \
	    SANDBOX_ROW_ANY("getresgid", "modules"),                           \
	    SANDBOX_ROW_ANY("getgroups", "modules"),                           \
	    SANDBOX_ROW_ANY("capget", "modules"),                              \
	    {.name = "prlimit64",                                              \
		.reason = "of itself",                                         \
		.tests = {SANDBOX_IS(0, 0)}},                                  \
	    SANDBOX_ROW_ANY("getrlimit", "modules"),                           \
	    SANDBOX_ROW_ANY("setrlimit", "no core"),                           \
	    SANDBOX_ROW_ANY("getrusage", "modules"),                           \
	    SANDBOX_ROW_ANY("times", "programs"),                              \
	    SANDBOX_ROW_ANY("sched_getaffinity", "C library"),                 \
	    SANDBOX_ROW_ANY("sched_yield", "threads"),                         \
	    SANDBOX_ROW_ANY("getcpu", "C library"),                            \
	    SANDBOX_ROW_ANY("membarrier", "libraries"),                        \
	    SANDBOX_ROW_ANY("set_tid_address", "C library"),                   \
	    SANDBOX_ROW_ANY("set_robust_list", "threads"),                     \
	    SANDBOX_ROW_ANY("rseq", "C library"),                              \
	    SANDBOX_ROW_ANY("arch_prctl", "programs"),                         \
	    SANDBOX_ROW_PRCTL(PR_SET_NAME, "a conversation's name"),           \
	    SANDBOX_ROW_PRCTL(PR_SET_PDEATHSIG, "conversations end with pam"), \
	    SANDBOX_ROW_PRCTL(PR_SET_CHILD_SUBREAPER, "what they leave"),      \
	    SANDBOX_ROW_PRCTL(PR_GET_DUMPABLE, "libraries"),                   \
	    SANDBOX_ROW_PRCTL(PR_CAPBSET_READ,                                 \
		"libraries"), /* memory: modules are mapped */                 \
	    SANDBOX_ROW_ANY("brk", "malloc"),                                  \
	    SANDBOX_ROW_ANY("mmap", "malloc, modules"),                        \
	    SANDBOX_ROW_ANY("munmap", "malloc, modules"),                      \
	    SANDBOX_ROW_ANY("mremap", "malloc"),                               \
	    SANDBOX_ROW_ANY("mprotect", "modules"),                            \
	    SANDBOX_ROW_ANY("madvise", "malloc"),                              \
	    SANDBOX_ROW_ANY("mlock", "secrets, out of the swap"),              \
	    SANDBOX_ROW_ANY("mlock2", "secrets, out of the swap"),             \
	    SANDBOX_ROW_ANY("mlockall", "secrets, out of the swap"),           \
	    SANDBOX_ROW_ANY("munlock", "secrets"),                             \
	    SANDBOX_ROW_ANY("futex", "locks"),                                 \
	    SANDBOX_ROW_ANY(                                                   \
		"getrandom", "seeds"), /* time, waiting, signals */            \
	    SANDBOX_ROW_ANY("clock_getres", "libraries"),                      \
	    SANDBOX_ROW_ANY("nanosleep", "modules"),                           \
	    SANDBOX_ROW_ANY("clock_nanosleep", "modules"),                     \
	    SANDBOX_ROW_ANY("alarm", "modules"),                               \
	    SANDBOX_ROW_ANY("setitimer", "modules"),                           \
	    SANDBOX_ROW_ANY("getitimer", "modules"),                           \
	    SANDBOX_ROW_ANY("pause", "modules"),                               \
	    SANDBOX_ROW_ANY("select", "modules"),                              \
	    SANDBOX_ROW_ANY("pselect6", "modules"),                            \
	    SANDBOX_ROW_ANY("epoll_create1", "modules"),                       \
	    SANDBOX_ROW_ANY("eventfd2", "modules"),                            \
	    SANDBOX_ROW_ANY("timerfd_create", "modules"),                      \
	    SANDBOX_ROW_ANY("timerfd_settime", "modules"),                     \
	    SANDBOX_ROW_ANY("rt_sigaction", "a conversation's start"),         \
	    SANDBOX_ROW_ANY("rt_sigsuspend", "programs"),                      \
	    SANDBOX_ROW_ANY("rt_sigpending", "modules"),                       \
	    SANDBOX_ROW_ANY("rt_sigtimedwait", "modules"),                     \
	    SANDBOX_ROW_ANY("sigaltstack", "programs"),                        \
	    SANDBOX_ROW_ANY("uname", "modules"),                               \
	    SANDBOX_ROW_ANY("sysinfo", "C library")

#endif
