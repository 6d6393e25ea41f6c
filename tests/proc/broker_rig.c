/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/broker_rig.h"

#define WAIT_SEC   10
#define CHANNEL_FD 3
#define RULES_MAX  2048

void
rig_bound_waits(int fd)
{
	struct timeval tv = {WAIT_SEC, 0};

	ck_assert_int_eq(
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)), 0);
	ck_assert_int_eq(
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)), 0);
}

static void
make_channel(int fds[2])
{
	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	rig_bound_waits(fds[0]);
}

static void
run_program(int channel, const struct rig_conf *conf, const char *program)
{
	struct rlimit limit = {conf->descriptors_max, conf->descriptors_max};

	if (conf->descriptors_max != 0 &&
	    setrlimit(RLIMIT_NOFILE, &limit) == -1)
		_exit(126);
	if (channel == CHANNEL_FD)
		fcntl(channel, F_SETFD, 0);
	else if (dup2(channel, CHANNEL_FD) == -1)
		_exit(126);
	execl(program, program, (char *)NULL);
	_exit(127);
}

struct rig
rig_spawn_program(const char *variable, const struct rig_conf *conf)
{
	const char *program = getenv(variable);
	struct rig rig = {0};
	int fds[2];

	ck_assert_msg(program != NULL, "%s is not set", variable);
	signal(SIGPIPE, SIG_IGN);
	make_channel(fds);
	rig.worker_count = conf->worker_count != 0 ? conf->worker_count : 1;
	/* no assertion in the child: libcheck's pipe is its parent's */
	if ((rig.pid = fork()) == 0)
		run_program(fds[1], conf, program);
	ck_assert_int_ne(rig.pid, -1);
	close(fds[1]);
	rig.master = fds[0];
	return rig;
}

struct rig
rig_spawn(const struct rig_conf *conf)
{
	return rig_spawn_program("VB_BROKER", conf);
}

void
rig_send_body(struct rig *rig, enum msg_type type, const void *body, int fd)
{
	ck_assert_int_eq(ipc_write_message(rig->master, type, body, fd), 0);
}

static void
send_rules(struct rig *rig, const char *rules)
{
	char copy[RULES_MAX], *word, *at = copy;
	struct msg_conf_rule rule;

	ck_assert_uint_lt(strlen(rules), sizeof(copy));
	strcpy(copy, rules);
	while ((word = strsep(&at, " ")) != NULL) {
		ck_assert_int_eq(
		    rule_parse(word + (*word == '!'), &rule.rule), 0);
		rule.rule.is_deny = *word == '!';
		rig_send_body(rig, MSG_CONF_RULE, &rule, -1);
	}
}

static void
send_listeners(struct rig *rig, const char *listeners)
{
	char copy[RULES_MAX], *word, *at = copy;
	struct msg_conf_listener listener;

	strcpy(copy, listeners);
	while ((word = strsep(&at, " ")) != NULL) {
		memset(&listener, 0, sizeof(listener));
		if (*word == '?' || *word == '!')
			listener.verify_client = *word++ == '?'
			    ? VERIFY_CLIENT_OPTIONAL
			    : VERIFY_CLIENT_REQUIRE;
		ck_assert_int_eq(
		    addr_parse_endpoint(word, 0, &listener.addr), 0);
		rig_send_body(rig, MSG_CONF_LISTENER, &listener, -1);
	}
}

static void
send_targets(struct rig *rig, const struct rig_conf *conf)
{
	const struct rig_target *targets = conf->targets;
	struct msg_conf_target target;

	for (; targets != NULL && targets->name != NULL; targets++) {
		memset(&target, 0, sizeof(target));
		snprintf(target.name, sizeof(target.name), "%s", targets->name);
		target.mode = targets->is_exclusive ? LEASE_MODE_EXCLUSIVE
						    : LEASE_MODE_SHARE;
		target.max_sessions = conf->targets_max_sessions;
		target.hooks = conf->targets_hooks;
		target.start_timeout_sec = conf->start_timeout_sec;
		target.stop_after_sec = conf->stop_after_sec;
		ck_assert_int_eq(
		    target_parse(targets->address, 5901, &target.address), 0);
		rig_send_body(rig, MSG_CONF_TARGET, &target, -1);
	}
}

