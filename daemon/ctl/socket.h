/* SPDX-License-Identifier: ISC */
/* Where the daemon listens for vncbridgectl. */
#ifndef VB_CTL_SOCKET_H
#define VB_CTL_SOCKET_H

/*
 * The control socket that the configuration names; file is NULL for the usual
 * one. If it can't be read, says so, and it is the usual socket. Ends the
 * program if the configuration has none.
 */
const char *socket_of_configuration(const char *file);

#endif
