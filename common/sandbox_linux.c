/* SPDX-License-Identifier: ISC */
/*
 * Linux: no_new_privs, rlimits, Landlock and seccomp, none of which needs
 * privileges. Domains and filters are inherited and can only be narrowed.
 *
 * STANDARDS  Landlock: Documentation/userspace-api/landlock.rst. Its structs
 * are declared here, since Debian 12's headers know only ABI 2, and a kernel
 * takes a larger struct as long as what it does not know is zero.
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/sandbox.h"

#ifndef SYS_landlock_create_ruleset /* the same numbers everywhere */
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule	    445
#define SYS_landlock_restrict_self  446
#endif

#define LL_VERSION     1u /* flag of create_ruleset */
#define LL_RULE_PATH   1
#define LL_RULE_PORT   2
#define LL_FS_EXECUTE  (1ull << 0)
#define LL_FS_WRITE    (1ull << 1)
#define LL_FS_READ     (1ull << 2)
#define LL_FS_READ_DIR (1ull << 3)
#define LL_FS_REMOVE   (1ull << 5)
#define LL_FS_MAKE_REG (1ull << 8)
#define LL_FS_FOR_FILES \
	(LL_FS_EXECUTE | LL_FS_WRITE | LL_FS_READ | LL_FS_TRUNCATE)
#define LL_FS_ABI1	((1ull << 13) - 1)
#define LL_FS_REFER	(1ull << 13) /* ABI 2 */
#define LL_FS_TRUNCATE	(1ull << 14) /* ABI 3 */
#define LL_FS_IOCTL_DEV (1ull << 15) /* ABI 5 */
#define LL_NET_BIND	1ull	     /* ABI 4 */
#define LL_NET_CONNECT	2ull
#define LL_SCOPE_ALL	3ull /* abstract sockets, signals; ABI 6 */
#define LL_ABI_TCP	4
#define LL_ABI_SCOPE	6

struct ll_ruleset {
	uint64_t fs;
	uint64_t net;
	uint64_t scoped;
};

struct ll_path {
	uint64_t access;
	int32_t parent_fd;
} __attribute__((packed));

struct ll_port {
	uint64_t access;
	uint64_t port;
};

int sandbox_is_entered;

static int
set_limit(int resource, rlim_t value)
{
	struct rlimit limit = {value, value};

	return setrlimit(resource, &limit);
}

static const char *
enter_limits(unsigned flags)
{
	if (set_limit(RLIMIT_CORE, 0) == -1)
		return "RLIMIT_CORE";
	if ((flags & SANDBOX_NO_FILE_WRITE) && set_limit(RLIMIT_FSIZE, 0) == -1)
		return "RLIMIT_FSIZE";
	if ((flags & SANDBOX_NO_PROCESS) && set_limit(RLIMIT_NPROC, 0) == -1)
		return "RLIMIT_NPROC";
	return NULL;
}

static uint64_t
handled_fs(int abi)
{
	uint64_t fs = LL_FS_ABI1;

	if (abi >= 2)
		fs |= LL_FS_REFER;
	if (abi >= 3)
		fs |= LL_FS_TRUNCATE;
	if (abi >= 5)
		fs |= LL_FS_IOCTL_DEV;
	return fs;
}

static uint64_t
path_access(unsigned rights)
{
	uint64_t access = 0;

	if (rights & SANDBOX_READ)
		access |= LL_FS_READ | LL_FS_READ_DIR;
	if (rights & SANDBOX_EXEC)
		access |= LL_FS_EXECUTE;
	if (rights & SANDBOX_REMOVE)
		access |= LL_FS_REMOVE;
	if (rights & SANDBOX_WRITE)
		access |= LL_FS_WRITE;
	if (rights & SANDBOX_MAKE)
		access |= LL_FS_MAKE_REG;
	return access;
}

