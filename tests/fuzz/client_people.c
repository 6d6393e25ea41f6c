/* SPDX-License-Identifier: ISC */
/*
 * People who log in, behind a balancer that says who they are: the listener
 * wants a PROXY header, and auth is a far end that the script plays.
 */
#include <sys/socket.h>

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/fuzz/client_rig.h"
#include "worker/parse/proxy_header.h"

#define HOP "192.0.2.7/32" /* rig_give_client()'s */

static const char *const prefaces[] = {
    "PROXY TCP4 127.0.0.1 127.0.0.2 5000 80\r\n",
    "PROXY TCP4 198.51.100.9 127.0.0.2 5000 80\r\n",
    "PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n",
    "PROXY UNKNOWN\r\n",
    "PROXY TCP4 127.0.0.1\r\n",
};

const char *
people_preface(uint8_t which)
{
	return prefaces[which % (sizeof(prefaces) / sizeof(prefaces[0]))];
}

void
people_configure(struct rig *r)
{
	struct msg_conf_proxy proxy;

	memset(&proxy, 0, sizeof(proxy));
	must(network_parse(HOP, &proxy.network) == 0);
	if (r->has_people)
		rig_send_master(r, MSG_CONF_PROXY, &proxy, -1);
}

void
people_leave(struct rig *r)
{
	size_t i;

	rig_close(&r->auth);
	for (i = 0; i < SLOTS; i++)
		r->slots[i].question = 0;
}

void
people_join(struct rig *r)
{
	static uint32_t fence;
	struct msg_peer peer = {0, ++fence, ROLE_AUTH, ROLE_WORKER};
	int fds[2];

	people_leave(r);
	must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC,
		 0, fds) == 0);
	r->auth = fds[0];
	rig_send_master(r, MSG_PEER, &peer, fds[1]);
}

/* Its first field, whatever it is. */
static void
take_question(struct rig *r, int type, const union proto_any *any)
{
	struct slot *slot;

	for (slot = r->slots; slot < r->slots + SLOTS; slot++)
		if (slot->conn_id != 0 && slot->conn_id == any->who.id)
			break;
	must(slot < r->slots + SLOTS);
	/* one at a time, unless the client has lost its patience */
	must(slot->question == 0 || slot->was_forestalled || r->has_ticked);
	slot->question = (uint32_t)type;
	if (type == MSG_LOGIN)
		must(PROTO_IS_TEXT(any->login.name) &&
		    PROTO_IS_TEXT(any->login.password));
	else if (type == MSG_LOGIN_CODE)
		must(PROTO_IS_TEXT(any->login_code.code));
	else
		must(type == MSG_WHO || type == MSG_LOGOUT);
}

void
people_read(struct rig *r)
{
	union proto_any any;
	int type, fd;

	if (r->auth == -1)
		return;
	while ((type = ipc_read_message(
		    r->auth, ROLE_AUTH, ROLE_WORKER, &any, &fd)) > 0) {
		must(fd == -1);
		take_question(r, type, &any);
	}
	if (type == VB_ESYS && (errno == EAGAIN || errno == EWOULDBLOCK))
		return;
	must(type == VB_ECLOSED || (type == VB_ESYS && errno == ECONNRESET));
	must(r->worker->auth == NULL);
	people_leave(r);
}

/* What was asked last is what is answered, unless it was nothing. */
static enum msg_type
answer_type(const struct slot *slot)
{
	switch (slot->question) {
	case MSG_LOGIN:
	case MSG_LOGIN_CODE:
		return MSG_LOGGED_IN;
	case MSG_LOGOUT:
		return MSG_LOGGED_OUT;
	default:
		return MSG_WHO_IS;
	}
}

void
people_answer(struct rig *r, struct slot *slot, uint8_t how)
{
	enum msg_type type = answer_type(slot);
	union proto_any any;

	memset(&any, 0, sizeof(any));
	any.who_is.id = slot->conn_id; /* the first of each */
	if (type == MSG_LOGGED_IN)
		any.logged_in.code = how % (LOGIN_FAILED + 2);
	else if (type == MSG_WHO_IS) {
		any.who_is.state = how % (WHO_USER + 2);
		if (any.who_is.state == WHO_USER)
			strcpy(any.who_is.name, "alice");
	}
	if (slot->question == 0)
		slot->was_forestalled = 1;
	slot->question = 0;
	if (r->auth == -1)
		return;
	/* a worker that has dropped the channel is found when it is read */
	if (ipc_write_message(r->auth, type, &any, -1) < 0)
		return;
}

void
people_enter(struct rig *r, struct slot *slot)
{
	const char *preface = people_preface(0);
	const char *head = client_head(HEAD_WITH_COOKIE);

	rig_client_send(slot, preface, strlen(preface));
	rig_client_send(slot, head, strlen(head));
	rig_turn(r);
	people_answer(r, slot, WHO_USER);
}

void
people_say(struct rig *r, const uint8_t *data, size_t len)
{
	if (r->auth != -1 && len > 0)
		(void)send(r->auth, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

size_t
people_skip_preface(const struct bytes *sent)
{
	size_t len =
	    sent->len < PROXY_HEADER_MAX ? sent->len : PROXY_HEADER_MAX;
	struct proxy_header header;
	int used = len == 0 ? 0 : proxy_header_parse(sent->p, len, &header);

	return used > 0 ? (size_t)used : SIZE_MAX;
}

/*
 * Where the balancer names no client, it is believed as a proxy: what it says
 * in these fields has a fuzzer of its own.
 */
int
people_may_be_believed(const struct bytes *sent)
{
	static const char name[] = "forwarded";
	size_t i, len = sizeof(name) - 1;

	for (i = 0; i + len <= sent->len; i++)
		if (strncasecmp((const char *)sent->p + i, name, len) == 0)
			return 1;
	return 0;
}

/* Who nobody knows goes to the login page, or hears that it is wanted. */
int
people_may_answer(int status, int is_session)
{
	static const int others[] = {200, 303, 304, 400, 401, 403, 404};
	size_t i;

	if (is_session)
		return status == 101 || status == 401;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (status == others[i])
			return 1;
	return 0;
}
