/* SPDX-License-Identifier: ISC */
/*
 * The master's policy. Filters and domains are inherited, so it allows what
 * any child will need until its own, narrower policy; it forbids what none may
 * do: ptrace, mounts, modules, bpf, io_uring, keyrings, changing ids,
 * namespaces, and files written but for those of its own: two are open already,
 * and the audit trail's may be opened anew, in its folder.
 *
 * Where people log in by PAM, modules run in a child of its children: then it
 * allows what these need as well (sandbox_pam.h), and refuses what is in no
 * row, instead of ending the process.
 */
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/seccomp.h>
#include <link.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "common/log.h"
#include "common/sandbox.h"
#include "common/sandbox_pam.h"
#include "common/sandbox_rows.h"
#include "daemon/bundle/audit_file.h"
#include "daemon/bundle/providers.h"
#include "daemon/master/children/host_files.h"
#include "daemon/master/children/spawn.h"
#include "daemon/master/sandbox.h"

/* what the C library adds where sizes of files have 32 bits; a hidden name */
#define SANDBOX_LARGEFILE 0100000

/* as fork(3) of the C library asks for it */
#define CLONE_FORK (CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID)

static const struct sandbox_call master_calls[] = {
    SANDBOX_ROWS_LOOP,
    SANDBOX_ROWS_SOCKETS,

    /* the master's own work */
    {.name = "accept4", .reason = "clients, vncbridgectl"},
    {.name = "setsockopt",
	.reason = "listeners",
	.tests = {SANDBOX_OPTION(SOL_SOCKET, SO_REUSEADDR)}},
    {.name = "setsockopt",
	.reason = "listeners",
	.tests = {SANDBOX_OPTION(IPPROTO_IPV6, IPV6_V6ONLY)}},
    SANDBOX_ROWS_TCP,
    SANDBOX_ROWS_BUFFERS,
    {.name = "getsockopt",
	.reason = "vncbridgectl's user",
	.tests = {SANDBOX_OPTION(SOL_SOCKET, SO_PEERCRED)}},
    {.name = "getsockopt",
	.reason = "vncbridgectl's groups",
	.tests = {SANDBOX_OPTION(SOL_SOCKET, SO_PEERGROUPS)}},
    {.name = "getsockopt",
	.reason = "vncbridgectl's listeners",
	.tests = {SANDBOX_OPTION(SOL_SOCKET, SO_TYPE)}},
    {.name = "getsockopt",
	.reason = "vncbridgectl's listeners",
	.tests = {SANDBOX_OPTION(SOL_SOCKET, SO_ACCEPTCONN)}},
    {.name = "socketpair",
	.reason = "channels",
	.tests = {SANDBOX_IS(0, AF_UNIX),
	    SANDBOX_WITH(1, SOCK_SEQPACKET, SANDBOX_SOCKET_FLAGS)}},
    {.name = "socketpair",
	.reason = "fetch: libcurl, before its own sandbox",
	.tests = {SANDBOX_IS(0, AF_UNIX),
	    SANDBOX_WITH(1, SOCK_STREAM, SANDBOX_SOCKET_FLAGS)}},
    {.name = "clone",
	.reason = "fork: no thread, no new namespace",
	.tests = {SANDBOX_WITH(0, SIGCHLD, CLONE_FORK)}},
    {.name = "fork", .reason = "children"},
    {.name = "wait4", .reason = "children"},
    {.name = "kill",
	.reason = "children",
	.tests = {SANDBOX_CLEAR(0, SANDBOX_NEGATIVE), SANDBOX_IS(1, SIGKILL)}},
    {.name = "execveat",
	.reason = "children, from descriptors only",
	.tests = {SANDBOX_IS(4, AT_EMPTY_PATH)}},
    {.name = "dup2", .reason = "children's descriptors"},
    {.name = "dup3", .reason = "children's descriptors"},
    {.name = "close_range", .reason = "children's descriptors"},
    {.name = "unlink", .reason = "pid file, control socket"},
    {.name = "unlinkat",
	.reason = "pid file, control socket",
	.tests = {SANDBOX_IS(2, 0)}},
    {.name = "ftruncate", .reason = "pid file"},
    {.name = "pwrite64", .reason = "pid file"},
    {.name = "memfd_create", .reason = "pages, certificates; metrics"},
    {.name = "sendfile", .reason = "the users' file, at reload"},
    SANDBOX_ROWS_FCNTL,
    {.name = "fcntl",
	.reason = "copies for children",
	.tests = {SANDBOX_IS(1, F_DUPFD_CLOEXEC)}},
    {.name = "fcntl",
	.reason = "pages and certificates",
	.tests = {SANDBOX_IS(1, F_ADD_SEALS)}},
    {.name = "fcntl",
	.reason = "pages and certificates",
	.tests = {SANDBOX_IS(1, F_GET_SEALS)}},
    {.name = "bind", .reason = "listeners, at reload"},
    {.name = "listen", .reason = "listeners, at reload"},
    {.name = "getdents64", .reason = "the pages, at reload"},
    {.name = "rt_sigaction", .reason = "handlers"},
    {.name = "sigaltstack", .reason = "handlers"},
    {.name = "rt_sigtimedwait", .reason = "handlers"},

    /* a child's start: loader, C library, libraries */
    {.name = "brk", .reason = "malloc"},
    {.name = "mmap", .reason = "loader, malloc"},
    {.name = "munmap", .reason = "loader, malloc"},
    {.name = "mremap", .reason = "malloc"},
    {.name = "mprotect", .reason = "loader, malloc"},
    {.name = "madvise", .reason = "malloc"},
    {.name = "futex", .reason = "locks of libraries"},
    {.name = "getrandom", .reason = "seeds"},
    {.name = "openat",
	.reason = "libraries, configuration, pages",
	.tests = {SANDBOX_CLEAR(2, SANDBOX_OPEN_WRITES)}},
    {.name = "open",
	.reason = "libraries, configuration, pages",
	.tests = {SANDBOX_CLEAR(1, SANDBOX_OPEN_WRITES)}},
    {.name = "openat",
	.reason = "the audit trail, at reload; in its folder, by Landlock",
	.tests = {SANDBOX_WITH(2, AUDIT_FILE_FLAGS, SANDBOX_LARGEFILE)}},
    {.name = "open",
	.reason = "the audit trail, at reload; in its folder, by Landlock",
	.tests = {SANDBOX_WITH(1, AUDIT_FILE_FLAGS, SANDBOX_LARGEFILE)}},
    {.name = "sync_file_range", .reason = "the audit trail"},
    {.name = "fdatasync", .reason = "the audit trail"},
    {.name = "flock", .reason = "the audit trail"},
    {.name = "access", .reason = "loader"},
    {.name = "faccessat", .reason = "loader"},
    {.name = "faccessat2", .reason = "loader"},
    {.name = "stat", .reason = "loader, time zone"},
    {.name = "lstat", .reason = "time zone"},
    {.name = "fstat", .reason = "loader, files"},
    {.name = "newfstatat", .reason = "loader, files"},
    {.name = "statx", .reason = "files"},
    {.name = "readlink", .reason = "libraries"},
    {.name = "readlinkat", .reason = "libraries"},
    {.name = "pread64", .reason = "loader"},
    {.name = "lseek", .reason = "files"},
    {.name = "ioctl",
	.reason = "C library: is it a terminal",
	.tests = {SANDBOX_IS(1, TCGETS)}},
    {.name = "arch_prctl", .reason = "thread-local storage"},
    {.name = "set_tid_address", .reason = "C library"},
    {.name = "set_robust_list", .reason = "C library"},
    {.name = "rseq", .reason = "C library"},
    {.name = "prlimit64",
	.reason = "limits of children",
	.tests = {SANDBOX_IS(0, 0)}},
    {.name = "getrlimit", .reason = "limits of children"},
    {.name = "setrlimit", .reason = "limits of children"},
    {.name = "sched_getaffinity", .reason = "C library"},
    {.name = "sched_yield", .reason = "C library"},
    {.name = "setpriority",
	.reason = "of itself: auth's helpers",
	.tests = {SANDBOX_IS(0, PRIO_PROCESS), SANDBOX_IS(1, 0)}},
    {.name = "sysinfo", .reason = "C library"},
    {.name = "uname", .reason = "c-ares"},
    {.name = "getpid", .reason = "syslog, seeds"},
    {.name = "getppid", .reason = "children"},
    {.name = "gettid", .reason = "C library"},
    {.name = "getuid", .reason = "libraries"},
    {.name = "geteuid", .reason = "control socket"},
    {.name = "getgid", .reason = "libraries"},
    {.name = "getegid", .reason = "libraries"},
    {.name = "clock_getres", .reason = "libraries"},
    {.name = "epoll_create1", .reason = "a child's event loop"},
    {.name = "epoll_create", .reason = "a child's event loop"},
    {.name = "timerfd_create", .reason = "a child's event loop"},
    {.name = "timerfd_settime", .reason = "a child's event loop"},
    {.name = "eventfd2", .reason = "a child's event loop"},
    {.name = "pipe2",
	.reason = "a child's event loop",
	.tests = {SANDBOX_ONLY(1, O_CLOEXEC | O_NONBLOCK)}},
    {.name = "fcntl",
	.reason = "the worker's pipe",
	.tests = {SANDBOX_IS(1, F_SETPIPE_SZ)}},

    /* a child's entry into its own sandbox */
    {.name = "seccomp", .reason = "to be narrowed"},
    {.name = "landlock_create_ruleset", .reason = "to be narrowed"},
    {.name = "landlock_add_rule", .reason = "to be narrowed"},
    {.name = "landlock_restrict_self", .reason = "to be narrowed"},
    {.name = "prctl",
	.reason = "no_new_privs",
	.tests = {SANDBOX_IS(0, PR_SET_NO_NEW_PRIVS)}},
    {.name = "prctl",
	.reason = "not dumpable",
	.tests = {SANDBOX_IS(0, PR_SET_DUMPABLE), SANDBOX_IS(1, 0)}},
    {.name = "prctl",
	.reason = "a child's name, which was run from a descriptor",
	.tests = {SANDBOX_IS(0, PR_SET_NAME)}},
    {.name = "prctl",
	.reason = "death with the master",
	.tests = {SANDBOX_IS(0, PR_SET_PDEATHSIG), SANDBOX_IS(1, SIGKILL)}},
    {.name = "prctl",
	.reason = "seccomp_load",
	.tests = {SANDBOX_IS(0, PR_SET_SECCOMP),
	    SANDBOX_IS(1, SECCOMP_MODE_FILTER)}},
    {.name = "prctl",
	.reason = "seccomp_load",
	.tests = {SANDBOX_IS(0, PR_GET_SECCOMP)}},

    /* the broker's work; also the master's listeners and syslog */
    SANDBOX_ROWS_INTERNET,
    {.name = "socket",
	.reason = "syslog",
	.tests = {SANDBOX_IS(0, AF_UNIX),
	    SANDBOX_WITH(1, SOCK_DGRAM, SANDBOX_SOCKET_FLAGS),
	    SANDBOX_IS(2, 0)}},
    {.name = "socket",
	.reason = "syslog, where it is a stream",
	.tests = {SANDBOX_IS(0, AF_UNIX),
	    SANDBOX_WITH(1, SOCK_STREAM, SANDBOX_SOCKET_FLAGS),
	    SANDBOX_IS(2, 0)}},
    {.name = "connect", .reason = "targets, name servers, syslog"},
    {.name = "getsockname", .reason = "is an address this host's own"},
    {.name = "getpeername", .reason = "fetch: libcurl"},

    /* the keeper's work */
    {.name = "mlock", .reason = "keys, out of the swap"},
    {.name = "mlock2", .reason = "keys, out of the swap"},
    {.name = "mlockall", .reason = "keys, out of the swap"},

    /* the worker's work */
    {.name = "setsockopt",
	.reason = "the least to read",
	.tests = {SANDBOX_OPTION(SOL_SOCKET, SO_RCVLOWAT)}},
    {.name = "setsockopt",
	.reason = "before a close",
	.tests = {SANDBOX_OPTION(IPPROTO_TCP, TCP_USER_TIMEOUT)}},
    {.name = "setsockopt",
	.reason = "for workers: socket-buffer",
	.tests = {SANDBOX_OPTION(IPPROTO_TCP, TCP_WINDOW_CLAMP)}},
    {.name = "setsockopt",
	.reason = "before a close",
	.tests = {SANDBOX_OPTION(SOL_SOCKET, SO_LINGER)}},
    {.name = "getsockopt",
	.reason = "what a client has acknowledged",
	.tests = {SANDBOX_OPTION(IPPROTO_TCP, TCP_INFO)}},
    {.name = "shutdown", .reason = "the end of a connection"},
    {.name = "splice", .reason = "floods, through its pipe"},
    {0},
};

