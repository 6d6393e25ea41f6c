/* SPDX-License-Identifier: ISC */
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/sandbox/attempts.h"

#define X32_BIT 0x40000000 /* a call of another architecture */
#define PAGE	4096

#ifndef SYS_io_uring_setup
#define SYS_io_uring_setup 425
#endif

unsigned short attempt_allowed_port;

static char scratch[64];
static pid_t bystander;

static int
make_nothing(void)
{
	return 0;
}

static void
name_scratch(pid_t pid)
{
	snprintf(scratch, sizeof(scratch), "/tmp/vb-sandbox-%d", (int)pid);
}

void
attempt_clean_up(pid_t pid)
{
	name_scratch(pid);
	unlink(scratch);
}

/* A file of our own, outside of every path that a process may read. */
static int
make_file(void)
{
	int fd;

	attempt_clean_up(getpid());
	fd = open(scratch, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1 || write(fd, "x", 1) != 1)
		return -1;
	close(fd);
	return 0;
}

static int
make_tcp(void)
{
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static int
make_listener(void)
{
	struct sockaddr_in sin = {.sin_family = AF_INET};
	int fd = make_tcp();

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sin.sin_port = htons(attempt_allowed_port);
	if (fd == -1 || bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    listen(fd, 1) == -1)
		return -1;
	return fd;
}

/* A listener that a broker may not connect to: of a port not allowed. */
static int
make_other_listener(void)
{
	struct sockaddr_in sin = {.sin_family = AF_INET};
	int fd = make_tcp();

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd == -1 || bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    listen(fd, 1) == -1)
		return -1;
	return fd;
}

/* A process that is nobody's child here: what kill and ptrace aim at. */
static int
make_bystander(void)
{
	bystander = getppid();
	return bystander > 1 ? 0 : -1;
}

static int
open_it(const char *path, int flags)
{
	return open(path, flags | O_CLOEXEC, 0600) == -1 ? -1 : 0;
}

static int
read_etc(int made)
{
	(void)made;
	return open_it("/etc/passwd", O_RDONLY);
}

static int
read_file(int made)
{
	(void)made;
	return open_it(scratch, O_RDONLY);
}

static int
write_file(int made)
{
	(void)made;
	return open_it(scratch, O_WRONLY);
}

/* As the master opens its audit-file, which is elsewhere. */
static int
append_file(int made)
{
	(void)made;
	return open_it(scratch,
	    O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
}

static int
write_etc(int made)
{
	(void)made;
	return open_it("/etc/hosts", O_WRONLY | O_APPEND);
}

static int
create_file(int made)
{
	(void)made;
	return open_it("/tmp/vb-sandbox-created", O_WRONLY | O_CREAT);
}

static int
read_memory_of_others(int made)
{
	char byte, path[64];
	struct iovec here = {&byte, 1}, there = {path, 1};

	(void)made;
	return process_vm_readv(bystander, &here, 1, &there, 1, 0) == -1 ? -1
									 : 0;
}

static int
open_socket(int domain, int type, int protocol)
{
	return socket(domain, type, protocol) == -1 ? -1 : 0;
}

static int
socket_inet(int made)
{
	(void)made;
	return open_socket(AF_INET, SOCK_STREAM, 0);
}

static int
socket_unix(int made)
{
	(void)made;
	return open_socket(AF_UNIX, SOCK_STREAM, 0);
}

static int
socket_netlink(int made)
{
	(void)made;
	return open_socket(AF_NETLINK, SOCK_RAW, 0);
}

static int
socket_packet(int made)
{
	(void)made;
	return open_socket(AF_PACKET, SOCK_RAW, 0);
}

/* Connects a socket, made by the process itself, to a listener's port. */
static int
connect_to(int listener)
{
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);
	int fd = make_tcp();

	if (fd == -1 ||
	    getsockname(listener, (struct sockaddr *)&sin, &len) == -1)
		return -1;
	return connect(fd, (struct sockaddr *)&sin, sizeof(sin));
}

/* Connects a socket that was there before. */
static int
connect_given(int made)
{
	struct sockaddr_in sin = {.sin_family = AF_INET};

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sin.sin_port = htons(1);
	if (connect(made, (struct sockaddr *)&sin, sizeof(sin)) == 0)
		return 0;
	return errno == ECONNREFUSED ? 0 : -1; /* it was tried */
}

static int
bind_given(int made)
{
	struct sockaddr_in sin = {.sin_family = AF_INET};

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return bind(made, (struct sockaddr *)&sin, sizeof(sin));
}

static int
listen_given(int made)
{
	return listen(made, 1);
}

static int
accept_given(int made)
{
	fcntl(made, F_SETFL, O_NONBLOCK);
	if (accept4(made, NULL, NULL, SOCK_CLOEXEC) != -1)
		return 0;
	return errno == EAGAIN ? 0 : -1;
}

static int
take_name(int made)
{
	(void)made;
	return prctl(PR_SET_NAME, "another", 0, 0, 0);
}

static int
exec_program(int made)
{
	char *const argv[] = {(char *)(uintptr_t) "true", NULL};
	char *const envp[] = {NULL};

	(void)made;
	return execve("/bin/true", argv, envp);
}

static int
fork_child(int made)
{
	pid_t pid = fork();

	(void)made;
	if (pid == 0)
		_exit(0);
	if (pid == -1)
		return -1;
	return waitpid(pid, NULL, 0) == pid ? 0 : -1;
}

