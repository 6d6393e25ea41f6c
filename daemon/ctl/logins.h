/* SPDX-License-Identifier: ISC */
/* Who has logged in, and an end to it. */
#ifndef VB_CTL_LOGINS_H
#define VB_CTL_LOGINS_H

/* Shows all logins of the daemon at fd. Returns main()'s value. */
int logins_show(int fd, int is_json);

/* Ends all logins of a user. Returns main()'s value. */
int logins_end(int fd, const char *user, int is_json);

#endif
