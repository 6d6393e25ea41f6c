/* SPDX-License-Identifier: ISC */
/* vncbridged's command line. */
#ifndef VB_OPTIONS_H
#define VB_OPTIONS_H

#include "daemon/bundle/conf.h"

/*
 * Reads the command line; *check_only is -n. The lists in options are
 * static. Ends the process after -V and on a usage error.
 */
void options_parse(
    int argc, char **argv, struct conf_options *options, int *check_only);

#endif
