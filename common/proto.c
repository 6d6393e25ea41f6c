/* SPDX-License-Identifier: ISC */
#include "common/proto.h"

static const struct proto_row proto_rows[MSG_TYPE_COUNT] = {
#define X(name, from, to, body, fd, phase)             \
	[MSG_##name] = {#name, from, to, fd, phase,    \
	    MSG_##name <= MSG_LASTING_MAX ||           \
		(MSG_##name >= MSG_CTL_LOGINS &&       \
		    MSG_##name <= MSG_CTL_LOGGED_OUT), \
	    sizeof(struct msg_##body)},
    PROTO_MESSAGES(X)
#undef X
};

const char *
proto_role_name(uint32_t role)
{
	switch (role) {
#define X(name, bit, text) \
	case bit:          \
		return text;
		PROTO_ROLES(X)
#undef X
	default:
		return "unknown";
	}
}

const struct proto_row *
proto_row(uint32_t type)
{
	if (type == MSG_NONE || type >= MSG_TYPE_COUNT)
		return NULL;
	return &proto_rows[type];
}

static int
is_size(const struct proto_row *row, size_t body_size)
{
	return row->is_lasting ? body_size >= LASTING_BYTES_MIN
			       : body_size == row->body_size;
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
	if (!is_size(row, len - sizeof(head)))
		return VB_EBADMSG;
	if (has_fd && row->fd == FD_NONE)
		return VB_EBADMSG;
	if (!has_fd && row->fd == FD_MUST)
		return VB_ENOFD;
	return (int)head.type;
}

int
proto_is_foreign(const void *datagram, size_t len, unsigned from, unsigned to,
    uint32_t *type)
{
	const struct proto_row *row;
	struct msg_head head;

	*type = MSG_NONE;
	if (len < sizeof(head))
		return 0;
	memcpy(&head, datagram, sizeof(head));
	row = proto_row(head.type);
	*type = head.type;
	return head.zero == 0 && head.type != MSG_NONE &&
	    (row == NULL || (row->from & from) == 0 || (row->to & to) == 0);
}
