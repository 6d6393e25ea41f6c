/* SPDX-License-Identifier: ISC */
#include <sys/utsname.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/bundle/machine.h"

#define TCP_MEM_PATH	 "/proc/sys/net/ipv4/tcp_mem"
#define HOSTS_PATH	 "/etc/hosts"
#define TCP_PART	 8	      /* of it is ours */
#define UNKNOWN_KIB	 (256 * 1024) /* in all, if it is not known */
#define WORKER_LEAST_KIB (8 * 1024)

static struct machine known = {.cpus = 1};
static char full_name[TARGET_NAME_MAX]; /* "": none is known */

/* The first label of what the kernel calls this host. */
static int
read_short_name(char out[TARGET_NAME_MAX])
{
	struct utsname system;

	if (uname(&system) == -1)
		return 0;
	return target_parse_name(
		   system.nodename, strcspn(system.nodename, "."), out) == 0;
}

int
machine_find_full_name(
    const char *line, const char *short_name, char out[TARGET_NAME_MAX])
{
	static const char blanks[] = " \t\r\n";
	char name[TARGET_NAME_MAX];
	size_t n, len = strlen(short_name);
	int is_short = 0, is_full = 0;

	for (; *line != '\0' && *line != '#'; line += n) {
		line += strspn(line, blanks);
		n = strcspn(line, "# \t\r\n");
		if (n == 0 || target_parse_name(line, n, name) < 0)
			continue; /* the address isn't a name, either */
		if (strcmp(name, short_name) == 0)
			is_short = 1;
		else if (!is_full && strncmp(name, short_name, len) == 0 &&
		    name[len] == '.') {
			strlcpy(out, name, TARGET_NAME_MAX);
			is_full = 1;
		}
	}
	return is_short && is_full;
}

/* Where "hostname -f" has it from, without asking the network. */
static void
learn_full_name(void)
{
	char short_name[TARGET_NAME_MAX], found[TARGET_NAME_MAX], *line = NULL;
	FILE *fp = fopen(HOSTS_PATH, "re");
	size_t size = 0;

	if (fp == NULL)
		return;
	while (full_name[0] == '\0' && read_short_name(short_name) &&
	    getline(&line, &size, fp) != -1)
		if (machine_find_full_name(line, short_name, found))
			strlcpy(full_name, found, sizeof(full_name));
	free(line);
	fclose(fp);
}

size_t
machine_names(char out[MACHINE_NAMES_MAX][TARGET_NAME_MAX])
{
	char short_name[TARGET_NAME_MAX];
	struct utsname system;
	size_t n = 0;

	if (uname(&system) == 0 &&
	    target_parse_name(
		system.nodename, strlen(system.nodename), out[n]) == 0)
		n++;
	if (read_short_name(short_name)) {
		strlcpy(out[n++], short_name, TARGET_NAME_MAX);
		if (snprintf(out[n], TARGET_NAME_MAX, "%s.local", short_name) <
		    TARGET_NAME_MAX)
			n++;
	}
	if (full_name[0] != '\0')
		strlcpy(out[n++], full_name, TARGET_NAME_MAX);
	return n;
}

const char *
machine_describe_names(char out[MACHINE_TEXT_MAX])
{
	char names[MACHINE_NAMES_MAX][TARGET_NAME_MAX];
	size_t i, n = machine_names(names);

	strlcpy(out, "requests must be for an address, localhost, ",
	    MACHINE_TEXT_MAX);
	for (i = 0; i < n; i++) {
		if (i > 0 && strcmp(names[i], names[0]) == 0)
			continue;
		strlcat(out, names[i], MACHINE_TEXT_MAX);
		strlcat(out, ", ", MACHINE_TEXT_MAX);
	}
	strlcat(out,
	    "or a name of certificates, origins or hosts: list the name that a "
	    "proxy passes on in hosts",
	    MACHINE_TEXT_MAX);
	return out;
}

void
machine_learn(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	long page_bytes = sysconf(_SC_PAGESIZE);
	unsigned long long low, pressure, most;
	FILE *fp = fopen(TCP_MEM_PATH, "re");

	learn_full_name();
	if (cpus > 0)
		known.cpus = (unsigned)cpus;
	if (fp == NULL)
		return;
	if (page_bytes > 0 &&
	    fscanf(fp, "%llu %llu %llu", &low, &pressure, &most) == 3)
		known.tcp_kib = most * (unsigned long long)page_bytes / 1024;
	fclose(fp);
}

const struct machine *
machine(void)
{
	return &known;
}

uint32_t
machine_socket_kib(uint32_t memory_mib, uint32_t workers)
{
	uint64_t kib = (uint64_t)memory_mib * 1024;

	if (memory_mib == 0)
		kib =
		    known.tcp_kib == 0 ? UNKNOWN_KIB : known.tcp_kib / TCP_PART;
	kib /= workers == 0 ? known.cpus : workers;
	if (kib < WORKER_LEAST_KIB)
		kib = WORKER_LEAST_KIB;
	return kib > UINT32_MAX ? UINT32_MAX : (uint32_t)kib;
}