static void
send_claims(struct rig *rig, const struct rig_conf *conf)
{
	struct msg_conf_claim claim;

	memset(&claim, 0, sizeof(claim));
	claim.right = CLAIM_WATCH;
	strlcpy(claim.who, conf->targets_watch, sizeof(claim.who));
	for (; conf->targets[claim.target].name != NULL; claim.target++)
		rig_send_body(rig, MSG_CONF_CLAIM, &claim, -1);
}

static void
send_takeover(struct rig *rig, const char *who)
{
	struct msg_conf_claim takeover = {.right = CLAIM_TAKEOVER, .target = 1};

	if (who == NULL)
		return;
	strlcpy(takeover.who, who, sizeof(takeover.who));
	rig_send_body(rig, MSG_CONF_CLAIM, &takeover, -1);
}

static void
send_cas(struct rig *rig, const struct rig_ca *cas)
{
	struct msg_conf_ca ca;

	for (; cas != NULL && cas->local != NULL; cas++) {
		memset(&ca, 0, sizeof(ca));
		ca.kind = cas->kind;
		ck_assert_int_eq(
		    addr_parse_endpoint(cas->local, 0, &ca.local), 0);
		rig_send_body(
		    rig, MSG_CONF_CA, &ca, fcntl(cas->fd, F_DUPFD_CLOEXEC, 0));
	}
}

static void
send_access(struct rig *rig, const struct rig_conf *conf)
{
	struct msg_conf_access head = {.name = "section",
	    .max_sessions = conf->access_max_sessions,
	    .line = 41};
	struct msg_conf_access_target target;
	struct msg_conf_access_user user;
	struct msg_conf_access_from from;
	char text[RULES_MAX], *word, *rest = text;

	rig_send_body(rig, MSG_CONF_ACCESS, &head, -1);
	strlcpy(text, conf->access_targets, sizeof(text));
	while ((word = strsep(&rest, " ")) != NULL) {
		memset(&target, 0, sizeof(target));
		if (word[0] == '=')
			strlcpy(target.name, word + 1, sizeof(target.name));
		else
			ck_assert_int_eq(rule_parse(word, &target.rule), 0);
		rig_send_body(rig, MSG_CONF_ACCESS_TARGET, &target, -1);
	}
	strlcpy(text, conf->access_users == NULL ? "" : conf->access_users,
	    sizeof(text));
	for (rest = text; (word = strsep(&rest, " ")) != NULL;) {
		memset(&user, 0, sizeof(user));
		strlcpy(user.name, word, sizeof(user.name));
		if (word[0] != '\0')
			rig_send_body(rig, MSG_CONF_ACCESS_USER, &user, -1);
	}
	if (conf->access_from == NULL)
		return;
	memset(&from, 0, sizeof(from));
	ck_assert_int_eq(network_parse(conf->access_from, &from.network), 0);
	rig_send_body(rig, MSG_CONF_ACCESS_FROM, &from, -1);
}

static void
fill_settings(struct settings *settings, const struct rig_conf *conf)
{
#define X(name, field, def, min, max, unit) settings->field = def;
	SETTINGS_NUMBERS(X)
#undef X
#define X(name, field, def) settings->field = def;
	SETTINGS_SWITCHES(X)
#undef X
	settings->connect_timeout_sec =
	    conf->connect_timeout_sec != 0 ? conf->connect_timeout_sec : 5;
	if (conf->max_connections != 0)
		settings->max_connections = conf->max_connections;
	settings->max_sessions = conf->max_sessions;
	settings->max_sessions_of_address = conf->max_sessions_of_address;
	settings->max_sessions_of_target = conf->max_sessions_of_target;
	settings->max_sessions_of_user = conf->max_sessions_of_user;
	settings->socket_buffer_bytes = RIG_SOCKET_BUFFER_BYTES;
	settings->sandbox = !conf->is_unsandboxed;
	settings->has_auth = (uint8_t)conf->has_auth;
	settings->has_audit = (uint8_t)conf->has_audit;
	settings->has_hooks = conf->targets_hooks != 0;
}

