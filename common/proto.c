/* SPDX-License-Identifier: ISC */
#include "common/proto.h"

static const struct proto_row proto_rows[MSG_TYPE_COUNT] = {
#define X(name, from, to, body, fd, phase) \
	[MSG_##name] = {#name, from, to, fd, phase, sizeof(struct msg_##body)},
    PROTO_MESSAGES(X)
#undef X
};

const struct proto_row *
proto_row(uint32_t type)
{
	if (type == MSG_NONE || type >= MSG_TYPE_COUNT)
		return NULL;
	return &proto_rows[type];
}

int
proto_check(const void *datagram, size_t len, int has_fd, unsigned from,
    unsigned to, unsigned phase)
{
	const struct proto_row *row;
	struct msg_head head;

	if (len < sizeof(head))
		return VB_EBADMSG;
	memcpy(&head, datagram, sizeof(head));
	row = proto_row(head.type);
	if (row == NULL || head.zero != 0)
		return VB_EBADMSG;
	if ((row->from & from) == 0 || (row->to & to) == 0)
		return VB_EBADMSG;
	if ((row->phase & phase) == 0)
		return VB_EBADMSG;
	if (len != sizeof(head) + row->body_size)
		return VB_EBADMSG;
	if (has_fd && row->fd == FD_NONE)
		return VB_EBADMSG;
	if (!has_fd && row->fd == FD_MUST)
		return VB_ENOFD;
	return (int)head.type;
}
