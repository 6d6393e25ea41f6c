/* SPDX-License-Identifier: ISC */
/*
 * The audit trail's one writer: gives each record its number and the hash of
 * the line before, and appends whole lines to the file. What the file does not
 * take waits, up to WRITER_WAITING_BYTES; records beyond that are lost,
 * counted, and told of in the next one.
 *
 * Invariants: seq and hash are those of the last line that was taken, written
 * or waiting; of the first line that waits, done bytes are in the file already.
 */
#ifndef VB_MASTER_AUDIT_WRITER_H
#define VB_MASTER_AUDIT_WRITER_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "common/errors.h"
#include "daemon/audit/text.h"

#define WRITER_WAITING_BYTES (256 * 1024)
#define WRITER_SYNC_RECORDS  64 /* after that many the disk is asked to begin */

struct writer {
	int fd; /* owned; -1: there is no file */
	dev_t dev;
	ino_t ino;
	uint64_t seq;
	char hash[AUDIT_HASH_BYTES];
	char *waiting; /* lines, each with its newline */
	size_t len;
	size_t done;
	uint64_t lost;	     /* since the last record that was taken */
	uint64_t lost_total; /* since the start */
	uint64_t torn;	     /* to be told of in the next record; 0: nothing */
	unsigned unsynced;   /* records since the disk was asked to begin */
	int error;	     /* errno of the last write; 0: it went well */
	struct audit_text text;
};

/* Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int writer_init(struct writer *writer);

/* Closes; what waits is lost. */
void writer_clear(struct writer *writer);

/*
 * Writes to that file from now on; **takes** fd, open for reading and
 * appending, or -1. What waits for the one before is written there, as far as
 * it goes, and the rest to this one. A file that has lines is continued; in an
 * empty one the first names the hash of the last line elsewhere. Half a line at
 * its end, of a daemon that died, is taken away, or ended where that can't be.
 */
void writer_use(struct writer *writer, int fd);

/*
 * A record begins; fields are added to the text that is returned, which is good
 * until writer_end(). **Borrows** kind.
 */
struct audit_text *
writer_begin(struct writer *writer, const char *kind, uint64_t time_ms);

/*
 * It is complete. Returns its line, NUL at the end, good until the next one; or
 * NULL: there was no room, and it is lost.
 */
const char *writer_end(struct writer *writer);

/*
 * Writes what waits. Returns 0 if nothing waits any more, or VB_ESYS with the
 * reason in writer->error.
 */
int writer_flush(struct writer *writer);

/* Asks the disk to begin with what was written, without waiting for it. */
void writer_sync_later(struct writer *writer);

/* Waits until it is on the disk: at the end of a file. */
void writer_sync(struct writer *writer);

#endif
