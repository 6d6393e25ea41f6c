/* SPDX-License-Identifier: ISC */
/*
 * The far ends of clients and targets. All that is sent and read is noted.
 */
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/fuzz/client_rig.h"

#define READ_BYTES 65536

static void
note(struct bytes *bytes, const uint8_t *data, size_t len)
{
	if (bytes->len + len > bytes->room) {
		bytes->room = (bytes->len + len) * 2;
		must((bytes->p = realloc(bytes->p, bytes->room)) != NULL);
	}
	if (len > 0)
		memcpy(bytes->p + bytes->len, data, len);
	bytes->len += len;
}

static void
send_noted(int fd, struct bytes *bytes, const void *data, size_t len)
{
	ssize_t n;

	if (fd == -1 || len == 0)
		return;
	n = send(fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n > 0)
		note(bytes, data, (size_t)n);
}

void
rig_client_send(struct slot *slot, const void *data, size_t len)
{
	send_noted(slot->client, &slot->sent, data, len);
}

void
rig_target_send(struct slot *slot, const void *data, size_t len)
{
	send_noted(slot->target, &slot->said, data, len);
}

/* Returns how much came; an end is noted. */
static size_t
read_noted(int fd, struct bytes *bytes, uint8_t *is_at_end, size_t most)
{
	static uint8_t buf[READ_BYTES];
	size_t total = 0, want;
	ssize_t n = 1;

	while (fd != -1 && !*is_at_end && total < most && n > 0) {
		want = most - total < READ_BYTES ? most - total : READ_BYTES;
		n = recv(fd, buf, want, MSG_DONTWAIT);
		if (n > 0) {
			note(bytes, buf, (size_t)n);
			total += (size_t)n;
		} else if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK))
			*is_at_end = 1;
	}
	return total;
}

size_t
rig_client_read(struct slot *slot, size_t most)
{
	return read_noted(
	    slot->client, &slot->got, &slot->is_client_at_end, most);
}

size_t
rig_target_read(struct slot *slot, size_t most)
{
	return read_noted(
	    slot->target, &slot->heard, &slot->is_target_at_end, most);
}

void
rig_close(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

void
slot_clear(struct slot *slot)
{
	*slot = (struct slot){.client = -1,
	    .target = -1,
	    .sent = {slot->sent.p, 0, slot->sent.room},
	    .got = {slot->got.p, 0, slot->got.room},
	    .said = {slot->said.p, 0, slot->said.room},
	    .heard = {slot->heard.p, 0, slot->heard.room}};
}
