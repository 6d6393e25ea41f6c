/* SPDX-License-Identifier: ISC */
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "daemon/audit/read.h"
#include "daemon/master/audit/writer.h"

#define TAIL_BYTES (2 * (AUDIT_LINE_MAX + 1)) /* the last line, and half one */

int
writer_init(struct writer *w)
{
	memset(w, 0, sizeof(*w));
	w->fd = -1;
	strlcpy(w->hash, AUDIT_NO_HASH, sizeof(w->hash));
	w->waiting = malloc(WRITER_WAITING_BYTES);
	return w->waiting == NULL ? VB_ENOMEM : 0;
}

void
writer_clear(struct writer *w)
{
	if (w->fd != -1)
		close(w->fd);
	w->fd = -1;
	free(w->waiting);
	w->waiting = NULL;
}

/* ---- a file that may have lines already ---- */

/* Takes half a line away, or at least ends it. */
static void
mend_tail(struct writer *w, const char *half, size_t len, off_t line_at)
{
	log_warn("audit-file: its last line is half written, bytes=%zu: the "
		 "daemon, or the machine, has died",
	    len);
	w->torn = len;
	if (ftruncate(w->fd, line_at) == 0)
		return;
	/* append-only, by chattr: it stays, as a line that is no record */
	if (write(w->fd, "\n", 1) != 1)
		log_warn("audit-file: it can't be ended: %s", strerror(errno));
	audit_hash(half, len, w->hash);
}

/* The last line that is whole, which ends at end: what follows continues it. */
static void
continue_line(struct writer *w, const char *tail, const char *end)
{
	struct audit_record record;
	const char *line = memrchr(tail, '\n', (size_t)(end - tail));
	size_t len;

	line = line == NULL ? tail : line + 1;
	len = (size_t)(end - line);
	audit_hash(line, len, w->hash);
	if (audit_read(line, len, &record) == 0)
		w->seq = record.seq;
	else
		log_warn("audit-file: its last line is no record: see "
			 "\"vncbridgectl audit verify\"");
}

static void
continue_file(struct writer *w, off_t size)
{
	static char tail[TAIL_BYTES];
	size_t want = size < (off_t)sizeof(tail) ? (size_t)size : sizeof(tail);
	ssize_t n = pread(w->fd, tail, want, size - (off_t)want);
	const char *end;

	if (n != (ssize_t)want) {
		log_error("audit-file: its end can't be read: %s",
		    strerror(n == -1 ? errno : EIO));
		return;
	}
	end = memrchr(tail, '\n', want);
	if (end != NULL)
		continue_line(w, tail, end);
	end = end == NULL ? tail : end + 1;
	if (end < tail + want)
		mend_tail(w, end, (size_t)(tail + want - end),
		    size - (off_t)(tail + want - end));
}

/* What is in the old file of a line that the new one gets whole. */
static void
take_back_half(struct writer *w)
{
	struct stat st;

	if (w->done == 0)
		return;
	if (fstat(w->fd, &st) == -1 ||
	    ftruncate(w->fd, st.st_size - (off_t)w->done) == -1)
		log_warn("audit-file: half a line stays at the end of the "
			 "old one");
	w->done = 0;
}

/*
 * Lines that wait are bound to those of the file before. At the end of other
 * lines they would look like a fraud: they are lost.
 */
static void
lose_waiting(struct writer *w)
{
	size_t i;

	for (i = 0; i < w->len; i++)
		if (w->waiting[i] == '\n') {
			w->lost++;
			w->lost_total++;
		}
	w->len = w->done = 0;
}

/* Two that write would break each other's chain. */
static void
lock(int fd)
{
	if (flock(fd, LOCK_EX | LOCK_NB) == -1 && errno == EWOULDBLOCK)
		log_error("audit-file: another daemon writes to it: its lines "
			  "will look as if they were forged");
}

void
writer_use(struct writer *w, int fd)
{
	struct stat st;
	int is_same;

	if (fd != -1 && fstat(fd, &st) == -1) {
		log_error("audit-file: %s", strerror(errno));
		close(fd);
		return;
	}
	is_same = fd != -1 && w->fd != -1 && st.st_dev == w->dev &&
	    st.st_ino == w->ino;
	if (w->fd != -1 && !is_same) {
		(void)writer_flush(w);
		writer_sync(w);
		take_back_half(w);
	}
	if (w->fd != -1)
		close(w->fd);
	w->fd = fd;
	if (fd == -1) {
		w->len = w->done = 0;
		w->error = 0;
		return;
	}
	lock(fd);
	w->dev = st.st_dev;
	w->ino = st.st_ino;
	if (is_same || st.st_size == 0)
		return;
	lose_waiting(w);
	continue_file(w, st.st_size);
}

/* ---- records ---- */

struct audit_text *
writer_begin(struct writer *w, const char *kind, uint64_t time_ms)
{
	const struct audit_head head = {
	    .seq = w->seq + w->lost + 1,
	    .prev = w->hash,
	    .time_ms = time_ms,
	    .kind = kind,
	};

	audit_text_begin(&w->text, &head);
	if (w->lost > 0)
		audit_text_number(&w->text, "lost", w->lost);
	if (w->torn > 0)
		audit_text_number(&w->text, "torn", w->torn);
	return &w->text;
}

const char *
writer_end(struct writer *w)
{
	struct audit_text *t = &w->text;

	audit_text_end(t);
	if (w->fd != -1 && w->len + t->len + 1 > WRITER_WAITING_BYTES) {
		w->lost++;
		w->lost_total++;
		return NULL;
	}
	w->seq += w->lost + 1;
	w->lost = w->torn = 0;
	audit_hash(t->line, t->len, w->hash);
	if (w->fd == -1)
		return t->line;
	memcpy(w->waiting + w->len, t->line, t->len);
	w->waiting[w->len + t->len] = '\n';
	w->len += t->len + 1;
	w->unsynced++;
	return t->line;
}

/* n more bytes are in the file. */
static void
note_written(struct writer *w, size_t n)
{
	const char *last = memrchr(w->waiting, '\n', n);
	size_t whole = last == NULL ? 0 : (size_t)(last + 1 - w->waiting);

	w->done = n - whole;
	memmove(w->waiting, w->waiting + whole, w->len - whole);
	w->len -= whole;
}

int
writer_flush(struct writer *w)
{
	ssize_t n;

	while (w->len > 0) {
		n = write(w->fd, w->waiting + w->done, w->len - w->done);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0) {
			w->error = n == -1 ? errno : ENOSPC;
			return VB_ESYS;
		}
		note_written(w, w->done + (size_t)n);
	}
	w->error = 0;
	return 0;
}

/* By the call that the sandbox has: where there is none, the kernel's time. */
static void
begin_sync(int fd)
{
#ifdef SYS_sync_file_range
	(void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
#else
	(void)fd;
#endif
}

void
writer_sync_later(struct writer *w)
{
	if (w->fd == -1 || w->unsynced == 0)
		return;
	w->unsynced = 0;
	begin_sync(w->fd);
}

void
writer_sync(struct writer *w)
{
	if (w->fd == -1)
		return;
	w->unsynced = 0;
	if (fdatasync(w->fd) == -1)
		log_warn("audit-file: fdatasync: %s", strerror(errno));
}
