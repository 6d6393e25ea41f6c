/* SPDX-License-Identifier: ISC */
/*
 * Signals come while it waits, and at no other time: what the daemon says is
 * never cut short by one.
 */
#include <sys/ioctl.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "daemon/ctl/screen.h"

#define LINES_USUAL   24
#define COLUMNS_USUAL 80
#define COLUMNS_MAX   512

static struct termios before;
static unsigned lines = LINES_USUAL, columns = COLUMNS_USUAL;
static int is_ours;
static volatile sig_atomic_t wants_end;

static void
on_end(int signal_number)
{
	(void)signal_number;
	wants_end = 1;
}

/* For ppoll(2) to return. */
static void
on_resize(int signal_number)
{
	(void)signal_number;
}

static void
measure(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == -1)
		return;
	lines = size.ws_row > 0 ? size.ws_row : LINES_USUAL;
	columns = size.ws_col > 0 ? size.ws_col : COLUMNS_USUAL;
	if (columns > COLUMNS_MAX)
		columns = COLUMNS_MAX;
}

static void
take_signals(void)
{
	static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	struct sigaction action;
	sigset_t blocked;
	size_t i;

	memset(&action, 0, sizeof(action));
	sigemptyset(&blocked);
	action.sa_handler = on_end;
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		sigaction(ends[i], &action, NULL);
		sigaddset(&blocked, ends[i]);
	}
	action.sa_handler = on_resize;
	sigaction(SIGWINCH, &action, NULL);
	sigaddset(&blocked, SIGWINCH);
	/* stopped, it would leave the terminal without an echo */
	signal(SIGTSTP, SIG_IGN);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
}

int
screen_begin(void)
{
	struct termios raw;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) ||
	    tcgetattr(STDIN_FILENO, &before) == -1)
		return -1;
	take_signals();
	if (atexit(screen_end) != 0)
		return -1;
	raw = before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	is_ours = 1;
	if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw) == -1) {
		is_ours = 0;
		return -1;
	}
	measure();
	printf("\033[?25l\033[2J"); /* no cursor; an empty screen */
	return 0;
}

void
screen_end(void)
{
	if (!is_ours)
		return;
	is_ours = 0;
	printf("\033[%u;1H\033[?25h\n", lines);
	fflush(stdout);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
}

unsigned
screen_lines(void)
{
	return lines;
}

void
screen_home(void)
{
	printf("\033[H");
}

void
screen_clear_rest(void)
{
	printf("\033[J");
	fflush(stdout);
}

void
screen_line(const char *text, int ends)
{
	unsigned n; /* the last column stays empty: no terminal wraps there */

	for (n = 0; n + 1 < columns && text[n] != '\0'; n++)
		putchar(text[n] < ' ' || text[n] > '~' ? '?' : text[n]);
	printf("\033[K");
	if (ends)
		putchar('\n');
}

int
screen_wait(int ms)
{
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
	struct timespec limit = {.tv_nsec = ms % 1000 * 1000000L};
	unsigned char key;
	sigset_t none;
	int n;

	limit.tv_sec = ms / 1000;
	sigemptyset(&none);
	n = ppoll(&in, 1, &limit, &none);
	if (wants_end || (n == -1 && errno != EINTR))
		return -1;
	measure();
	if (n <= 0)
		return 0;
	/* a terminal that has gone ends it, too */
	return read(STDIN_FILENO, &key, 1) == 1 ? key : -1;
}
