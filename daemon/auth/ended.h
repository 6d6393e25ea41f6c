/* SPDX-License-Identifier: ISC */
/*
 * Why the last logins have ended, for a broker that did not hear it: one that
 * was replaced at that moment.
 */
#ifndef VB_AUTH_ENDED_H
#define VB_AUTH_ENDED_H

#include <stdint.h>

/* **Keeps** reason, a constant, which is for a person. */
void ended_remember(uint64_t login_id, const char *reason);

/* The reason of one that ended not long ago; else words that fit any. */
const char *ended_why(uint64_t login_id);

#endif
