/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/master/options.h"

#define OPTIONS_MAX   32 /* -l and -a, each */
#define VERBOSITY_MAX 2	 /* -vv */
#define EXIT_USAGE    64 /* sysexits.h */

static void __attribute__((noreturn)) usage(void)
{
	fprintf(stderr,
	    "usage: vncbridged [-dnvV] [-f file] [-l address:port] "
	    "[-a allow]\n");
	exit(EXIT_USAGE);
}

static void
add_option(const char **list, size_t *count, const char *value)
{
	if (*count == OPTIONS_MAX) {
		fprintf(stderr, "vncbridged: too many options\n");
		exit(EXIT_USAGE);
	}
	list[(*count)++] = value;
}

void
options_parse(
    int argc, char **argv, struct conf_options *options, int *check_only)
{
	static const char *listen[OPTIONS_MAX];
	static const char *allow[OPTIONS_MAX];
	int ch;

	memset(options, 0, sizeof(*options));
	options->listen = listen;
	options->allow = allow;
	*check_only = 0;
	while ((ch = getopt(argc, argv, "a:df:l:nvV")) != -1) {
		switch (ch) {
		case 'a':
			add_option(allow, &options->allow_count, optarg);
			break;
		case 'd':
			options->is_foreground = 1;
			break;
		case 'f':
			options->file = optarg;
			break;
		case 'l':
			add_option(listen, &options->listen_count, optarg);
			break;
		case 'n':
			*check_only = 1;
			break;
		case 'v':
			if (options->verbosity < VERBOSITY_MAX)
				options->verbosity++;
			break;
		case 'V':
			printf("vncbridged %s\n", PACKAGE_VERSION);
			exit(0);
		default:
			usage();
		}
	}
	if (optind != argc)
		usage();
}