/* Adds the paths of a table. Returns how many, or VB_ESYS. */
static int
add_paths(int ruleset, const struct sandbox_path *paths)
{
	struct ll_path rule;
	struct stat st;
	int result, n = 0;

	for (; paths != NULL && paths->path != NULL; paths++) {
		memset(&rule, 0, sizeof(rule));
		rule.parent_fd = open(paths->path, O_PATH | O_CLOEXEC);
		if (rule.parent_fd == -1)
			continue;
		rule.access = path_access(paths->rights);
		if (fstat(rule.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
			rule.access &= LL_FS_FOR_FILES;
		result = (int)syscall(
		    SYS_landlock_add_rule, ruleset, LL_RULE_PATH, &rule, 0);
		close(rule.parent_fd);
		if (result == -1)
			return VB_ESYS;
		n++;
	}
	return n;
}

/* Rules for all ports would be 4 MiB of the kernel's, and forbid nothing. */
static int
is_any_port(const struct sandbox *sandbox)
{
	return sandbox->port_count == SANDBOX_PORTS_ALL;
}

static int
add_ports(int ruleset, const struct sandbox *sandbox)
{
	struct ll_port rule;
	size_t i;

	for (i = 0; i < sandbox->port_count && !is_any_port(sandbox); i++) {
		rule.access = LL_NET_CONNECT;
		rule.port = sandbox->ports[i];
		if (syscall(SYS_landlock_add_rule, ruleset, LL_RULE_PORT, &rule,
			0) == -1)
			return VB_ESYS;
	}
	return 0;
}

static const char *
enter_landlock(const struct sandbox *sandbox, int *abi, int *files)
{
	struct ll_ruleset attr;
	int ruleset, more;
	const char *failed = NULL;

	*abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LL_VERSION);
	if (*abi < 1)
		return "landlock_create_ruleset";
	memset(&attr, 0, sizeof(attr));
	attr.fs = handled_fs(*abi);
	if ((sandbox->flags & SANDBOX_TCP) && *abi >= LL_ABI_TCP)
		attr.net = is_any_port(sandbox) ? LL_NET_BIND
						: LL_NET_BIND | LL_NET_CONNECT;
	if (*abi >= LL_ABI_SCOPE)
		attr.scoped = LL_SCOPE_ALL;
	ruleset =
	    (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (ruleset == -1)
		return "landlock_create_ruleset";
	if ((*files = add_paths(ruleset, sandbox->paths)) < 0 ||
	    (more = add_paths(ruleset, sandbox_build_paths)) < 0)
		failed = "landlock_add_rule (path)";
	else if (attr.net != 0 && add_ports(ruleset, sandbox) < 0)
		failed = "landlock_add_rule (port)";
	else if (syscall(SYS_landlock_restrict_self, ruleset, 0) == -1)
		failed = "landlock_restrict_self";
	close(ruleset);
	return failed;
}

/* Returns 0, or a negative errno. */
static int
add_call(scmp_filter_ctx filter, int number, const struct sandbox_call *call)
{
	struct scmp_arg_cmp cmp[SANDBOX_TESTS_MAX];
	const struct sandbox_test *test;
	unsigned i, n = 0;

	memset(cmp, 0, sizeof(cmp));
	for (i = 0; i < SANDBOX_TESTS_MAX; i++) {
		test = &call->tests[i];
		if (test->mask == 0)
			continue;
		cmp[n].arg = test->argument;
		cmp[n].op = SCMP_CMP_MASKED_EQ;
		cmp[n].datum_a = test->mask;
		cmp[n++].datum_b = test->value;
	}
	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, n, cmp);
}

/* Adds the rows of a table. Returns how many, or a negative errno. */
static int
add_calls(scmp_filter_ctx filter, const struct sandbox_call *call)
{
	int number, result, n = 0;

	for (; call->name != NULL; call++) {
		number = seccomp_syscall_resolve_name(call->name);
		if (number == __NR_SCMP_ERROR || number < 0)
			continue; /* not on this architecture */
		if ((result = add_call(filter, number, call)) < 0)
			return result;
		n++;
	}
	return n;
}

static const char *
enter_seccomp(const struct sandbox *sandbox, int *count)
{
	uint32_t other = sandbox->flags & SANDBOX_REFUSE
	    ? SCMP_ACT_ERRNO(ENOSYS)
	    : SCMP_ACT_KILL_PROCESS;
	scmp_filter_ctx filter;
	const char *failed = NULL;
	int result, more;

	if ((filter = seccomp_init(other)) == NULL)
		return "seccomp_init";
	/* a wrong architecture (x32, i386 calls) is killed as well */
	if ((result = seccomp_attr_set(
		 filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS)) < 0 ||
	    (result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2)) <
		0)
		failed = "seccomp attributes";
	else if ((result = *count = add_calls(filter, sandbox->calls)) < 0 ||
	    (result = more = add_calls(filter, sandbox_build_calls)) < 0)
		failed = "seccomp rules";
	else if ((result = seccomp_load(filter)) < 0)
		failed = "seccomp_load";
	if (failed != NULL)
		errno = -result;
	seccomp_release(filter);
	return failed;
}

