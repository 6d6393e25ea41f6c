/* SPDX-License-Identifier: ISC */
/*
 * What the load generator and the target of the benchmark agree on. The
 * target greets; then the first byte of a session says what it is to do.
 */
#ifndef VB_BENCH_H
#define VB_BENCH_H

#include <stdatomic.h>
#include <stdint.h>

#define BENCH_GREETING	    "RFB 003.008\n"
#define BENCH_GREETING_LEN  12

#define BENCH_CMD_FLOOD	    'F' /* send without end */
#define BENCH_CMD_SINK	    'S' /* count what comes */
#define BENCH_CMD_ECHO	    'E' /* send back what comes */
#define BENCH_CMD_DESKTOP   'D' /* BENCH_DESKTOP_BYTES, _HZ times a second */
#define BENCH_CMD_BYTE	    'B' /* send one byte */
#define BENCH_CMD_NOTHING   'N' /* stay silent */

#define BENCH_DESKTOP_BYTES 8192
#define BENCH_DESKTOP_HZ    30

#define BENCH_NS_PER_SEC    1000000000ull
#define BENCH_NS_PER_MS	    1000000ull

/* In a file that the target writes and everybody may map. */
struct bench_counters {
	_Atomic uint64_t commands;   /* sessions whose first byte came */
	_Atomic uint64_t sunk_bytes; /* BENCH_CMD_SINK, without the command */
	_Atomic uint64_t desktop_count; /* BENCH_CMD_DESKTOP messages sent */
	_Atomic uint64_t open_count;	/* sessions open now */
};

/* Monotonic time. */
uint64_t bench_now_ns(void);

/*
 * Maps the file, which is made of the right size if need be. Ends the
 * program on failure.
 */
struct bench_counters *bench_map_counters(const char *path);

#endif
