/* SPDX-License-Identifier: ISC */
/*
 * Calls that no process makes, and calls that some make with other arguments
 * than these. The filter ends the process for each, whatever the kernel would
 * have said: a kernel that has Landlock's TCP ports and scopes, one that has
 * not, and one that does not know the call.
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <asm/ioctls.h>
#include <check.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/sandbox/attempts.h"

#define GIVEN	-77	   /* stands for a socket that was there before */
#define NOBODY	0x7ffffff0 /* no pid reaches this */
#define ADDRESS ((long)(uintptr_t) "\x02\0\0\x01\x7f\0\0\x01\0\0\0\0\0\0\0\0")
#define NOWHERE ((long)(uintptr_t) "/nonexistent/vb")

/* Newer than Debian 12's headers, or not in them. */
#define PROTO_SCTP	 132
#define PROTO_MPTCP	 262
#define FAMILY_SMC	 43
#define FAMILY_VSOCK	 40
#define LEVEL_IPV6	 41
#define OPTION_RTHDR	 57
#define OPTION_SRC_ROUTE 4 /* IP_OPTIONS */

#define TCP_OPTION(name)                             \
	{                                            \
		GIVEN, IPPROTO_TCP, name, ADDRESS, 4 \
	}
#define IP_OPTION(name)                             \
	{                                           \
		GIVEN, IPPROTO_IP, name, ADDRESS, 4 \
	}
#define OF_SOCKET(name)                             \
	{                                           \
		GIVEN, SOL_SOCKET, name, ADDRESS, 4 \
	}