static int
kill_bystander(int made)
{
	(void)made;
	return kill(bystander, SIGCONT);
}

static int
trace_bystander(int made)
{
	(void)made;
	return ptrace(PTRACE_SEIZE, bystander, NULL, NULL) == -1 ? -1 : 0;
}

static int
call(long number)
{
	char zero[256];

	memset(zero, 0, sizeof(zero));
	return syscall(number, 1, zero, 0, 0, 0, 0) == -1 ? -1 : 0;
}

static int
io_uring(int made)
{
	(void)made;
	return call(SYS_io_uring_setup);
}

static int
load_bpf(int made)
{
	(void)made;
	return call(SYS_bpf);
}

static int
add_key(int made)
{
	(void)made;
	return syscall(SYS_add_key, "user", "vb", "x", 1, -3) == -1 ? -1 : 0;
}

static int
load_module(int made)
{
	(void)made;
	return call(SYS_init_module);
}

static int
watch_performance(int made)
{
	(void)made;
	return call(SYS_perf_event_open);
}

static int
mount_something(int made)
{
	(void)made;
	return mount("none", "/tmp", "tmpfs", 0, NULL);
}

static int
new_namespace(int made)
{
	(void)made;
	return unshare(CLONE_NEWUSER);
}

static int
fork_into_namespace(int made)
{
	long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);

	(void)made;
	if (pid == 0)
		_exit(0);
	return pid == -1 ? -1 : 0;
}

static int
become_root(int made)
{
	(void)made;
	return setuid(0);
}

static int
change_root(int made)
{
	(void)made;
	return chroot("/tmp");
}

static int
change_mode(int made)
{
	(void)made;
	return chmod(scratch, 0777);
}

static int
executable_memory(int made)
{
	void *p = mmap(NULL, PAGE, PROT_READ | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)made;
	return p == MAP_FAILED ? -1 : 0;
}

static int
other_architecture(int made)
{
	(void)made;
	return call(X32_BIT + SYS_getpid);
}

/* What every process must be able to do. */
static int
send_something(int made)
{
	char byte = 'x';
	struct iovec iov = {&byte, 1};
	struct mmsghdr header = {.msg_hdr = {.msg_iov = &iov, .msg_iovlen = 1}};

	if (sendmmsg(made, &header, 1, MSG_NOSIGNAL) == -1)
		return errno == ENOTCONN || errno == EPIPE ? 0 : -1;
	return 0;
}

/* What libcurl makes before its process is in a sandbox of its own. */
static int
pair_of_streams(int made)
{
	int pair[2];

	(void)made;
	return socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
}

static int
allocate(int made)
{
	char *p = malloc(8 * 1024 * 1024);

	(void)made;
	if (p == NULL)
		return -1;
	memset(p, 1, 8 * 1024 * 1024);
	free(p);
	return 0;
}

const struct attempt attempts[] = {
    {"read /etc", make_nothing, read_etc},
    {"read a file", make_file, read_file},
    {"write a file", make_file, write_file},
    {"append to a file", make_file, append_file},
    {"write /etc", make_nothing, write_etc},
    {"create a file", make_nothing, create_file},
    {"change a file's mode", make_file, change_mode},
    {"socket inet", make_nothing, socket_inet},
    {"socket unix", make_nothing, socket_unix},
    {"socket netlink", make_nothing, socket_netlink},
    {"socket packet", make_nothing, socket_packet},
    {"connect to an allowed port", make_listener, connect_to},
    {"connect to another port", make_other_listener, connect_to},
    {"connect a given socket", make_tcp, connect_given},
    {"fast open by sendto", make_other_listener, reach_by_sendto},
    {"fast open by sendmsg", make_other_listener, reach_by_sendmsg},
    {"fast open by sendmmsg", make_other_listener, reach_by_sendmmsg},
    {"an abstract socket", reach_make_abstract, reach_abstract},
    {"a pair of streams", make_nothing, pair_of_streams},
    {"bind a given socket", make_tcp, bind_given},
    {"listen on a given socket", make_tcp, listen_given},
    {"accept on a given socket", make_other_listener, accept_given},
    {"exec", make_nothing, exec_program},
    {"a name of its own", make_nothing, take_name},
    {"fork", make_nothing, fork_child},
    {"fork into a namespace", make_nothing, fork_into_namespace},
    {"kill", make_bystander, kill_bystander},
    {"kill for good", reach_make_victim, reach_kill},
    {"kill as a descriptor's owner", reach_make_victim, reach_by_owner},
    {"ptrace", make_bystander, trace_bystander},
    {"read memory of others", make_bystander, read_memory_of_others},
    {"io_uring", make_nothing, io_uring},
    {"bpf", make_nothing, load_bpf},
    {"add a key", make_nothing, add_key},
    {"load a module", make_nothing, load_module},
    {"perf events", make_nothing, watch_performance},
    {"mount", make_nothing, mount_something},
    {"unshare", make_nothing, new_namespace},
    {"setuid", make_nothing, become_root},
    {"chroot", make_nothing, change_root},
    {"executable memory", make_nothing, executable_memory},
    {"a call of another architecture", make_nothing, other_architecture},
    {"use a given socket", make_tcp, send_something},
    {"allocate", make_nothing, allocate},
};

const int attempt_count = sizeof(attempts) / sizeof(attempts[0]);