void
rig_configure(struct rig *rig, const struct rig_conf *conf)
{
	struct msg_conf_nameserver server = {.addr = conf->nameserver};
	struct msg_conf_start start;
	struct msg_conf_end end;
	uint32_t i;

	memset(&start, 0, sizeof(start));
	start.proto_version =
	    conf->proto_version != 0 ? conf->proto_version : PROTO_VERSION;
	start.generation = ++rig->generation;
	start.worker_count = rig->worker_count;
	for (i = 0; i < rig->worker_count; i++)
		start.living[i / CHAR_BIT] |= (uint8_t)(1u << i % CHAR_BIT);
	fill_settings(&start.settings, conf);
	if (!rig->has_leases)
		rig_leases(rig, -1, 0);
	rig_send_body(rig, MSG_CONF_START, &start, -1);
	if (conf->rules != NULL)
		send_rules(rig, conf->rules);
	send_listeners(rig, RIG_LOCAL);
	if (conf->listeners != NULL)
		send_listeners(rig, conf->listeners);
	send_targets(rig, conf);
	if (conf->targets_watch != NULL)
		send_claims(rig, conf);
	send_takeover(rig, conf->takeover_who);
	if (conf->access_targets != NULL)
		send_access(rig, conf);
	if (conf->nameserver.family != ADDR_NONE)
		rig_send_body(rig, MSG_CONF_NAMESERVER, &server, -1);
	send_cas(rig, conf->cas);
	end.generation = start.generation;
	rig_send_body(rig, MSG_CONF_END, &end, -1);
}

void
rig_read_master(struct rig *rig, enum msg_type wanted, union proto_any *any)
{
	int type, fd;

	do {
		type = ipc_read_message(
		    rig->master, ROLE_MASTER, ROLE_BROKER, any, &fd);
		if (type == MSG_LOG && getenv("VB_TEST_VERBOSE") != NULL)
			fprintf(stderr, "broker: %s\n", any->log.line);
		if (type == MSG_DROPPED) {
			rig->dropped_count++;
			rig->dropped_index = any->dropped.index;
			rig->dropped_fence = any->dropped.fence;
			rig->dropped_asker = any->dropped.asker;
		}
		if (type == MSG_UNJOINED) {
			rig->unjoined_count++;
			rig->unjoined = any->unjoined;
		}
	} while (
	    type == MSG_LOG || type == MSG_DROPPED || type == MSG_UNJOINED);
	ck_assert_msg(
	    type == (int)wanted, "message %d instead of %d", type, (int)wanted);
	ck_assert_int_eq(fd, -1);
}

void
rig_wait_ready(struct rig *rig)
{
	union proto_any any;

	rig_read_master(rig, MSG_READY, &any);
	ck_assert_uint_eq(any.ready.proto_version, PROTO_VERSION);
}

struct rig
rig_start(const struct rig_conf *conf)
{
	struct rig rig = rig_spawn(conf);

	rig_configure(&rig, conf);
	rig_wait_ready(&rig);
	return rig;
}

int
rig_wait(struct rig *rig)
{
	const struct timespec pause = {0, 5 * 1000 * 1000};
	time_t end = time(NULL) + WAIT_SEC;
	int status;
	pid_t pid;

	while ((pid = waitpid(rig->pid, &status, WNOHANG)) == 0 &&
	    time(NULL) < end)
		nanosleep(&pause, NULL);
	if (pid == 0)
		kill(rig->pid, SIGKILL);
	ck_assert_msg(pid == rig->pid, "the program does not end");
	return status;
}

void
rig_stop(struct rig *rig)
{
	int status;

	close(rig->master);
	status = rig_wait(rig);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "the program ended with status 0x%x", (unsigned)status);
}

