/* SPDX-License-Identifier: ISC */
#ifndef VB_CTL_AUDIT_H
#define VB_CTL_AUDIT_H

/*
 * "vncbridgectl audit": argv[0] is the subcommand. Returns the exit status, or
 * -1 for a usage that is wrong.
 */
int audit_command(int argc, char **argv, int is_json);

#endif
