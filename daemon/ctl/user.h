/* SPDX-License-Identifier: ISC */
/* vncbridgectl user: who may log in, in the users' file. */
#ifndef VB_CTL_USER_H
#define VB_CTL_USER_H

/*
 * argv begins with the verb: add, passwd, lock, unlock, remove, list, groups,
 * totp; its options and the name follow. The daemon is not asked. Returns the
 * exit status, or -1: the command line can't be understood.
 */
int user_command(int argc, char *const argv[], int is_json);

#endif
