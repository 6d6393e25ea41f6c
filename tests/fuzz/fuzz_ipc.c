/* SPDX-License-Identifier: ISC */
/*
 * Any datagram, from anybody to anybody: what proto_check() takes must be
 * what the table says, counted here in another way. Four bytes of the input
 * are sender, receiver, phase and descriptor; the rest is the datagram.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/proto.h"

#define CONTEXT_BYTES 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int is_true)
{
	if (!is_true)
		abort();
}

/* The only size that a message of that type may have; 0: no such type. */
static size_t
size_of(uint32_t type)
{
	switch (type) {
#define X(name, from, to, body, fd, phase) \
	case MSG_##name:                   \
		return sizeof(struct msg_head) + sizeof(struct msg_##body);
		PROTO_MESSAGES(X)
#undef X
	default:
		return 0;
	}
}

/* What is told apart by proto.h's own list of X, and nothing else. */
static int
may_say(uint32_t type, unsigned from, unsigned to, unsigned phase)
{
#define X(name, sender, receiver, body, fd, when)                      \
	if (type == MSG_##name)                                        \
		return ((sender)&from) != 0 && ((receiver)&to) != 0 && \
		    ((when)&phase) != 0;
	PROTO_MESSAGES(X)
#undef X
	return 0;
}

static int
fd_rule(uint32_t type)
{
#define X(name, from, to, body, fd, phase) \
	if (type == MSG_##name)            \
		return fd;
	PROTO_MESSAGES(X)
#undef X
	return -1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct msg_head head;
	unsigned char *datagram;
	size_t len;
	int result, has_fd, is_foreign;
	uint32_t type;

	if (size < CONTEXT_BYTES)
		return 0;
	/* a copy of its own: a byte read beyond it is found */
	len = size - CONTEXT_BYTES;
	if ((datagram = malloc(len > 0 ? len : 1)) == NULL)
		return 0;
	memcpy(datagram, data + CONTEXT_BYTES, len);
	has_fd = data[3] & 1;
	result = proto_check(datagram, len, has_fd, data[0], data[1], data[2]);
	is_foreign = proto_is_foreign(datagram, len, data[0], data[1], &type);
	must(!is_foreign || !may_say(type, data[0], data[1], PHASE_ANY));
	if (result > 0 || result == VB_ENOFD) {
		must(len >= sizeof(head));
		memcpy(&head, datagram, sizeof(head));
		must(head.zero == 0);
		if (proto_row(head.type)->is_lasting)
			must(len >= sizeof(head) + LASTING_BYTES_MIN);
		else
			must(len == size_of(head.type));
		must(may_say(head.type, data[0], data[1], data[2]));
		must(!is_foreign);
		must(result < 0 || result == (int)head.type);
		must((result == VB_ENOFD) ==
		    (!has_fd && fd_rule(head.type) == FD_MUST));
		must(!has_fd || fd_rule(head.type) != FD_NONE);
	} else
		must(result == VB_EBADMSG);
	free(datagram);
	return 0;
}
