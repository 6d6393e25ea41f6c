/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "common/ipc.h"
#include "daemon/master/control/upload.h"
#include "tests/unit/breach.h"
#include "tests/unit/control_rig.h"

#define BACKLOG 64

struct control_rig rig;
union proto_any rig_any;

static void
fill_status(void *arg, struct msg_ctl_status_is *status)
{
	(void)arg;
	status->count = 1;
	rig.statuses++;
}

static int
list(void *arg, const struct msg_list *ask)
{
	(void)arg;
	if (rig.has_no_broker)
		return VB_ENOTFOUND;
	ck_assert_uint_lt(rig.lists, COOKIES_MAX);
	rig.cookies[rig.lists++] = ask->cookie;
	return 0;
}

static void
ask_metrics(void *arg)
{
	(void)arg;
	rig.metrics++;
}

static void
fill_certs(void *arg, uint32_t first, struct msg_ctl_certs_are *are)
{
	(void)arg;
	are->total = 2;
	are->count = first < 2 ? 2 - first : 0;
}

static void
reload_go(void *arg, struct msg_ctl_reload_go *go, uint32_t *generation)
{
	(void)arg;
	rig.goes++;
	*generation = RIG_GENERATION;
	go->code = rig.go_code;
}

static void
reload(void *arg, struct upload *upload)
{
	(void)arg;
	ck_assert_uint_eq(upload_generation(upload), RIG_GENERATION);
	rig.reloads++;
}

static void
reread(void *arg, const char *file)
{
	(void)arg;
	strlcpy(rig.file, file, sizeof(rig.file));
	rig.rereads++;
}

static uint32_t
stop_daemon(void *arg, int is_now)
{
	(void)arg;
	rig.stops++;
	return is_now ? 1 : 2;
}

static int
ask_logins(void *arg, const struct msg_logins *logins)
{
	(void)arg;
	if (rig.has_no_auth || !rig.has_auth)
		return VB_ENOTFOUND;
	rig.cookies[rig.logins++ % COOKIES_MAX] = logins->cookie;
	return 0;
}

static int
ask_expel(void *arg, const struct msg_expel *expel)
{
	(void)arg;
	if (rig.has_no_auth || !rig.has_auth)
		return VB_ENOTFOUND;
	memcpy(rig.user, expel->user, sizeof(rig.user));
	rig.cookies[rig.expels++ % COOKIES_MAX] = expel->cookie;
	return 0;
}

static int
ask_why(void *arg, const struct msg_why *why)
{
	(void)arg;
	if (rig.has_no_broker)
		return VB_ENOTFOUND;
	rig.why = *why;
	rig.whys++;
	return 0;
}

static int
ask_whose(void *arg, const struct msg_whose *whose)
{
	(void)arg;
	if (rig.has_no_auth || !rig.has_auth)
		return VB_ENOTFOUND;
	rig.whose = *whose;
	rig.whoses++;
	return 0;
}

static int
ask_order(void *arg, const struct msg_order *order)
{
	(void)arg;
	if (rig.has_no_broker)
		return VB_ENOTFOUND;
	rig.order = *order;
	rig.orders++;
	return 0;
}

static int
ask_targets(void *arg, const struct msg_targets *targets)
{
	(void)arg;
	if (rig.has_no_broker)
		return VB_ENOTFOUND;
	rig.targets = *targets;
	rig.targets_asked++;
	return 0;
}

static const char *
file_of_conf(void *arg)
{
	(void)arg;
	return RIG_FILE;
}

static int
has_auth(void *arg)
{
	(void)arg;
	return rig.has_auth;
}

static const struct control_ops ops = {.fill_status = fill_status,
    .list = list,
    .logins = ask_logins,
    .expel = ask_expel,
    .why = ask_why,
    .whose = ask_whose,
    .order = ask_order,
    .targets = ask_targets,
    .file = file_of_conf,
    .has_auth = has_auth,
    .metrics = ask_metrics,
    .fill_certs = fill_certs,
    .reload_go = reload_go,
    .reload = reload,
    .reread = reread,
    .stop = stop_daemon};

/* On a name that the kernel chooses, outside of the file system. */
void
rig_start(void)
{
	int fd =
	    socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	signal(SIGPIPE, SIG_IGN);
	memset(&rig, 0, sizeof(rig));
	rig.address.sun_family = AF_UNIX;
	rig.address_len = sizeof(rig.address);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&rig.address,
			     sizeof(rig.address.sun_family)),
	    0);
	ck_assert_int_eq(
	    getsockname(fd, (struct sockaddr *)&rig.address, &rig.address_len),
	    0);
	ck_assert_int_eq(listen(fd, BACKLOG), 0);
	ck_assert_ptr_nonnull(rig.base = event_base_new());
	rig.control = control_new(rig.base, fd, CONTROL_NO_GROUP, &ops, NULL);
	ck_assert_ptr_nonnull(rig.control);
}

void
rig_stop(void)
{
	control_free(rig.control);
	event_base_free(rig.base);
}

void
rig_run(void)
{
	int i;

	for (i = 0; i < 8; i++)
		event_base_loop(rig.base, EVLOOP_NONBLOCK);
}

int
rig_dial(void)
{
	struct timeval tv = {.tv_sec = 1};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)), 0);
	ck_assert_int_eq(
	    connect(fd, (struct sockaddr *)&rig.address, rig.address_len), 0);
	rig_run();
	return fd;
}

/* True when the master has closed it. */
int
rig_is_closed(int fd)
{
	char byte;
	ssize_t n;

	do
		n = recv(fd, &byte, 1, MSG_DONTWAIT);
	while (n > 0);
	return n == 0 || errno == ECONNRESET;
}

int
rig_read_answer(int fd)
{
	int got;

	rig_run();
	return ipc_read_message(fd, ROLE_CTL, ROLE_MASTER, &rig_any, &got);
}

void
rig_ask(int fd, enum msg_type type)
{
	struct msg_ctl_sessions body = {.proto_version = PROTO_VERSION};

	/* both questions begin with the version */
	ck_assert_int_eq(breach_say(fd, type, &body, -1), 0);
	rig_run();
}

void
rig_expect_status(int fd)
{
	rig_ask(fd, MSG_CTL_STATUS);
	ck_assert_int_eq(rig_read_answer(fd), MSG_CTL_STATUS_IS);
	ck_assert_uint_eq(rig_any.ctl_status_is.count, 1);
}
