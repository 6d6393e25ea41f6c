/* SPDX-License-Identifier: ISC */
/* vncbridgectl reload: lends the daemon the rights of its user. */
#ifndef VB_CTL_RELOAD_H
#define VB_CTL_RELOAD_H

/*
 * Reads the configuration (NULL: the default file), opens all that it names,
 * and has the daemon at the other end of fd apply it. Says what is wrong, or
 * what takes a restart. Returns the exit status.
 */
int reload(int fd, const char *file);

#endif
