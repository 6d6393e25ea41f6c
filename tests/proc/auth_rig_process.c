/* SPDX-License-Identifier: ISC */
/* The processes of auth_rig.h: which helpers run, and what is in memory. */
#include <sys/wait.h>

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/proc/auth_rig.h"

#define POLL_MS	     2
#define MAPPING_MOST (1ull << 30) /* a sanitizer's shadow is none of ours */

/* Of a process: its parent, and a letter for its state. Returns 0 or -1. */
static int
read_stat(pid_t pid, pid_t *parent, char *state)
{
	char path[64], line[512], *p;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if ((file = fopen(path, "r")) == NULL)
		return -1;
	p = fgets(line, sizeof(line), file);
	(void)fclose(file);
	if (p == NULL || (p = strrchr(line, ')')) == NULL ||
	    sscanf(p + 1, " %c %d", state, parent) != 2)
		return -1;
	return 0;
}

unsigned
auth_helpers(const struct auth_rig *a, pid_t pids[AUTH_HELPERS_MAX])
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	unsigned n = 0;
	pid_t parent;
	char state;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL && n < AUTH_HELPERS_MAX) {
		pids[n] = atoi(entry->d_name);
		if (pids[n] > 0 && read_stat(pids[n], &parent, &state) == 0 &&
		    parent == a->rig.pid && state != 'Z')
			n++;
	}
	closedir(dir);
	return n;
}

unsigned
auth_freeze(const struct auth_rig *a)
{
	pid_t pids[AUTH_HELPERS_MAX];
	unsigned i, n = auth_helpers(a, pids);

	for (i = 0; i < n; i++)
		ck_assert_int_eq(kill(pids[i], SIGSTOP), 0);
	return n;
}

void
auth_thaw(const struct auth_rig *a)
{
	pid_t pids[AUTH_HELPERS_MAX];
	unsigned i, n = auth_helpers(a, pids);

	for (i = 0; i < n; i++)
		ck_assert_int_eq(kill(pids[i], SIGCONT), 0);
}

void
auth_wait_gone(const pid_t *pids, unsigned count)
{
	pid_t parent;
	char state;

	/* whoever gets an orphan may let it be a zombie */
	for (; count > 0; count--, pids++)
		while (read_stat(*pids, &parent, &state) == 0 && state != 'Z')
			poll(NULL, 0, POLL_MS);
}

static int
has_in_mapping(
    int mem, uint64_t first, uint64_t last, const void *bytes, size_t len)
{
	size_t size = (size_t)(last - first);
	char *copy = malloc(size);
	ssize_t n;
	int found;

	ck_assert_ptr_nonnull(copy);
	/* guard pages are not there */
	n = pread(mem, copy, size, (off_t)first);
	found = n > 0 && memmem(copy, (size_t)n, bytes, len) != NULL;
	explicit_bzero(copy, size);
	free(copy);
	return found;
}

static int
open_memory(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	return open(path, O_RDONLY | O_CLOEXEC);
}

int
auth_may_look(pid_t pid)
{
	int mem = open_memory(pid);

	if (mem == -1)
		return 0;
	close(mem);
	return 1;
}

int
auth_has_in_memory(pid_t pid, const void *bytes, size_t len)
{
	char path[64], line[1024], rights[8];
	unsigned long long first, last;
	int mem = open_memory(pid), found = 0;
	FILE *maps;

	ck_assert_int_ne(mem, -1);
	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	ck_assert_ptr_nonnull(maps = fopen(path, "re"));
	while (!found && fgets(line, sizeof(line), maps) != NULL)
		if (sscanf(line, "%llx-%llx %7s", &first, &last, rights) == 3 &&
		    rights[0] == 'r' && strstr(line, "[v") == NULL &&
		    last - first <= MAPPING_MOST)
			found = has_in_mapping(mem, first, last, bytes, len);
	(void)fclose(maps);
	close(mem);
	return found;
}

void
auth_kill(struct auth_rig *a)
{
	int status;

	ck_assert_int_eq(kill(a->rig.pid, SIGKILL), 0);
	status = rig_wait(&a->rig);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}