static const struct {
	const char *what;
	const char *name;
	long arguments[6];
} calls[] = {
    /* other ways to a port than TCP, and out of the rules for TCP */
    {"MPTCP", "socket", {AF_INET, SOCK_STREAM, PROTO_MPTCP}},
    {"MPTCP", "socket", {AF_INET6, SOCK_STREAM, PROTO_MPTCP}},
    {"MPTCP, close on exec", "socket",
	{AF_INET, SOCK_STREAM | SOCK_CLOEXEC, PROTO_MPTCP}},
    {"SCTP", "socket", {AF_INET, SOCK_STREAM, PROTO_SCTP}},
    {"SCTP", "socket", {AF_INET6, SOCK_SEQPACKET, PROTO_SCTP}},
    {"DCCP", "socket", {AF_INET, SOCK_DCCP, IPPROTO_DCCP}},
    {"UDP-Lite", "socket", {AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE}},
    {"ping", "socket", {AF_INET, SOCK_DGRAM, IPPROTO_ICMP}},
    {"ping", "socket", {AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6}},
    {"raw", "socket", {AF_INET, SOCK_RAW, IPPROTO_TCP}},
    {"raw", "socket", {AF_INET6, SOCK_RAW, IPPROTO_RAW}},
    {"packets", "socket", {AF_PACKET, SOCK_DGRAM, 0}},
    {"SMC", "socket", {FAMILY_SMC, SOCK_STREAM, 0}},
    {"virtual machines", "socket", {FAMILY_VSOCK, SOCK_STREAM, 0}},
    {"ciphers of the kernel", "socket", {AF_ALG, SOCK_SEQPACKET, 0}},
    {"netfilter", "socket", {AF_NETLINK, SOCK_RAW, 12}},
    {"routes, as a stream", "socket", {AF_NETLINK, SOCK_STREAM, 0}},
    {"a pair that can be sent from to any", "socketpair",
	{AF_UNIX, SOCK_DGRAM, 0, ADDRESS}},

    /* a connect in what is no connect(2) */
    {"fast open", "sendto", {GIVEN, ADDRESS, 1, MSG_FASTOPEN, ADDRESS, 16}},
    {"fast open, no signal", "sendto",
	{GIVEN, ADDRESS, 1, MSG_FASTOPEN | MSG_NOSIGNAL, ADDRESS, 16}},
    {"fast open", "sendmsg", {GIVEN, ADDRESS, MSG_FASTOPEN}},
    {"fast open", "sendmmsg", {GIVEN, ADDRESS, 1, MSG_FASTOPEN}},
    {"to an address", "sendto", {GIVEN, ADDRESS, 1, 0, ADDRESS, 16}},
    {"urgent", "sendto", {GIVEN, ADDRESS, 1, MSG_OOB}},
    {"without a copy", "sendmsg", {GIVEN, ADDRESS, MSG_ZEROCOPY}},
    {"fast open", "setsockopt", TCP_OPTION(TCP_FASTOPEN_CONNECT)},
    {"fast open", "setsockopt", TCP_OPTION(TCP_FASTOPEN)},

    /* a socket that is something else from now on */
    {"TLS of the kernel", "setsockopt", TCP_OPTION(TCP_ULP)},
    {"repair", "setsockopt", TCP_OPTION(TCP_REPAIR)},
    {"signatures", "setsockopt", TCP_OPTION(TCP_MD5SIG)},
    {"a filter", "setsockopt", OF_SOCKET(SO_ATTACH_FILTER)},
    {"a program", "setsockopt", OF_SOCKET(SO_ATTACH_BPF)},
    {"a port shared", "setsockopt", OF_SOCKET(SO_REUSEPORT)},
    {"an interface", "setsockopt", OF_SOCKET(SO_BINDTODEVICE)},
    {"a mark", "setsockopt", OF_SOCKET(SO_MARK)},
    {"a priority", "setsockopt", OF_SOCKET(SO_PRIORITY)},
    {"no route", "setsockopt", OF_SOCKET(SO_DONTROUTE)},
    {"busy", "setsockopt", OF_SOCKET(SO_BUSY_POLL)},
    {"any size", "setsockopt", OF_SOCKET(SO_SNDBUFFORCE)},
    {"a route of its own", "setsockopt", IP_OPTION(OPTION_SRC_ROUTE)},
    {"anybody's address", "setsockopt", IP_OPTION(IP_TRANSPARENT)},
    {"an address not bound", "setsockopt", IP_OPTION(IP_FREEBIND)},
    {"a group", "setsockopt", IP_OPTION(IP_ADD_MEMBERSHIP)},
    {"netfilter's tables", "setsockopt", IP_OPTION(64)},
    {"a route of its own", "setsockopt",
	{GIVEN, LEVEL_IPV6, OPTION_RTHDR, ADDRESS, 4}},
    {"what a filter is", "getsockopt", OF_SOCKET(SO_GET_FILTER)},
    {"mapped pages", "getsockopt", TCP_OPTION(TCP_ZEROCOPY_RECEIVE)},

    /* signals that are no kill(2) */
    {"an owner", "fcntl", {GIVEN, F_SETOWN, NOBODY}},
    {"an owner", "fcntl", {GIVEN, F_SETOWN_EX, ADDRESS}},
    {"its signal", "fcntl", {GIVEN, F_SETSIG, SIGKILL}},
    {"signals", "fcntl", {GIVEN, F_SETFL, O_ASYNC}},
    {"signals", "fcntl", {GIVEN, F_SETFL, O_NONBLOCK | O_ASYNC}},
    {"signals of a folder", "fcntl", {GIVEN, F_NOTIFY, 0}},
    {"signals of a lease", "fcntl", {GIVEN, F_SETLEASE, F_RDLCK}},
    {"an owner", "ioctl", {GIVEN, FIOSETOWN, ADDRESS}},
    {"an owner", "ioctl", {GIVEN, SIOCSPGRP, ADDRESS}},
    {"signals", "ioctl", {GIVEN, FIOASYNC, ADDRESS}},
    {"a key stroke", "ioctl", {STDERR_FILENO, TIOCSTI, ADDRESS}},
    {"a selection", "ioctl", {STDERR_FILENO, TIOCLINUX, ADDRESS}},
    {"the terminal", "ioctl", {STDERR_FILENO, TIOCSCTTY, 1}},
    {"interfaces", "ioctl", {GIVEN, SIOCGIFCONF, ADDRESS}},
    {"an interface", "ioctl", {GIVEN, SIOCSIFFLAGS, ADDRESS}},
    {"a lock", "fcntl", {GIVEN, F_SETLK, ADDRESS}},
    {"a group", "kill", {-NOBODY, SIGKILL}},
    {"another signal", "kill", {NOBODY, SIGSTOP}},
    {"a look", "kill", {NOBODY, 0}},
    {"a thread", "tgkill", {NOBODY, NOBODY, SIGKILL}},
    {"a thread", "tkill", {NOBODY, SIGKILL}},
    {"a queue", "rt_sigqueueinfo", {NOBODY, SIGKILL, ADDRESS}},
    {"a queue", "rt_tgsigqueueinfo", {NOBODY, NOBODY, SIGKILL, ADDRESS}},
    {"a process", "pidfd_open", {NOBODY}},
    {"a process", "pidfd_send_signal", {GIVEN, SIGKILL}},
    {"its descriptors", "pidfd_getfd", {GIVEN, 0}},
    {"at its end", "prctl", {PR_SET_PDEATHSIG, SIGTERM}},

    /* itself, and others */
    {"dumpable", "prctl", {PR_SET_DUMPABLE, 1}},
    {"traced", "prctl", {PR_SET_PTRACER, -1}},
    {"a program", "execve", {ADDRESS, ADDRESS, ADDRESS}},
    {"a program by its path", "execveat",
	{AT_FDCWD, ADDRESS, ADDRESS, ADDRESS, 0}},
    {"a program in a folder", "execveat",
	{GIVEN, ADDRESS, ADDRESS, ADDRESS, AT_SYMLINK_NOFOLLOW}},
    {"capabilities", "prctl", {PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 0}},
    {"its memory", "prctl", {PR_SET_MM, PR_SET_MM_BRK, 0}},
    {"orphans", "prctl", {PR_SET_CHILD_SUBREAPER, 1}},
    {"strict", "prctl", {PR_SET_SECCOMP, SECCOMP_MODE_STRICT}},
    {"limits of others", "prlimit64", {NOBODY, RLIMIT_NOFILE}},
    {"priority", "setpriority", {PRIO_PROCESS, NOBODY, 0}},
    {"priority of all that it started", "setpriority", {PRIO_PGRP, 0, 0}},
    {"scheduling", "sched_setscheduler", {NOBODY, SCHED_OTHER, ADDRESS}},
    {"processors", "sched_setaffinity", {NOBODY, 8, ADDRESS}},
    {"a brother", "clone", {CLONE_PARENT | SIGCHLD}},
    {"a thread", "clone", {CLONE_VM | CLONE_SIGHAND | CLONE_THREAD}},
    {"another signal", "clone", {SIGKILL}},
    {"a network", "clone", {CLONE_NEWNET | SIGCHLD}},
    {"anything", "clone3", {ADDRESS, 0}},
    {"a child", "vfork", {0}},
    {"to compare", "kcmp", {NOBODY, NOBODY, 0, 0, 0}},
    {"advice", "process_madvise", {GIVEN, ADDRESS, 0, 0, 0}},
    {"memory of others", "process_vm_writev", {NOBODY, ADDRESS, 0}},
    {"a namespace", "setns", {GIVEN, 0}},
    {"a session", "setsid", {0}},
    {"a group", "setpgid", {NOBODY, 0}},
    {"ids", "setresuid", {-1, -1, -1}},
    {"ids", "setresgid", {-1, -1, -1}},
    {"groups", "setgroups", {-1, ADDRESS}},
    {"capabilities", "capset", {0, 0}},

    /* files, beside Landlock's rules, which grew with time */
    {"emptied", "openat", {AT_FDCWD, NOWHERE, O_RDONLY | O_TRUNC}},
    {"written", "openat", {AT_FDCWD, NOWHERE, O_WRONLY}},
    {"both", "openat", {AT_FDCWD, NOWHERE, O_RDWR}},
    {"made", "openat", {AT_FDCWD, NOWHERE, O_RDONLY | O_CREAT, 0600}},
    {"without a name", "openat", {AT_FDCWD, NOWHERE, O_TMPFILE | O_RDWR}},
    {"emptied", "open", {NOWHERE, O_RDONLY | O_TRUNC}},
    {"written", "open", {NOWHERE, O_WRONLY | O_APPEND}},
    {"anyhow", "openat2", {AT_FDCWD, NOWHERE, ADDRESS, 24}},
    {"by its handle", "open_by_handle_at", {AT_FDCWD, ADDRESS, 0}},
    {"made", "creat", {NOWHERE, 0600}},
    {"emptied", "truncate", {NOWHERE, 0}},
    {"a folder", "mkdir", {NOWHERE, 0700}},
    {"a folder", "mkdirat", {AT_FDCWD, NOWHERE, 0700}},
    {"a folder's end", "rmdir", {NOWHERE}},
    {"a folder's end", "unlinkat", {AT_FDCWD, NOWHERE, AT_REMOVEDIR}},
    {"a pipe", "mknodat", {AT_FDCWD, NOWHERE, S_IFIFO | 0600}},
    {"another name", "rename", {NOWHERE, NOWHERE}},
    {"another name", "renameat2", {AT_FDCWD, NOWHERE, AT_FDCWD, NOWHERE}},
    {"a second name", "linkat", {AT_FDCWD, NOWHERE, AT_FDCWD, NOWHERE}},
    {"a link", "symlinkat", {NOWHERE, AT_FDCWD, NOWHERE}},
    {"its mode", "fchmod", {GIVEN, 0777}},
    {"its mode", "fchmodat", {AT_FDCWD, NOWHERE, 0777}},
    {"its owner", "fchownat", {AT_FDCWD, NOWHERE, -1, -1}},
    {"its times", "utimensat", {AT_FDCWD, NOWHERE}},
    {"its attributes", "setxattr", {NOWHERE, NOWHERE, 0, 0, 0}},
    {"a root", "pivot_root", {NOWHERE, NOWHERE}},
    {"a file system", "fsopen", {NOWHERE, 0}},
    {"a mount's end", "umount2", {NOWHERE, 0}},
    {"to hear of it", "inotify_init1", {0}},
    {"to hear of it", "fanotify_init", {0, 0}},
    {"messages of the kernel", "pipe2", {ADDRESS, O_EXCL}},

    /* memory, and the machine */
    {"shared", "shmget", {0, 4096, 0600}},
    {"shared", "msgget", {0, 0600}},
    {"shared", "semget", {0, 1, 0600}},
    {"shared", "mq_open", {NOWHERE, 0}},
    {"faults", "userfaultfd", {0}},
    {"keys of pages", "pkey_mprotect", {0, 0, 0, 0}},
    {"keys", "keyctl", {0, 0}},
    {"keys", "request_key", {NOWHERE, NOWHERE, 0, 0}},
    {"what it is", "personality", {0xffffffff}},
    {"ports", "iopl", {0}},
    {"segments", "modify_ldt", {0, ADDRESS, 0}},
    {"rings", "io_uring_enter", {GIVEN, 0, 0, 0}},
    {"a module", "finit_module", {GIVEN, ADDRESS, 0}},
    {"messages of the kernel", "syslog", {10, 0, 0}},
    {"a kernel", "kexec_load", {0, 0, 0, -1}},
    {"an end", "reboot", {0, 0, 0, 0}},
    {"time", "clock_settime", {-1, ADDRESS}},
    {"time", "adjtimex", {0}},
    {"a swap", "swapon", {NOWHERE, 0}},
    {"a name", "sethostname", {ADDRESS, -1}},
};

const int call_count = sizeof(calls) / sizeof(calls[0]);

const char *
call_name(int i)
{
	static char name[128];

	snprintf(name, sizeof(name), "%s: %s", calls[i].name, calls[i].what);
	return name;
}

/* Whether this machine has it at all. */
int
call_is_here(int i)
{
	int number = seccomp_syscall_resolve_name(calls[i].name);

	ck_assert_msg(number != __NR_SCMP_ERROR, "%s is no call of any machine",
	    calls[i].name);
	return number >= 0;
}

int
call_make(int i, int given)
{
	long a[6];
	int n;

	for (n = 0; n < 6; n++)
		a[n] = calls[i].arguments[n] == GIVEN ? given
						      : calls[i].arguments[n];
	return syscall(seccomp_syscall_resolve_name(calls[i].name), a[0], a[1],
		   a[2], a[3], a[4], a[5]) == -1
	    ? -1
	    : 0;
}
