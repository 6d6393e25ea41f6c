/* SPDX-License-Identifier: ISC */
/*
 * What vncbridgectl shows, as a table or as JSON.
 */
#ifndef VB_PRINT_H
#define VB_PRINT_H

#include "common/proto.h"

/* The processes, and count certificates. */
void print_status(const struct msg_ctl_status_is *status,
    const struct ctl_cert *certs, size_t count);
void print_status_json(const struct msg_ctl_status_is *status,
    const struct ctl_cert *certs, size_t count);

void print_sessions_begin(int is_json);
void print_session(const struct list_entry *entry, int is_json, int is_first);
void print_sessions_end(int is_json, unsigned long count);

/* What a mode is called; "-": none of ours. */
const char *print_mode(uint32_t mode);

#define PRINT_TIME_MAX 32

/* ISO 8601 in UTC, or "". Returns out. */
const char *print_time(uint64_t sec, char out[PRINT_TIME_MAX]);

/* Text of the daemon's, without what a terminal obeys, filled up to width. */
void print_plain(const char *text, int width);

/* What the daemon says, on standard error, after our name and before. */
void print_fault(const char *before, const char *text);

#endif
