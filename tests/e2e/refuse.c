/* SPDX-License-Identifier: ISC */
/*
 * refuse ERRNO CALL[,CALL] PROGRAM [ARGUMENT ...]: runs the program as under
 * a filter of a container or unit, which answers the calls with that error.
 */
#include <err.h>
#include <errno.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int
error_of(const char *name)
{
	if (strcmp(name, "EPERM") == 0)
		return EPERM;
	if (strcmp(name, "ENOSYS") == 0)
		return ENOSYS;
	if (strcmp(name, "EOPNOTSUPP") == 0)
		return EOPNOTSUPP;
	errx(2, "%s: which error is that", name);
}

int
main(int argc, char **argv)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	char *name;
	int error;

	if (argc < 4 || filter == NULL)
		errx(2, "usage: refuse errno call[,call] program ...");
	error = error_of(argv[1]);
	for (name = strtok(argv[2], ","); name != NULL;
	     name = strtok(NULL, ","))
		if (seccomp_rule_add(filter, SCMP_ACT_ERRNO((unsigned)error),
			seccomp_syscall_resolve_name(name), 0) < 0)
			errx(2, "%s: no such call", name);
	/* a filter that is there already needs no no_new_privs: root's */
	if (geteuid() == 0)
		(void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0);
	if (seccomp_load(filter) < 0)
		err(2, "seccomp_load");
	seccomp_release(filter);
	execv(argv[3], argv + 3);
	err(2, "%s", argv[3]);
}
