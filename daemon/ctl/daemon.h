/* SPDX-License-Identifier: ISC */
/*
 * The daemon, as vncbridgectl sees it: questions and answers on a blocking
 * socket. What goes wrong is reported in an operator's words, and ends the
 * program.
 */
#ifndef VB_CTL_DAEMON_H
#define VB_CTL_DAEMON_H

#include <stdint.h>

#include "common/proto.h"

#define EXIT_FAULT     1  /* what was wanted was refused */
#define EXIT_NO_DAEMON 2  /* it does not run, or does not answer */
#define EXIT_USAGE     64 /* sysexits.h */

/* Connects. **Gives** the socket. */
int daemon_connect(const char *path);

/* How long an answer may take. */
void daemon_set_patience(int fd, unsigned sec);

/* Sends; **takes** passed, or -1. */
void daemon_tell(int fd, enum msg_type type, const void *body, int passed);

/* Waits for the answer of that type. */
void daemon_hear(int fd, enum msg_type wanted, union proto_any *answer);

/* The same; returns what came with it, and **gives** it, or -1. */
int daemon_hear_file(int fd, enum msg_type wanted, union proto_any *answer);

/* Waits until the daemon has ended. */
void daemon_wait_end(int fd);

/* Ends the program, and names both, where the daemon's version is another. */
void daemon_check_version(int fd, uint32_t version);

/* Ends the program unless code is CTL_DONE; text says why. */
void daemon_check_code(uint32_t code, const char *text);

#endif
