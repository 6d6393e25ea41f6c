/* SPDX-License-Identifier: ISC */
/*
 * A program of this build (CONFINED) as the daemon's master runs it: from a
 * descriptor, and with the master's sandbox around it, in which auth starts its
 * helpers.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "daemon/master/sandbox.h"

int
main(void)
{
	static struct conf conf = {.pages = "/nonexistent/pages",
	    .pid_file = "/nonexistent/pid",
	    .control_socket = "/nonexistent/sock"};
	static struct bundle bundle = {.conf = &conf};
	char name[] = CONFINED;
	char *argv[] = {name, NULL};
	int fd = open(VB_LIBEXECDIR "/" CONFINED, O_PATH | O_CLOEXEC);

	conf.settings.sandbox = 1;
	conf.settings.has_pam = CONFINED_WITH_PAM;
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (fd == -1 || master_sandbox_enter(&bundle, "/nonexistent/conf") < 0)
		return 126;
	execveat(fd, "", argv, environ, AT_EMPTY_PATH);
	return 127;
}