static const struct sandbox_call pam_calls[] = {SANDBOX_ROWS_PAM};
static const struct sandbox_path pam_paths[] = {SANDBOX_PATHS_PAM};

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* The dynamic loader runs the children: it must be executable too. */
static int
find_loader(struct dl_phdr_info *info, size_t size, void *arg)
{
	char *out = arg;
	int i;

	(void)size;
	for (i = 0; i < info->dlpi_phnum; i++) {
		if (info->dlpi_phdr[i].p_type != PT_INTERP)
			continue;
		strlcpy(out,
		    (const char *)(info->dlpi_addr +
			info->dlpi_phdr[i].p_vaddr),
		    PATH_MAX);
		return 1;
	}
	return 1; /* the first object is the program itself */
}

static const char *
directory_of(const char *path, char out[PATH_MAX])
{
	char copy[PATH_MAX];

	strlcpy(copy, path, sizeof(copy));
	strlcpy(out, dirname(copy), PATH_MAX);
	return out;
}

#define PATHS_MAX 512 /* a reload says what is beyond them */

/* A table that grows; names that are composed stay for good. */
static struct sandbox_path paths[PATHS_MAX + 1];
static size_t path_count;

static void
add_path(const char *path, unsigned rights)
{
	if (path_count == PATHS_MAX)
		return;
	paths[path_count].path = path;
	paths[path_count++].rights = rights;
}