/*
 * What to do about it. A kernel without Landlock answers ENOSYS, one where it
 * is off EOPNOTSUPP; a filter that is in place already (of a container, of a
 * unit) EPERM, or ENOSYS as if there were no such call.
 */
static const char *
advise(const char *failed, int error)
{
	int is_landlock = strncmp(failed, "landlock", strlen("landlock")) == 0;
	int is_filtered = prctl(PR_GET_SECCOMP, 0, 0, 0, 0) > 0;

	if (is_landlock && error == EOPNOTSUPP)
		return "it is off in this kernel: boot with landlock among "
		       "its lsm=, or set sandbox = off";
	if (error == ENOSYS && !is_filtered && is_landlock)
		return "it is not in this kernel: take Linux 5.13 or later "
		       "with CONFIG_SECURITY_LANDLOCK, or set sandbox = off";
	if (error == ENOSYS && !is_filtered)
		return "it is not in this kernel: set sandbox = off";
	if (error == EPERM || error == EACCES || error == ENOSYS)
		return "a filter forbids it: allow the call in the seccomp "
		       "profile of the container (SystemCallFilter of the "
		       "unit), or set sandbox = off";
	return "sandbox = off goes without";
}

int
sandbox_enter(const struct sandbox *sandbox, char report[SANDBOX_REPORT_MAX])
{
	const char *failed, *tcp;
	int abi = 0, files = 0, calls = 0, error;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		failed = "no_new_privs";
	else if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		failed = "PR_SET_DUMPABLE";
	else if ((failed = enter_limits(sandbox->flags)) == NULL &&
	    (failed = enter_landlock(sandbox, &abi, &files)) == NULL)
		failed = enter_seccomp(sandbox, &calls);
	if (failed != NULL) {
		error = errno;
		snprintf(report, SANDBOX_REPORT_MAX,
		    "sandbox not entered: %s: %s: %s", failed, strerror(error),
		    advise(failed, error));
		return VB_ESYS;
	}
	sandbox_is_entered = 1;
	if (!(sandbox->flags & SANDBOX_TCP))
		tcp = "for-children";
	else if (abi < LL_ABI_TCP)
		tcp = "kernel-too-old";
	else
		tcp = sandbox->port_count == 0 ? "none" : "connect";
	snprintf(report, SANDBOX_REPORT_MAX,
	    "sandbox entered no-new-privs=1 seccomp=%d-calls landlock=abi-%d "
	    "paths=%d tcp=%s ports=%zu scope=%s",
	    calls, abi, files, tcp, sandbox->port_count,
	    abi >= LL_ABI_SCOPE ? "signals,abstract-sockets"
				: "kernel-too-old");
	return 0;
}
