/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <event2/event.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/unit/vouch_rig.h"

#define WAIT_SEC 10

struct vouch_rig vouching;

static struct ipc *channel;

void
vouching_done(void *arg, const struct msg_vouched *who)
{
	struct asker *asker = arg;

	asker->vouch = NULL;
	asker->told++;
	asker->login_id = who == NULL ? UINT64_MAX : who->login_id;
	if (who != NULL)
		memcpy(asker->name, who->name, sizeof(asker->name));
	if (asker->drops != NULL) {
		vouch_cancel(asker->drops->vouch);
		asker->drops->vouch = NULL;
	}
	if (asker->asks_again) {
		asker->asks_again = 0;
		vouching_ask(asker, VOUCH_LOGIN);
	}
}

void
vouching_ask(struct asker *asker, uint64_t login_id)
{
	uint8_t cookie[AUTH_COOKIE_BYTES] = {0};
	uint16_t i = (uint16_t)(asker - vouching.askers);

	memcpy(cookie, &i, sizeof(i));
	asker->vouch = vouch_ask(&vouching.vouches,
	    login_id == 0 ? cookie : NULL, login_id, vouching_done, asker);
	ck_assert_ptr_nonnull(asker->vouch);
}

static int
on_vouched(void *arg, const void *body, int *fd)
{
	(void)arg;
	(void)fd;
	return vouches_take(&vouching.vouches, body);
}

static int
on_login_over(void *arg, const void *body, int *fd)
{
	(void)arg;
	(void)body;
	(void)fd;
	return 0;
}

static void
on_closed(void *arg, int reason)
{
	(void)arg;
	ck_assert_int_eq(reason, VB_EBADMSG);
	vouching.closed++;
	vouches_use(&vouching.vouches, NULL);
	ipc_free(channel);
	channel = NULL;
}

static const struct ipc_ops ops = {
    .on = {[MSG_VOUCHED] = on_vouched, [MSG_LOGIN_OVER] = on_login_over},
    .closed = on_closed,
};

void
vouching_leave(void)
{
	vouches_use(&vouching.vouches, NULL);
	ipc_free(channel);
	channel = NULL;
	close(vouching.auth);
}

void
vouching_join(void)
{
	struct timeval tv = {WAIT_SEC, 0};
	int fds[2];

	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	vouching.auth = fds[1];
	ck_assert_int_eq(
	    setsockopt(vouching.auth, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)),
	    0);
	channel =
	    ipc_new(vouching.base, fds[0], ROLE_BROKER, ROLE_AUTH, &ops, NULL);
	ck_assert_ptr_nonnull(channel);
	ipc_set_phase(channel, PHASE_RUN);
	vouches_use(&vouching.vouches, channel);
}

void
vouching_setup(void)
{
	memset(&vouching, 0, sizeof(vouching));
	vouching.base = event_base_new();
	ck_assert_ptr_nonnull(vouching.base);
	ck_assert_int_eq(vouches_init(&vouching.vouches, vouching.base), 0);
	vouching_join();
}

void
vouching_teardown(void)
{
	size_t i;

	for (i = 0; i < ASKERS_MAX; i++)
		vouch_cancel(vouching.askers[i].vouch);
	ck_assert(TAILQ_EMPTY(&vouching.vouches.list));
	ck_assert(!event_pending(&vouching.vouches.late_ev, EV_TIMEOUT, NULL));
	vouching_leave();
	event_base_free(vouching.base);
}

void
vouching_turn(void)
{
	int i;

	for (i = 0; i < 4; i++)
		event_base_loop(vouching.base, EVLOOP_NONBLOCK);
}

uint64_t
vouching_hear(const struct asker *asker, uint64_t login_id)
{
	union proto_any any;
	uint16_t i;
	int fd;

	vouching_turn();
	ck_assert_int_eq(
	    ipc_read_message(vouching.auth, ROLE_AUTH, ROLE_BROKER, &any, &fd),
	    MSG_VOUCH);
	memcpy(&i, any.vouch.cookie, sizeof(i));
	ck_assert_uint_eq(i, login_id == 0 ? asker - vouching.askers : 0);
	ck_assert_uint_eq(any.vouch.login_id, login_id);
	return any.vouch.number;
}

void
vouching_hear_nothing(void)
{
	char byte;

	vouching_turn();
	ck_assert_int_eq(
	    recv(vouching.auth, &byte, sizeof(byte), MSG_DONTWAIT | MSG_PEEK),
	    -1);
}

void
vouching_answer(uint64_t number, uint64_t login_id)
{
	struct msg_vouched said = {.number = number, .login_id = login_id};

	if (login_id != 0)
		strcpy(said.name, "alice");
	ck_assert_int_eq(
	    ipc_write_message(vouching.auth, MSG_VOUCHED, &said, -1), 0);
	vouching_turn();
}
