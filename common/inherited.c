/* SPDX-License-Identifier: ISC */
#include <sys/time.h>

#include <signal.h>
#include <string.h>

#include "common/inherited.h"

void
inherited_reset_signals(void)
{
	static const int timers[] = {ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF};
	const struct itimerval never = {0};
	struct sigaction usual;
	sigset_t none;
	size_t i;
	int sig;

	memset(&usual, 0, sizeof(usual));
	usual.sa_handler = SIG_DFL;
	sigemptyset(&usual.sa_mask);
	/* fails for SIGKILL, SIGSTOP and those of the C library */
	for (sig = 1; sig <= SIGRTMAX; sig++)
		(void)sigaction(sig, &usual, NULL);
	for (i = 0; i < sizeof(timers) / sizeof(timers[0]); i++)
		(void)setitimer(timers[i], &never, NULL);
	signal(SIGXFSZ, SIG_IGN); /* setrlimit(2), RLIMIT_FSIZE: EFBIG */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}