static int
has_path(const char *path, unsigned rights)
{
	size_t i;

	for (i = 0; i < path_count; i++)
		if (paths[i].rights == rights &&
		    strcmp(paths[i].path, path) == 0)
			return 1;
	return 0;
}

static void
add_directory_of(const char *path, unsigned rights)
{
	char buffer[PATH_MAX];
	char *copy;

	/* "" is none, and no file in "." */
	if (path == NULL || path[0] == '\0' ||
	    has_path(directory_of(path, buffer), rights))
		return;
	if ((copy = strdup(buffer)) != NULL)
		add_path(copy, rights);
}

/* Also where a link leads: Landlock must know of both. */
static void
add_file(const char *path)
{
	char real[PATH_MAX];

	add_directory_of(path, SANDBOX_READ);
	if (path != NULL && realpath(path, real) != NULL)
		add_directory_of(real, SANDBOX_READ);
}

/* What children need, and what a reload reads. */
static void
fill_paths(const struct conf *conf, const char *conf_file)
{
	static const char *const libraries[] = {"/usr/lib", "/usr/lib64",
	    "/usr/local/lib", "/lib", "/lib64", "/usr/share/zoneinfo",
	    "/etc", /* ld.so.cache, hosts, resolv.conf */
	    "/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager"};
	static char loader[PATH_MAX];
	char real[PATH_MAX];
	size_t i;

	path_count = 0;
	dl_iterate_phdr(find_loader, loader);
	/* the files that the master has open, and not what replaces them; but
	 * the loader that is there then, since the C library's belongs to it */
	for (i = 0; spawn_program(i) != NULL; i++)
		add_path(spawn_program(i), SANDBOX_READ | SANDBOX_EXEC);
	if (realpath(loader, real) != NULL)
		add_directory_of(real, SANDBOX_READ | SANDBOX_EXEC);
	for (i = 0; i < sizeof(libraries) / sizeof(libraries[0]); i++)
		add_path(libraries[i], SANDBOX_READ);
	add_directory_of(conf->pid_file, SANDBOX_REMOVE);
	add_directory_of(conf->control_socket, SANDBOX_REMOVE);
	add_directory_of(
	    conf->audit_file, SANDBOX_READ | SANDBOX_WRITE | SANDBOX_MAKE);
	add_file(HOST_FILES_HOSTS);
	add_file(HOST_FILES_RESOLV_CONF);
	add_file(conf_file);
	add_path(conf->pages, SANDBOX_READ);
	add_file(conf->users_file);
	for (i = 0; i < conf->oidc_count; i++)
		add_file(conf->oidc[i].secret_file);
	for (i = 0; i < conf->fetch_count; i++)
		add_file(providers_ca_file(&conf->fetch[i]));
	for (i = 0; i < conf->cert_count; i++) {
		add_file(conf->certs[i].certificate);
		add_file(conf->certs[i].key);
	}
	for (i = 0; conf->tls != NULL && i < conf->listener_count; i++) {
		add_file(conf->tls[i].client_ca);
		add_file(conf->tls[i].client_crl);
	}
	for (i = 0; i < conf->target_ca_count; i++)
		add_file(conf->target_cas[i].path);
	for (i = 0; conf->settings.has_pam && i < COUNT(pam_paths); i++)
		add_path(pam_paths[i].path, pam_paths[i].rights);
}

/* The table's end comes with the master's own. */
static const struct sandbox_call *
calls_of(const struct conf *conf)
{
	static struct sandbox_call both[COUNT(pam_calls) + COUNT(master_calls)];

	if (!conf->settings.has_pam)
		return master_calls;
	memcpy(both, pam_calls, sizeof(pam_calls));
	memcpy(both + COUNT(pam_calls), master_calls, sizeof(master_calls));
	return both;
}

int
master_sandbox_enter(const struct bundle *bundle, const char *conf_file)
{
	char report[SANDBOX_REPORT_MAX];
	const struct conf *conf = bundle->conf;
	const struct sandbox sandbox = {.calls = calls_of(conf),
	    .paths = paths,
	    .flags = conf->settings.has_pam ? SANDBOX_REFUSE : 0};

	if (!conf->settings.sandbox) {
		log_warn("sandbox off: the configuration says so");
		return 0;
	}
	fill_paths(conf, conf_file);
	if (sandbox_enter(&sandbox, report) < 0) {
		log_error("%s", report);
		return VB_ESYS;
	}
	log_info("%s", report);
	return 0;
}