int
rig_connect_worker(struct rig *rig, uint32_t index)
{
	struct msg_peer peer = {.index = index,
	    .fence = RIG_FENCE + index,
	    .role = ROLE_BROKER,
	    .asker = ROLE_WORKER};
	int fds[2];

	make_channel(fds);
	rig_send_body(rig, MSG_PEER, &peer, fds[1]);
	return fds[0];
}

static int
connect_asked(struct rig *rig, uint32_t fence, enum proto_role role)
{
	struct msg_peer peer = {
	    .fence = fence, .role = role, .asker = ROLE_BROKER};
	int fds[2];

	make_channel(fds);
	rig_send_body(rig, MSG_PEER, &peer, fds[1]);
	return fds[0];
}

int
rig_connect_auth(struct rig *rig, uint32_t fence)
{
	return connect_asked(rig, fence, ROLE_AUTH);
}

int
rig_connect_runner(struct rig *rig, uint32_t fence)
{
	return connect_asked(rig, fence, ROLE_RUNNER);
}

int
rig_add_worker(struct rig *rig, uint32_t index)
{
	int worker = rig_connect_worker(rig, index);

	worker_held_end(worker, 0);
	return worker;
}

void
rig_drain(struct rig *rig)
{
	struct msg_drain drain = {.timeout_sec = 30};

	rig_send_body(rig, MSG_DRAIN, &drain, -1);
}

void
rig_list(struct rig *rig, uint64_t after, struct msg_listed *listed)
{
	rig_list_behind(rig, after, after == 0 ? 0 : UINT32_MAX, listed);
}

void
rig_list_behind(
    struct rig *rig, uint64_t after, uint32_t worker, struct msg_listed *listed)
{
	static uint64_t cookie;
	struct msg_list list = {++cookie, after, worker};
	union proto_any any;

	rig_send_body(rig, MSG_LIST, &list, -1);
	rig_read_master(rig, MSG_LISTED, &any);
	ck_assert_uint_eq(any.listed.cookie, cookie);
	*listed = any.listed;
}

void
rig_why(struct rig *rig, const struct msg_why *why, struct msg_whyed *whyed)
{
	union proto_any any;

	rig_send_body(rig, MSG_WHY, why, -1);
	rig_read_master(rig, MSG_WHYED, &any);
	*whyed = any.whyed;
}

void
rig_gone(struct rig *rig, uint32_t index)
{
	struct msg_gone gone = {index, RIG_FENCE + index};

	rig_send_body(rig, MSG_GONE, &gone, -1);
}

unsigned
rig_count(struct rig *rig)
{
	struct msg_listed listed;

	rig_list(rig, 0, &listed);
	return listed.total;
}

int
rig_send_raw(int channel, const void *bytes, size_t len, int fd)
{
	struct iovec iov = {(void *)(uintptr_t)bytes, len};
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr header = {.msg_iov = &iov, .msg_iovlen = 1};
	struct cmsghdr *cmsg;

	if (fd != -1) {
		memset(&control, 0, sizeof(control));
		header.msg_control = control.bytes;
		header.msg_controllen = sizeof(control.bytes);
		cmsg = CMSG_FIRSTHDR(&header);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), &fd, sizeof(int));
	}
	return sendmsg(channel, &header, MSG_NOSIGNAL) == -1 ? -1 : 0;
}

void
pair_start(struct pair *p, const struct rig_target *targets)
{
	memset(p, 0, sizeof(*p));
	p->listener = listen_on("127.0.0.1", &p->port);
	snprintf(p->rules, sizeof(p->rules), "127.0.0.1:%u", p->port);
	snprintf(p->text, sizeof(p->text), "127.0.0.1:%u", p->port);
	p->conf.rules = p->rules;
	p->conf.targets = targets;
	p->conf.worker_count = 2;
	p->rig = rig_start(&p->conf);
	p->workers[0] = rig_add_worker(&p->rig, 0);
	p->workers[1] = rig_add_worker(&p->rig, 1);
}
